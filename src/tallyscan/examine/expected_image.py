"""What the model expected to see, kept at its own resolution and shown pixel over pixel with the image."""

import io

import cv2
import numpy as np
import tifffile

from tallyscan.errors import TallyscanError
from tallyscan.examine.kept_image import KeptImage
from tallyscan.examine.pyramid import TILE, Pixels
from tallyscan.examine.tiles import GUTTER, SIDE
from tallyscan.finding import ExpectedPicture
from tallyscan.scan import FULL_TRANSMISSION, Float32Array

EXPECTED_BANDS = ("p50", "p10", "p90")
_QUANTILES = (1, 0, 2)


def expected_tiff(expected: ExpectedPicture, height: int, width: int) -> bytes:
    """TIFF of float32 attenuation (rows, columns, quantile): 10, 50 and 90 %, of the cells that cover the canonical
    image; of goods like the declared ones where there is a declaration. The description is `stride`.
    """
    quantiles = expected.without_declaration
    if expected.with_declaration is not None:
        quantiles = expected.with_declaration
    rows, columns = -(-height // expected.stride), -(-width // expected.stride)
    cells = np.ascontiguousarray(np.moveaxis(quantiles[:, :rows, :columns], 0, -1), np.float32)
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        cells,
        photometric="minisblack",
        planarconfig="contig",
        compression="zlib",
        description=f"stride={expected.stride}",
        software="Tallyscan",
        metadata=None,
    )
    return target.getvalue()


def expected_cells(data: bytes) -> tuple[Float32Array, int]:
    """Cells and stride back from the file. Raises `TallyscanError`."""
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            return np.asarray(page.asarray(), np.float32), int(page.description.removeprefix("stride="))
    except (tifffile.TiffFileError, ValueError) as error:
        raise TallyscanError(f"These bytes are no expected image: {error}.") from error


def expected_tile(
    image: KeptImage, cells: Float32Array, stride: int, level: int, column: int, row: int
) -> Pixels:
    """uint16 (SIDE, SIDE, 3): transmission * 65535 of the quantiles of attenuation in `EXPECTED_BANDS`, where
    `tiles.tile` has the image."""
    grid, size = image.facts.grid, 2**level

    def along(tile: int, offset: int, scale: float, first: int) -> Float32Array:
        native = (tile * TILE - GUTTER + np.arange(SIDE) + 0.5) * size + offset
        return np.asarray((native * scale - first) / stride - 0.5, np.float32)

    x = along(column, grid.first_native_column, grid.scale_x, grid.first_column)
    y = along(row, 0, grid.scale_y, 0)
    columns, rows = np.meshgrid(x, y)
    wide = cv2.remap(cells, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    transmission = np.exp(-wide[..., _QUANTILES])
    return np.asarray(np.rint(np.clip(transmission * FULL_TRANSMISSION, 1, FULL_TRANSMISSION)), np.uint16)
