"""The canonical scan as DICOS DX (NEMA IIC 1), one object an energy, uncompressed."""

import numpy as np
from pydicom.dataset import Dataset

from tallyscan import __version__
from tallyscan.errors import UnsupportedFormat
from tallyscan.physics.beam import beam_of, spectrum
from tallyscan.report.canonical_counts import AIR_COUNTS, Counts, canonical_counts
from tallyscan.report.dicom_images import dicom_images, marks_read
from tallyscan.report.dicos_data_set import (
    NOT_KNOWN,
    new_object,
    part_10,
    put,
    put_equipment,
    put_time,
    with_file_meta,
)
from tallyscan.report.threat_report import uid_of
from tallyscan.scan import CANONICAL_PITCH_MM, Scan

FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.501.2.2"
_ENERGIES = ("high", "low")
_COORDINATE_SYSTEM, _IMAGE_ORIGIN, _EFFECTIVE_ENERGY = 0x00082108, 0x00080118, 0x43000902


def scan_dicos(scan: Scan) -> dict[str, bytes]:
    """The files by the energy that they hold: `high` and `low`, or one without a name.

    The same scan gives the same bytes. Raises `UnsupportedFormat` for more than two energies, which DICOS cannot name.
    """
    counts = canonical_counts(scan)
    if len(counts) > len(_ENERGIES):
        raise UnsupportedFormat(
            f"The scan has {len(counts)} energies; DICOS names a high and a low one.",
            remedy="Convert it to TIFF.",
        )
    names = _ENERGIES if len(counts) > 1 else ("",)
    return {
        name: _object(scan, image, name, n) for n, (name, image) in enumerate(zip(names, counts, strict=True))
    }


def _object(scan: Scan, counts: Counts, energy: str, number: int) -> bytes:
    made_of = f"{scan.sha256}/{scan.calibration_sha256}"
    came_in = dicom_images(scan.sidecar)
    data_set = new_object(FOR_PROCESSING, uid_of("canonical-image", f"{made_of}/{number}"), "XRAY")
    study = came_in[0].study if came_in else uid_of("canonical-study", scan.sha256)
    put(data_set, "StudyInstanceUID", study)
    put(data_set, "SeriesInstanceUID", uid_of("canonical-series", made_of))
    put(data_set, "FrameOfReferenceUID", study)
    put(data_set, "StudyID", scan.sha256[:16])
    put(data_set, "InstanceNumber", str(number + 1))
    put(
        data_set,
        "ImageType",
        ["DERIVED", "PRIMARY", "PROJECTION", *([f"{energy.upper()} ENERGY"] if energy else [])],
    )
    if scan.sidecar.acquired_at is not None:
        for what in ("InstanceCreation", "Study", "Series", "Content", "Acquisition"):
            put_time(data_set, what, scan.sidecar.acquired_at)
    marks = marks_read(scan.sidecar)
    own = came_in[0].object_id if came_in else None
    put(data_set, "PatientID", own or " / ".join(marks) or NOT_KNOWN)
    put_equipment(
        data_set,
        model=scan.scanner,
        software=f"tallyscan {__version__}",
        device=scan.sidecar.device,
        site=scan.sidecar.site,
    )
    put(data_set, "PresentationIntentType", "FOR PROCESSING")
    if scan.energies_mv:
        end_point_mv = scan.energies_mv[number]
        photon_mev, photons = spectrum(beam_of(end_point_mv))
        put(data_set, "KVP", str(1000 * end_point_mv))
        put(
            data_set, _EFFECTIVE_ENERGY, 1000 * float(photon_mev @ photons), "FL"
        )  # keV, mean of the spectrum
    _put_geometry(scan, data_set)
    _put_pixels(scan, counts, data_set)
    return part_10(with_file_meta(data_set))


def _put_geometry(scan: Scan, data_set: Dataset) -> None:
    """The canonical grid; nothing is known of the detector and the tube, for which toolkits demand something."""
    put(data_set, _COORDINATE_SYSTEM, "LHS", "CS")
    put(data_set, _IMAGE_ORIGIN, "MACHINE", "CS")
    put(data_set, "ImagePositionPatient", ["0", "0", "0"])
    put(data_set, "ImageOrientationPatient", ["1", "0", "0", "0", "1", "0"])
    if scan.pitch_known:
        put(data_set, "PixelSpacing", [str(CANONICAL_PITCH_MM)] * 2)
        put(data_set, "PixelSpacingCalibrationType", "GEOMETRY")
        put(data_set, "PixelSpacingCalibrationDescription", "resampled, at the cargo")
    put(data_set, "DetectorType", None)
    put(data_set, "XRayTubeCurrentInuA", "0")
    put(data_set, "AcquisitionContextSequence", [])


def _put_pixels(scan: Scan, counts: Counts, data_set: Dataset) -> None:
    """16-bit counts, the larger the more signal; on the display grade only their order means anything."""
    rows, columns = counts.shape
    measured = scan.grade == "transmission"
    put(data_set, "PixelIntensityRelationship", "LIN" if measured else "DISP")
    put(data_set, "PixelIntensityRelationshipSign", 1)
    put(data_set, "PhotometricInterpretation", "MONOCHROME2")
    put(data_set, "PresentationLUTShape", "IDENTITY")
    put(data_set, "SamplesPerPixel", 1)
    put(data_set, "Rows", rows)
    put(data_set, "Columns", columns)
    put(data_set, "BitsAllocated", 16)
    put(data_set, "BitsStored", 16)
    put(data_set, "HighBit", 15)
    put(data_set, "PixelRepresentation", 0)
    put(data_set, "RescaleSlope", "1")
    put(data_set, "RescaleIntercept", "0")
    put(data_set, "RescaleType", "US")
    put(data_set, "BurnedInAnnotation", "NO")
    put(data_set, "LossyImageCompression", "00")
    put(data_set, "WindowCenter", str(AIR_COUNTS / 2))
    put(data_set, "WindowWidth", str(AIR_COUNTS))
    put(data_set, "PixelData", counts.astype(np.dtype("<u2")).tobytes(), "OW")
