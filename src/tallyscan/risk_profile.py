"""A risk profile: what a targeting officer wants to be scanned or opened, as an expression over what is known.

A draft can be changed; a released version never. Released by another person than those who wrote it.
"""

from datetime import datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.declaration import normal_mark
from tallyscan.statement import Comment, Part, Words

Stage = Literal["before_scan", "after_scan"]
Action = Literal["scan", "open", "second_reading", "documents"]
ProfileStatus = Literal["draft", "released", "retired"]
IfUndetermined = Literal["select", "ignore"]
ProfileId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

STAGES: tuple[Stage, ...] = get_args(Stage)
ACTIONS: dict[Stage, tuple[Action, ...]] = {
    "before_scan": ("scan", "open", "documents"),
    "after_scan": ("open", "second_reading", "documents"),
}
"""What a profile of each stage may ask for."""

MOST_SIGNS = 2000


class RiskProfileSaid(Part):
    """A profile as an officer writes it. Whether its expression fits the facts is asked in `select`."""

    title: Words = Field(description="what it looks for: the reason that others read")
    by: Words = Field(description="who writes it: who is signed in, or without sign-in as it is given")
    stage: Stage = Field(description="before_scan: which are scanned; after_scan: which are opened")
    expression: Annotated[
        str, Field(min_length=1, max_length=MOST_SIGNS, description="CEL, true where it hits")
    ]
    action: Action
    priority: int = Field(3, ge=1, le=5, description="1 is first in the list")
    valid_from: AwareDatetime | None = Field(None, description="none: from its release")
    valid_to: AwareDatetime | None = Field(None, description="from then on it does not count; none: no end")
    sites: tuple[Words, ...] = Field((), max_length=200, description="customs offices; none: all")
    random_share: float = Field(
        1.0, ge=0, le=1, description="so many of those that hit are drawn; 1: each of them"
    )
    if_undetermined: IfUndetermined = Field(
        "select", description="what follows where the expression needs what is not known"
    )
    interview: tuple[Words, ...] = Field((), max_length=20, description="questions for the driver or trader")
    comment: Comment | None = Field(None, description="why, for whoever releases it")

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.action not in ACTIONS[self.stage]:
            allowed = ", ".join(ACTIONS[self.stage])
            raise ValueError(f"a profile of stage {self.stage} asks for one of: {allowed}")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError("valid_to is after valid_from")
        return self


class RiskProfile(RiskProfileSaid):
    """One version of a profile on record; `by` wrote it last, `authors` are all who did since the last release."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: ProfileId
    version: int = Field(ge=1)
    status: ProfileStatus
    saved_at: AwareDatetime
    authors: tuple[Words, ...]
    released_by: Words | None = None
    released_at: AwareDatetime | None = None
    retired_by: Words | None = None
    retired_at: AwareDatetime | None = None
    retired_because: Comment | None = None

    @property
    def name(self) -> str:
        """`cigarettes v3`."""
        return f"{self.id} v{self.version}"

    def is_for(self, sites: tuple[str, ...]) -> bool:
        """Whether it is for one of these sites; what may come anywhere is meant by all profiles."""
        ours = {normal_mark(site) for site in self.sites}
        return not ours or not sites or not ours.isdisjoint(map(normal_mark, sites))

    def in_force(self, now: datetime, sites: tuple[str, ...]) -> bool:
        """Released, within its time, and for one of these sites."""
        begun = self.valid_from is None or self.valid_from <= now
        ended = self.valid_to is not None and self.valid_to <= now
        return self.status == "released" and begun and not ended and self.is_for(sites)


class ReleaseSaid(Part):
    """Who releases a profile."""

    by: Words


class RetireSaid(Part):
    """Who takes a profile out of force, and why."""

    by: Words
    because: Comment
