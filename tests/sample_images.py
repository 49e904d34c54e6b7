"""A small true scan for tests: a 16-bit TIFF of a loaded container in open beam, with its sidecar.

What the tiny model says of it can be foreseen: cargo space where the container stands, goods where the block
is, and with `lump` an alarm, for less than 2 % comes through there.
"""

import io
import json

import numpy as np
import tifffile

from tallyscan.scan import ScanFiles, ScanPart

AIR = 60_000.0
CONTAINER = "CSQU3054383"
OTHER_CONTAINER = "TGHU7599330"
MRN = "26NL000510A1B2C3D4"


def container_tiff(*, lump: bool = False, seed: int = 0, width: int = 800, height: int = 240) -> bytes:
    """Pixels of 10 mm: 8 m of travel, a container of 6 m, goods in its middle."""
    transmission = np.ones((height, width))
    transmission[40 : height - 30, width // 8 : -width // 8] = 0.88
    transmission[90 : height - 40, width // 4 : -width // 4] = 0.45
    if lump:
        transmission[120:160, width // 2 - 30 : width // 2 + 30] = 0.004
    noise = np.random.default_rng(seed).normal(0, 60, transmission.shape)
    counts = np.clip(transmission * AIR + noise, 1, 65_535).astype(np.uint16)
    target = io.BytesIO()
    tifffile.imwrite(target, counts, photometric="minisblack")
    return target.getvalue()


def sidecar_json(container: str | None = CONTAINER, **more: object) -> bytes:
    said: dict[str, object] = {
        "acquired_at": "2026-02-01T10:00:00Z",
        "grade": "transmission",
        "energies_mv": [6.0],
        "air_level": [AIR],
        "pitch_mm": {"x": 10, "y": 10},
        **more,
    }
    if container is not None:
        said["units"] = [{"container_number": container}]
    return json.dumps(said).encode()


def declaration_json(container: str = CONTAINER, *, mrn: str = MRN, mass_kg: float = 9000) -> bytes:
    return json.dumps(
        {
            "MRN": mrn,
            "transportEquipment": [{"containerIdentificationNumber": container}],
            "goodsItems": [
                {
                    "goodsItemNumber": 1,
                    "descriptionOfGoods": "Shirts",
                    "commodityCode": {"harmonizedSystemSubHeadingCode": "620520"},
                    "grossMass": mass_kg,
                }
            ],
        }
    ).encode()


def scan_files(
    image: bytes | None = None, sidecar: bytes | None = None, declaration: bytes | None = None
) -> ScanFiles:
    data = container_tiff() if image is None else image
    return ScanFiles((ScanPart("scan.tif", data),), sidecar or sidecar_json(), declaration)


def two_container_tiff(*, lump_in: tuple[str, ...] = (), seed: int = 0) -> bytes:
    """Pixels of 10 mm: 14 m of travel, two containers of 6 m with goods in each, a chassis below them.

    `lump_in` says where something lets less than 2 % through: `1`, `2` (the containers), or `chassis`, between them and
    below.
    """
    transmission = np.ones((260, 1400))
    transmission[222:234, 40:1340] = 0.7
    for left in (60, 700):
        transmission[40:210, left : left + 600] = 0.88
        transmission[90:200, left + 100 : left + 500] = 0.45
    places = {
        "1": (slice(120, 160), slice(340, 400)),
        "2": (slice(120, 160), slice(960, 1020)),
        "chassis": (slice(216, 242), slice(664, 696)),
    }
    for where in lump_in:
        transmission[places[where]] = 0.004
    noise = np.random.default_rng(seed).normal(0, 60, transmission.shape)
    counts = np.clip(transmission * AIR + noise, 1, 65_535).astype(np.uint16)
    target = io.BytesIO()
    tifffile.imwrite(target, counts, photometric="minisblack")
    return target.getvalue()
