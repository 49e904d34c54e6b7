"""The reference library: scans of loads in which a control found something, with what it was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from tallyscan.control_result import ControlResult
from tallyscan.inspection import FoundItem, Inspection, InspectionHistory
from tallyscan.store.controls import scans_with_finds
from tallyscan.store.inspections import inspection_histories
from tallyscan.store.tables import IncomingRow, PartRow, ScanRow

MOST_FINDS = 2000
"""So many of the newest scans with a find are in the library."""


@dataclass(frozen=True)
class Find:
    """What was found in the load of a scan, and when. `families` is empty where nobody named one: control results name
    goods by their code alone. `items` are in words, `hs` the codes of what was found.
    """

    scan: str
    consignment: str | None
    at: datetime
    families: tuple[str, ...]
    items: tuple[str, ...]
    hs: tuple[str, ...]
    comments: tuple[str, ...]


def finds(session: Session) -> tuple[Find, ...]:
    """The newest first. A whole scan is left out where one of its cargo units stands for it; so is a unit when what was
    found lay in another one.
    """
    newest = (
        select(ScanRow.id, ScanRow.consignment_id, PartRow.part_of, PartRow.unit)
        .outerjoin(PartRow, PartRow.scan_id == ScanRow.id)
        .where(ScanRow.id.in_(scans_with_finds()))
        .order_by(ScanRow.received_at.desc(), ScanRow.id)
        .limit(MOST_FINDS)
    )
    rows = session.execute(newest).all()
    inspected = inspection_histories(
        session, {row.id for row in rows} | {row.part_of for row in rows} - {None}
    )
    controls = _controls(session, {row.consignment_id for row in rows} - {None})
    found = []
    for scan, consignment, whole, unit in rows:
        own = _inspections(inspected, scan) + _inspections(inspected, whole)
        items = [item for each in own for item in each.items if _is_in(item, whole, unit)]
        of_control = controls.get(consignment or "", ())
        if not items and not of_control:
            continue
        found.append(_find(scan, consignment, items, own, of_control))
    wholes = {row.part_of for row in rows if row.part_of and any(find.scan == row.id for find in found)}
    return tuple(find for find in found if find.scan not in wholes)


def _inspections(histories: Mapping[str, InspectionHistory], scan: str | None) -> list[Inspection]:
    history = histories.get(scan or "", InspectionHistory())
    return [each for each in history.standing if each.result == "found"]


def _is_in(item: FoundItem, whole: str | None, unit: int | None) -> bool:
    return whole is None or item.unit is None or item.unit == unit


def _find(
    scan: str,
    consignment: str | None,
    items: list[FoundItem],
    inspections: list[Inspection],
    controls: Iterable[ControlResult],
) -> Find:
    results = list(controls)
    said: list[Inspection | ControlResult] = [*inspections, *results]
    of_control = [
        f"{result.quantity:,g} {result.quantity_of}" for result in results if result.quantity is not None
    ]
    codes = [item.hs for item in items if item.hs] + [hs for result in results for hs in result.found_hs]
    return Find(
        scan=scan,
        consignment=consignment,
        at=max(each.received_at for each in said),
        families=tuple(dict.fromkeys(item.family for item in items if item.family)),
        items=(*(item.in_words for item in items), *of_control),
        hs=tuple(dict.fromkeys(codes)),
        comments=tuple(each.comment for each in said if each.comment),
    )


def _controls(session: Session, consignments: AbstractSet[str]) -> dict[str, list[ControlResult]]:
    """What stands of customs' own results that found something, by consignment."""
    replacing = aliased(IncomingRow)
    rows = select(IncomingRow.consignment_id, IncomingRow.document).where(
        IncomingRow.kind == "control_result",
        IncomingRow.consignment_id.in_(consignments),
        ~exists().where(
            replacing.consignment_id == IncomingRow.consignment_id, replacing.replaces == IncomingRow.id
        ),
    )
    found: dict[str, list[ControlResult]] = defaultdict(list)
    for consignment, document in session.execute(rows):
        result = ControlResult.model_validate(document)
        if result.outcome == "found":
            found[consignment].append(result)
    return found
