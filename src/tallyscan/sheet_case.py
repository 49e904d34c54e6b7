"""What an inspection sheet is made of: a scan and its consignment as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tallyscan.decision import Decision
from tallyscan.declaration import Declaration
from tallyscan.disposition import Disposition
from tallyscan.finding import Family
from tallyscan.reading import Reading
from tallyscan.scan import Box
from tallyscan.upright_image import UprightImage


@dataclass(frozen=True)
class MarkedPlace:
    """Where a person says to look, in pixels of the original image; `family` and `comment` are None where not said."""

    box: Box
    family: Family | None
    by: str
    comment: str | None


@dataclass(frozen=True)
class SheetCase:
    """All that a sheet is made of. `reading` is None while there is none that counts, and `waits` says why.

    `decisions` are those that stand, `marked` the places to look that people name; `order` is the disposition of a
    targeting officer by which it is opened; `questions` are those of the risk profiles that select it.
    """

    scan: str
    name: str
    consignment: str | None
    acquired_at: datetime | None
    site: str | None
    device: str | None
    view: str | None
    revision: int
    reading: Reading | None
    waits: str | None
    declaration: Declaration | None
    declaration_version: int
    decisions: tuple[Decision, ...]
    marked: tuple[MarkedPlace, ...]
    questions: tuple[str, ...]
    image: UprightImage | None
    printed_at: datetime
    order: Disposition | None = None


def places_marked(decisions: Iterable[Decision]) -> tuple[MarkedPlace, ...]:
    """Where officers suspect something; what they say of other regions is no reason to look there."""
    return tuple(
        MarkedPlace(region.bounds, region.family, each.by, each.comment)
        for each in decisions
        if each.decision in ("suspicious", "refer")
        for region in each.regions
    )


def places_ordered(order: Disposition | None, scan: str, reading: Reading | None) -> tuple[MarkedPlace, ...]:
    """Where a targeting officer lets a scan be looked at: the boxes, and those of the findings that its reading has."""
    if order is None:
        return ()
    found = {each.id: each for each in reading.findings} if reading else {}
    of_it = [(each, found.get(each.finding or "")) for each in order.look if each.scan == scan]
    boxes = ((place, place.box or (finding.box if finding else None), finding) for place, finding in of_it)
    return tuple(
        MarkedPlace(box, finding.kind if finding else None, order.by, place.in_words or order.comment)
        for place, box, finding in boxes
        if box is not None
    )


def said_of_places(order: Disposition | None, scan: str, reading: Reading | None) -> tuple[str, ...]:
    """The places that are in no box, in words: what the officer says, and findings that the reading has no more."""
    known = {each.id for each in reading.findings} if reading else set()
    places = (each for each in (order.look if order else ()) if each.scan == scan and each.box is None)
    said = (
        ": ".join(filter(None, (each.finding, each.in_words))) for each in places if each.finding not in known
    )
    return tuple(said)


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes share any area."""
    along = min(one.x + one.width, other.x + other.width) > max(one.x, other.x)
    return along and min(one.y + one.height, other.y + other.height) > max(one.y, other.y)
