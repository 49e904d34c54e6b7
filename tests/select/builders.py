"""Facts and profiles for the tests of selectivity. All of it is invented."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tallyscan.consignment_evidence import ConsignmentEvidence, ScanEvidence
from tallyscan.declaration import Declaration
from tallyscan.finding import Empty, Interval
from tallyscan.reading import Reading
from tallyscan.risk import Risk
from tallyscan.risk_profile import RiskProfile
from tallyscan.select.facts import Before
from tallyscan.select.facts_of import facts_of
from tallyscan.trader_history import TraderHistory
from tests.store.builders import reading_of

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
KEY = b"a key that is only for tests"


def declaration(*items: dict[str, Any], **more: Any) -> Declaration:
    numbered = [{"goodsItemNumber": n, "descriptionOfGoods": "Goods", **i} for n, i in enumerate(items, 1)]
    document: dict[str, Any] = {
        "MRN": "26XX000000A1B2C3D4",
        "transportEquipment": [{"containerIdentificationNumber": "CSQU3054383"}],
        "goodsItems": numbered or [{"goodsItemNumber": 1, "descriptionOfGoods": "Goods"}],
        **more,
    }
    return Declaration.model_validate(document)


def hs(code: str) -> dict[str, Any]:
    return {"commodityCode": {"harmonizedSystemSubHeadingCode": code}}


def before(*items: dict[str, Any], history: TraderHistory | None = None, **more: Any) -> Before:
    declared = declaration(*items, **more)
    return facts_of(ConsignmentEvidence("C-1", 1, declared, consignee=history))


def after(*readings: Reading, risk: Risk | None = None) -> Before:
    scans = tuple(ScanEvidence(reading, "XXOFF001") for reading in readings)
    return facts_of(ConsignmentEvidence("C-1", 1, declaration(), scans=scans, risk=risk))


def full_facts(stage: str) -> Before:
    """Facts of which none is missing."""
    item = {
        **hs("240220"),
        "grossMass": 10.5,
        "netMass": 9.5,
        "countryOfOrigin": "CN",
        "packaging": [{"typeOfPackages": "CT", "numberOfPackages": 3}],
        "dangerousGoods": [{"UNNumber": "1234"}],
    }
    party = {"name": "Example trader", "identificationNumber": "XX 123"}
    declared = declaration(
        item,
        LRN="L-1",
        declarationType="T1",
        transportDocument={"documentNumber": "D-1"},
        borderTransportMeans={"mode": "3"},
        placeOfLoading="XXAAA",
        countriesOfRouting=["CN", "XX"],
        customsOffices=[{"referenceNumber": "XXOFF001"}],
        transportMeans=[{"identificationNumber": "AB 123", "nationality": "XX"}],
        consignor=party,
        consignee=party,
    )
    history = TraderHistory(3, 2, 1, 1, 4.5)
    evidence = ConsignmentEvidence("C-1", 1, declared, history, history)
    if stage == "before_scan":
        return facts_of(evidence)
    reading = replace(reading_of("s-1"), empty=Empty(0.1), mass_kg=Interval(10.0, 8.0, 12.0), mismatch=0.2)
    return facts_of(replace(evidence, scans=(ScanEvidence(reading, "XXOFF001"),), risk=Risk(0.4, "yellow")))


def profile(expression: str = "true", **more: Any) -> RiskProfile:
    given: dict[str, Any] = {
        "id": "p",
        "version": 1,
        "status": "released",
        "saved_at": NOON,
        "authors": ("officer-1",),
        "by": "officer-1",
        "title": "A profile",
        "stage": "before_scan",
        "action": "scan",
        "expression": expression,
    }
    return RiskProfile.model_validate(given | more)
