"""What a risk profile may ask of: the facts of a consignment under fixed names. docs/reference/profile-facts.md.

What is not known is absent, never null: an expression that needs it is undetermined, and `has()` asks for it.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal

from tallyscan.finding import AnomalyDecision, Family
from tallyscan.integrity_check import CheckName
from tallyscan.reading import Status
from tallyscan.risk import Lane
from tallyscan.scan import Grade

Determined = Literal["agrees", "differs"]


@dataclass(frozen=True)
class ItemFacts:
    """A goods item of the declaration."""

    number: Annotated[int, "number of the item"]
    description: Annotated[str | None, "in words, as declared"]
    hs_code: Annotated[str | None, "HS code, two to six digits"]
    hs_chapter: Annotated[str | None, "its first two digits"]
    gross_mass_kg: Annotated[float | None, "with packaging"]
    net_mass_kg: Annotated[float | None, "without"]
    packages: Annotated[int | None, "number of packages"]
    kinds_of_packages: Annotated[tuple[str, ...] | None, "codes of UNECE Recommendation 21"]
    un_numbers: Annotated[tuple[str, ...], "dangerous goods; empty where none are declared"]
    country_of_origin: Annotated[str | None, "two letters"]
    means_empty: Annotated[bool, "the item stands for an empty unit"]


@dataclass(frozen=True)
class VehicleFacts:
    """A declared vehicle or trailer."""

    plate: Annotated[str, "letters and digits alone, capitals"]
    nationality: Annotated[str | None, "two letters"]


@dataclass(frozen=True)
class DeclarationFacts:
    """What is declared; nothing of it is known of a consignment without a declaration."""

    version: Annotated[int | None, "1 is the first, more are corrections"] = None
    mrn: Annotated[str | None, "master reference number"] = None
    lrn: Annotated[str | None, "local reference number"] = None
    declaration_type: Annotated[str | None, "as declared"] = None
    transport_document: Annotated[str | None, "number of the bill of lading, CMR or the like"] = None
    mode_of_transport: Annotated[str | None, "at the border, code of one or two signs"] = None
    place_of_loading: Annotated[str | None, "as declared"] = None
    countries_of_routing: Annotated[tuple[str, ...] | None, "two letters each"] = None
    offices: Annotated[tuple[str, ...] | None, "customs offices where it is presented"] = None
    gross_mass_kg: Annotated[float | None, "total; the sum of the items where none is given"] = None
    net_mass_kg: Annotated[float | None, "sum of the items, if each has one"] = None
    packages: Annotated[int | None, "sum of the items, if each has a number"] = None
    empty: Annotated[bool | None, "everything is declared as empty"] = None
    containers: Annotated[tuple[str, ...] | None, "container numbers, letters and digits alone"] = None
    seals: Annotated[tuple[str, ...] | None, "of all containers; empty where none are declared"] = None
    vehicles: Annotated[tuple[VehicleFacts, ...] | None, "vehicles and trailers"] = None
    items: Annotated[tuple[ItemFacts, ...] | None, "goods items; their order means nothing"] = None
    remarks: Annotated[tuple[str, ...] | None, "codes of what cannot be right; empty where nothing is"] = None


@dataclass(frozen=True)
class TraderFacts:
    """Consignor or consignee. The history is that of the identification number, in whatever role it was named."""

    id: Annotated[str | None, "identification number (EORI), letters and digits alone"] = None
    name: Annotated[str | None, "as declared"] = None
    earlier_consignments: Annotated[int | None, "on record before this one"] = None
    earlier_scanned: Annotated[int | None, "of them"] = None
    earlier_opened: Annotated[int | None, "of them, at least in part"] = None
    earlier_finds: Annotated[int | None, "of them, with something found"] = None
    days_since_last: Annotated[float | None, "since the last one; absent where there was none"] = None


@dataclass(frozen=True)
class ScanFacts:
    """The newest reading of one scan. Of a scan that was not read, only status, site and integrity are known."""

    status: Annotated[Status, "whether it was read"]
    site: Annotated[str | None, "where it was scanned"]
    grade: Annotated[Grade | None, "transmission: physical units; display: a picture"]
    lane: Annotated[Lane, "of this scan"]
    score: Annotated[float | None, "risk of this scan, 0 to 1"]
    anomaly: Annotated[AnomalyDecision, "whether something does not belong there"]
    anomaly_score: Annotated[float | None, "as the model gives it"]
    findings: Annotated[dict[Family, float] | None, "highest score of each family; 0 where none was found"]
    verdicts: Annotated[dict[str, Determined], "by rule, the worst of its units; absent where undetermined"]
    integrity: Annotated[dict[CheckName, Determined], "by check of the image; absent where undetermined"]
    empty_probability: Annotated[float | None, "that no goods are inside, 0 to 1"]
    mass_kg: Annotated[float | None, "estimate of the goods with packaging"]
    mass_low_kg: Annotated[float | None, "lower bound of its interval"]
    mass_high_kg: Annotated[float | None, "upper bound"]
    mismatch: Annotated[float | None, "how likely its goods are not the declared ones, 0 to 1"]
    units: Annotated[int | None, "cargo units in it"]


@dataclass(frozen=True)
class RiskFacts:
    """The risk of the consignment: the worst of its scans, and of what people said of them."""

    lane: Annotated[Lane | None, "of the consignment"] = None
    score: Annotated[float | None, "0 to 1; absent where it is not assessed"] = None


@dataclass(frozen=True)
class Before:
    """The facts before the scan."""

    declaration: DeclarationFacts
    consignor: TraderFacts
    consignee: TraderFacts


@dataclass(frozen=True)
class After(Before):
    """The facts once every scan of the consignment was read."""

    scans: Annotated[tuple[ScanFacts, ...], "every scan of the consignment; their order means nothing"]
    risk: RiskFacts


def as_known(value: Any) -> Any:
    """Facts as plain values, without what is not known."""
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: as_known(each) for name, each in pairs if each is not None}
    if isinstance(value, dict):
        return {name: as_known(each) for name, each in value.items()}
    return [as_known(each) for each in value] if isinstance(value, tuple) else value
