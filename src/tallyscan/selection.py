"""That a consignment was chosen for a scan or for opening: by which profiles, with what chance, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tallyscan.risk_profile import Action, Stage

Chance = Annotated[float, Field(ge=0, le=1)]
ReasonKind = Literal["hit", "undetermined", "audit"]

JUDGED_LATER = "Not judged yet: many goods items and many risk profiles"
"""The reason of what is selected until it is judged."""


@dataclass(frozen=True)
class SelectionReason:
    """One profile that hit or could not be judged, or the site's own random share (`audit`, without a profile).
    Undetermined without a profile: none could be judged.

    `chance` is the probability with which it selects such a consignment, `drawn` whether it did; 0 for an undetermined
    one that its profile ignores.
    """

    kind: ReasonKind
    profile: str | None
    version: int | None
    action: Action
    priority: int
    chance: Chance
    drawn: bool
    in_words: str
    interview: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What all profiles of a stage and the draws come to. `actions` is empty where the consignment is not selected.

    `chances` has, of each action that was in question, the probability with which such a consignment is selected for
    it, by whichever reason: its inverse is the weight that makes rates of the selected ones those of all.
    """

    actions: tuple[Action, ...]
    chances: dict[Action, Chance]
    reasons: tuple[SelectionReason, ...]

    @property
    def drawn(self) -> tuple[SelectionReason, ...]:
        """The reasons for which it is selected, the most pressing first."""
        return tuple(sorted((each for each in self.reasons if each.drawn), key=lambda each: each.priority))

    @property
    def priority(self) -> int | None:
        """That of the most pressing reason; 1 is first."""
        return self.drawn[0].priority if self.drawn else None

    @property
    def interview(self) -> tuple[str, ...]:
        """The questions of all profiles that select it, each once."""
        return tuple(dict.fromkeys(question for each in self.drawn for question in each.interview))

    @property
    def in_words(self) -> str:
        """Every reason in one line; where none selects it, that it is not selected."""
        return "; ".join(each.in_words for each in self.drawn) or "Not selected."


@dataclass(frozen=True)
class Selection:
    """A step in the selection of a consignment at a stage, never changed; the one of the highest `sequence` counts.

    `sites` are the offices where the goods are declared to come or were scanned. `interview` are the questions to ask;
    the answers are indicators, never a reason of their own.
    """

    consignment: str
    stage: Stage
    sequence: int
    supersedes: int | None
    at: datetime
    declaration_version: int
    sites: tuple[str, ...]
    selected: bool
    actions: tuple[Action, ...]
    priority: int | None
    in_words: str
    interview: tuple[str, ...]
    chances: dict[Action, Chance]
    reasons: tuple[SelectionReason, ...]
