"""Scanner profiles: what is known of a kind of scanner, in TOML, so that a new one needs no Python."""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tallyscan.calibrate.colour_table import ColourTable, of_strips
from tallyscan.calibrate.colour_table_file import Strip, strips_of
from tallyscan.delivery import Delivery, DicosReading, FileSet
from tallyscan.doors import End
from tallyscan.errors import NotCalibrated
from tallyscan.raw_layout import RawLayout
from tallyscan.scan import Grade, RawScan
from tallyscan.sidecar import Orientation, Pitch
from tallyscan.sidecar_mapping import SidecarMapping

DISPLAY = "display"
GENERIC_TRANSMISSION = "generic_transmission"
_BUILT_IN = Path(__file__).parent / "profiles"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AirLevel(_Strict):
    """Counts of the open beam where the sidecar gives none, and the range in which rows may differ."""

    level: float = Field(gt=0)
    lowest: float = Field(gt=0, description="a row whose bright end is below has no open beam in view")
    highest: float = Field(gt=0)


class Recognise(_Strict):
    """What a file of this scanner looks like when nothing names it; all of it must fit."""

    file_format: Literal["tiff", "png", "jpeg", "jpeg2000", "jpegls", "npy", "dicos"]
    bits: Literal[8, 16]
    channels: int = Field(ge=1, le=4)
    height: tuple[int, int] = Field(description="least and most rows as stored")
    zero_rows_at_the_bottom: tuple[int, int] = Field((0, 0), description="least and most, in every channel")


class DisplayReading(_Strict):
    """How the pictures of a workstation are coloured."""

    table: tuple[Strip, ...] = Field(
        description="colours from what lets nothing through to air, evenly; of several materials a strip each"
    )
    air: Literal["last", "first"] = Field("last", description="which end of the table is air")

    @field_validator("table")
    @classmethod
    def _is_a_table(cls, table: tuple[Strip, ...]) -> tuple[Strip, ...]:
        if not table or min(len(strip) for strip in table) < 2 or len({len(strip) for strip in table}) > 1:
            raise ValueError("a table has two colours or more, and every strip as many")
        if not all(0 <= value <= 255 for strip in table for colour in strip for value in colour):
            raise ValueError("red, green and blue are 0 to 255")
        return table

    @property
    def colours(self) -> ColourTable:
        """What is looked up, air last."""
        strips = np.array(self.table, np.float64)
        return of_strips("of the profile", strips if self.air == "last" else strips[:, ::-1])


class ScannerProfile(_Strict):
    """One kind of scanner. What the sidecar of a scan says wins over its profile."""

    name: str
    title: str
    grade: Grade
    energies_mv: tuple[Annotated[float, Field(ge=1, le=10)], ...] = Field(
        (), description="in channel order; empty: the sidecar must say"
    )
    air: AirLevel | None = Field(None, description="none: the sidecar must say")
    dark_level: tuple[float, ...] = (0.0,)
    full_scale: int | None = Field(None, gt=0, le=65535)
    pitch_mm: Pitch | None = None
    orientation: Orientation = Orientation()
    doors: End | None = Field(None, description="at which end of the upright image the doors of a unit are")
    recognise: Recognise | None = None
    files: FileSet | None = Field(None, description="the files of which a scan consists")
    raw: RawLayout | None = Field(None, description="how raw pixels lie in them")
    sidecar: SidecarMapping | None = Field(None, description="where the scanner's own sidecar says what")
    dicos: DicosReading | None = Field(None, description="how its DICOM and DICOS files are read")
    display: DisplayReading | None = Field(None, description="how its pictures are coloured")

    @cached_property
    def colour_table(self) -> ColourTable | None:
        """The colours of its pictures; None when the profile does not know them."""
        return self.display.colours if self.display is not None else None

    @property
    def delivery(self) -> Delivery | None:
        """What the profile says of the files; None when it says nothing."""
        said = (self.files, self.raw, self.sidecar, self.dicos)
        if all(table is None for table in said):
            return None
        turned = self.orientation.quarter_turns % 2 == 1
        return Delivery(self.name, *said, full_scale=self.full_scale, turned=turned)

    @model_validator(mode="after")
    def _tables_go_together(self) -> Self:
        _ = self.delivery
        return self


