"""What stands of all that crossing points told of one consignment: a pure function of the events, in any order."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tallyscan.crossing_point import CrossingEntry, CrossingKind
from tallyscan.disposition import Disposition, DispositionHistory, DispositionUndo
from tallyscan.referral import ReferralStep
from tallyscan.risk import Risk, RiskShare

_NOT_READ_YET = Risk(score=None, lane="not_assessed")


@dataclass(frozen=True)
class CrossingScan:
    """A scan at a crossing point that is of the consignment now. `reading` is its newest reading, None while it is to
    be read again because it came from another consignment; `first` is the first that was heard of it here.
    """

    source: str
    scan: str
    part_of: str | None
    first: CrossingEntry
    reading: CrossingEntry | None
    in_question: bool

    @property
    def share(self) -> RiskShare:
        """Its share of the risk: what was not read is not assessed."""
        risk = self.reading.told.risk if self.reading else None
        return RiskShare(f"scan/{self.source}/{self.scan}", risk or _NOT_READ_YET)


@dataclass(frozen=True)
class CrossingHistory:
    """`entries` are all that were told of the consignment, and of the scans that ever were in it."""

    consignment: str
    entries: tuple[CrossingEntry, ...] = ()

    @cached_property
    def scans(self) -> tuple[CrossingScan, ...]:
        """Those that are of it now, in the order in which they were first read."""
        found = [self._scan(entries) for entries in self._of_scans.values()]
        return tuple(sorted(filter(None, found), key=lambda each: (each.first.at, each.first.position)))

    def _scan(self, entries: list[CrossingEntry]) -> CrossingScan | None:
        newest = max(
            (each for each in entries if each.told.kind == "reading"),
            key=lambda each: each.told.revision,
            default=None,
        )
        joins = [each for each in entries if each.told.kind == "join"]
        placed = [*joins, newest] if newest else joins
        last = max(placed, key=_when)
        if last.told.place != self.consignment:
            return None
        came = max((each for each in joins if each.told.change.startswith("moved")), key=_when, default=None)
        is_read = newest is not None and (came is None or _when(came) < _when(newest))
        here = [each for each in placed if each.told.place == self.consignment]
        return CrossingScan(
            source=last.source,
            scan=last.told.scan or "",
            part_of=newest.told.part_of if newest else None,
            first=min(here, key=_when),
            reading=newest if is_read else None,
            in_question=bool(joins) and max(joins, key=_when).told.change == "questioned",
        )

    @cached_property
    def _of_scans(self) -> dict[tuple[str, str], list[CrossingEntry]]:
        of: dict[tuple[str, str], list[CrossingEntry]] = defaultdict(list)
        for each in self.entries:
            if each.told.scan is not None and each.told.kind in ("reading", "join"):
                of[each.source, each.told.scan].append(each)
        return of

    @cached_property
    def reviews(self) -> tuple[CrossingEntry, ...]:
        """What stands of what people said of these scans, and of the wholes of which they are units: inspections first,
        as in a risk record."""
        about = {(scan.source, each) for scan in self.scans for each in (scan.scan, scan.part_of)}
        return tuple(
            each
            for kind in ("inspection", "decision")
            for each in self._standing(kind)
            if (each.source, each.told.scan) in about
        )

    def _standing(self, kind: CrossingKind) -> list[CrossingEntry]:
        """Neither undone nor corrected; who undoes a correction puts back what it corrected."""
        said = [each for each in self.entries if each.told.kind == kind]
        undone = {_key(each) for each in said if each.told.change == "undone"}
        kept = [each for each in said if each.told.change != "undone" and _key(each) not in undone]
        corrected = {(each.source, each.told.replaces) for each in kept}
        return [each for each in kept if _key(each) not in corrected]

    @property
    def shares(self) -> tuple[RiskShare, ...]:
        """What they add to the risk: of two that are alike what people said comes first, for it outranks a reading."""
        said = (
            RiskShare(f"{each.told.kind}/{each.told.entry}", each.told.risk)
            for each in self.reviews
            if each.told.risk is not None
        )
        read = (share for scan in self.scans for share in _of_scan(scan))
        return (*said, *read)

    @cached_property
    def dispositions(self) -> DispositionHistory:
        """What was decided of it at crossing points."""
        found = [each.told for each in self.entries if each.told.kind == "disposition" and each.told.document]
        return DispositionHistory(
            tuple(
                Disposition.model_validate(each.document)
                for each in found
                if each.change in ("made", "corrected")
            ),
            tuple(DispositionUndo.model_validate(each.document) for each in found if each.change == "undone"),
            tuple(
                ReferralStep.model_validate(each.document)
                for each in found
                if each.change in ("forwarded", "answered", "withdrawn")
            ),
        )

    @property
    def sites(self) -> tuple[str, ...]:
        """Where it was scanned, as sites are compared."""
        return tuple(dict.fromkeys(site for scan in self.scans for site in scan.first.told.sites))


def with_local(local: DispositionHistory, elsewhere: DispositionHistory) -> DispositionHistory:
    """What was decided here and at crossing points, in the order in which it was."""
    if not (elsewhere.dispositions or elsewhere.undos or elsewhere.steps):
        return local
    return DispositionHistory(
        tuple(sorted((*local.dispositions, *elsewhere.dispositions), key=lambda each: each.received_at)),
        (*local.undos, *elsewhere.undos),
        tuple(sorted((*local.steps, *elsewhere.steps), key=lambda each: each.received_at)),
    )


def _of_scan(scan: CrossingScan) -> tuple[RiskShare, ...]:
    asked = (RiskShare(f"join/{scan.source}/{scan.scan}", _NOT_READ_YET),) if scan.in_question else ()
    return (scan.share, *asked)


def _key(entry: CrossingEntry) -> tuple[str, str | None]:
    return entry.source, entry.told.entry


def _when(entry: CrossingEntry) -> tuple[datetime, int]:
    return entry.at, entry.position
