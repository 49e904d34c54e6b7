"""The inspection sheet of a scan: where to look in the load, for what, and what nobody has seen. Data and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from tallyscan.container_size import ContainerSize, container_size
from tallyscan.declaration import Declaration, TransportEquipment, normal_mark
from tallyscan.doors import End
from tallyscan.finding import ANOMALY_FAMILIES, CargoUnit, CommodityCandidate, FamilyCandidate, Interval
from tallyscan.reading import Reading
from tallyscan.report.sheet_language import Language, Words, words_in
from tallyscan.report.sheet_place import PlaceInUnit, place_in
from tallyscan.report.sheet_regions import evidence_in_words, goods_in_words, where_in_words
from tallyscan.report.sheet_sections import (
    HeldFor,
    SheetItem,
    checks_in_words,
    declaration_in_words,
    head_in_words,
    held_for,
    items_of,
    labels,
    not_assessed_in_words,
    reasons_in_words,
)
from tallyscan.risk import Lane
from tallyscan.scan import Box
from tallyscan.sheet_case import SheetCase
from tallyscan.upright_image import UprightImage

MOST_REGIONS = 40
_SAME_PLACE = 0.3
"""Share of the smaller of two boxes from which goods are said to be where a region is."""


@dataclass(frozen=True)
class RegionWords:
    """A region in the language of the sheet."""

    title: str
    marked_by: str
    where: tuple[str, ...]
    look_for: tuple[str, ...]
    evidence: tuple[str, ...]
    goods: tuple[str, ...]


@dataclass(frozen=True)
class SheetRegion:
    """A place to look: a finding of the reading, or what an officer marked in a decision that stands.

    `box` is in pixels of the original image, `image_box` in those of the upright picture; `place` and `image_box` are
    None where no picture was kept with the reading. A value is None where it was not measured.
    """

    id: str
    source: Literal["machine", "officer"]
    unit: int | None
    kind: str | None
    families: tuple[FamilyCandidate, ...]
    score: float | None
    box: Box
    image_box: Box | None
    place: PlaceInUnit | None
    areal_density_g_cm2: float | None
    expected_excess_g_cm2: float | None
    contrast_to_noise: float | None
    mass_kg: float | None
    length_mm: Interval | None
    commodities: tuple[CommodityCandidate, ...]
    by: str | None
    comment: str | None
    in_words: RegionWords


@dataclass(frozen=True)
class RegionGroup:
    """The regions of one cargo unit, `unit` null for those outside of every unit: a page each."""

    unit: int | None
    title: str
    access: str | None
    regions: tuple[SheetRegion, ...]


@dataclass(frozen=True)
class SheetLine:
    """Something to check or to know, by its name."""

    label: str
    value: str


@dataclass(frozen=True)
class InspectionSheet:
    """What an inspector takes to the load, in one language.

    `labels` are the headings, `families` what each kind of anomaly is called. `more_regions` counts what is beyond the
    most that a sheet holds, `more_items` the goods items beyond those printed. `lane` is what the machine read; `held`
    is that and what officers decided, the gravest first.
    """

    scan: str
    consignment: str | None
    revision: int
    declaration_version: int
    language: Language
    lane: Lane | None
    assessed: bool
    printed_at: datetime
    image: UprightImage | None
    held: tuple[HeldFor, ...]
    head: tuple[SheetLine, ...]
    reasons: tuple[str, ...]
    checks: tuple[SheetLine, ...]
    not_assessed: tuple[str, ...]
    groups: tuple[RegionGroup, ...]
    more_regions: int
    limits: tuple[str, ...]
    declaration: tuple[SheetLine, ...]
    items: tuple[SheetItem, ...]
    more_items: int
    questions: tuple[str, ...]
    labels: dict[str, str]
    families: dict[str, str]

    @property
    def regions(self) -> tuple[SheetRegion, ...]:
        """All of them, in the order of the sheet."""
        return tuple(region for group in self.groups for region in group.regions)


def inspection_sheet(case: SheetCase, language: Language) -> InspectionSheet:
    """The sheet of a scan as it stands. Nothing that was not assessed is left out of it."""
    words = words_in(language)
    regions = _regions(case, words)
    reading = case.reading
    items, more_items = items_of(case.declaration, words)
    return InspectionSheet(
        scan=case.scan,
        consignment=case.consignment,
        revision=case.revision,
        declaration_version=case.declaration_version,
        language=language,
        lane=reading.risk.lane if reading else None,
        assessed=reading is not None and reading.anomaly.decision != "not_assessed",
        printed_at=case.printed_at,
        image=case.image,
        held=held_for(case, words),
        head=_lines(head_in_words(case, words)),
        reasons=reasons_in_words(case, words),
        checks=_lines(checks_in_words(reading, case.declaration, words)),
        not_assessed=not_assessed_in_words(reading, case.waits, words),
        groups=_groups(regions[:MOST_REGIONS], case, words),
        more_regions=max(len(regions) - MOST_REGIONS, 0),
        limits=tuple(words.say(f"limits.{each}") for each in ("along", "height", "depth", "all")),
        declaration=_lines(declaration_in_words(case.declaration, words)),
        items=items,
        more_items=more_items,
        questions=case.questions,
        labels=labels(words),
        families={kind: words.family(kind) for kind in ANOMALY_FAMILIES},
    )


def declared_equipment(unit: CargoUnit | None, declaration: Declaration | None) -> TransportEquipment | None:
    """The container of the declaration that a unit is: by its number, or because there is no other."""
    if declaration is None:
        return None
    all_of_it = declaration.transport_equipment
    number = unit.number if unit is not None else None
    if number is None:
        return all_of_it[0] if len(all_of_it) == 1 else None
    named = (
        each
        for each in all_of_it
        if normal_mark(each.container_identification_number or "") == normal_mark(number)
    )
    return next(named, None)


def _regions(case: SheetCase, words: Words) -> list[SheetRegion]:
    """Findings, the likeliest first, then what officers marked and the machine did not."""
    reading = case.reading
    found = sorted(reading.findings, key=lambda each: -each.score) if reading else []
    machine = [
        _region(
            case,
            words,
            id=each.id,
            source="machine",
            unit=each.unit,
            kind=each.kind,
            families=each.families,
            score=each.score,
            box=each.box,
            areal_density_g_cm2=each.areal_density_g_cm2,
            expected_excess_g_cm2=each.expected_excess_g_cm2,
            contrast_to_noise=each.contrast_to_noise,
            mass_kg=each.mass_kg,
            length_mm=each.length_mm,
        )
        for each in found
    ]
    officer = [
        _region(
            case,
            words,
            id=f"M{number}",
            source="officer",
            unit=_unit_of(marked.box, reading.containers if reading else ()),
            kind=marked.family,
            box=marked.box,
            by=marked.by,
            comment=marked.comment,
        )
        for number, marked in enumerate(case.marked, start=1)
    ]
    return [*officer, *machine]


def _region(
    case: SheetCase,
    words: Words,
    *,
    id: str,
    source: Literal["machine", "officer"],
    unit: int | None,
    kind: str | None,
    box: Box,
    families: tuple[FamilyCandidate, ...] = (),
    score: float | None = None,
    areal_density_g_cm2: float | None = None,
    expected_excess_g_cm2: float | None = None,
    contrast_to_noise: float | None = None,
    mass_kg: float | None = None,
    length_mm: Interval | None = None,
    by: str | None = None,
    comment: str | None = None,
) -> SheetRegion:
    reading, image = case.reading, case.image
    units = reading.containers if reading else ()
    within = next((each for each in units if each.unit == unit), None)
    beside = within or (_nearest(box, units) if units else None)
    equipment = declared_equipment(beside, case.declaration)
    place = (
        place_in(box, beside, image, _size(equipment), len(units) > 1, _cut_end(reading, beside))
        if image is not None and beside is not None
        else None
    )
    commodities = next(
        (
            each.candidates[:3]
            for each in (reading.commodities if reading else ())
            if each.candidates and _share(box, each.box) >= _SAME_PLACE
        ),
        (),
    )
    grade = reading.grade if reading else None
    measures = (areal_density_g_cm2, expected_excess_g_cm2, contrast_to_noise, mass_kg)
    return SheetRegion(
        id=id,
        source=source,
        unit=unit,
        kind=kind,
        families=families,
        score=score,
        box=box,
        image_box=image.place(box) if image is not None else None,
        place=place,
        areal_density_g_cm2=areal_density_g_cm2,
        expected_excess_g_cm2=expected_excess_g_cm2,
        contrast_to_noise=contrast_to_noise,
        mass_kg=mass_kg,
        length_mm=length_mm,
        commodities=commodities,
        by=by,
        comment=comment,
        in_words=RegionWords(
            title=words.family(kind),
            marked_by=words.say(f"label.by_{source}"),
            where=where_in_words(place, unit, beside.unit if beside else None, words),
            look_for=words.look_for(kind),
            evidence=evidence_in_words(measures, length_mm, score, families, by, comment, grade, words),
            goods=goods_in_words(within, equipment, case.declaration, commodities, words),
        ),
    )


def _groups(regions: Sequence[SheetRegion], case: SheetCase, words: Words) -> tuple[RegionGroup, ...]:
    """By cargo unit, left to right as they are numbered; what is in none comes last."""
    units = {each.unit: each for each in (case.reading.containers if case.reading else ())}
    numbers = sorted({each.unit for each in regions}, key=lambda unit: (unit is None, unit))
    return tuple(
        RegionGroup(
            unit=number,
            title=_title(units.get(number) if number is not None else None, bool(units), words),
            access=_access(units.get(number) if number is not None else None, case.declaration, words),
            regions=tuple(each for each in regions if each.unit == number),
        )
        for number in numbers
    )


def _title(unit: CargoUnit | None, any_units: bool, words: Words) -> str:
    if unit is None:
        return words.say("unit.outside" if any_units else "unit.no_reading")
    mark = f" · {unit.mark_in_words}" if unit.mark_in_words else ""
    return words.say("unit.group", unit=str(unit.unit), mark=mark)


def _access(unit: CargoUnit | None, declaration: Declaration | None, words: Words) -> str | None:
    """How one comes to the goods, of containers that have no doors at the end, or other ways in."""
    size = _size(declared_equipment(unit, declaration))
    return words.known(f"access.{size.kind}", "") or None if size is not None and size.kind else None


def _cut_end(reading: Reading | None, unit: CargoUnit) -> End | None:
    """The end of a unit at which the image ends inside it, where the check of the image says so."""
    checks = reading.integrity if reading else ()
    found = (each.evidence for each in checks if each.check == "cut_short" and each.outcome == "differs")
    ends: tuple[End, ...] = get_args(End)
    return next(
        (end for each in found for end in ends if (each.get("unit"), each.get("end")) == (unit.unit, end)),
        None,
    )


def _size(equipment: TransportEquipment | None) -> ContainerSize | None:
    return container_size(equipment.container_size_and_type) if equipment is not None else None


def _unit_of(box: Box, units: Sequence[CargoUnit]) -> int | None:
    """The unit in which most of a box lies; None where it lies in none."""
    shares = [(_share(box, each.box), each.unit) for each in units]
    share, unit = max(shares, default=(0.0, None))
    return unit if share > 0 else None


def _nearest(box: Box, units: Sequence[CargoUnit]) -> CargoUnit:
    def gap(unit: CargoUnit) -> float:
        along = max(unit.box.x - box.x - box.width, box.x - unit.box.x - unit.box.width, 0.0)
        across = max(unit.box.y - box.y - box.height, box.y - unit.box.y - unit.box.height, 0.0)
        return along + across

    return min(units, key=gap)


def _share(box: Box, other: Box) -> float:
    """Of the smaller of the two, the part that they share."""
    width = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
    height = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
    smaller = min(box.width * box.height, other.width * other.height)
    return max(width, 0.0) * max(height, 0.0) / smaller if smaller > 0 else 0.0


def _lines(pairs: Sequence[tuple[str, str]]) -> tuple[SheetLine, ...]:
    return tuple(SheetLine(label, value) for label, value in pairs)
