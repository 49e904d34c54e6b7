"""What a control of the load itself came to: a physical outcome. What officers think of the scan is another noun
(`decision.py`)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.declaration import MOST_KG
from tallyscan.finding import Family
from tallyscan.statement import Part, PixelBox, Said, Words

Opened = Literal["no", "in_part", "wholly"]
Result = Literal["found", "discrepancy", "nothing", "not_opened"]
ControlCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,8}$")]


class FoundItem(Part):
    """One kind of thing that was found; where it is not known, `box` and `unit` are null: somewhere in the load."""

    family: Family | None = None
    hs: str | None = Field(None, pattern=r"^(\d\d){1,5}$", description="commodity code, two to ten digits")
    description: Words | None = None
    count: int | None = Field(None, ge=1, le=10**12)
    count_of: Words | None = Field(None, description="what is counted: cigarettes, packages, people")
    mass_kg: float | None = Field(None, gt=0, le=MOST_KG)
    volume_l: float | None = Field(None, gt=0, le=1e6, description="litres: fuel, spirits")
    box: PixelBox | None = Field(None, description="[x, y, width, height] in pixels of the original image")
    unit: int | None = Field(None, ge=1, description="cargo unit, as the newest reading numbers them")

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.family is None and self.hs is None and self.description is None:
            raise ValueError("an item has a family, an HS code or a description")
        if (self.count is None) != (self.count_of is None):
            raise ValueError("a count says what is counted, in count_of")
        return self

    @property
    def in_words(self) -> str:
        """For people: `cigarettes_behind_cover: Cigarettes, 40,000 cigarettes, 12.5 kg, HS 240220`."""
        said = (
            self.description,
            f"{self.count:,} {self.count_of}" if self.count is not None else None,
            f"{self.mass_kg:,g} kg" if self.mass_kg is not None else None,
            f"{self.volume_l:,g} l" if self.volume_l is not None else None,
            f"HS {self.hs}" if self.hs is not None else None,
        )
        return f"{self.family or 'found'}: {', '.join(part for part in said if part)}".rstrip(": ")


class RegionChecked(Part):
    """A region of the inspection sheet, and whether what it shows was there; `found` null: nobody looked there."""

    region: str = Field(pattern=r"^[A-Z][0-9]{1,4}$", description="as the sheet names it: F1, W2, M1")
    box: PixelBox = Field(description="[x, y, width, height] in pixels of the original image")
    found: bool | None


class InspectionSaid(Said):
    """The result of a control as a client sends it.

    `opened` is `wholly` when all of the load in the scan was looked at; of two containers, one alone is `in_part`.
    `found` is null when nothing was opened: not looked at is never nothing found. A `discrepancy` is no find: goods of
    another kind or number than declared, and nothing that was hidden. `control_result` is the code that
    customs gave, kept as it is.
    """

    opened: Opened
    found: bool | None = None
    discrepancy: bool = Field(False, description="nothing was hidden, but the goods are not as declared")
    items: Annotated[tuple[FoundItem, ...], Field(max_length=100)] = ()
    regions: Annotated[tuple[RegionChecked, ...], Field(max_length=200)] = ()
    revision: int | None = Field(None, ge=1, description="the reading whose sheet was used")
    office: Words | None = Field(None, description="the customs office that controlled")
    reference: Words | None = Field(None, description="the office's own reference of the control")
    control_result: ControlCode | None = Field(
        None, description="customs' own code: A1 to B3, or the site's own"
    )

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> Self:
        if self.opened == "no" and self.found is not None:
            raise ValueError("what was not opened has no result: leave found out, or say what was opened")
        if self.opened != "no" and self.found is None:
            raise ValueError("what was opened has a result: found is true or false")
        if self.discrepancy and self.found is not False:
            raise ValueError("a discrepancy is no find: found is false, and the load was opened")
        if self.found and not self.items:
            raise ValueError("items say what was found: at least one when found is true")
        if self.items and not self.found and not self.discrepancy:
            raise ValueError("items say what was found, or what is not as declared: else there are none")
        if self.discrepancy and not self.items and self.comment is None:
            raise ValueError("a discrepancy says in items or a comment what is not as declared")
        self._check_regions()
        return self

    def _check_regions(self) -> None:
        if len({each.region for each in self.regions}) < len(self.regions):
            raise ValueError("a region is named once")
        if self.opened == "no" and any(each.found is not None for each in self.regions):
            raise ValueError("what was not opened has no result: found of each region is null")
        if any(each.found for each in self.regions) and not (self.found or self.discrepancy):
            raise ValueError(
                "where something was in a region, found or discrepancy is true, and items say what"
            )

    @property
    def result(self) -> Result:
        """The outcome."""
        if self.found is None:
            return "not_opened"
        return "found" if self.found else "discrepancy" if self.discrepancy else "nothing"


class Inspection(InspectionSaid):
    """An inspection on record, never changed; `at` is in UTC, `received_at` by our own clock."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    scan_id: str
    received_at: AwareDatetime


@dataclass(frozen=True)
class InspectionHistory:
    """All inspections of one scan, oldest first."""

    inspections: tuple[Inspection, ...] = ()

    @cached_property
    def standing(self) -> tuple[Inspection, ...]:
        """Those that no later one corrects: a load may be controlled more than once."""
        corrected = {inspection.corrects for inspection in self.inspections}
        return tuple(inspection for inspection in self.inspections if inspection.id not in corrected)