def deliveries_of(profiles: Mapping[str, ScannerProfile]) -> dict[str, Delivery]:
    """What the profiles say of files, by the name of the profile."""
    return {
        name: delivery for name, profile in profiles.items() if (delivery := profile.delivery) is not None
    }


def load_profiles(extra: Path | None = None) -> dict[str, ScannerProfile]:
    """Profiles by name: the built-in ones and those of the site's folder, which win.

    A file that is not a profile, or a folder that is not there, raises `ValueError` that names it: a wrong
    profile must stop the start.
    """
    if extra is not None and not extra.is_dir():
        raise ValueError(f"{extra}, the folder of the site's scanner profiles, is not there")
    folders = [_BUILT_IN] if extra is None else [_BUILT_IN, extra]
    files = [file for folder in folders for file in sorted(folder.glob("*.toml"))]
    return {file.stem: _load(file) for file in files}


def _load(file: Path) -> ScannerProfile:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        if isinstance(said.get("display"), dict) and "table" in said["display"]:
            said["display"]["table"] = strips_of(said["display"]["table"], file.parent)
        return ScannerProfile.model_validate(said | {"name": file.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, ValueError) as error:
        raise ValueError(f"{file} is not a scanner profile: {error}") from error


def profile_for(
    raw: RawScan, profiles: Mapping[str, ScannerProfile], requested: str | None = None
) -> ScannerProfile:
    """The profile to read a scan with: requested, named by the sidecar, recognised, or `display`.

    A scanner without a profile is `NotCalibrated` unless its sidecar brings energies and air level; 16-bit
    pixels of which nothing is known are read as a display image. A scanner that was only recognised is a
    caution of the scan, under which no rule that needs physical units decides.
    """
    sidecar = raw.sidecar
    wanted = requested or sidecar.scanner
    named = profiles.get(wanted) if wanted is not None else None
    if requested is None and sidecar.grade == "display":
        return named if named is not None and named.grade == "display" else profiles[DISPLAY]
    if named is not None:
        counts = sidecar.grade == "transmission" and named.name != DISPLAY  # it wins over the profile
        return named.model_copy(update={"grade": "transmission"}) if counts else named
    if sidecar.energies_mv and (sidecar.air_level or sidecar.air_region):
        return profiles[GENERIC_TRANSMISSION]
    known = ", ".join(sorted(profiles))
    if requested or (wanted and raw.pixels.itemsize > 1):
        raise NotCalibrated(
            f"There is no profile for the scanner {wanted!r}, and the sidecar has no energies and air level.",
            remedy=f"Name one of {known}, add a profile, or give energies_mv and air_level in the sidecar.",
        )
    for profile in profiles.values():
        if profile.recognise is not None and _fits(raw, profile.recognise):
            return profile
    if sidecar.grade == "transmission":
        raise NotCalibrated(
            "The sidecar says transmission, but gives no energies and air level and names no scanner.",
            remedy=f"Name one of {known}, or give energies_mv and air_level in the sidecar.",
        )
    return profiles[DISPLAY]


def _fits(raw: RawScan, look: Recognise) -> bool:
    channels, height, _ = raw.pixels.shape
    if (look.file_format, look.bits, look.channels) != (raw.file_format, 8 * raw.pixels.itemsize, channels):
        return False
    if raw.photometric != "grey" or not look.height[0] <= height <= look.height[1]:
        return False
    least, most = look.zero_rows_at_the_bottom
    zero_rows = 0
    while zero_rows <= min(most, height - 1) and not raw.pixels[:, height - 1 - zero_rows].any():
        zero_rows += 1
    return least <= zero_rows <= most
