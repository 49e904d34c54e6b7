"""What an officer wants to see beside a scan: the unit's other scans, its consignment's, loads like it, and finds."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from tallyscan.iso6346 import has_form
from tallyscan.join.marks import UNREAD, texts_of
from tallyscan.known_unit import FEATURES_VERSION
from tallyscan.scan import Float32Array
from tallyscan.store.controls import scans_opened
from tallyscan.store.finds import Find, finds
from tallyscan.store.join_candidates import seen_of
from tallyscan.store.known_units import features_of
from tallyscan.store.likeness import Alike, SharedFeature, alike, distances
from tallyscan.store.tables import KnownUnitRow, PartRow, ScanMark, ScanRow

WhyNone = Literal["no_features", "no_heading", "none_alike"]

MOST = 24
"""So many of a kind are shown."""

COMPARED = 5000
"""So many of the newest units of the same goods are compared."""


@dataclass(frozen=True)
class SameUnit:
    """Another scan of the same container or vehicle, by a mark that was read on both."""

    scan: str
    mark: str
    is_container: bool


@dataclass(frozen=True)
class LikeLoad:
    """Another load that looks like one of this scan's units, by what, and in what it differs most."""

    scan: str
    unit: int
    distance: float
    alike: tuple[SharedFeature, ...]
    apart: tuple[SharedFeature, ...]


@dataclass(frozen=True)
class LikeFind:
    """A scan of the reference library. `load` is None where the two cannot be compared by their looks: another kind of
    scanner, display pictures, or nothing measured.
    """

    find: Find
    load: LikeLoad | None


def same_unit(session: Session, scan: ScanRow) -> list[SameUnit]:
    """The newest first. Of a whole scan and its cargo unit, the unit; not what shows the same image."""
    marks, own = _marks(scan), _same_image(session, scan)
    rows = session.execute(
        select(ScanRow, ScanMark.mark, PartRow.part_of)
        .join(ScanMark, ScanMark.scan_id == ScanRow.id)
        .outerjoin(PartRow, PartRow.scan_id == ScanRow.id)
        .where(ScanMark.mark.in_(marks), ScanRow.id.not_in(own))
        .order_by(ScanRow.received_at.desc(), ScanRow.id)
        .limit(4 * MOST)
    ).all()
    shown = [(row.id, mark, whole) for row, mark, whole in rows if mark in _marks(row)]
    wholes = {whole for _, _, whole in shown}
    by_scan = {
        other: SameUnit(other, mark, has_form(mark)) for other, mark, _ in shown if other not in wholes
    }
    return list(by_scan.values())[:MOST]


def _marks(scan: ScanRow) -> set[str]:
    """What was read on its own cargo units, as far as it is legible; not on those beside."""
    texts = (text for unit in seen_of(scan).units for text in texts_of(unit))
    return {text for text in texts if UNREAD not in text}


def same_consignment(session: Session, scan: ScanRow) -> list[str]:
    """The other scans of its consignment, the newest first."""
    if scan.consignment_id is None:
        return []
    others = select(ScanRow.id).where(ScanRow.consignment_id == scan.consignment_id, ScanRow.id != scan.id)
    return list(session.execute(others.order_by(ScanRow.received_at.desc()).limit(MOST)).scalars())


def like_loads(session: Session, scan: ScanRow) -> tuple[list[LikeLoad], WhyNone | None]:
    """Loads of the same goods on the same kind of scanner: first those in which a control found nothing, then those
    that nobody opened, each the nearest first; or why there are none. What held a find is in the library instead.
    """
    units = _units(session, scan)
    if not units:
        return [], "no_features"
    if all(unit.heading is None for unit in units):
        return [], "no_heading"
    own = _same_image(session, scan)
    found: dict[str, LikeLoad] = {}
    for unit in units:
        same_goods = and_(
            KnownUnitRow.scanner == unit.scanner,
            KnownUnitRow.features_version == FEATURES_VERSION,
            KnownUnitRow.heading == unit.heading,
            KnownUnitRow.scan_id.not_in(own),
        )
        for load in _nearest(session, unit, same_goods):
            if load.scan not in found or load.distance < found[load.scan].distance:
                found[load.scan] = load
    opened = scans_opened(session, list(found))
    benign = [load for load in found.values() if opened.get(load.scan) is False]
    unopened = [load for load in found.values() if load.scan not in opened]
    ordered = [*sorted(benign, key=_distance), *sorted(unopened, key=_distance)]
    return ordered[:MOST], None if ordered else "none_alike"


