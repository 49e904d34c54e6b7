"""Scans held against earlier ones, from what is sent to the risk record."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tifffile

from tallyscan.bootstrap import Store, open_store, worker_of
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.risk_record import risk_record
from tests.sample_images import AIR, container_tiff, sidecar_json

NUMBERS = [f"ZZZU{number:07d}" for number in range(1, 14)]


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


def declaration_json(mrn: str = "26NL000510A1B2C3D4") -> bytes:
    """Shirts in many containers."""
    return json.dumps(
        {
            "MRN": mrn,
            "transportEquipment": [
                {"containerIdentificationNumber": number, "goodsItemNumbers": [item]}
                for item, number in enumerate(NUMBERS, start=1)
            ],
            "goodsItems": [
                {
                    "goodsItemNumber": item,
                    "descriptionOfGoods": "Shirts",
                    "commodityCode": {"harmonizedSystemSubHeadingCode": "620520"},
                }
                for item, _ in enumerate(NUMBERS, start=1)
            ],
        }
    ).encode()


def denser(image: bytes) -> bytes:
    """The same container with goods of another density, in rows."""
    counts = tifffile.imread(io.BytesIO(image)).astype(np.float64)
    counts[90:200, 200:600:4] = AIR * 0.1
    counts[90:200, 201:600:4] = AIR * 0.1
    target = io.BytesIO()
    tifffile.imwrite(target, counts.astype(np.uint16), photometric="minisblack")
    return target.getvalue()


def send(store: Store, image: bytes, container: str, consignment: str = "C-1") -> str:
    files = ScanFiles((ScanPart("scan.tif", image),), sidecar_json(container, scanner="generic_transmission"))
    return store.intake.accept_scan(files, origin="test", consignment=consignment).scan_id


def read_all(store: Store, reader: Reader, settings: Settings) -> None:
    worker = worker_of(store, reader, settings)
    while worker.read_next():
        pass


def lot(store: Store, scan_id: str) -> dict[str, Any]:
    with store.database.read() as session:
        reading = queries.scan(session, scan_id).reading
    assert reading is not None
    verdict: dict[str, Any] = next(verdict for verdict in reading["verdicts"] if verdict["rule"] == "lot")
    return verdict


def test_the_container_that_is_unlike_the_others_of_its_declaration_is_on_the_risk_record(
    settings: Settings, store: Store, reader: Reader
) -> None:
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    ids = [send(store, container_tiff(seed=n), number) for n, number in enumerate(NUMBERS[:12])]
    read_all(store, reader, settings)
    early, enough = lot(store, ids[5]), lot(store, ids[11])
    assert early["outcome"] == "undetermined"
    assert "Only 5 other units" in early["reason"]
    assert enough["evidence"]["others"] == 11
    assert enough["outcome"] != "differs", enough["reason"]
    strange = send(store, denser(container_tiff(seed=50)), NUMBERS[12])
    read_all(store, reader, settings)
    verdict = lot(store, strange)
    assert verdict["outcome"] == "differs", verdict["reason"]
    assert verdict["evidence"]["others"] == 12
    assert set(verdict["evidence"]["nearest_scans"]) <= set(ids)
    with store.database.read() as session:
        entry = risk_record(session, "C-1").history[-1]
    weights = {indicator.code: indicator.weight for indicator in entry.risk.indicators}
    assert weights["XR-LOT"] > 0


def test_a_scan_that_is_read_again_is_not_its_own_neighbour(
    settings: Settings, store: Store, reader: Reader
) -> None:
    store.intake.accept_declaration(declaration_json(), origin="test", consignment="C-1")
    ids = [send(store, container_tiff(seed=n), number) for n, number in enumerate(NUMBERS[:3])]
    read_all(store, reader, settings)
    changed = json.loads(declaration_json()) | {"totalGrossMass": 12000}
    store.intake.accept_declaration(json.dumps(changed).encode(), origin="test", consignment="C-1")
    read_all(store, reader, settings)
    assert all("Only 2 other units" in lot(store, scan_id)["reason"] for scan_id in ids)
