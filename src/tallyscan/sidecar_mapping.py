"""Where a scanner's own sidecar says what: the table `[sidecar]` of its profile.

Every value of the canonical sidecar has a place in the scanner's document (XPath 1.0 in XML, a JSON pointer of RFC
6901 in JSON) and, where the scanner writes it in another way, what turns it into ours. Nothing is guessed: a value
that is not understood is left out, and said.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Unit = Literal["um", "mm", "cm", "m", "kV", "MV", "keV", "MeV", "percent"]

FACTORS: dict[str, dict[str, str]] = {
    "pitch_mm": {"um": "0.001", "mm": "1", "cm": "10", "m": "1000"},
    "energies_mv": {"kV": "0.001", "MV": "1", "keV": "0.001", "MeV": "1"},
    "confidence": {"percent": "0.01"},
}
"""What a number in a unit is multiplied by, for each kind of value that may have one."""

FIELDS: dict[str, Literal["text", "time", "number", "integer", "numbers", "integers", "flag"]] = {
    "device": "text",
    "site": "text",
    "acquired_at": "time",
    "grade": "text",
    "energies_mv": "numbers",
    "air_level": "numbers",
    "air_region": "integers",
    "dark_level": "numbers",
    "full_scale": "integer",
    "width_px": "integer",
    "height_px": "integer",
    "pitch_mm.x": "number",
    "pitch_mm.y": "number",
    "orientation.quarter_turns": "integer",
    "orientation.mirrored": "flag",
    "doors": "text",
}
"""What can be taken over, and what it is. `extensions.<name>` is text. `scanner` is the profile itself."""

EXTENSION = "extensions."
SIZE_AND_TYPE = "units.size_and_type"
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def known_zone(name: str) -> str:
    """The name of a zone of the tz database. Raises `ValueError`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


def _possible_time_format(form: str) -> str:
    if form != "unix":
        now = datetime.now(UTC)
        datetime.strptime(now.strftime(form), form)  # noqa: DTZ007 - only whether it can be
    return form


class Value(_Strict):
    """One value in the scanner's document, and how it becomes ours."""

    path: str = Field(description="XPath or JSON pointer")
    required: bool = Field(False, description="without it the scan cannot be read")
    empty: tuple[str, ...] = Field((), description="what the scanner writes when it does not know")
    values: dict[str, str] = Field(
        default_factory=dict, description="what its words mean; others are not understood"
    )
    unit: Unit | None = Field(None, description="of the scanner's number")
    factor: Annotated[float, Field(gt=0)] | None = Field(None, description="what the number is multiplied by")
    decimal: Literal[".", ","] = "."
    separator: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="between several numbers in one text"
    )
    time_format: Annotated[str, AfterValidator(_possible_time_format)] | None = Field(
        None, description="as in strptime; or `unix`, seconds since 1970; none: ISO 8601"
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = Field(
        None, description="of times that do not name theirs, as in the tz database"
    )


class UnitMapping(_Strict):
    """Cargo units in the scanner's document: one for each node that `each` finds, in its order."""

    each: str | None = Field(
        None, description="XPath or JSON pointer to a list; none: the document is one unit"
    )
    container_number: Value | None = None
    container_number_confidence: Value | None = None
    plate: Value | None = None
    plate_confidence: Value | None = None
    size_and_type: Value | None = None

    @property
    def values(self) -> dict[str, Value]:
        """What is declared, by name."""
        named = {name: getattr(self, name) for name in UnitMapping.model_fields if name != "each"}
        return {name: value for name, value in named.items() if value is not None}


class SidecarMapping(_Strict):
    """The scanner's own sidecar: its format, and the place of every value."""

    format: Literal["xml", "json"]
    root: str | None = Field(
        None, description="name of the root element, as `{namespace}name`: tells the scanner"
    )
    namespaces: dict[str, str] = Field(default_factory=dict, description="prefixes of the XPaths")
    fields: dict[str, Value] = Field(default_factory=dict, description="by name in the canonical sidecar")
    units: tuple[UnitMapping, ...] = Field((), max_length=8)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.format == "json" and (self.root or self.namespaces):
            raise ValueError("root and namespaces are of XML")
        for name, value in self.fields.items():
            if name not in FIELDS and not name.startswith(EXTENSION):
                raise ValueError(
                    f"{name} is not in the sidecar; known are {', '.join(FIELDS)}, {EXTENSION}..."
                )
            self._check(name, value)
        for unit in self.units:
            if not unit.values:
                raise ValueError("units: neither a container number nor a plate is declared")
            if unit.each is not None:
                self._check_path("units.each", unit.each)
            for name, value in unit.values.items():
                self._check(f"units.{name}", value)
        return self

    def _check(self, name: str, value: Value) -> None:
        self._check_path(name, value.path)
        if value.unit and value.unit not in factors_of(name):
            raise ValueError(f"{name}: {value.unit} is not a unit of it")

    def _check_path(self, name: str, path: str) -> None:
        if self.format == "json":
            if not _POINTER.fullmatch(path):
                raise ValueError(f"{name}: {path!r} is no JSON pointer; it begins with /")
            return
        try:
            etree.XPath(path, namespaces=self.namespaces or None)(etree.Element("root"))
        except etree.XPathError as error:
            raise ValueError(f"{name}: {path!r} is no XPath: {error}") from error


def factors_of(name: str) -> dict[str, str]:
    """What a number in each unit is multiplied by, where the value of that name may have one."""
    return FACTORS.get("confidence" if name.endswith("_confidence") else name.partition(".")[0], {})
