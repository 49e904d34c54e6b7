"""Scans of which the size of a pixel is not given, from what is sent to the reading and its page."""

import json
from typing import Any

import cv2
import numpy as np
import pytest

from tallyscan.pipeline import Reader, ReadResult
from tallyscan.reading import reading_to_dict
from tallyscan.report.page import report_page
from tallyscan.scan import ScanFiles, ScanPart
from tests.sample_images import CONTAINER, container_tiff, declaration_json, sidecar_json

TALL = {"height": 340}  # the container is 600 pixels long and 270 high


def declared(code: str | None) -> bytes:
    document = json.loads(declaration_json())
    document["transportEquipment"][0]["containerSizeAndType"] = code
    return json.dumps(document).encode()


def read(reader: Reader, declaration: bytes | None = None, **said: Any) -> ReadResult:
    container = None if "units" in said else CONTAINER
    sidecar = sidecar_json(container, **said)
    files = ScanFiles((ScanPart("scan.tif", container_tiff(**TALL)),), sidecar, declaration)
    return reader.read(files, name="s")


def test_a_vehicle_that_drives_through_is_read_by_the_length_of_its_container(reader: Reader) -> None:
    given = read(reader, declared("22G1")).reading
    result = read(reader, declared("22G1"), pitch_mm={"y": 10})
    reading = result.reading
    assert reading.status == "read"
    assert reading.pixel_pitch is not None
    along = reading.pixel_pitch.along_mm
    assert along is not None
    assert along.estimate == pytest.approx(6058 / 600, rel=0.02)
    assert along.low <= 6058 / 600 <= along.high
    (unit,) = reading.containers
    assert unit.length_mm is not None
    assert unit.length_mm.low < 6058 < unit.length_mm.high
    assert any(reason.startswith("pitch_measured: ") for reason in reading.quality.reasons)
    assert given.pixel_pitch is None
    assert given.mass_kg is not None
    assert reading.mass_kg is not None
    assert reading.mass_kg.estimate == pytest.approx(given.mass_kg.estimate, rel=0.04)
    assert reading.mass_kg.low < given.mass_kg.low < given.mass_kg.high < reading.mass_kg.high
    assert "pixel_pitch" in reading_to_dict(reading)
    assert f"{unit.length_mm.estimate / 1000:.2f}\u00a0m (" in report_page(reading, result.declaration, None)


@pytest.mark.parametrize(
    ("declaration", "why"),
    [(None, "does not tell whether it is 20 or 40 ft long"), (declared("45HC"), "20 or 40 ft long")],
)
def test_without_a_length_counts_are_not_read(reader: Reader, declaration: bytes | None, why: str) -> None:
    reading = read(reader, declaration, pitch_mm={"y": 10}).reading
    assert (reading.status, reading.pixel_pitch) == ("rejected", None)
    assert (reading.reason or "").startswith("not_calibrated: The size of a pixel along the travel")
    assert why in (reading.reason or "")


def test_a_size_code_that_the_cameras_read_is_enough(reader: Reader) -> None:
    units = [{"container_number": CONTAINER, "size_and_type": "22G1"}]
    reading = read(reader, pitch_mm={"y": 10}, units=units).reading
    assert reading.status == "read"


def test_a_scan_that_cannot_be_read_says_why_without_its_pitch_too(reader: Reader) -> None:
    black = ScanFiles(
        (ScanPart("scan.tif", cv2.imencode(".tif", np.zeros((300, 800), np.uint16))[1].tobytes()),),
        sidecar_json(pitch_mm={"y": 10}),
    )
    reading = reader.read(black, name="s").reading
    assert reading.status == "not_readable"
    assert (reading.reason or "").startswith("cut_scan: 100%")


def picture() -> bytes:
    """The same container in a picture, its top above air."""
    grey = np.full((340, 800), 250, np.uint8)
    grey[40:310, 100:700] = 200
    grey[90:300, 200:600] = 90
    noise = np.random.default_rng(1).integers(-2, 3, grey.shape)
    return bytes(cv2.imencode(".png", (grey + noise).astype(np.uint8))[1].tobytes())


def test_a_picture_gets_lengths_and_no_mass(reader: Reader) -> None:
    files = ScanFiles((ScanPart("scan.png", picture()),), None, declared("22G1"))
    reading = reader.read(files, name="s").reading
    assert (reading.status, reading.grade, reading.mass_kg) == ("read", "display", None)
    assert reading.pixel_pitch is not None
    along, across = reading.pixel_pitch.along_mm, reading.pixel_pitch.across_mm
    assert along is not None
    assert across is not None
    assert along.low <= 6058 / 600 <= along.high
    assert across.low <= 2591 / 270 <= across.high
    assert across.high / across.low > 2, "what is enlarged by depth is not known"
    (unit,) = reading.containers
    assert unit.length_mm is not None
    codes = [reason.partition(":")[0] for reason in reading.quality.reasons]
    assert {"unknown_pitch", "pitch_measured"} <= set(codes)


def test_a_picture_of_which_nothing_is_known_has_no_lengths(reader: Reader) -> None:
    reading = reader.read(ScanFiles((ScanPart("scan.png", picture()),)), name="s").reading
    assert reading.pixel_pitch is not None
    assert reading.pixel_pitch.along_mm is None
    assert "Nothing says that unit 1 is a container" in reading.pixel_pitch.reason
    assert [unit.length_mm for unit in reading.containers] == [None]
