"""Is the vehicle as it was on earlier trips: what hangs below it, and how high its floor stands?"""

from dataclasses import dataclass
from typing import Any

from tallyscan.known_unit import SHAPE_CELL_MM, KnownVehicle, SeenUnit, VehicleShape
from tallyscan.reconcile.case import Case
from tallyscan.reconcile.outcome import FORMAL_FAULT_SCORE, PRIOR_WRONG, agrees, differs, undetermined
from tallyscan.reconcile.shape_alignment import aligned
from tallyscan.reconcile.shape_difference import (
    CHANGE_FROM,
    SAME_UP_TO,
    Change,
    Floor,
    change_below,
    floor_between,
)
from tallyscan.reconcile.vehicle_shape import box_of, mirrored
from tallyscan.verdict import Verdict
from tallyscan.wording import Wording, said, together

RULE = "vehicle"

EARLIER_SCANS = 3
"""So many of the newest are looked at: what one of them shows alike is no change."""

MARGIN_CELLS = 2
"""Above the lower edge of the unit, 40 mm: what is higher may be cargo."""

FITS_UP_TO = 0.45
"""Mean mismatch below the unit: beyond it the earlier scan may show another trailer, or the other side."""


@dataclass(frozen=True)
class Compared:
    """An earlier scan held against this one: `change` below the unit, and the floor."""

    earlier: KnownVehicle
    change: Change
    floor: Floor

    @property
    def differs(self) -> bool:
        """Something below the cargo, or the floor."""
        return self.change.strength >= CHANGE_FROM or self.floor.raised is True

    @property
    def agrees(self) -> bool:
        """Both, and the floor was seen."""
        return self.change.strength <= SAME_UP_TO and self.floor.raised is False


def rule_vehicle(case: Case) -> Verdict:
    """This vehicle against its earlier scans by plate. It needs no declaration where the plate was read."""
    if case.unit is None or case.detection is None or case.scan is None:
        return undetermined(case, RULE, case.obstacle)
    seen, memory = case.seen, case.memory
    if memory is None or seen is None:
        return undetermined(case, RULE, said("No earlier scans are at hand."))
    if seen.plate is None:
        return undetermined(case, RULE, said("The plate of the vehicle is not known."))
    if case.scan.grade == "display":
        reason = said("The scan is of display grade: vehicles are compared in calibrated transmission.")
        return undetermined(case, RULE, reason)
    if seen.shape is None:
        return undetermined(case, RULE, case.guessed_units or said("The size of a pixel is not known."))
    known = memory.of_plate(seen)
    if not known:
        reason = said("No earlier scan of a vehicle with the plate {plate} is kept.", plate=seen.plate)
        return undetermined(case, RULE, reason)
    same = [earlier for earlier in known if earlier.scanner == seen.scanner][:EARLIER_SCANS]
    if not same:
        reason = said(
            "The {count} earlier scans of {plate} are by scanners of another kind.",
            count=len(known),
            plate=seen.plate,
        )
        return undetermined(
            case, RULE, reason, {"plate": seen.plate, "earlier_scans": [k.scan_id for k in known]}
        )
    compared = [
        found for earlier in same if (found := compare(seen.shape, seen.container, earlier)) is not None
    ]
    if not compared:
        reason = said(
            "What is seen below the cargo cannot be laid over the earlier scans of {plate}: too little of it is "
            "in the image, or it is another trailer, or seen from the other side.",
            plate=seen.plate,
        )
        return undetermined(
            case, RULE, reason, {"plate": seen.plate, "earlier_scans": [k.scan_id for k in same]}
        )
    return _answer(case, seen, seen.shape, compared)


def compare(shape: VehicleShape, container: str | None, earlier: KnownVehicle) -> Compared | None:
    """A vehicle, which carries that container, against an earlier scan; None where the two cannot be laid over one
    another.
    """
    over = aligned(shape, earlier.shape, MARGIN_CELLS)
    if over is None or over.mismatch > FITS_UP_TO:
        return None
    change = change_below(over, shape.left, shape.right)
    floor = floor_between(over, shape.left, shape.right, shape.floor_row)
    if container != earlier.container:  # the floor is that of the container, which is another one
        floor = Floor(floor.seen_mm, floor.higher_mm, None)
    found = Compared(earlier, change, floor)
    if found.differs:  # or it drove the other way
        turned = aligned(shape, mirrored(earlier.shape), MARGIN_CELLS)
        if turned is not None and turned.mismatch < over.mismatch:
            return None
    return found


def _answer(case: Case, seen: SeenUnit, shape: VehicleShape, compared: list[Compared]) -> Verdict:
    best = next((found for found in compared if found.agrees), compared[0])
    evidence = _evidence(case, seen, shape, best, len(compared))
    plate, day = seen.plate or "", f"{best.earlier.at:%Y-%m-%d}"
    if best.agrees:
        reason = said(
            "Below the cargo and at the floor {plate} looks as on {day:date}; what its hollows hold is not told.",
            plate=plate,
            day=day,
        )
        return agrees(case, RULE, PRIOR_WRONG, reason, evidence)
    if all(found.differs for found in compared):
        reason = said(
            "{plate} is not as on {day:date}: {changes}", plate=plate, day=day, changes=_changes(best)
        )
        return differs(case, RULE, FORMAL_FAULT_SCORE, reason, evidence)
    reason = said("{plate} beside {day:date}: {why}", plate=plate, day=day, why=_why_open(compared))
    return undetermined(case, RULE, reason, evidence)


def _changes(found: Compared) -> Wording:
    changes = []
    if found.change.strength >= CHANGE_FROM:
        length, height = (side * SHAPE_CELL_MM / 1000 for side in found.change.window[2:])
        if found.change.added:
            more = said(
                "below the cargo there is more over {length_m:.1f} x {height_m:.1f} m, as where a tank, a box or "
                "what it holds changed.",
                length_m=length,
                height_m=height,
            )
            changes.append(more)
        else:
            less = said(
                "below the cargo there is less over {length_m:.1f} x {height_m:.1f} m, as where a tank, a box or "
                "what it holds changed.",
                length_m=length,
                height_m=height,
            )
            changes.append(less)
    if found.floor.raised:
        layer = said(
            "A level layer lies {higher_mm:.0f} mm above the floor: a raised floor, or flat goods.",
            higher_mm=found.floor.higher_mm,
        )
        changes.append(layer)
    return together(*changes)


def _why_open(compared: list[Compared]) -> Wording:
    if any(found.differs for found in compared):
        return said("it differs from some of its earlier scans and not from others.")
    if all(found.change.strength <= SAME_UP_TO for found in compared):
        return said(
            "nothing has changed below the cargo; the height of its floor is not seen well enough on both days."
        )
    return said("what has changed below the cargo is neither small nor large enough to decide.")


def _evidence(
    case: Case, seen: SeenUnit, shape: VehicleShape, found: Compared, compared: int
) -> dict[str, Any]:
    changed = found.change.strength > SAME_UP_TO
    region = None
    if changed and case.scan and case.unit:
        region = list(box_of(case.scan, case.unit.box, shape, found.change.window))
    return {
        "plate": seen.plate,
        "compared_scans": compared,
        "earlier_scan": found.earlier.scan_id,
        "earlier_at": found.earlier.at.isoformat(),
        "change": round(found.change.strength, 2),
        "added": found.change.added if changed else None,
        "floor_seen_mm": round(found.floor.seen_mm),
        "floor_higher_mm": round(found.floor.higher_mm) if found.floor.raised else None,
        "region": region,
    }
