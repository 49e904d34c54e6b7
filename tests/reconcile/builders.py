"""Invented scans, detections and declarations for the tests of rules, risk and report."""

from typing import Any

import numpy as np

from tallyscan.commodity import CLASS_BY_NAME, COMMODITY_CLASSES
from tallyscan.declaration import Declaration
from tallyscan.finding import (
    Anomaly,
    Calibration,
    CargoUnit,
    CommodityCandidate,
    CommodityRegion,
    Detection,
    Empty,
    Finding,
    Interval,
    ModelIdentity,
)
from tallyscan.load_seen import LoadSeen, Look, Surprise
from tallyscan.scan import Box, CanonicalGrid, Grade, NoiseModel, Quality, Scan
from tallyscan.sidecar import Sidecar, UnitMark

READABLE = Quality(True)
CLEAR = Anomaly("clear", False, 0.02, 0.5, Calibration("any", "simulated", 2000))
ALARM = Anomaly("alarm", True, 0.9, 0.5, Calibration("any", "simulated", 2000))
MODEL = ModelIdentity("tallynet", "0.0.1", "0" * 64)
WHOLE_UNIT, SMALL_BOX = Box(0, 0, 100, 50), Box(20, 20, 10, 10)
ALL_CLASSES = tuple(item.name for item in COMMODITY_CLASSES)


def made_scan(
    grade: Grade = "transmission",
    *,
    cautions: tuple[str, ...] = (),
    height: int = 60,
    width: int = 120,
    energies_mv: tuple[float, ...] = (6.0, 4.0),
    named: int = 0,
) -> Scan:
    """A scan of nothing but air; `named` is how many cargo units the scanner names."""
    energies = energies_mv if grade == "transmission" else ()
    channels = len(energies) or 1
    return Scan(
        transmission=np.ones((channels, height, width), np.float32),
        valid=np.ones((height, width), np.bool_),
        grade=grade,
        energies_mv=energies,
        noise=(NoiseModel(1e-4, 1e-5),) * channels,
        grid=CanonicalGrid(height, width, 0, False, 1.0, 1.0),
        pitch_known=grade == "transmission",
        sha256="a" * 64,
        scanner="invented",
        profile="invented",
        calibration_sha256="b" * 64,
        sidecar=Sidecar(units=(UnitMark(),) * named),
        cautions=cautions,
    )


def made_unit(
    unit: int = 1,
    *,
    empty: float | None = 0.02,
    mass_kg: Interval | None = None,
    number: str | None = None,
    plate: str | None = None,
    not_penetrated: float = 0.0,
    mismatch: float | None = None,
    length_mm: float | None = None,
    kind: str = "container",
    load: LoadSeen | None = None,
    mean_alpha: float = 0.0,
) -> CargoUnit:
    """A cargo unit, loaded unless said otherwise; its length is known to 1 %."""
    return CargoUnit(
        unit,
        Box(10.0 + 50 * (unit - 1), 10.0, 45.0, 30.0),
        kind,
        None if empty is None else Empty(empty),
        mass_kg,
        number,
        plate,
        mismatch=mismatch,
        length_mm=None if length_mm is None else Interval(length_mm, 0.99 * length_mm, 1.01 * length_mm),
        not_penetrated=not_penetrated,
        goods_mean_alpha=mean_alpha,
        load=load,
    )


def made_load(
    filled: float = 0.6,
    *,
    iron: float | None = None,
    apart: float | None = None,
    surprise: Surprise | None = None,
) -> LoadSeen:
    """What is seen of a load, with two looks where it says how far they are apart."""
    looks = () if apart is None else (Look(Box(12, 12, 20, 20), 0.7), Look(Box(34, 12, 18, 20), 0.3))
    return LoadSeen(Box(12, 12, 40, 20), filled, iron, looks, apart, surprise)


def made_region(unit: int = 1, box: Box = WHOLE_UNIT, **probabilities: float) -> CommodityRegion:
    """A region with the named classes, likeliest first."""
    ordered = sorted(probabilities.items(), key=lambda item: -item[1])
    return CommodityRegion(
        unit, box, tuple(CommodityCandidate(name, CLASS_BY_NAME[name].hs, p) for name, p in ordered)
    )


def made_finding(kind: Any = "false_wall", name: str = "F1", box: Box = SMALL_BOX) -> Finding:
    """A finding with everything measured."""
    return Finding(name, 1, kind, 0.8, box, 12.5, 6.0, 140.0, "Uniform band where the inner wall should be.")


def made_detection(
    *units: CargoUnit,
    anomaly: Anomaly = CLEAR,
    findings: tuple[Finding, ...] = (),
    commodities: tuple[CommodityRegion, ...] = (),
    known: tuple[str, ...] = ALL_CLASSES,
    cautions: tuple[str, ...] = (),
) -> Detection:
    """A detection of these units; the total mass is the sum of theirs when all have one."""
    masses = [unit.mass_kg for unit in units if unit.mass_kg]
    total = None
    if units and len(masses) == len(units):
        total = Interval(
            sum(m.estimate for m in masses), sum(m.low for m in masses), sum(m.high for m in masses)
        )
    return Detection(
        units=units,
        anomaly=anomaly,
        findings=findings,
        commodities=commodities,
        empty=None,
        mass_kg=total,
        model=MODEL,
        tiling="whole",
        cautions=cautions,
        known_commodities=known,
    )


def made_item(
    number: int = 1,
    hs: str | None = "940360",
    gross: float | None = 12000.0,
    words: str | None = "invented goods",
) -> dict[str, Any]:
    """One goods item, as JSON."""
    item: dict[str, Any] = {"goodsItemNumber": number, "descriptionOfGoods": words}
    if hs is not None:
        item["commodityCode"] = {"harmonizedSystemSubHeadingCode": hs}
    if gross is not None:
        item["grossMass"] = gross
    return item


def made_container(
    number: str | None = "CSQU3054383", *items: int, empty: bool = False, size: str | None = None
) -> dict[str, Any]:
    """One declared container, as JSON."""
    return {
        "containerSizeAndType": size,
        "containerIdentificationNumber": number,
        "goodsItemNumbers": list(items),
        "containerPackedStatus": "B" if empty else None,
    }


def made_declaration(
    *items: dict[str, Any],
    containers: tuple[dict[str, Any], ...] = (),
    registrations: tuple[str, ...] = (),
    total_kg: float | None = None,
) -> Declaration:
    """A declaration of these items; one container unless said otherwise."""
    if not containers and not registrations:
        containers = (made_container(),)
    return Declaration.model_validate(
        {
            "LRN": "INVENTED-1",
            "totalGrossMass": total_kg,
            "transportEquipment": containers,
            "transportMeans": [
                {"typeOfIdentification": "31", "identificationNumber": mark} for mark in registrations
            ],
            "goodsItems": items,
        }
    )
