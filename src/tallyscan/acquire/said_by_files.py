"""What the image files of a scan say of it themselves, and how that goes together with the sidecar."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tallyscan.acquire import decode_dicos
from tallyscan.acquire.file_formats import Describes, recognised
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.map_sidecar import MappedSidecar
from tallyscan.acquire.picture import Description
from tallyscan.acquire.scan_parts import ENERGIES, PlacedPart, energy_alone, placed_by_content, placed_parts
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan
from tallyscan.scan import ScanPart
from tallyscan.sidecar import Sidecar, UnitMark

_SAME_TIME = timedelta(seconds=2)  # clocks of one machine, and fractions that are not written
_SAME_SHARE = 1e-3
_EACH_ITS_OWN = {"extensions", "energies_mv", "orientation"}


def said_by_files(
    parts: tuple[ScanPart, ...], limits: Limits, delivery: Delivery | None, view: str | None = None
) -> MappedSidecar | None:
    """What the files say, of one view where they hold several; None when they are of formats that say nothing.

    Raises `InputError`.
    """
    found: list[tuple[ScanPart, Description]] = []
    for part in parts:
        decoder: object = recognised(part)
        if decoder is decode_dicos:
            found.append((part, decode_dicos.describe(part, limits, delivery, view)))
        elif isinstance(decoder, Describes):
            found.append((part, decoder.describe(part, limits, delivery)))
    if not found:
        return None
    _check_one_scan(found)
    if len(found) < len(parts):
        return _together([description for _, description in found], whole=False)
    by_part = {id(part): description for part, description in found}
    by_name = placed_parts(parts, delivery)
    placed = placed_by_content(by_name, [by_part[id(at.part)] for at in by_name])
    said = _together([by_part[id(at.part)] for at in sorted(placed, key=_channel)], whole=True)
    if placed is not by_name and len(placed) == 1 and len(placed[0].planes) == 1:
        return said._replace(cautions=(*said.cautions, energy_alone(placed[0].planes[0])))
    return said


def with_own_words(beside: MappedSidecar, own: MappedSidecar | None) -> MappedSidecar:
    """The sidecar, with what it does not say from the files themselves. It wins; a contradiction is told."""
    if own is None:
        return beside
    said, more = beside.sidecar, own.sidecar
    added: dict[str, Any] = {}
    differing = []
    for field in sorted(more.model_fields_set - {"extensions"}):
        mine, theirs = getattr(said, field), getattr(more, field)
        if field not in said.model_fields_set or mine in (None, ()):
            added[field] = theirs
        elif not _agree(mine, theirs):
            differing.append(f"{field} {_shown(mine)}, the image {_shown(theirs)}")
    added["extensions"] = {**more.extensions, **said.extensions}
    told = (
        (f"metadata_contradicts: the sidecar says {'; '.join(differing)}. The sidecar was believed.",)
        if differing
        else ()
    )
    return MappedSidecar(said.model_copy(update=added), (*beside.cautions, *own.cautions, *told))


def _channel(at: PlacedPart) -> int:
    return ENERGIES.index(at.planes[0]) if at.planes and at.planes[0] in ENERGIES else 0


def _check_one_scan(found: list[tuple[ScanPart, Description]]) -> None:
    """Files of one scan are of one study and seen from one side. Raises `CorruptScan`."""
    (first, mine), *others = found
    for part, theirs in others:
        for what, one, other in (
            ("scans", mine.scan_id, theirs.scan_id),
            ("views", mine.view, theirs.view),
        ):
            if one and other and one != other:
                raise CorruptScan(
                    f"{first.name} and {part.name} are of two {what}: {one[:80]} and {other[:80]}.",
                    remedy="Send each as a scan of its own.",
                )


def _together(descriptions: list[Description], *, whole: bool) -> MappedSidecar:
    """The first file's words, and the energies of all. Without those of one file none is known."""
    first = descriptions[0].sidecar
    energies = [description.sidecar.energies_mv for description in descriptions]
    known = [volts for volts in energies if volts is not None]
    added: dict[str, Any] = {"extensions": dict(_extensions(descriptions))}
    all_known = whole and len(known) == len(energies)
    added["energies_mv"] = tuple(volt for volts in known for volt in volts) if all_known else None
    differing = {
        field
        for description in descriptions[1:]
        for field in first.model_fields_set & description.sidecar.model_fields_set
        if field not in _EACH_ITS_OWN
        and not _agree(getattr(first, field), getattr(description.sidecar, field))
    }
    cautions = [caution for description in descriptions for caution in description.cautions]
    if differing:
        cautions.append(
            f"metadata_contradicts: the files of the scan differ in {', '.join(sorted(differing))}; "
            "those of the first energy were taken."
        )
    fields = {name: getattr(first, name) for name in first.model_fields_set} | added
    said = Sidecar.model_validate({name: value for name, value in fields.items() if value is not None})
    return MappedSidecar(said, tuple(dict.fromkeys(cautions)))


def _extensions(descriptions: list[Description]) -> Iterator[tuple[str, Any]]:
    """Those of every file after the first under a name with its number."""
    for number, description in enumerate(descriptions, start=1):
        for name, value in description.sidecar.extensions.items():
            yield (name if number == 1 else f"{name}_{number}"), value


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) <= _SAME_TIME
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= _SAME_SHARE * max(abs(one), abs(other))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, UnitMark) and isinstance(other, UnitMark):
        mine, theirs = ((mark.number_read, mark.plate_read) for mark in (one, other))
        return all(a is None or b is None or a.text == b.text for a, b in zip(mine, theirs, strict=True))
    if hasattr(one, "x") and hasattr(other, "x"):
        return _agree((one.x, one.y), (other.x, other.y))
    return bool(one == other)


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], UnitMark):
        marks = [mark.as_read for unit in value for mark in (unit.number_read, unit.plate_read) if mark]
        return " and ".join(marks)[:120] or "nothing"
    return str(value)[:120]
