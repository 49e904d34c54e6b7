"""Which declared goods and estimates belong together: those of one unit, or of all over which items are spread."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallyscan.declaration import GoodsItem, normal_mark
from tallyscan.finding import CargoUnit, Interval
from tallyscan.known_consignment import UnitEstimate
from tallyscan.reconcile.case import Case, DeclaredUnit, guessed_units
from tallyscan.reconcile.mass_score import sum_of
from tallyscan.wording import NOTHING, Wording, said


@dataclass(frozen=True)
class MassScope:
    """What is compared: `words` of the units, the goods in them, and their estimate (None: there is none).

    `missing` says, in half sentences, what is not there yet of the other units: until then the sum is not known.
    `awaited` are those of which a reading is still to come. `opaque`: the beam did not get through part of these goods.
    `guessed` is why the estimate rests on a guess. `marks` are the declared numbers, `scans` the other scans that it
    rests on.
    """

    words: Wording
    items: tuple[GoodsItem, ...]
    units: int
    estimate: Interval | None
    opaque: bool
    guessed: Wording = NOTHING
    missing: tuple[Wording, ...] = ()
    marks: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    whole_consignment: bool = False
    awaited: tuple[str, ...] = ()


def mass_scope(case: Case) -> MassScope | None:
    """None where it cannot be said which goods the estimate of this unit is to be compared with."""
    if case.unit is None or case.detection is None or case.declaration is None:
        return None
    alone = len(case.declared_units) == 1 and case.shown == 1
    if case.declared and not case.declared.shared:
        return MassScope(
            said("this unit"),
            case.declared.items,
            1,
            case.unit.mass_kg,
            case.not_penetrated(case.unit),
            case.guessed_units,
            marks=_numbers((case.declared,)),
            whole_consignment=alone,
        )
    if _all_units_shown(case):
        beside = [other for other in case.known.others if other.same_image]
        parts = _Parts(case.detection.units, beside)
        everything = case.declaration.goods_items
        named = [
            (said("unit {number}", number=number), other) for number, other in enumerate(beside, start=2)
        ]
        missing = tuple(why for name, other in named if (why := _why_missing(name, other)))
        awaited = tuple(str(name) for name, other in named if not other.read)
        words = said("all units together")
        return parts.scope(case, words, everything, missing, awaited, case.declared_units, whole=True)
    if case.declared:
        return _spread(case, case.declared)
    return None


@dataclass(frozen=True)
class _Parts:
    """The units of one sum: in this image, and in other scans."""

    here: Sequence[CargoUnit]
    elsewhere: Sequence[UnitEstimate]

    def scope(
        self,
        case: Case,
        words: Wording,
        items: tuple[GoodsItem, ...],
        missing: tuple[Wording, ...],
        awaited: tuple[str, ...],
        declared: Sequence[DeclaredUnit],
        *,
        whole: bool,
    ) -> MassScope:
        """Their sum, None where one of them has no estimate."""
        masses = [unit.mass_kg for unit in self.here] + [other.mass_kg for other in self.elsewhere]
        known = [mass for mass in masses if mass is not None]
        opaque = case.not_penetrated(*self.here) or any(other.is_lower_bound for other in self.elsewhere)
        cautions = (*case.cautions, *(caution for other in self.elsewhere for caution in other.cautions))
        return MassScope(
            words,
            items,
            len(masses),
            sum_of(known) if len(known) == len(masses) else None,
            opaque,
            guessed_units(cautions),
            missing,
            _numbers(declared),
            tuple(other.scan_id for other in self.elsewhere),
            whole,
            awaited,
        )


def _all_units_shown(case: Case) -> bool:
    """The image shows as many units as are declared, or only the vehicle is declared; none of it as empty."""
    if any(unit.empty for unit in case.declared_units):
        return False
    if len(case.declared_units) == 1 and case.declared_units[0].number is None:
        return True
    return case.shown == len(case.declared_units)


def _spread(case: Case, declared: DeclaredUnit) -> MassScope:
    """This unit and all those over which its goods items, and theirs in turn, are spread."""
    together = _together(declared, case.declared_units)
    items = {item.goods_item_number: item for unit in together for item in unit.items}
    here, elsewhere = [case.unit] if case.unit else [], []
    missing: list[Wording] = []
    awaited = []
    for unit in together:
        if unit is declared:
            continue
        if unit.number is None:
            missing.append(said("one of the declared containers has no number to know its scan by"))
            continue
        found = next((seen for seen in _seen(case) if _is(seen.number, unit.number)), None)
        other = next((known for known in case.known.others if _is(known.number, unit.number)), None)
        if found is None and (other is None or not other.read):
            awaited.append(unit.number)
        if found is not None:
            here.append(found)
        elif other is None:
            missing.append(said("{unit} was not scanned yet", unit=unit.number))
        elif why := _why_missing(unit.number, other):
            missing.append(why)
        else:
            elsewhere.append(other)
    whole = len(together) == len(case.declared_units)
    goods = tuple(items[number] for number in sorted(items))
    parts = _Parts(here, elsewhere)
    words = said("{numbers:and} together", numbers=_numbers(together))
    return parts.scope(case, words, goods, tuple(missing), tuple(awaited), together, whole=whole)


def _together(declared: DeclaredUnit, units: Sequence[DeclaredUnit]) -> list[DeclaredUnit]:
    """The declared units that share goods items with this one, directly or by others, in their order."""
    numbers = {item.goods_item_number for item in declared.items}
    while True:
        together = [unit for unit in units if numbers & {item.goods_item_number for item in unit.items}]
        more = numbers | {item.goods_item_number for unit in together for item in unit.items}
        if more == numbers:
            return together
        numbers = more


def _seen(case: Case) -> tuple[CargoUnit, ...]:
    return case.detection.units if case.detection else ()


def _is(number: str | None, declared: str) -> bool:
    return number is not None and normal_mark(number) == declared


def _why_missing(name: str, other: UnitEstimate) -> Wording:
    """Why another unit has no mass that could be added; empty where it has."""
    if not other.read:
        return said("{unit} is scanned and not read yet", unit=name)
    return said("no mass could be estimated of {unit}", unit=name) if other.mass_kg is None else NOTHING


def _numbers(units: Sequence[DeclaredUnit]) -> tuple[str, ...]:
    return tuple(unit.number for unit in units if unit.number)
