"""The risk that came with a consignment, as a risk engine sees it before anything is scanned."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.statement import Said, Words

EngineLane = Literal["green", "blue", "yellow", "red"]


class RiskScoreSaid(Said):
    """As the engine sends it: `by` is the engine, `at` when it scored. A newer one of the same engine replaces it."""

    score: float | None = Field(None, ge=0, le=1, description="probability that the consignment is wrong")
    lane: EngineLane | None = Field(None, description="its lane; counts where there is no score")
    codes: Annotated[tuple[Words, ...], Field(max_length=100)] = Field((), description="the engine's reasons")
    reference: Words | None = Field(None, description="the engine's own reference of the assessment")

    @model_validator(mode="after")
    def _says_something(self) -> "RiskScoreSaid":
        if self.score is None and self.lane is None:
            raise ValueError("a risk has a score, a lane, or both")
        return self


class RiskScore(RiskScoreSaid):
    """On record, never changed."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    consignment: str
    received_at: AwareDatetime
