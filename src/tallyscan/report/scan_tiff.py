"""The canonical scan as a 16-bit TIFF: one grey page an energy, the highest first."""

import io

import tifffile

from tallyscan.report.canonical_counts import canonical_counts
from tallyscan.scan import Scan


def scan_tiff(scan: Scan) -> bytes:
    """The file, compressed without loss (deflate)."""
    target = io.BytesIO()
    with tifffile.TiffWriter(target) as file:
        for page in canonical_counts(scan):
            file.write(
                page,
                photometric="minisblack",
                compression="zlib",
                predictor=True,
                metadata=None,
                contiguous=False,
            )
    return target.getvalue()
