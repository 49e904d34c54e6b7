"""What comes in about a consignment from other systems and from people at the post: four kinds, one history."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from tallyscan.control_result import ControlResult, ControlResultSaid
from tallyscan.interview import Interview, InterviewSaid
from tallyscan.risk_score import RiskScore, RiskScoreSaid
from tallyscan.weighing import Weighing, WeighingSaid

IncomingKind = Literal["risk_score", "weighing", "control_result", "interview"]
IncomingSaid = RiskScoreSaid | WeighingSaid | ControlResultSaid | InterviewSaid
Incoming = RiskScore | Weighing | ControlResult | Interview

SAID: dict[IncomingKind, type[IncomingSaid]] = {
    "risk_score": RiskScoreSaid,
    "weighing": WeighingSaid,
    "control_result": ControlResultSaid,
    "interview": InterviewSaid,
}
ON_RECORD: dict[IncomingKind, type[Incoming]] = {
    "risk_score": RiskScore,
    "weighing": Weighing,
    "control_result": ControlResult,
    "interview": Interview,
}

_Kind = TypeVar("_Kind", RiskScore, Weighing, ControlResult, Interview)


def kind_of(said: IncomingSaid) -> IncomingKind:
    """Its kind, of what is sent or what is on record."""
    return next(kind for kind, model in SAID.items() if isinstance(said, model))


@dataclass(frozen=True)
class IncomingHistory:
    """All that came about one consignment, in the order in which it came."""

    entries: tuple[Incoming, ...] = ()

    @cached_property
    def standing(self) -> tuple[Incoming, ...]:
        """What none corrects; of the scores of one engine the newest alone, by its own time, then by ours."""
        corrected = {entry.corrects for entry in self.entries}
        kept = [entry for entry in self.entries if entry.id not in corrected]
        newest: dict[str, RiskScore] = {}
        for entry in kept:
            if isinstance(entry, RiskScore):
                known = newest.get(entry.by)
                if known is None or (entry.at, entry.received_at) >= (known.at, known.received_at):
                    newest[entry.by] = entry
        return tuple(entry for entry in kept if not isinstance(entry, RiskScore) or newest[entry.by] is entry)

    def all_of(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """Of that kind, with what was corrected."""
        return tuple(entry for entry in self.entries if isinstance(entry, kind))

    def of(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """What stands of that kind."""
        return tuple(entry for entry in self.standing if isinstance(entry, kind))
