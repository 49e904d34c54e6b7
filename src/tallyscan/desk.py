"""The desk: which reader each scan waits for, who reads it now, and what is hidden from them until they decided."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from tallyscan.decision import Claim, Decision, DecisionHistory, Reader, WaitsFor
from tallyscan.errors import Conflict, NotFound
from tallyscan.random_draw import drawn_number, is_drawn
from tallyscan.review.readers import is_read_since, machine_says, may_read, shown_to, waits_for
from tallyscan.store import alert_budgets, queries
from tallyscan.store import desk as rows
from tallyscan.store.decisions import decision_history
from tallyscan.store.desk import AtDesk
from tallyscan.store.dispositions import disposition_history
from tallyscan.store.join_steps import consignments_of
from tallyscan.store.scan_scores import site_key
from tallyscan.triage.worklist import ScoredScan, in_order

WhyNot = Literal["not_read_yet", "decided", "another_person", "claimed"]
IN_WORDS: dict[WhyNot, str] = {
    "not_read_yet": "It is not read yet.",
    "decided": "It waits for nobody: it is decided.",
    "another_person": "It waits for another reader, who is another person.",
    "claimed": "Somebody else reads it now.",
}

BLIND, SECOND = "blind reading", "second reader"
"""What the two shares are drawn for."""


@dataclass(frozen=True)
class Waiting:
    """A scan that waits at a desk for a person; `blind`: its reading is hidden from them."""

    scan: ScoredScan
    reader: Reader
    claim: Claim | None
    blind: bool


@dataclass(frozen=True)
class Seat:
    """What a person is for a scan: `reader` is None where it waits for nobody or for somebody else, and `why` says so.

    `blind`: the machine's reading is hidden from them. `decisions` are those that they may see.
    """

    reader: Reader | None
    why: WhyNot | None
    blind: bool
    claim: Claim | None
    decisions: tuple[Decision, ...]
    history: DecisionHistory = field(repr=False)


@dataclass(frozen=True)
class Desk:
    """The shares are of all scans, and are drawn under `key` by the scan's id alone: before anything is known of it."""

    key: bytes = field(default=b"", repr=False)
    blind_share: float = 0.0
    second_share: float = 0.0
    claim_seconds: float = 120.0
    days: float = 7.0

    def is_blind(self, scan_id: str) -> bool:
        """Whether it is drawn for blind reading."""
        return self.blind_share > 0 and is_drawn(self.key, BLIND, scan_id, self.blind_share)

    def in_second_share(self, scan_id: str) -> bool:
        """Whether it is drawn for a second reader."""
        return is_drawn(self.key, SECOND, scan_id, self.second_share)

    def settle(self, session: Session, scan_id: str, now: datetime) -> WaitsFor | None:
        """A decision or a reading came: keep, and say, for whom the scan waits now."""
        history = decision_history(session, scan_id)
        stands = rows.at_desk(session, scan_id, now)
        selected = stands is not None and stands.scored.scan.asked is not None
        reading = queries.scan(session, scan_id).reading
        drawn = self.in_second_share(scan_id)
        asked = any(
            not is_read_since(history, since)
            for consignment in consignments_of(session, scan_id)
            if (since := disposition_history(session, consignment).second_reading_since) is not None
        )
        waits = waits_for(history, machine_says(reading), drawn=drawn, selected=selected, asked=asked)
        reader, because = (waits.reader, waits.because) if waits else (None, None)
        rows.settle(session, scan_id, reader, because, now)
        return waits

    def settle_consignment(self, session: Session, consignment: str, now: datetime) -> None:
        """It was decided what is done with a consignment: that may ask for, or give up, a further reader of those of
        its scans that somebody has read.
        """
        for scan_id in rows.scans_decided(session, consignment):
            self.settle(session, scan_id, now)

    def waiting(self, session: Session, site: str, person: str, now: datetime) -> list[Waiting]:
        """What waits at a site for this person, in the order of the worklist; never what they have read.

        A scan that is read blind has a drawn place, for its place would tell its risk; what is urgent does not wait.
        """
        since = now - timedelta(days=self.days)
        asked_for = alert_budgets.asked_for(session, site_key(site))
        found = rows.in_line(session, site_key(site), since=since, now=now, asked_for=asked_for)
        own = rows.decided_by(session, person, since)
        mine = {each.scan.scan: each for each in found if each.scan.scan not in own}
        blind = {scan_id for scan_id in mine if self.is_blind(scan_id)}
        drawn = {scan_id for scan_id in blind if not mine[scan_id].scan.urgent}
        scored = in_order([each.scan for each in mine.values()])
        order = [scan.scan for scan in scored if scan.scan not in drawn]
        for scan_id in sorted(drawn):
            place = drawn_number(self.key, "place at the desk", scan_id)
            order.insert(int(place * (len(order) + 1)), scan_id)
        return [Waiting(*mine[scan_id], scan_id in blind) for scan_id in order]

    def seat(self, session: Session, scan_id: str, person: str, now: datetime) -> Seat:
        """What this person is for that scan, and what they see. Raises `NotFound`."""
        stands = rows.at_desk(session, scan_id, now)
        if stands is None:
            queries.scan(session, scan_id)  # is it here at all?
            return Seat(None, "not_read_yet", self.is_blind(scan_id), None, (), DecisionHistory())
        history = decision_history(session, scan_id)
        waits = WaitsFor(stands.reader, "undecided") if stands.reader else None
        why = _why_not(person, stands, history)
        return Seat(
            stands.reader if why is None else None,
            why,
            bool(self.hides(session, person, [scan_id])),
            stands.claim,
            shown_to(person, waits, history),
            history,
        )

    def hides(self, session: Session, person: str | None, scan_ids: Collection[str]) -> set[str]:
        """Those of these scans whose reading is hidden from a person, or from whoever does not say who they are. Of a
        scan of several units it is, where that of a unit is.
        """
        if self.blind_share <= 0 or not scan_ids:
            return set()
        units = rows.units_of(session, scan_ids)
        single = {*scan_ids, *(unit for each in units.values() for unit in each)} - units.keys()
        drawn = {scan_id for scan_id in single if self.is_blind(scan_id)}
        hidden = drawn - rows.settled(session, drawn)
        if person is not None:
            hidden -= rows.decided_on(session, person, hidden)
        return {each for each in scan_ids if each in hidden or not hidden.isdisjoint(units.get(each, ()))}

    def hides_words(self, session: Session, person: str, scan_ids: Collection[str]) -> set[str]:
        """Those of these scans of which what others decided is hidden from a person: a further reader is waited for."""
        return rows.waiting_for_reader(session, scan_ids) & rows.decided_by_others(session, person, scan_ids)

    def claim(self, session: Session, scan_id: str, person: str, now: datetime) -> Seat:
        """Give the scan to this person alone for a time, or for longer. Raises `NotFound`, or `Conflict` with the
        reason: it waits for nobody, for somebody else, or somebody reads it now.
        """
        queries.hold(session, scan_id)
        seat = self.seat(session, scan_id, person, now)
        if seat.reader is None:
            reads = f" It is {seat.claim.by}." if seat.claim is not None and seat.why == "claimed" else ""
            why = IN_WORDS[seat.why or "decided"]
            raise Conflict(f"Scan {scan_id} cannot be read by {person} now. {why}{reads}")
        claim = Claim(person, now + timedelta(seconds=self.claim_seconds))
        rows.put_claim(session, scan_id, claim)
        return Seat(seat.reader, None, seat.blind, claim, seat.decisions, seat.history)

    def release(self, session: Session, scan_id: str, person: str, now: datetime) -> None:
        """The person has left the scan: anybody may have it. What another one holds stays theirs."""
        queries.hold(session, scan_id)
        stands = rows.at_desk(session, scan_id, now)
        if stands is not None and stands.claim is not None and stands.claim.by == person:
            rows.put_claim(session, scan_id, None)

    def claim_next(self, session: Session, site: str, person: str, now: datetime, after: str | None) -> str:
        """The first that waits for this person and that nobody reads, given to them; not the one that they leave.

        Raises `NotFound` where there is none.
        """
        for each in self.waiting(session, site, person, now):
            if each.scan.scan != after and (each.claim is None or each.claim.by == person):
                self.claim(session, each.scan.scan, person, now)
                return each.scan.scan
        raise NotFound(f"Nothing waits for {person} at {site}.")


def _why_not(person: str, stands: AtDesk, history: DecisionHistory) -> WhyNot | None:
    """Why a scan is not for this person to read now; None where it is."""
    if stands.reader is None:
        return "decided"
    if not may_read(person, stands.reader, history):
        return "another_person"
    if stands.claim is not None and stands.claim.by != person:
        return "claimed"
    return None
