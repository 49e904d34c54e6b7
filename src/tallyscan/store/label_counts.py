"""Labels by origin: what officers thought of scans and what controls of loads came to, counted apart.

An opinion is no outcome, and an outcome of a load that was chosen by the random share is worth more than one of a load
that somebody suspected: only such ones say how often anything is found where nobody looked.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from tallyscan.store.scan_scores import site_key
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow
from tallyscan.store.standing import STANDS
from tallyscan.store.tables import DecisionRow, IncomingRow, InspectionRow, ScanRow

Origin = Literal["first_reader", "second_reader", "inspection", "random_audit", "control_result"]
OPINIONS: tuple[Origin, ...] = ("first_reader", "second_reader")
NO_FAMILY = ""
"""What somebody found or suspected and did not name."""


@dataclass(frozen=True)
class Label:
    """What stands of what one person said of one scan, or one control of one load. `families` of what was marked or
    found, one for each region or item; empty for what has none.
    """

    origin: Origin
    answer: str
    site: str
    families: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelCount:
    """Entries of an origin at a site with that answer; with a `family`, those that name it, and in how many regions or
    items. An entry that names two families counts for each of them, and once where `family` is None.
    """

    origin: Origin
    is_opinion: bool
    answer: str
    site: str
    family: str | None
    entries: int
    regions: int


def label_counts(session: Session, since: datetime, until: datetime) -> tuple[LabelCount, ...]:
    """Of what was put on record in that time and stands. What was taken back or corrected counts no more."""
    entries: Counter[tuple[Origin, str, str, str | None]] = Counter()
    regions: Counter[tuple[Origin, str, str, str | None]] = Counter()
    for label in (*_opinions(session, since, until), *_outcomes(session, since, until)):
        key = (label.origin, label.answer, label.site)
        entries[(*key, None)] += 1
        regions[(*key, None)] += len(label.families)
        for family in set(label.families):
            entries[(*key, family)] += 1
            regions[(*key, family)] += label.families.count(family)
    ordered = sorted(entries, key=lambda key: (*key[:3], key[3] is not None, key[3] or ""))
    return tuple(
        LabelCount(origin, origin in OPINIONS, answer, site, family, entries[key], regions[key])
        for key in ordered
        for origin, answer, site, family in (key,)
    )


def _opinions(session: Session, since: datetime, until: datetime) -> Iterator[Label]:
    standing = (
        select(DecisionRow.answer, DecisionRow.reader, DecisionRow.document["regions"], *_SITE)
        .join(ScanRow, ScanRow.id == DecisionRow.scan_id)
        .where(
            DecisionRow.received_at >= since,
            DecisionRow.received_at < until,
            *STANDS,
        )
    )
    for answer, reader, marked, site in session.execute(standing):
        origin: Origin = "second_reader" if reader == "second" else "first_reader"
        yield Label(origin, answer, site_key(site), _families(marked))


def _outcomes(session: Session, since: datetime, until: datetime) -> Iterator[Label]:
    later, replacing = aliased(InspectionRow), aliased(IncomingRow)
    inspected = (
        select(
            InspectionRow.result, InspectionRow.document["items"], _drawn_by_chance().label("drawn"), *_SITE
        )
        .join(ScanRow, ScanRow.id == InspectionRow.scan_id)
        .where(
            InspectionRow.received_at >= since,
            InspectionRow.received_at < until,
            ~exists().where(later.scan_id == InspectionRow.scan_id, later.replaces == InspectionRow.id),
        )
    )
    for result, items, drawn, site in session.execute(inspected):
        yield Label("random_audit" if drawn else "inspection", result, site_key(site), _families(items))
    controlled = select(
        IncomingRow.document["outcome"].as_string(), IncomingRow.document["office"].as_string()
    ).where(
        IncomingRow.kind == "control_result",
        IncomingRow.received_at >= since,
        IncomingRow.received_at < until,
        ~exists().where(
            replacing.consignment_id == IncomingRow.consignment_id, replacing.replaces == IncomingRow.id
        ),
    )
    for outcome, office in session.execute(controlled):
        yield Label("control_result", outcome, site_key(office))


def _drawn_by_chance() -> ColumnElement[bool]:
    """Whether the random share had chosen the load for opening when it was inspected."""
    step, newer = aliased(SelectionRow), aliased(SelectionRow)
    superseded_then = exists().where(
        newer.consignment_id == step.consignment_id,
        newer.stage == step.stage,
        newer.sequence > step.sequence,
        newer.at <= InspectionRow.received_at,
    )
    of_step = and_(
        SelectionReasonRow.consignment_id == step.consignment_id,
        SelectionReasonRow.stage == step.stage,
        SelectionReasonRow.sequence == step.sequence,
    )
    return (
        select(step.consignment_id)
        .join(SelectionReasonRow, of_step)
        .where(
            step.consignment_id == ScanRow.consignment_id,
            step.at <= InspectionRow.received_at,
            SelectionReasonRow.kind == "audit",
            SelectionReasonRow.action == "open",
            SelectionReasonRow.drawn.is_(True),
            ~superseded_then,
        )
        .correlate(ScanRow, InspectionRow)
        .exists()
    )


_SITE = (ScanRow.seen["site"].as_string(),)


def _families(named: Sequence[dict[str, Any]] | None) -> tuple[str, ...]:
    return tuple(each.get("family") or NO_FAMILY for each in named or ())
