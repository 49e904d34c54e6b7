"""What a driver or declarant answered when asked. On record beside the indicators, never a reason of its own."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from tallyscan.statement import Comment, Part, Said, Words


class QuestionAnswer(Part):
    """One question and what was answered; an empty answer is none, and null."""

    question: Comment
    answer: Comment | None


class InterviewSaid(Said):
    """As it is sent: `by` is who asked, `at` when."""

    asked: Words | None = Field(None, description="whom, by role: driver, declarant")
    answers: Annotated[tuple[QuestionAnswer, ...], Field(min_length=1, max_length=50)]
    profile: Words | None = Field(None, description="the risk profile that named the questions")


class Interview(InterviewSaid):
    """On record, never changed."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    consignment: str
    received_at: AwareDatetime
