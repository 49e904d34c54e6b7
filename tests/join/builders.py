"""Scans and declared consignments for joins. All numbers and names are invented."""

from datetime import UTC, datetime
from typing import Any

from tallyscan.declaration import Declaration
from tallyscan.join.answer import Candidate, Seen
from tallyscan.sidecar import UnitMark

NUMBER = "CSQU3054383"
OTHER_NUMBER = "TGHU7599330"
PLATE = "EX1234AB"
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def seen(*units: dict[str, Any], site: str | None = None, at: datetime = NOON) -> Seen:
    """A scan that came as it was made."""
    return Seen(tuple(UnitMark.model_validate(unit) for unit in units), site, at, at)


def declared(
    consignment: str = "C-1",
    *numbers: str,
    plates: tuple[str, ...] = (),
    nationality: str | None = None,
    offices: tuple[tuple[str, str | None], ...] = (),
    at: datetime = NOON,
) -> Candidate:
    """A declaration of sand; `offices` are codes with the expected time of arrival."""
    return Candidate(
        consignment,
        Declaration.model_validate(
            {
                "LRN": consignment,
                "transportEquipment": [{"containerIdentificationNumber": number} for number in numbers],
                "transportMeans": [
                    {"identificationNumber": plate, "nationality": nationality} for plate in plates
                ],
                "customsOffices": [
                    {"referenceNumber": code, "arrivalDateAndTimeEstimated": arrival}
                    for code, arrival in offices
                ],
                "goodsItems": [{"goodsItemNumber": 1, "descriptionOfGoods": "Sand"}],
            }
        ),
        at,
    )
