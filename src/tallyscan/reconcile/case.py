"""What a rule looks at: one cargo unit of the scan beside its part of the declaration."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallyscan.declaration import Declaration, GoodsItem, normal_mark
from tallyscan.finding import LOWER_BOUND_FROM, NOT_PENETRATED, CargoUnit, Detection, NotAssessed
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.known_consignment import UNKNOWN_CONSIGNMENT, KnownConsignment
from tallyscan.known_unit import SeenUnit
from tallyscan.reconcile.earlier import NO_EARLIER, Earlier, RemembersUnits
from tallyscan.scan import Quality, Scan
from tallyscan.wording import NOTHING, Wording, coded, said, together

GUESSED_UNITS = {
    "scanner_assumed": said("no scanner is named, only the shape of the image points to one"),
    "no_open_beam": said("no open beam in the image confirms the air level"),
    "air_level_off": said("the open beam in the image is not at the air level that was given"),
}
"""Codes of the cautions under which physical units are a guess, each with why, as half a sentence."""


@dataclass(frozen=True)
class DeclaredUnit:
    """A declared container, or the vehicle when no container is declared, and the goods in it.

    `shared` says that some of its goods items may lie, wholly or partly, in another declared unit.
    """

    number: str | None
    registrations: tuple[str, ...]
    items: tuple[GoodsItem, ...]
    empty: bool
    shared: bool


@dataclass(frozen=True)
class Case:
    """One cargo unit (None: none was found, or the scan was not read) and the declared unit it is.

    Where the two could not be brought together, `declared` is None and `obstacle` says why, in a sentence. `seen` is
    the unit as earlier ones are compared with it, `memory` what knows those.
    """

    scan: Scan | None
    detection: Detection | None
    declaration: Declaration | None
    declared_units: tuple[DeclaredUnit, ...]
    unit: CargoUnit | None
    declared: DeclaredUnit | None
    obstacle: Wording
    known: KnownConsignment = UNKNOWN_CONSIGNMENT
    seen: SeenUnit | None = None
    memory: RemembersUnits | None = None
    nomenclature: Nomenclature = CHAPTERS_ONLY

    @property
    def shown(self) -> int:
        """How many cargo units of the consignment the image shows, or that of which this scan is a part."""
        seen = len(self.detection.units) if self.detection else 0
        return seen + sum(other.same_image for other in self.known.others)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What calibration and detection warned of; each begins with its code and a colon."""
        of_scan = self.scan.cautions if self.scan else ()
        return of_scan + (self.detection.cautions if self.detection else ())

    @property
    def guessed_units(self) -> Wording:
        """Why transmission, and all that follows from it, is a guess, as a sentence; empty when it is not."""
        return guessed_units(self.cautions)

    @property
    def cannot_tell_goods_apart(self) -> Wording:
        """Why nothing can be said of what the goods of a unit are, as a sentence; empty where it can."""
        if self.declared is not None and self.declared.empty:
            return said("The unit is declared as empty; see the rule `empty`.")
        if self.scan and self.scan.grade == "display":
            return said("The scan is of display grade: telling goods apart needs calibrated transmission.")
        if self.guessed_units:
            why = said("Telling goods apart needs calibrated transmission.")
            return together(self.guessed_units, why)
        return NOTHING

    def not_penetrated(self, *units: CargoUnit) -> bool:
        """The beam did not get through part of the cargo of these units.

        A caution for which no unit accounts may be about any of them.
        """
        seen = self.detection.units if self.detection else ()
        opaque = [unit for unit in seen if unit.not_penetrated > LOWER_BOUND_FROM]
        if opaque:
            return any(unit in opaque for unit in units)
        return any(caution.split(":")[0] == NOT_PENETRATED for caution in self.cautions)


def guessed_units(cautions: Iterable[str]) -> Wording:
    """Why what these cautions are about rests on a guess, as a sentence; empty when it does not."""
    given = {caution.split(":")[0] for caution in cautions}
    reasons = [reason for code, reason in GUESSED_UNITS.items() if code in given]
    return said("Physical units are a guess: {reasons:;}.", reasons=reasons) if reasons else NOTHING


def cases(
    scan: Scan | None,
    quality: Quality,
    detection: Detection | NotAssessed,
    declaration: Declaration | None,
    known: KnownConsignment = UNKNOWN_CONSIGNMENT,
    earlier: Earlier = NO_EARLIER,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
) -> tuple[Case, ...]:
    """One case for each cargo unit of the detection, by number; one without a unit when there is none."""
    read = detection if isinstance(detection, Detection) and scan and quality.readable else None
    declared_units = _declared_units(declaration) if declaration else ()
    detected = sorted(read.units if read else (), key=lambda unit: unit.unit)
    units: tuple[CargoUnit | None, ...] = tuple(detected) or (None,)
    found = []
    for unit in units:
        declared: DeclaredUnit | None = None
        if declaration is None:
            obstacle = said("There is no declaration for this scan.")
        elif read is None:
            obstacle = _why_not_read(scan, quality, detection)
        elif unit is None:
            obstacle = said("No cargo space was found in the image.")
        else:
            shown = len(detected) + sum(other.same_image for other in known.others)
            declared, obstacle = _join(unit, shown, declared_units)
        seen = earlier.seen_as(unit.unit) if unit is not None else None
        found.append(
            Case(
                scan,
                read,
                declaration,
                declared_units,
                unit,
                declared,
                obstacle,
                known,
                seen,
                earlier.memory,
                nomenclature,
            )
        )
    return tuple(found)


def _why_not_read(scan: Scan | None, quality: Quality, detection: Detection | NotAssessed) -> Wording:
    reasons = quality.reasons
    if not reasons and isinstance(detection, NotAssessed):
        reasons = detection.reasons
    why = [coded(reason) for reason in reasons]
    if not why:
        why = [said("no image could be made of it") if scan is None else said("no reason was recorded")]
    return said("The scan was not read: {reasons:;}.", reasons=why)


def _declared_units(declaration: Declaration) -> tuple[DeclaredUnit, ...]:
    registrations = tuple(normal_mark(means.identification_number) for means in declaration.transport_means)
    containers = declaration.transport_equipment
    if not containers:
        items, empty = declaration.goods_items, declaration.declared_empty
        return (DeclaredUnit(None, registrations, items, empty, shared=False),)
    units = []
    for container in containers:
        mark = container.container_identification_number
        number = (normal_mark(mark) or None) if mark else None
        items, shared = declaration.items_in(container), declaration.shares(container)
        units.append(DeclaredUnit(number, registrations, items, declaration.is_empty(container), shared))
    return tuple(units)


def _join(
    unit: CargoUnit, shown: int, declared_units: tuple[DeclaredUnit, ...]
) -> tuple[DeclaredUnit | None, Wording]:
    """The declared unit that this cargo unit is, else None and the reason."""
    if shown == 1 and len(declared_units) == 1:
        return declared_units[0], NOTHING
    if declared_units[0].number is None and len(declared_units) == 1:
        return None, said(
            "The declaration does not say which of the {shown} cargo units holds which goods.", shown=shown
        )
    read = normal_mark(unit.number) if unit.number else None
    same = [declared for declared in declared_units if read and declared.number == read]
    if len(same) == 1:
        return same[0], NOTHING
    what = said("no number was read on it")
    if read:
        what = said("the number read on it, {number}, is not declared", number=read)
    return None, said(
        "Cargo unit {unit} cannot be joined to one of the {count} declared containers: {what}.",
        unit=unit.unit,
        count=len(declared_units),
        what=what,
    )
