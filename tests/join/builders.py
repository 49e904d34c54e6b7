"""Scans and declared consignments for joins. All numbers and names are invented."""

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from tallyscan.declaration import Declaration
from tallyscan.join.answer import Candidate, Seen
from tallyscan.sidecar import UnitMark

NUMBER = "CSQU3054383"
OTHER_NUMBER = "TGHU7599330"
PLATE = "EX1234AB"
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def seen(
    *units: dict[str, Any],
    site: str | None = None,
    at: datetime = NOON,
    beside: tuple[dict[str, Any], ...] = (),
    length_mm: float | None = None,
) -> Seen:
    """A scan that came as it was made."""
    own, others = (tuple(UnitMark.model_validate(unit) for unit in marks) for marks in (units, beside))
    return Seen(own, site, at, at, others, length_mm)


def declared(
    consignment: str = "C-1",
    *numbers: str,
    plates: tuple[str, ...] = (),
    nationality: str | None = None,
    offices: tuple[tuple[str, str | None], ...] = (),
    at: datetime = NOON,
    sizes: tuple[str | None, ...] = (),
) -> Candidate:
    """A declaration of sand; `offices` are codes with the expected time of arrival, `sizes` those of containers."""
    return Candidate(
        consignment,
        Declaration.model_validate(
            {
                "LRN": consignment,
                "transportEquipment": [
                    {"containerIdentificationNumber": number, "containerSizeAndType": size}
                    for number, size in zip_longest(numbers, sizes)
                ],
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
