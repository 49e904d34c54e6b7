"""What an officer says of a scan: an opinion. What an inspection finds is another noun (`inspection.py`)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.finding import Family
from tallyscan.outline import Commodity, Polygon, bounds_of
from tallyscan.referral import ReferredTo
from tallyscan.scan import Box
from tallyscan.statement import Comment, Part, PixelBox, Said, Words

Answer = Literal["clear", "suspicious", "not_readable", "refer"]
Reader = Literal["first", "second", "third"]
Because = Literal["undecided", "share", "disagreement", "asked_for", "selected", "readers_differ"]
READERS: tuple[Reader, ...] = get_args(Reader)
"""In the order in which they read: the third decides where the first two differ."""

Reason = Literal[
    "nothing_found",
    "marks_explained",
    "image_artefact",
    "cleared_unread",
    "anomaly",
    "hidden_space",
    "not_penetrated",
    "goods_differ",
    "number_differs",
    "people",
    "image_dark",
    "image_cut",
    "image_faulty",
    "wrong_image",
    "second_opinion",
    "specialist",
    "other_authority",
    "documents",
    "other",
]
REASONS: dict[Answer, tuple[Reason, ...]] = {
    "clear": ("nothing_found", "marks_explained", "image_artefact", "cleared_unread", "other"),
    "suspicious": (
        "anomaly",
        "hidden_space",
        "not_penetrated",
        "goods_differ",
        "number_differs",
        "people",
        "other",
    ),
    "not_readable": ("image_dark", "image_cut", "image_faulty", "not_penetrated", "wrong_image", "other"),
    "refer": ("second_opinion", "specialist", "other_authority", "documents", "not_penetrated", "other"),
}
"""The reasons that each answer may have."""

IN_WORDS: dict[Reason, str] = {
    "nothing_found": "Nothing in the image that does not belong in such a load",
    "marks_explained": "What the machine marked is explained by goods, packing or vehicle",
    "image_artefact": "What stands out is a fault of the image",
    "cleared_unread": "The scan was not read; it is cleared on other grounds",
    "anomaly": "Something in the image does not belong in such a load",
    "hidden_space": "A hiding place, or a structure that was altered",
    "not_penetrated": "The beam did not get through: nobody can see what is behind",
    "goods_differ": "The goods are not those declared",
    "number_differs": "Container number, plate or seal does not fit",
    "people": "People may be inside",
    "image_dark": "Black, saturated or without contrast",
    "image_cut": "Part of the load is not in the image",
    "image_faulty": "Stripes, gaps or distortions",
    "wrong_image": "The image is of another load",
    "second_opinion": "Another officer should look",
    "specialist": "It needs a specialist",
    "other_authority": "It is for another authority",
    "documents": "Documents are needed first",
    "other": "Another reason",
}
UNREAD: Reason = "cleared_unread"
"""The one reason by which a scan that was not read can be cleared: so it is said, and never happens by a slip."""

NEED_WORDS: tuple[Reason, ...] = ("other", UNREAD)
"""Reasons that say nothing without a comment."""
UNDO_SECONDS = 10.0


class Region(Part):
    """Where something is suspected, or which goods lie there: a box or a polygon, with what it is labelled as.

    `family` and `commodity` are null for what cannot be named. `finding` is the machine's region (`F1`, ...) that this
    one takes over or corrects.
    """

    box: PixelBox | None = Field(None, description="[x, y, width, height] in pixels of the original image")
    polygon: Polygon | None = Field(None, description="its corners, [x, y] each, in the same pixels")
    family: Family | None = None
    commodity: Commodity | None = None
    finding: Words | None = Field(
        None, description="the machine's region that this one takes over or corrects"
    )
    comment: Comment | None = None

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if (self.box is None) == (self.polygon is None):
            raise ValueError("a region is either a box or a polygon")
        return self

    @property
    def bounds(self) -> Box:
        """The box around it."""
        return self.box if self.box is not None else bounds_of(self.polygon or ())


class DecisionSaid(Said):
    """A decision as a client sends it: without contradiction in itself. Whether it fits the scan is asked elsewhere."""

    decision: Answer
    reason: Reason
    regions: Annotated[tuple[Region, ...], Field(max_length=100)] = ()
    reader: Reader = "first"
    revision: int = Field(ge=0, description="the reading that was looked at, 0 where there was none")
    marks_shown: bool = Field(description="whether the machine's marks could be seen before the decision")
    seconds: float | None = Field(None, ge=0, le=86_400, description="spent on the scan")
    refer_to: ReferredTo | None = Field(
        None, description="of `refer`: to which office; none: to whoever is responsible"
    )
    app: Words | None = Field(None, description="the program in which it was decided, with its version")

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.reason not in REASONS[self.decision]:
            allowed = ", ".join(REASONS[self.decision])
            raise ValueError(f"{self.reason} is no reason for {self.decision}, which has: {allowed}")
        if self.regions and self.decision == "not_readable":
            raise ValueError("a decision that is not_readable marks no regions: nothing can be seen")
        if self.decision == "clear" and not all(_names_goods_alone(region) for region in self.regions):
            raise ValueError(
                "a decision that is clear marks no regions where something is suspected: "
                "each of its regions names a commodity and no family"
            )
        if self.refer_to is not None and self.decision != "refer":
            raise ValueError("only a decision that is refer says to whom, in refer_to")
        if self.reason in NEED_WORDS and self.comment is None:
            raise ValueError(f"the reason {self.reason} needs a comment that says on what the decision rests")
        return self

    @model_validator(mode="after")
    def _says_what_is_suspected(self) -> Self:
        if self.decision == "suspicious" and not self.regions and self.comment is None:
            raise ValueError(
                "a decision that is suspicious marks a region, or says in a comment what is meant"
            )
        return self


def _names_goods_alone(region: Region) -> bool:
    return region.commodity is not None and region.family is None


class Decision(DecisionSaid):
    """A decision on record, never changed; `at` is in UTC, `received_at` by our own clock.

    `blind`: the scan was drawn for blind reading, and this person had not decided on it before. What they say after
    the machine's reading appeared corrects it, and is not blind.
    """

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    scan_id: str
    received_at: AwareDatetime
    blind: bool = False

    @model_validator(mode="after")
    def _says_what_is_suspected(self) -> Self:
        return self  # that was not asked of all that is on record


class UndoSaid(Part):
    """Who takes a decision back."""

    by: Words


class Undo(Part):
    """That a decision was taken back right after it was made: an entry of its own."""

    id: UUID
    scan_id: str
    undoes: UUID
    by: Words
    at: AwareDatetime


@dataclass(frozen=True)
class WaitsFor:
    """Which reader a scan waits for, and why: nobody decided (`undecided`), a random share (`share`), the first reader
    and the machine differ (`disagreement`), the first reader or a targeting officer asks another officer (`asked_for`),
    a risk profile asks for a second reading (`selected`), or two readers differ (`readers_differ`).
    """

    reader: Reader
    because: Because


@dataclass(frozen=True)
class Claim:
    """That a person reads the scan now; nobody else is given it until then."""

    by: str
    until: datetime


@dataclass(frozen=True)
class DecisionHistory:
    """All that officers have said of one scan, oldest first."""

    decisions: tuple[Decision, ...] = ()
    undos: tuple[Undo, ...] = ()

    @cached_property
    def standing(self) -> tuple[Decision, ...]:
        """Neither undone nor corrected, one a reader at most. Who undoes a correction puts back what it corrected."""
        undone = {undo.undoes for undo in self.undos}
        kept = [decision for decision in self.decisions if decision.id not in undone]
        corrected = {decision.corrects for decision in kept}
        return tuple(decision for decision in kept if decision.id not in corrected)

    def standing_of(self, reader: Reader) -> Decision | None:
        """What stands of this reader."""
        return next((decision for decision in self.standing if decision.reader == reader), None)

    @cached_property
    def people(self) -> frozenset[str]:
        """All who decided, whatever became of it: they have seen what the scan was read to be."""
        return frozenset(decision.by for decision in self.decisions)
