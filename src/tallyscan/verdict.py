"""What a rule says about the declaration: it agrees, it differs, or it cannot be known."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from tallyscan.wording import Sentence

Outcome = Literal["agrees", "differs", "undetermined"]


@dataclass(frozen=True)
class Verdict:
    """`score` is the probability that the declaration is wrong in this respect; None when undetermined.

    `said` is the reason sentence by sentence, to be said in other languages; none in readings of before.
    """

    unit: int | None
    rule: str
    outcome: Outcome
    score: Annotated[float, Field(ge=0, le=1)] | None
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)
    said: tuple[Sentence, ...] = ()

    # The same as below, for the published schemas.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"outcome": {"const": "undetermined"}}},
            "then": {"properties": {"score": {"type": "null"}}},
            "else": {"properties": {"score": {"type": "number"}}},
        }
    )

    def __post_init__(self) -> None:
        """Missing evidence is never a number, and an answer is never without one."""
        if (self.outcome == "undetermined") != (self.score is None):
            raise ValueError("a verdict has a score exactly when it is determined")
