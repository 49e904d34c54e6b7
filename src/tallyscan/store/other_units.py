"""The other cargo units of a consignment, as a rule needs them for a sum, and the scans that wait for one."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tallyscan.declaration import Declaration
from tallyscan.finding import Interval
from tallyscan.known_consignment import UnitEstimate
from tallyscan.reading import Reading, reading_to_dict
from tallyscan.store.joins import read_scan_again
from tallyscan.store.tables import WHOLES, PartRow, ReadingRow, ScanRow
from tallyscan.store.work_queue import Claim


def other_units(session: Session, claim: Claim, declaration: Declaration | None) -> tuple[UnitEstimate, ...]:
    """The other units of the consignment of a claim, the newest scans first.

    Those in the same image; and where goods items are spread over several containers, those of all other scans that
    surely are of this consignment. A whole scan of several units stands for none: each of its parts is one.
    """
    if claim.consignment is None or declaration is None:
        return ()
    rows = session.execute(_others(claim)).all()
    everywhere = any(map(declaration.shares, declaration.transport_equipment))
    found = []
    for row, part_of, document in rows:
        same_image = part_of is not None and part_of == claim.part_of
        if same_image or (everywhere and row.join_state == "joined"):
            found.append(_estimate(row.id, document if row.revision else None, same_image=same_image))
    return tuple(found)


def read_waiting_again(session: Session, claim: Claim, reading: Reading) -> int:
    """Back into the queue with every scan of the consignment whose sum waits for the unit of a claim, or rests on it,
    if `reading`, which is not saved yet, says something new of it. Gives how many there are.

    Those that wait are left alone as long as a reading of that sum is still to come: the last one lets all be read.
    """
    if claim.consignment is None:
        return 0
    newest = select(ReadingRow.document).join(
        ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision)
    )
    before = session.execute(newest.where(ScanRow.id == claim.scan_id)).scalar()
    now = _estimate(claim.scan_id, reading_to_dict(reading), same_image=False)
    if before is not None and _estimate(claim.scan_id, before, same_image=False) == now:
        return 0
    own = _sum_of(reading)
    again = 0
    for row, part_of, document in session.execute(_others(claim)).all():
        if document is None or row.state != "read":
            continue
        same_image = part_of is not None and part_of == claim.part_of
        if _rests_on(claim.scan_id, document) or _waits_for(own, document, same_image=same_image):
            read_scan_again(session, row, "more is known of the other units of its consignment")
            again += 1
    return again


def rests_on_others(reading: Reading) -> bool:
    """A verdict of it waits for other units, or rests on them."""
    return any(
        verdict.evidence.get(key) for verdict in reading.verdicts for key in ("missing", "other_scans")
    )


def _others(claim: Claim) -> Select[tuple[ScanRow, str | None, dict[str, Any] | None]]:
    """The other scans of one unit each, with the whole that they are part of and their newest reading."""
    chosen = (
        select(ScanRow, PartRow.part_of, ReadingRow.document)
        .outerjoin(PartRow, PartRow.scan_id == ScanRow.id)
        .outerjoin(ReadingRow, (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision))
        .where(ScanRow.consignment_id == claim.consignment, ScanRow.id != claim.scan_id)
        .where(ScanRow.id.not_in(WHOLES))
        .order_by(ScanRow.received_at.desc(), ScanRow.id)
    )
    return chosen.where((PartRow.part_of.is_(None)) | (PartRow.part_of != claim.scan_id))


def _estimate(scan_id: str, document: dict[str, Any] | None, *, same_image: bool) -> UnitEstimate:
    if document is None:
        return UnitEstimate(scan_id, None, None, read=False, same_image=same_image)
    unit = document["containers"][0] if document["containers"] else {}
    mass = unit.get("mass_kg")
    return UnitEstimate(
        scan_id,
        unit.get("number"),
        Interval(**mass) if mass else None,
        same_image=same_image,
        cautions=tuple(document["quality"]["reasons"]),
    )


def _sum_of(reading: Reading) -> dict[str, Any]:
    """Of its verdict on the mass: the goods items that are added up, and the units that are awaited."""
    return next((dict(verdict.evidence) for verdict in reading.verdicts if verdict.rule == "mass"), {})


def _rests_on(scan_id: str, document: dict[str, Any]) -> bool:
    return any(scan_id in verdict["evidence"].get("other_scans", ()) for verdict in document["verdicts"])


def _waits_for(own: dict[str, Any], document: dict[str, Any], *, same_image: bool) -> bool:
    """Something is missing in its sum, which is that of `own` too, and of that nothing is still to come."""
    if own.get("awaited"):
        return False
    waiting = [verdict["evidence"] for verdict in document["verdicts"] if verdict["evidence"].get("missing")]
    items = set(own.get("goods_items", ()))
    return any(same_image or items.intersection(each.get("goods_items", ())) for each in waiting)
