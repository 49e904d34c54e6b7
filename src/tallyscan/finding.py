"""What detection says of a scan: cargo units, anomalies, commodities, and how sure it is.

Boxes are in pixels of the original image.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

from pydantic import Field

from tallyscan.load_seen import LoadSeen
from tallyscan.scan import Box, CanonicalGrid, Float32Array
from tallyscan.sidecar import MarkRead
from tallyscan.wording import Sentence

Family = Literal[
    "rip_off_bags",
    "bricks_in_load",
    "false_wall",
    "reefer_insulation",
    "cigarettes_behind_cover",
    "inside_goods",
    "weapons_ammunition",
    "cash_gold",
    "people",
    "alcohol_liquids",
    "shielded_nuclear",
    "vehicles_engines",
    "ivory_wildlife",
    "electronics_medicine",
    "vehicle_cavity",
    "void",
]
ANOMALY_FAMILIES: tuple[str, ...] = get_args(Family)
AnomalyDecision = Literal["alarm", "clear", "not_assessed"]
Tiling = Literal["whole", "strips"]
Probability = Annotated[float, Field(ge=0, le=1)]

NOT_PENETRATED = "not_penetrated"
"""Code of the caution that the beam did not get through part of the cargo: what stands behind is not seen."""

LOWER_BOUND_FROM = 0.01
"""From this share of a unit's goods that let nothing through, their mass is only known to be at least so much."""

MAX_UNPENETRATED_SHARE = 0.3
"""From this share on nothing is said of their mass."""


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds that its interval covers."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Empty:
    """How likely it is that no goods are inside."""

    probability: Probability


@dataclass(frozen=True)
class CargoUnit:
    """A container, trailer body or other cargo space; mass is goods with packaging, without the unit itself.

    `mismatch` is how likely its goods are not among the declared commodity groups, as the model sees them; None
    unless every declared item has a code that the model knows, and without goods to compare. `number` and `plate`
    are what the cameras read, as far as it is legible; `number_read` and `plate_read` have it as it came.
    `length_mm` is along the travel; None where the size of a pixel is not known well enough.
    """

    unit: int
    box: Box
    kind: str
    empty: Empty | None = None
    mass_kg: Interval | None = None
    number: str | None = None
    plate: str | None = None
    mismatch: Probability | None = None
    number_read: MarkRead | None = None
    plate_read: MarkRead | None = None
    length_mm: Interval | None = None
    # Share of its goods that let nothing through. Rules and risk use it; the published reading says it in words.
    not_penetrated: Annotated[float, Field(ge=0, le=1, exclude=True)] = 0.0
    # Mean attenuation of its goods cells, by which the interval of the mass was chosen; calibration needs it.
    goods_mean_alpha: Annotated[float, Field(ge=0, exclude=True)] = 0.0
    # What the rules look at; the verdicts publish what they rest on.
    load: Annotated[LoadSeen | None, Field(exclude=True)] = None

    @property
    def mark_in_words(self) -> str | None:
        """The number, else the plate, for people; with a question mark what was read and is not legible."""
        read = self.number_read or self.plate_read
        return self.number or self.plate or (f"{read.as_read}?" if read is not None else None)


@dataclass(frozen=True)
class FamilyCandidate:
    """A family of anomalies that a finding looks like."""

    kind: Family
    probability: Probability


@dataclass(frozen=True)
class Finding:
    """One anomaly: where, of what kind, how sure, and in physical units where the grade allows it.

    `score` says how likely something does not belong there, whatever it is; `families` what it then looks like,
    the likeliest first, which is `kind`. `areal_density_g_cm2` is what it has more than its surroundings,
    `expected_excess_g_cm2` what it has more than the model expects there; less is negative. `length_mm` is along the
    travel; None where the size of a pixel is not known well enough. `said` is the explanation as it can be said in
    other languages; none in readings of before.
    """

    id: str
    unit: int | None
    kind: Family
    score: Probability
    box: Box
    areal_density_g_cm2: float | None
    contrast_to_noise: float | None
    mass_kg: float | None
    explanation: str
    families: tuple[FamilyCandidate, ...] = ()
    expected_excess_g_cm2: float | None = None
    length_mm: Interval | None = None
    said: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class CommodityCandidate:
    """A class of goods that the texture and density of a region would fit."""

    commodity: Annotated[str, Field(alias="class")]
    hs: tuple[str, ...]
    probability: Probability


@dataclass(frozen=True)
class CommodityRegion:
    """A part of a unit with one look, and what it may be, the likeliest first."""

    unit: int
    box: Box
    candidates: tuple[CommodityCandidate, ...]


@dataclass(frozen=True)
class Calibration:
    """What the threshold rests on: simulated or this site's benign scans, and how many.

    `group` is the one that the threshold was set for: kind of scanner and conveyance (`dual/container`), or the
    kind of scanner alone where the model has no threshold for both.
    """

    group: str
    basis: Literal["simulated", "site"]
    benign_scans: int


@dataclass(frozen=True)
class Anomaly:
    """The scan-level answer; all of it is None unless the scan was assessed."""

    decision: AnomalyDecision
    alarm: bool | None = None
    score: float | None = None
    threshold: float | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class ModelIdentity:
    """Which model spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, eq=False)
class ExpectedPicture:
    """What would be there if nothing were hidden: 10, 50 and 90 % quantiles of attenuation.

    float32 (3, rows, columns); a cell is `stride` canonical pixels a side, `grid` leads to the original image. At
    the bottom and on the right there are cells of the padding that the network needs; they mean nothing.
    Without knowing what is declared, and knowing it (None when nothing is declared).
    """

    without_declaration: Float32Array
    with_declaration: Float32Array | None
    stride: int
    grid: CanonicalGrid


@dataclass(frozen=True)
class Detection:
    """Everything that one run of the model, read by its heads, says of one scan.

    `known_commodities` are the classes that the model can name; empty: those among the candidates. `mismatch` is
    the highest of the units. `expected` is for pictures and not part of the published reading.
    """

    units: tuple[CargoUnit, ...]
    anomaly: Anomaly
    findings: tuple[Finding, ...]
    commodities: tuple[CommodityRegion, ...]
    empty: Empty | None
    mass_kg: Interval | None
    model: ModelIdentity
    tiling: Tiling
    seconds_in_model: float = 0.0
    cautions: tuple[str, ...] = field(default=())
    known_commodities: tuple[str, ...] = ()
    mismatch: Probability | None = None
    expected: ExpectedPicture | None = None


@dataclass(frozen=True)
class NotAssessed:
    """Detection did not run, and why; it never counts as clear."""

    reasons: tuple[str, ...]
