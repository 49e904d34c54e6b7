"""What a targeting officer decides of a consignment: what is done with it next.

What officers say of a scan is another noun (`decision.py`), and so is what a control finds (`inspection.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.referral import ReferralStep, ReferredTo, asked_now
from tallyscan.statement import Part, PixelBox, Said, Words

Step = Literal["release", "second_reading", "rescan", "open", "refer"]
Ground = Literal[
    "nothing_against",
    "explained",
    "opened",
    "not_selected",
    "red_unopened",
    "not_assessed",
    "doubt",
    "disagreement",
    "sample",
    "image_poor",
    "wrong_image",
    "other_view",
    "first_scan",
    "anomaly",
    "goods_differ",
    "number_differs",
    "people",
    "profile",
    "not_penetrated",
    "specialist",
    "other_authority",
    "documents",
    "other",
]
GROUNDS: dict[Step, tuple[Ground, ...]] = {
    "release": (
        "nothing_against",
        "explained",
        "opened",
        "not_selected",
        "red_unopened",
        "not_assessed",
        "other",
    ),
    "second_reading": ("doubt", "disagreement", "sample", "other"),
    "rescan": ("image_poor", "wrong_image", "other_view", "not_penetrated", "first_scan", "other"),
    "open": (
        "anomaly",
        "goods_differ",
        "number_differs",
        "people",
        "profile",
        "not_penetrated",
        "not_assessed",
        "other",
    ),
    "refer": ("specialist", "other_authority", "documents", "people", "other"),
}
"""The grounds that each disposition may have."""

GROUNDS_IN_WORDS: dict[Ground, str] = {
    "nothing_against": "Nothing that is known of it calls for a control",
    "explained": "What raised its risk is explained",
    "opened": "It was opened, and nothing is left to be done",
    "not_selected": "It was not scanned, and nothing selects it for a scan",
    "red_unopened": "It is released although it is red and was not opened",
    "not_assessed": "It was not assessed",
    "doubt": "The first reading leaves doubt",
    "disagreement": "Reader and machine, or two readers, disagree",
    "sample": "A sample, to see how well scans are read",
    "image_poor": "The image is dark, cut off or faulty",
    "wrong_image": "The image is of another load",
    "other_view": "It is to be seen from another side, or with another energy",
    "first_scan": "It was not scanned yet",
    "anomaly": "Something in the image does not belong in such a load",
    "goods_differ": "The goods are not those declared",
    "number_differs": "Container number, plate or seal does not fit",
    "people": "People may be inside",
    "profile": "A risk profile or the random share selects it",
    "not_penetrated": "The beam did not get through: nobody can see what is behind",
    "specialist": "It needs a specialist",
    "other_authority": "It is for another authority",
    "documents": "Documents are needed first",
    "other": "Another reason",
}
NEED_WORDS: tuple[Ground, ...] = ("explained", "red_unopened", "not_assessed", "other")
"""Grounds that say nothing by themselves: a release on them needs a comment, and so does any step on `other`."""

STEPS_IN_WORDS: dict[Step, str] = {
    "release": "released",
    "second_reading": "for a second reading",
    "rescan": "to be scanned again",
    "open": "to be opened",
    "refer": "referred",
}


class PlaceToLook(Part):
    """Where to look when it is opened: a finding of the newest reading of a scan, or a box in its original pixels."""

    scan: Annotated[str, Field(min_length=1, max_length=36)]
    finding: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    box: PixelBox | None = Field(None, description="[x, y, width, height] in pixels of the original image")
    in_words: Words | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.finding is None and self.box is None and self.in_words is None:
            raise ValueError("a place to look has a finding, a box or words")
        return self


class DispositionSaid(Said):
    """A disposition as a client sends it. Whether it fits the consignment is asked elsewhere."""

    disposition: Step
    ground: Ground
    record: int = Field(ge=0, description="the newest step of the risk record that was looked at, 0 for none")
    look: Annotated[tuple[PlaceToLook, ...], Field(max_length=100)] = ()
    contact_point: Words | None = Field(None, description="to whom it is referred")
    purpose: Words | None = Field(None, description="what the contact point is asked")
    until: AwareDatetime | None = Field(None, description="when the answer is due")

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.ground not in GROUNDS[self.disposition]:
            allowed = ", ".join(GROUNDS[self.disposition])
            raise ValueError(f"{self.ground} is no ground for {self.disposition}, which has: {allowed}")
        needs_words = self.ground == "other" or (self.disposition == "release" and self.ground in NEED_WORDS)
        if needs_words and self.comment is None:
            raise ValueError(f"the ground {self.ground} needs a comment that says on what it rests")
        if self.look and self.disposition != "open":
            raise ValueError("look says where to open: only a disposition that opens has it")
        asked = (self.contact_point, self.purpose)
        if self.disposition == "refer" and None in asked:
            raise ValueError("a referral says to whom, in contact_point, and what is asked, in purpose")
        if self.disposition != "refer" and any(each is not None for each in (*asked, self.until)):
            raise ValueError("contact_point, purpose and until are of a referral alone")
        return self


class Disposition(DispositionSaid):
    """A disposition on record, never changed; `at` is in UTC, `received_at` by our own clock."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    consignment: str
    received_at: AwareDatetime

    @property
    def in_words(self) -> str:
        """`to be opened, officer-7: The goods are not those declared`."""
        to = f" to {self.contact_point}" if self.contact_point else ""
        return f"{STEPS_IN_WORDS[self.disposition]}{to}, {self.by}: {GROUNDS_IN_WORDS[self.ground]}"


class DispositionUndo(Part):
    """That a disposition was taken back right after it was made: an entry of its own."""

    id: UUID
    consignment: str
    undoes: UUID
    by: Words
    at: AwareDatetime


@dataclass(frozen=True)
class DispositionHistory:
    """All that was decided of one consignment, oldest first, and what was done about its referrals."""

    dispositions: tuple[Disposition, ...] = ()
    undos: tuple[DispositionUndo, ...] = ()
    steps: tuple[ReferralStep, ...] = ()

    def steps_of(self, referral: Disposition) -> tuple[ReferralStep, ...]:
        """What offices, or who referred it, did about a referral."""
        return tuple(step for step in self.steps if step.referral == referral.id)

    def closing(self, referral: Disposition) -> ReferralStep | None:
        """The answer of an office, or that it was withdrawn."""
        return next((step for step in self.steps_of(referral) if step.step != "forwarded"), None)

    def asked(self, referral: Disposition) -> ReferredTo:
        """Who is asked now: the office to which it was forwarded last, else the contact point."""
        first = ReferredTo(
            office=(referral.contact_point or "")[:80], purpose=referral.purpose, answer_by=referral.until
        )
        forwarded = [step.to for step in self.steps_of(referral) if step.to is not None]
        return asked_now([first, *forwarded]) or first

    @cached_property
    def standing(self) -> tuple[Disposition, ...]:
        """Neither undone nor corrected. Who undoes a correction puts back what it corrected."""
        undone = {undo.undoes for undo in self.undos}
        kept = [each for each in self.dispositions if each.id not in undone]
        corrected = {each.corrects for each in kept}
        return tuple(each for each in kept if each.id not in corrected)

    @property
    def second_reading_since(self) -> datetime | None:
        """Since when its scans are to be read once more; None where nothing, or something else, is to be done."""
        current = self.current
        return current.received_at if current and current.disposition == "second_reading" else None

    @property
    def current(self) -> Disposition | None:
        """The newest that stands: each step replaces what was to be done before it."""
        return self.standing[-1] if self.standing else None
