"""Small true inputs for the store: files of a scan, a declaration, a reading. All names are invented."""

import json
from pathlib import Path

from tallyscan.finding import Anomaly, Finding, ModelIdentity
from tallyscan.reading import Provenance, Reading, Seconds
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import Box, Quality, ScanFiles, ScanPart
from tallyscan.triage.odds import PRIOR, YELLOW_FROM, lane_of, log_odds
from tallyscan.verdict import Verdict

MODEL = ModelIdentity("model", "1", "0" * 64)
CONTAINER = "CSQU3054383"
OTHER_CONTAINER = "TGHU7599330"


def sidecar_json(container: str | None = CONTAINER, **more: object) -> bytes:
    said: dict[str, object] = {"scanner": "generic", "acquired_at": "2026-02-01T10:00:00Z", **more}
    if container is not None:
        said["units"] = [{"container_number": container}]
    return json.dumps(said).encode()


def declaration_json(
    container: str = CONTAINER, *, mrn: str = "26NL000510A1B2C3D4", mass_kg: float = 9000
) -> bytes:
    return json.dumps(
        {
            "MRN": mrn,
            "transportEquipment": [{"containerIdentificationNumber": container}],
            "goodsItems": [
                {
                    "goodsItemNumber": 1,
                    "descriptionOfGoods": "Paper in rolls",
                    "commodityCode": {"harmonizedSystemSubHeadingCode": "480100"},
                    "grossMass": mass_kg,
                }
            ],
        }
    ).encode()


def scan_files(
    image: bytes = b"pixels", sidecar: bytes | None = None, declaration: bytes | None = None
) -> ScanFiles:
    return ScanFiles((ScanPart("scan.tif", image),), sidecar, declaration)


def reading_of(scan_id: str, *, score: float = 0.4, version: int = 0) -> Reading:
    """A reading of that risk: decision, lane and the one indicator go with it."""
    alarm = score >= YELLOW_FROM
    finding = Finding("F1", None, "void", 0.4, Box(1, 2, 3, 4), 2.5, 4.0, None, "a hollow")
    anomaly = RiskIndicator("XR-ANOMALY", round(log_odds(score) - log_odds(PRIOR), 3))
    return Reading(
        scan=scan_id,
        sha256="a" * 64,
        status="read",
        reason=None,
        grade="transmission",
        quality=Quality(True),
        containers=(),
        anomaly=Anomaly("alarm" if alarm else "clear", alarm, 0.4 if alarm else 0.2, 0.3),
        findings=(finding,) if alarm else (),
        commodities=(),
        empty=None,
        mass_kg=None,
        mismatch=None,
        verdicts=(
            Verdict(None, "mass", "undetermined", None, "no mass was declared"),
            Verdict(None, "empty", "agrees", 0.1, "goods are inside, as declared", {"probability": 0.02}),
        ),
        risk=Risk(score, lane_of(score), (anomaly,)),
        model=MODEL,
        provenance=Provenance("tallyscan 0", None, None, None, version),
        seconds=Seconds(total=0.1),
    )


def folder_bytes(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
