"""The result of a customs control of a consignment, under customs' own code.

What an inspection found in the load of one scan, in detail, is another noun (`inspection.py`); both are kept.
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.inspection import ControlCode, Opened
from tallyscan.statement import Said, Words

Outcome = Literal["found", "discrepancy", "nothing", "not_opened", "unknown"]
Seals = Literal["intact", "broken", "missing", "replaced", "not_checked"]
HsCode = Annotated[str, Field(pattern=r"^(\d\d){1,5}$")]

MEANINGS: dict[str, Outcome] = {
    "A1": "nothing",
    "A2": "not_opened",
    "A3": "not_opened",
    "A4": "discrepancy",
    "A5": "found",
    "B1": "found",
    "B2": "found",
    "B3": "found",
}
"""What each code says was found, where the settings give no other table. Considered satisfactory (A2) and simplified
procedure (A3) are results without a look inside, and not looked at is never nothing found."""


class ControlResultSaid(Said):
    """A control result as the customs system sends it: `by` is who controlled, `at` the date, `comment` the text."""

    code: ControlCode = Field(description="customs' own code, kept as it is: A1 to B3, or the site's own")
    container: Words | None = Field(
        None, description="the container or vehicle that was controlled; none: all"
    )
    opened: Opened | None = Field(None, description="whether somebody looked inside, where that is said")
    found_hs: Annotated[tuple[HsCode, ...], Field(max_length=100)] = Field(
        (), description="commodity codes of the goods that were there, two to ten digits"
    )
    quantity: float | None = Field(None, gt=0, le=1e12)
    quantity_of: Words | None = Field(None, description="what the quantity is of: kg, cigarettes, packages")
    seals: Seals | None = Field(None, description="the state of the seals")
    office: Words | None = Field(None, description="the customs office that controlled")
    reference: Words | None = Field(None, description="the office's own reference of the control")

    @model_validator(mode="after")
    def _says_of_what(self) -> "ControlResultSaid":
        if (self.quantity is None) != (self.quantity_of is None):
            raise ValueError("a quantity says of what, in quantity_of")
        return self


class ControlResult(ControlResultSaid):
    """On record, never changed; `outcome` is what the code was taken to mean when it came."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    consignment: str
    received_at: AwareDatetime
    outcome: Outcome


def outcome_of(said: ControlResultSaid, meanings: Mapping[str, Outcome] = MEANINGS) -> Outcome:
    """What the code says was found; whether somebody looked inside overrules it where only that is in doubt."""
    outcome = meanings.get(said.code, "unknown")
    if said.opened == "no" and outcome == "nothing":
        return "not_opened"
    if said.opened in ("in_part", "wholly") and outcome == "not_opened":
        return "nothing"
    return outcome
