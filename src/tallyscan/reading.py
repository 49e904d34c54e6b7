"""The reading: what Tallyscan says of one scan, the same on the command line, over HTTP and in the store."""

from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from tallyscan.errors import NotFound
from tallyscan.finding import (
    Anomaly,
    CargoUnit,
    CommodityRegion,
    Empty,
    Finding,
    Interval,
    ModelIdentity,
    Probability,
    Tiling,
)
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.known_consignment import UnitEstimate
from tallyscan.learnt_air import LearntAirOffered, LearntAirUsed
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.risk import Risk
from tallyscan.scan import Grade, Quality
from tallyscan.verdict import Verdict
from tallyscan.weighed_mass import WeighedMass

Status = Literal["read", "not_readable", "rejected"]


@dataclass(frozen=True)
class ReadWith:
    """What the service gave to a reading beside model, declaration and profile.

    `profile_asked_for` is the scanner profile that was named by whoever sent the scan, None where the scan itself says
    it. `nomenclature_sha256` is that of the commodity codes. `learnt_air` is what earlier scans had taught of the open
    beam, whether the scan bore it out or not: without its level while the machine was out of its band.
    """

    profile_asked_for: str | None
    nomenclature_sha256: str
    learnt_air: LearntAirOffered


@dataclass(frozen=True)
class Provenance:
    """What is needed to read the scan again and come to the same result.

    `learnt_air` is what of the calibration was learnt from earlier scans of the machine; None where nothing was.
    `others` are the other cargo units of the consignment that were looked at: those in the same image, and those over
    which its goods are spread; `weighed` are its weighbridge values. `read_with` is None where it was not kept. `view`
    is the one that was read, of files that hold several.
    """

    software: str
    profile: str | None
    calibration_sha256: str | None
    thresholds: str | None
    declaration_version: int
    runtime: dict[str, str | int | float] = field(default_factory=dict)
    tiling: Tiling | None = None
    learnt_air: LearntAirUsed | None = None
    weighed: tuple[WeighedMass, ...] = ()
    others: tuple[UnitEstimate, ...] = ()
    read_with: ReadWith | None = None
    view: str | None = None


@dataclass(frozen=True)
class Seconds:
    """Wall time of each step."""

    decode: float = 0.0
    calibrate: float = 0.0
    detect: float = 0.0
    reconcile: float = 0.0
    total: float = 0.0
    integrity: float = 0.0


@dataclass(frozen=True)
class Reading:
    """One scan, read; or not read, and why. `pixel_pitch` is None where the size of a pixel was given."""

    scan: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    status: Status
    reason: str | None
    grade: Grade | None
    quality: Quality
    containers: tuple[CargoUnit, ...]
    anomaly: Anomaly
    findings: tuple[Finding, ...]
    commodities: tuple[CommodityRegion, ...]
    empty: Empty | None
    mass_kg: Interval | None
    mismatch: Probability | None
    verdicts: tuple[Verdict, ...]
    risk: Risk
    model: ModelIdentity
    provenance: Provenance
    seconds: Seconds
    integrity: tuple[IntegrityCheck, ...] = ()
    pixel_pitch: PixelPitch | None = None

    def __post_init__(self) -> None:
        """A scan that was not read carries no number that could pass for an answer."""
        if self.status != "read":
            anomaly = self.anomaly
            answers = (
                anomaly.alarm, anomaly.score, self.empty, self.mass_kg, self.mismatch, self.risk.score
            )  # fmt: skip
            if any(answer is not None for answer in answers):
                raise ValueError(
                    "a scan that was not read has no alarm, score, empty, mass, mismatch or risk"
                )
            if self.anomaly.decision != "not_assessed" or self.risk.lane != "not_assessed":
                raise ValueError("a scan that was not read is not assessed")


@dataclass(frozen=True)
class PartOfWhole:
    """One cargo unit of a scan that shows several: its number, and the reading of the whole that it rests on."""

    number: int
    whole: Reading

    @property
    def missing(self) -> NotFound | None:
        """Why there is no such unit any more; None where there is."""
        if self.whole.status != "read":
            return NotFound(f"The whole scan was not read: {self.whole.reason}")
        if self.number > len(self.whole.containers):
            return NotFound(
                f"Unit {self.number} is no longer found: the whole scan shows {len(self.whole.containers)} now.",
                remedy="Look at the whole scan.",
            )
        return None


@cache
def _adapter() -> TypeAdapter[Reading]:
    return TypeAdapter(Reading)


def reading_to_dict(reading: Reading) -> dict[str, Any]:
    """The published JSON form, as plain Python values."""
    document: dict[str, Any] = _adapter().dump_python(reading, mode="json", by_alias=True)
    return document


def reading_from_dict(document: dict[str, Any]) -> Reading:
    """The reading of a stored or received document; raises `pydantic.ValidationError` when it is not one."""
    return _adapter().validate_python(document)


def reading_schema() -> dict[str, Any]:
    """JSON Schema of a reading, as published in docs/reference/reading.schema.json."""
    return _adapter().json_schema(by_alias=True, mode="serialization")
