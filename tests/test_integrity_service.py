"""Copies, a clock, a cut and a missing raw file, from what is sent to the risk record."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

from tallyscan.bootstrap import Store, load_reader, open_store, worker_of
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.risk_record import risk_record
from tests.sample_images import (
    CONTAINER,
    MRN,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    sidecar_json,
)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


def sent(image: bytes, container: str | None = CONTAINER, **more: object) -> ScanFiles:
    return ScanFiles((ScanPart("scan.tif", image),), sidecar_json(container, **more))


def packed_anew(image: bytes, *, columns: slice = slice(None)) -> bytes:
    """The same pixels in another file, or some of their columns."""
    target = io.BytesIO()
    tifffile.imwrite(target, tifffile.imread(io.BytesIO(image))[:, columns], compression="deflate")
    return target.getvalue()


def read_all(store: Store, reader: Reader, settings: Settings) -> None:
    worker = worker_of(store, reader, settings)
    while worker.read_next():
        pass


def integrity(store: Store, scan_id: str) -> dict[str, dict[str, Any]]:
    """What the checks say, by check."""
    with store.database.read() as session:
        reading = queries.scan(session, scan_id).reading
    assert reading is not None
    return {check["check"]: check for check in reading["integrity"]}


def indicators(store: Store, consignment: str) -> dict[str, tuple[float, str | None, str | None]]:
    """The indicators of the last step of its risk record."""
    with store.database.read() as session:
        entry = risk_record(session, consignment).history[-1]
    return {i.code: (i.weight, i.first_scan, i.first_number) for i in entry.risk.indicators}


def test_a_copy_in_another_file_under_another_number_is_on_the_risk_record(
    settings: Settings, store: Store, reader: Reader
) -> None:
    image = container_tiff()
    first = store.intake.accept_scan(sent(image), origin="test", consignment="C-1")
    copy = store.intake.accept_scan(
        sent(packed_anew(image), OTHER_CONTAINER, acquired_at="2026-03-01T10:00:00Z"),
        origin="test",
        consignment="C-2",
    )
    read_all(store, reader, settings)
    assert indicators(store, "C-2")["XR-COPIED-IMAGE"] == (4.0, first.scan_id, CONTAINER)
    assert "XR-COPIED-IMAGE" not in indicators(store, "C-1")
    assert "XR-REUSED-IMAGE" not in indicators(store, "C-2"), "the bytes are others"
    with store.database.read() as session:
        page_key = queries.scan(session, copy.scan_id).report_key
    assert page_key is not None
    page = store.blobs.get(page_key).decode()
    assert f"scan {first.scan_id} ({CONTAINER})" in page
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    read_all(store, reader, settings)
    assert "XR-COPIED-IMAGE" not in indicators(store, "C-1"), "read again, the first is still the first"
    assert integrity(store, first.scan_id)["copied_image"]["outcome"] == "agrees"


def test_the_same_container_scanned_again_and_the_same_scan_in_another_file_raise_nothing(
    settings: Settings, store: Store, reader: Reader
) -> None:
    image = container_tiff()
    store.intake.accept_scan(sent(image), origin="test", consignment="C-1")
    rescan = store.intake.accept_scan(
        sent(container_tiff(seed=1), OTHER_CONTAINER), origin="test", consignment="C-2"
    )
    other_file = store.intake.accept_scan(sent(packed_anew(image)), origin="test", consignment="C-1")
    read_all(store, reader, settings)
    assert integrity(store, rescan.scan_id)["copied_image"]["outcome"] == "agrees"
    said = integrity(store, other_file.scan_id)["copied_image"]
    assert (said["outcome"], said["other_number"]) == ("agrees", CONTAINER)
    assert not {"XR-COPIED-IMAGE", "XR-REUSED-IMAGE"} & {*indicators(store, "C-1"), *indicators(store, "C-2")}


def test_a_copy_without_a_number_is_left_open_and_names_the_other(
    settings: Settings, store: Store, reader: Reader
) -> None:
    image = container_tiff()
    first = store.intake.accept_scan(sent(image), origin="test")
    unnamed = store.intake.accept_scan(sent(packed_anew(image), None), origin="test")
    read_all(store, reader, settings)
    said = integrity(store, unnamed.scan_id)["copied_image"]
    assert (said["outcome"], said["other_scan"], said["other_number"]) == (
        "undetermined",
        first.scan_id,
        CONTAINER,
    )


def test_reused_bytes_name_the_number_of_the_first_also_when_they_cannot_be_read(
    settings: Settings, store: Store, reader: Reader
) -> None:
    first = store.intake.accept_scan(sent(b"no image"), origin="test", consignment="C-1")
    store.intake.accept_scan(sent(b"no image", OTHER_CONTAINER), origin="test", consignment="C-2")
    read_all(store, reader, settings)
    assert indicators(store, "C-2")["XR-REUSED-IMAGE"] == (4.0, first.scan_id, CONTAINER)


def test_a_clock_that_ran_backwards_leaves_the_green_lane(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallyscan.integrity.check_clock.TOGETHER", timedelta(0))
    first = store.intake.accept_scan(
        sent(container_tiff(seed=1), device="gate-1", acquired_at="2026-02-01T10:00:00Z"), origin="test"
    )
    store.intake.accept_scan(
        sent(container_tiff(seed=2), OTHER_CONTAINER, device="gate-1", acquired_at="2026-02-01T08:00:00Z"),
        origin="test",
        consignment="C-2",
    )
    read_all(store, reader, settings)
    assert indicators(store, "C-2")["XR-CLOCK"] == (1.0, first.scan_id, CONTAINER)
    with store.database.read() as session:
        assert risk_record(session, "C-2").risk.lane != "green"


def test_a_scan_that_ends_inside_the_container_is_cut_short(
    settings: Settings, store: Store, reader: Reader
) -> None:
    image = container_tiff()
    store.intake.accept_scan(
        sent(packed_anew(image, columns=slice(0, 500))), origin="test", consignment="C-1"
    )
    whole = store.intake.accept_scan(sent(image), origin="test", consignment="C-2")
    counted = store.intake.accept_scan(
        sent(packed_anew(image), OTHER_CONTAINER, width_px=2000), origin="test", consignment="C-3"
    )
    read_all(store, reader, settings)
    assert "XR-CUT-SHORT" in indicators(store, "C-1")
    assert integrity(store, whole.scan_id)["cut_short"]["outcome"] == "agrees"
    assert integrity(store, counted.scan_id)["cut_short"]["evidence"] == {"counted": 2000, "there": 800}


PROFILE = """
title = "A gate that writes two energies and a picture"
grade = "transmission"
energies_mv = [6.0, 4.0]
pitch_mm = { x = 10, y = 10 }

[air]
level = 60000
lowest = 50000
highest = 65535

[files]
beside = ["*.jpg"]
images = [{ name = "*.high.tif", planes = ["high"] }, { name = "*.low.tif", planes = ["low"] }]
"""


def test_a_picture_without_its_raw_files_is_on_the_risk_record(
    settings: Settings, tmp_path: Path, store: Store
) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "gate.toml").write_text(PROFILE, encoding="utf-8")
    settings = settings.model_copy(update={"profiles_dir": folder})
    grey = (tifffile.imread(io.BytesIO(container_tiff())) >> 8).astype(np.uint8)
    picture = cv2.imencode(".jpg", grey)[1].tobytes()
    sidecar = json.dumps({"units": [{"container_number": CONTAINER}]}).encode()
    store.intake.accept_scan(
        ScanFiles((ScanPart("a.jpg", picture),), sidecar), origin="test", consignment=MRN, profile="gate"
    )
    read_all(store, load_reader(settings), settings)
    assert indicators(store, MRN)["XR-RAW-MISSING"] == (1.0, None, None)
    with store.database.read() as session:
        assert risk_record(session, MRN).risk.lane == "not_assessed"
