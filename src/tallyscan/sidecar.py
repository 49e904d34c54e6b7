"""The sidecar: what a scanner says about an image, as JSON beside it (`<stem>.json`)."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from tallyscan.errors import InvalidSidecar, wrong_fields

PositiveCounts = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Pitch(_Strict):
    """Size of an original pixel at the plane of the cargo, in millimetres."""

    x: float = Field(gt=0.5, lt=50, description="along the travel of the scan")
    y: float = Field(gt=0.5, lt=50, description="along the detector")


class Orientation(_Strict):
    """What turns the stored pixels upright: first quarter turns, then the mirror."""

    quarter_turns: Literal[0, 1, 2, 3] = Field(0, description="counter-clockwise turns by 90 degrees")
    mirrored: bool = Field(False, description="left and right are exchanged after turning")


class UnitMark(_Strict):
    """A container number or a plate as the scanner's cameras read it: uncertain, kept as it came."""

    container_number: str | None = None
    plate: str | None = None
    confidence: float | None = Field(None, ge=0, le=1)


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
    pitch_mm: Pitch | None = None
    orientation: Orientation = Orientation()
    units: tuple[UnitMark, ...] = Field(
        (), max_length=32, description="cargo units in the image, left to right"
    )
    extensions: dict[str, Any] = Field(default_factory=dict, description="kept, not read")


def parse_sidecar(data: bytes) -> Sidecar:
    """Sidecar from its JSON bytes. Raises `InvalidSidecar` with every field that is wrong."""
    try:
        return Sidecar.model_validate_json(data)
    except ValidationError as error:
        raise InvalidSidecar(
            f"The sidecar does not follow its schema: {wrong_fields(error)}.",
            remedy="See docs/reference/sidecar.schema.json.",
        ) from error
