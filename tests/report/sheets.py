"""Cases for inspection sheets: an invented container in an image of 5 mm a pixel, with its papers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tallyscan.declaration import Declaration
from tallyscan.doors import Doors
from tallyscan.finding import CargoUnit, FamilyCandidate, Finding, Interval
from tallyscan.reading import Reading
from tallyscan.scan import Box
from tallyscan.sheet_case import SheetCase, places_marked
from tallyscan.upright_image import UprightImage
from tallyscan.verdict import Verdict
from tests.store.builders import CONTAINER, reading_of

AT = datetime(2026, 2, 1, 12, 30, 1, 5, tzinfo=UTC)
UNIT_BOX = Box(100, 50, 2400, 600)
"""12 m by 3 m as it looks."""
REGION_BOX = Box(1900, 350, 240, 300)
UNIT = CargoUnit(1, UNIT_BOX, "container", number=CONTAINER, length_mm=Interval(12_000.0, 11_400.0, 12_600.0))
IMAGE = UprightImage("k" * 64, 2600, 700, (1, 0, 0, 0, 1, 0), 5.0, Doors("right", "cab"))


def declared(**changes: Any) -> Declaration:
    """45G1 in length and height, of one item."""
    document: dict[str, Any] = {
        "MRN": "26XX000001A1B2C3D4",
        "transportEquipment": [
            {
                "containerIdentificationNumber": CONTAINER,
                "containerSizeAndType": "45G1",
                "seals": ["XX-SEAL-01", "XX-SEAL-02"],
            }
        ],
        "transportMeans": [{"identificationNumber": "AB 1234 CD"}],
        "goodsItems": [
            {
                "goodsItemNumber": 1,
                "descriptionOfGoods": "Garments of cotton",
                "commodityCode": {"harmonizedSystemSubHeadingCode": "620342"},
                "grossMass": 9000,
                "packaging": [{"typeOfPackages": "CT", "numberOfPackages": 400}],
            }
        ],
    }
    return Declaration.model_validate(document | changes)


def finding(number: int = 1, box: Box = REGION_BOX, **changes: Any) -> Finding:
    """From 9 to 10.2 m from the left end, on the floor."""
    made = Finding(
        id=f"F{number}",
        unit=1,
        kind="bricks_in_load",
        score=0.93,
        box=box,
        areal_density_g_cm2=7.4,
        contrast_to_noise=31.0,
        mass_kg=88.0,
        explanation="Looks like bricks in the load.",
        families=(FamilyCandidate("bricks_in_load", 0.7),),
        expected_excess_g_cm2=-2.0,
        length_mm=Interval(1200.0, 1140.0, 1260.0),
    )
    return replace(made, **changes)


def reading(*findings: Finding, **changes: Any) -> Reading:
    verdicts = (
        Verdict(1, "mass", "differs", 0.8, "12,000 kg more than declared."),
        Verdict(1, "lot", "undetermined", None, "No others to compare with."),
        Verdict(1, "vehicle", "undetermined", None, "No others to compare with."),
    )
    made = reading_of("scan-1", score=0.97)
    return replace(made, containers=(UNIT,), findings=findings, verdicts=verdicts, **changes)


def case(read: Reading | None, **changes: Any) -> SheetCase:
    made = SheetCase(
        scan="5a4c7a57-3b1f-4b6e-9d38-3f7f0f6f0c11",
        name="scan.tif",
        consignment="C/1 ü",
        acquired_at=AT,
        site="XX000001",
        device="gate-1",
        view=None,
        revision=1,
        reading=read,
        waits=None if read else "its declaration was corrected",
        declaration=declared(),
        declaration_version=1,
        decisions=(),
        marked=(),
        questions=("Who loaded the goods?",),
        image=IMAGE,
        printed_at=AT,
    )
    return replace(made, marked=places_marked(changes.get("decisions", ())), **changes)
