"""The sidecar: what a scanner says about an image, as JSON beside it (`<stem>.json`)."""

import re
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallyscan.declaration import normal_mark
from tallyscan.doors import End
from tallyscan.errors import InvalidSidecar, wrong_fields

PositiveCounts = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Pitch(_Strict):
    """Size of an original pixel at the plane of the cargo, in millimetres.

    Without `x` the travel is not known, as where vehicles drive through: it is measured on a container in the scan.
    """

    x: float | None = Field(
        None, gt=0.5, lt=50, description="along the travel of the scan; null: it is measured on a container"
    )
    y: float = Field(gt=0.5, lt=50, description="along the detector")


class Orientation(_Strict):
    """What turns the stored pixels upright: first quarter turns, then the mirror."""

    quarter_turns: Literal[0, 1, 2, 3] = Field(0, description="counter-clockwise turns by 90 degrees")
    mirrored: bool = Field(False, description="left and right are exchanged after turning")


MarkText = Annotated[str, Field(max_length=80)]
Confidence = Annotated[float, Field(ge=0, le=1)]
Caution = Annotated[str, Field(max_length=500, pattern=r"^[a-z0-9_]+: ")]
"""A sentence after its code and a colon."""

# 3 to 35 letters and digits, one of them a digit, and between them only what separates groups.
_LEGIBLE = re.compile(r"(?=.*\d)[^\W_](?:[ ./-]?[^\W_]){2,34}")


class MarkRead(_Strict):
    """A container number or plate as the cameras read it: uncertain, kept as it came, never corrected."""

    as_read: str = Field(max_length=80, description="what the cameras gave")
    text: str | None = Field(
        None,
        max_length=35,
        description="letters and digits of it; null when it cannot be a number or plate, as `-1` or `SI+2269`. "
        "Made from as_read where it is not given.",
    )
    confidence: Confidence | None = Field(None, description="of the reading; null: the cameras give none")

    @model_validator(mode="before")
    @classmethod
    def _with_text(cls, given: Any) -> Any:
        if isinstance(given, dict) and "text" not in given and isinstance(given.get("as_read"), str):
            return given | {"text": legible_mark(given["as_read"])}
        return given


def legible_mark(as_read: str) -> str | None:
    """A mark as it is compared; None when a sign stands for what was not read, or it is no mark at all."""
    text = " ".join(as_read.split())
    return normal_mark(text) if _LEGIBLE.fullmatch(text) else None


class UnitMark(_Strict):
    """What the scanner's cameras read on one cargo unit. A plain text is cleaned here."""

    container_number: MarkText | MarkRead | None = None
    plate: MarkText | MarkRead | None = None
    size_and_type: str | None = Field(
        None, max_length=10, description="size and type code that the cameras read, as `22G1` (ISO 6346)"
    )
    confidence: Confidence | None = Field(None, description="of what has none of its own")

    @property
    def number_read(self) -> MarkRead | None:
        """The container number as it was read; None when the scanner names none."""
        return self._read(self.container_number)

    @property
    def plate_read(self) -> MarkRead | None:
        """The plate as it was read; None when the scanner names none."""
        return self._read(self.plate)

    @property
    def legible(self) -> str | None:
        """The container number, else the plate; None when neither can be read."""
        read = (self.number_read, self.plate_read)
        return next((mark.text for mark in read if mark and mark.text), None)

    def _read(self, mark: str | MarkRead | None) -> MarkRead | None:
        if isinstance(mark, MarkRead):
            own = mark.confidence is not None
            return mark if own else mark.model_copy(update={"confidence": self.confidence})
        return MarkRead(as_read=mark, confidence=self.confidence) if mark and mark.strip() else None


class Sidecar(_Strict):
    """Everything is optional: what is missing comes from the scanner's profile, or stays unknown."""

    scanner: str | None = Field(None, description="name of a scanner profile", max_length=80)
    device: str | None = Field(None, description="the single machine, for example 'gate-1'", max_length=80)
    site: str | None = Field(
        None, description="UN/LOCODE or office code of the crossing point", max_length=80
    )
    acquired_at: AwareDatetime | None = Field(None, description="time of the scan, with its time zone")
    grade: Literal["transmission", "display"] | None = Field(
        None,
        description="transmission: counts are proportional to the signal; display: unknown look-up table",
    )
    energies_mv: tuple[Annotated[float, Field(ge=1, le=10)], ...] | None = Field(
        None,
        description="end-point energy of each channel in MV, in channel order; beams of 1 to 10 MV are modelled",
        min_length=1,
        max_length=4,
    )
    air_level: tuple[PositiveCounts, ...] | None = Field(
        None,
        description="counts of the open beam, one a channel (or one for all)",
        min_length=1,
        max_length=4,
    )
    air_region: tuple[int, int, int, int] | None = Field(
        None, description="[x, y, width, height] in original pixels where nothing stands in the beam"
    )
    dark_level: tuple[Annotated[float, Field(ge=0)], ...] | None = Field(
        None, description="counts without beam, one a channel (or one for all)", min_length=1, max_length=4
    )
    full_scale: int | None = Field(
        None, gt=0, le=65535, description="the largest count the detector can give"
    )
    width_px: int | None = Field(
        None,
        gt=0,
        description="columns of the stored image, as the scanner counted them: fewer is a scan cut short",
    )
    height_px: int | None = Field(None, gt=0, description="rows of the stored image, likewise")
    pitch_mm: Pitch | None = None
    orientation: Orientation = Orientation()
    doors: End | None = Field(
        None, description="at which end of the upright image the doors of a cargo unit are"
    )
    units: tuple[UnitMark, ...] = Field(
        (), max_length=32, description="cargo units in the image, left to right"
    )
    cautions: tuple[Caution, ...] = Field(
        (), max_length=64, description="what was not sure of the scan before; they become the reading's own"
    )
    extensions: dict[str, Any] = Field(default_factory=dict, description="kept, not read")

    @property
    def marks(self) -> tuple[str, ...]:
        """The container numbers and plates on the units, each once, as far as they are legible."""
        read = (
            mark for unit in self.units for mark in (unit.number_read, unit.plate_read) if mark is not None
        )
        return tuple(dict.fromkeys(mark.text for mark in read if mark.text))


def parse_sidecar(data: bytes) -> Sidecar:
    """Sidecar from its JSON bytes. Raises `InvalidSidecar` with every field that is wrong."""
    try:
        return Sidecar.model_validate_json(data)
    except ValidationError as error:
        raise InvalidSidecar(
            f"The sidecar does not follow its schema: {wrong_fields(error)}.",
            remedy="See docs/reference/sidecar.schema.json.",
        ) from error
