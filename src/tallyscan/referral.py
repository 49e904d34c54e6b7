"""A scan that is referred to an office, and what that office does with it: it answers, or forwards it to another one.

The referral itself is an officer's decision (`decision.py`), or a targeting officer's of the consignment
(`disposition.py`). An answer is what an office says of the case: an opinion
too, and neither a reading of the scan nor what a control found.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.statement import Comment, Part, Said, Words

Authority = Literal["customs", "border_guard"]
StepKind = Literal["answered", "forwarded", "withdrawn"]
ReferralState = Literal["open", "answered", "withdrawn"]
AnswerCode = Literal["no_objection", "open_load", "stop", "taken_over", "not_competent", "other"]
OfficeName = Annotated[Words, Field(max_length=80)]

ANSWERS_IN_WORDS: dict[AnswerCode, str] = {
    "no_objection": "Nothing is known that speaks against it",
    "open_load": "Open the load",
    "stop": "Do not release it",
    "taken_over": "This office takes the case over",
    "not_competent": "It is not for this office",
    "other": "As the words say",
}


class ReferredTo(Part):
    """To whom, for what and until when."""

    office: OfficeName = Field(description="the office that is asked, by its code or name")
    authority: Authority | None = Field(None, description="whose office it is")
    purpose: Comment | None = Field(None, description="what is asked of it")
    answer_by: AwareDatetime | None = Field(
        None, description="until when an answer is needed, and another office sees the case"
    )


def asked_now(asked: Sequence[ReferredTo]) -> ReferredTo | None:
    """Who is asked now, of all to whom it was referred and forwarded in turn. Whoever forwards gives no more time than
    they have: the earliest limit holds."""
    limits = [each.answer_by for each in asked if each.answer_by is not None]
    return asked[-1].model_copy(update={"answer_by": min(limits, default=None)}) if asked else None


class ReferralStepSaid(Said):
    """What is done about a referral, as a client sends it. The words stand in `comment`, and are always needed."""

    step: StepKind
    code: AnswerCode | None = Field(None, description="of an answer: what it comes to")
    office: OfficeName | None = Field(None, description="the office that says it")
    reference: Words | None = Field(None, description="that office's own reference of the case")
    to: ReferredTo | None = Field(None, description="of what is forwarded: to whom")

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.comment is None:
            raise ValueError("say in words what is answered, or why it is forwarded or withdrawn: comment")
        if (self.code is None) != (self.step != "answered"):
            raise ValueError("an answer has a code, and nothing else has one")
        if (self.to is None) != (self.step != "forwarded"):
            raise ValueError("what is forwarded says to whom, in `to`, and nothing else does")
        if self.corrects is not None:
            raise ValueError("a step is not corrected: refer the scan again, or answer in the new referral")
        return self


class ReferralStep(ReferralStepSaid):
    """A step on record, never changed; `referral` is the id of the decision that refers the scan, or of the disposition
    that refers the consignment, and then `scan_id` is null.
    """

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    referral: UUID
    scan_id: str | None
    received_at: AwareDatetime
