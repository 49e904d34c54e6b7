"""A crossing point that runs its own installation, as its centre knows it, and what one of its events tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tallyscan.declaration import normal_mark
from tallyscan.risk import Risk

CrossingKind = Literal[
    "reading", "join", "decision", "inspection", "referral", "incoming", "disposition", "other"
]
"""What an event of a crossing point is about. `other`: kept, and of no consequence for a risk record."""


def _site(named: str) -> str:
    if not (key := normal_mark(named)[:80]):
        raise ValueError("a site has letters or digits")
    return key


class CrossingPoint(BaseModel):
    """What the settings of a centre say of it: its name, the sites that it may speak for, as they are compared, and
    where its own console is, None where nobody can look there from here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    sites: Annotated[frozenset[Annotated[str, AfterValidator(_site)]], Field(min_length=1)]
    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$")] | None = None


@dataclass(frozen=True, kw_only=True)
class CrossingTold:
    """What an event says, as far as the centre's risk rests on it. `change` is what its type says of it: `completed`,
    `undone`. `sites` are as they are compared, empty where it names none.

    `what` is the code of a decision, a result or a disposition. `entry` is the id of what was said, `replaces` of what
    that corrects. Of a reading `revision` counts, and `risk` is the scan's own; of what a person said, what it does to
    the risk, None for nothing. `moved_to` is where a scan is that moved away, None where it waits for a join.
    `document` is a disposition, or what was done about it.
    """

    kind: CrossingKind
    change: str
    in_words: str
    what: str | None = None
    consignment: str | None = None
    sites: tuple[str, ...] = ()
    scan: str | None = None
    part_of: str | None = None
    entry: str | None = None
    replaces: str | None = None
    revision: int = 0
    status: str | None = None
    reason: str | None = None
    risk: Risk | None = None
    by: str | None = None
    reader: Literal["first", "second", "third"] | None = None
    looked_inside: bool = False
    moved_to: str | None = None
    link: str | None = None
    document: dict[str, Any] | None = None

    @property
    def place(self) -> str | None:
        """In which consignment the scan is after it."""
        return self.moved_to if self.change == "moved_away" else self.consignment


@dataclass(frozen=True)
class CrossingEntry:
    """An event on record at the centre: who told it (`source`), what happened `at` by the clock there, and when we
    `heard_at` of it by ours.
    """

    position: int
    source: str
    event_id: str
    at: datetime
    heard_at: datetime
    told: CrossingTold
