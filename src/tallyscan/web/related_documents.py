"""Scans beside a scan, as JSON: each as a line with its thumbnail, what was answered and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tallyscan.decision import Answer
from tallyscan.finding import AnomalyDecision
from tallyscan.risk import Lane
from tallyscan.store.finds import Find
from tallyscan.store.likeness import SharedFeature
from tallyscan.store.related import LikeFind, LikeLoad, SameUnit, WhyNone
from tallyscan.store.scan_lines import ScanLine
from tallyscan.store.tables import ScanState

Outcome = Literal["found", "nothing"]


@dataclass(frozen=True)
class Beside:
    """A scan in a line. `at` is when it was made, else when it came; `lane` is null while it waits to be read.

    `officer` is what stands of what officers said, an opinion. `outcome` is what controls of the load came to: null
    where nobody looked inside, which is never nothing found. `hidden`: all of these and the thumbnail are withheld from
    who asks, as they still have to read that scan, or this load, blind. What officers said is withheld from everybody
    as long as a further reader is waited for.
    """

    scan: str
    name: str
    at: datetime
    state: ScanState
    thumbnail: str | None
    consignment: str | None
    unit: int | None
    goods: str | None
    lane: Lane | None
    risk_score: float | None
    search: AnomalyDecision | None
    officer: Answer | None
    outcome: Outcome | None
    hidden: bool


@dataclass(frozen=True)
class OfUnit:
    """Another scan of the same container, or of the same vehicle or trailer, by a mark that was read on both."""

    scan: Beside
    mark: str
    marks: Literal["container", "vehicle"]


@dataclass(frozen=True)
class Likeness:
    """How near two loads look: `distance` is the root mean square difference of 35 numbers, in spreads of each.

    `alike` are those in which few other loads come as near, `apart` those that differ most. `unit` is of the other
    scan.
    """

    unit: int
    distance: float
    alike: tuple[SharedFeature, ...]
    apart: tuple[SharedFeature, ...]


@dataclass(frozen=True)
class Similar:
    """A load of the same goods on the same kind of scanner."""

    scan: Beside
    likeness: Likeness


@dataclass(frozen=True)
class Reference:
    """A scan of a load in which a control found something: what, of which families and commodity codes, and when.

    `likeness` is null where it cannot be compared by its looks, and in the library as such.
    """

    scan: Beside
    at: datetime
    families: tuple[str, ...]
    items: tuple[str, ...]
    hs: tuple[str, ...]
    comments: tuple[str, ...]
    likeness: Likeness | None


@dataclass(frozen=True)
class RelatedScans:
    """What stands beside a scan. `similar` begins with loads in which a control found nothing; `why_none` says why it
    is empty: the image gives no numbers to compare (`no_features`), no commodity code is known (`no_heading`), or no
    load of these goods was scanned by such a scanner (`none_alike`). `reference` are the first of `reference_total`
    finds.
    """

    scan: str
    of_unit: list[OfUnit]
    of_consignment: list[Beside]
    similar: list[Similar]
    why_none: WhyNone | None
    reference: list[Reference]
    reference_total: int


@dataclass(frozen=True)
class ReferenceLibrary:
    """Finds, the newest first; `families` counts them by family over all that fit the other questions, and `total` is
    how many fit all of them. A find without a named family counts as an empty one."""

    finds: list[Reference]
    total: int
    families: dict[str, int]


def beside(line: ScanLine) -> Beside:
    """`Beside`."""
    return Beside(
        scan=line.scan,
        name=line.name,
        at=line.at,
        state=line.state,
        thumbnail=f"/v1/scans/{line.scan}/picture?small=true" if line.has_thumbnail else None,
        consignment=line.consignment,
        unit=line.unit,
        goods=line.goods,
        lane=line.lane,
        risk_score=line.risk_score,
        search=line.search,
        officer=line.officer,
        outcome=None if line.found is None else "found" if line.found else "nothing",
        hidden=line.hidden,
    )


def of_unit(same: SameUnit, lines: Mapping[str, ScanLine]) -> OfUnit:
    """`OfUnit`."""
    return OfUnit(beside(lines[same.scan]), same.mark, "container" if same.is_container else "vehicle")


def likeness(load: LikeLoad) -> Likeness:
    """`Likeness`."""
    return Likeness(load.unit, load.distance, load.alike, load.apart)


def reference(find: Find, lines: Mapping[str, ScanLine], load: LikeLoad | None = None) -> Reference:
    """`Reference`."""
    return Reference(
        scan=beside(lines[find.scan]),
        at=find.at,
        families=find.families,
        items=find.items,
        hs=find.hs,
        comments=find.comments,
        likeness=likeness(load) if load else None,
    )


def related_scans(
    scan_id: str,
    units: list[SameUnit],
    consignment: list[str],
    loads: tuple[list[LikeLoad], WhyNone | None],
    library: tuple[list[LikeFind], int],
    lines: Mapping[str, ScanLine],
) -> RelatedScans:
    """`RelatedScans`."""
    return RelatedScans(
        scan=scan_id,
        of_unit=[of_unit(each, lines) for each in units],
        of_consignment=[beside(lines[each]) for each in consignment],
        similar=[Similar(beside(lines[load.scan]), likeness(load)) for load in loads[0]],
        why_none=loads[1],
        reference=[reference(each.find, lines, each.load) for each in library[0]],
        reference_total=library[1],
    )