def like_finds(session: Session, scan: ScanRow, families: Sequence[str]) -> tuple[list[LikeFind], int]:
    """Finds, those with a family of this scan's regions first, each the nearest first, then those that cannot be
    compared; and how many finds there are in all.
    """
    own = _same_image(session, scan)
    library = [find for find in finds(session) if find.scan not in own]
    among = KnownUnitRow.scan_id.in_([find.scan for find in library])
    loads: dict[str, LikeLoad] = {}
    for unit in _units(session, scan):
        comparable = and_(
            among, KnownUnitRow.scanner == unit.scanner, KnownUnitRow.features_version == FEATURES_VERSION
        )
        for load in _nearest(session, unit, comparable):
            if load.scan not in loads or load.distance < loads[load.scan].distance:
                loads[load.scan] = load
    wanted = set(families)
    ordered = sorted(
        (LikeFind(find, loads.get(find.scan)) for find in library),
        key=lambda each: (
            not wanted & set(each.find.families),
            each.load is None,
            each.load.distance if each.load else 0.0,
            -each.find.at.timestamp(),
        ),
    )
    return ordered[:MOST], len(library)


def _distance(load: LikeLoad) -> float:
    return load.distance


def _units(session: Session, scan: ScanRow) -> Sequence[KnownUnitRow]:
    of_scan = select(KnownUnitRow).where(
        KnownUnitRow.scan_id == scan.id,
        KnownUnitRow.features_version == FEATURES_VERSION,
        KnownUnitRow.features.is_not(None),
    )
    return session.execute(of_scan.order_by(KnownUnitRow.unit)).scalars().all()


def _nearest(session: Session, unit: KnownUnitRow, where: ColumnElement[bool]) -> list[LikeLoad]:
    """Of those rows, one for each image: its unit that comes nearest."""
    columns = (KnownUnitRow.scan_id, KnownUnitRow.image_id, KnownUnitRow.unit, KnownUnitRow.features)
    newest = select(*columns).where(where).order_by(KnownUnitRow.position.desc()).limit(COMPARED)
    rows = [row for row in session.execute(newest) if row.features is not None]
    if not rows or unit.features is None:
        return []
    this: Float32Array = features_of([unit.features])[0]
    others = features_of([row.features for row in rows])
    far = distances(this, others)
    # A cargo unit that is a scan of its own stands before the same unit in its whole.
    order = np.lexsort(([row.scan_id == row.image_id for row in rows], far))
    firsts: dict[str, int] = {}
    for index in order:
        if np.isfinite(far[index]):
            firsts.setdefault(rows[index].image_id, int(index))
    compared = alike(this, others, list(firsts.values())[: 4 * MOST])
    return [_load(rows[each.index].scan_id, rows[each.index].unit, each) for each in compared]


def _load(scan_id: str, unit: int, found: Alike) -> LikeLoad:
    return LikeLoad(scan_id, unit, round(found.distance, 3), found.alike, found.apart)


def _same_image(session: Session, scan: ScanRow) -> AbstractSet[str]:
    """The scan, the whole of which it is a part, and the other parts of that: they all show one image."""
    whole = session.execute(select(PartRow.part_of).where(PartRow.scan_id == scan.id)).scalar() or scan.id
    parts = select(PartRow.scan_id).where(PartRow.part_of == whole)
    views = select(ScanRow.id).where(
        or_(ScanRow.view_of == whole, ScanRow.id == whole)
        if scan.view_of is None
        else ScanRow.view_of == scan.view_of
    )
    return {scan.id, whole, *session.execute(parts).scalars(), *session.execute(views).scalars()}
