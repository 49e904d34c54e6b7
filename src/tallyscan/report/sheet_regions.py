"""A region of an inspection sheet in words: where it is, what the image shows of it, which goods belong there."""

from collections.abc import Sequence

from tallyscan.declaration import Declaration, TransportEquipment
from tallyscan.doors import End
from tallyscan.finding import CargoUnit, CommodityCandidate, FamilyCandidate, Interval
from tallyscan.report.sheet_language import Words
from tallyscan.report.sheet_place import PlaceInUnit, Span, other_end
from tallyscan.scan import Grade

_SURE_OF_FAMILY = 0.5
_LIKELY = 0.1
_MOST_ITEMS = 4
_SHORT = 60


def where_in_words(
    place: PlaceInUnit | None, unit: int | None, beside: int | None, words: Words
) -> tuple[str, ...]:
    """From the doors and the floor, and by what that is known. `beside` is the nearest unit of what is in none."""
    if place is None:
        nowhere = words.say("where.nowhere") if unit is None else None
        return tuple(filter(None, (nowhere, words.say("where.no_picture"))))
    if unit is None:
        return _beside(place, beside, words)
    lines = [_along(place, words), _up(place, words)]
    if place.length_by:
        lines.append(words.say(f"where.length_{place.length_by}"))
    if place.doors.by:
        lines.append(words.say(f"where.doors_by_{place.doors.by}"))
    lines.append(words.say("where.depth"))
    return tuple(lines)


def span_m(span: Span, words: Words) -> str:
    """`3.2 to 4.0 m`."""
    return _metres(span.start, span.end, words)


def evidence_in_words(
    measures: tuple[float | None, float | None, float | None, float | None],
    length_mm: Interval | None,
    score: float | None,
    families: Sequence[FamilyCandidate],
    by: str | None,
    comment: str | None,
    grade: Grade | None,
    words: Words,
) -> tuple[str, ...]:
    """Physical evidence, as far as it was measured. `measures`: added areal density, excess over what is expected,
    contrast to noise and mass."""
    density, expected, contrast, mass = measures
    lines = []
    if len(families) > 1 and families[0].probability < _SURE_OF_FAMILY:
        second = families[1]
        lines.append(
            words.say(
                "evidence.or",
                family=words.family(second.kind).lower(),
                value=words.number(second.probability, 2),
            )
        )
    for key, value in (("density", density), ("expected", expected)):
        if value is not None:
            more = words.say("evidence.more" if value >= 0 else "evidence.less")
            lines.append(words.say(f"evidence.{key}", value=words.number(abs(value), 1), more=more))
    if contrast is not None:
        lines.append(words.say("evidence.noise", value=words.number(contrast)))
    if mass is not None:
        lines.append(words.say("evidence.mass", value=words.number(mass)))
    if length_mm is not None:
        low, high = (words.number(value / 1000, 1) for value in (length_mm.low, length_mm.high))
        lines.append(words.say("evidence.length", low=low, high=high))
    if score is not None:
        if density is None:
            lines.append(words.say("evidence.display" if grade == "display" else "evidence.none"))
        lines.append(words.say("evidence.score", value=words.number(score, 2)))
    if by is not None:
        said = words.say("evidence.comment", by=by, comment=comment) if comment else None
        lines.append(said or words.say("evidence.officer", by=by))
    return tuple(lines)


def goods_in_words(
    unit: CargoUnit | None,
    equipment: TransportEquipment | None,
    declaration: Declaration | None,
    commodities: Sequence[CommodityCandidate],
    words: Words,
) -> tuple[str, ...]:
    """What is declared to be in that unit, and what the goods at the place look like."""
    lines = []
    if unit is not None and declaration is not None:
        lines.append(_declared(equipment, declaration, words))
    likely = [each for each in commodities if each.probability >= _LIKELY]
    if likely:
        names = (
            f"{words.known(f'goods_class.{each.commodity}', each.commodity)} {words.number(each.probability, 2)}"
            for each in likely
        )
        lines.append(words.say("goods.looks", goods=", ".join(names)))
    return tuple(lines)


def _declared(equipment: TransportEquipment | None, declaration: Declaration, words: Words) -> str:
    items = declaration.items_in(equipment) if equipment is not None else declaration.goods_items
    if not items:
        empty = equipment is not None and declaration.is_empty(equipment)
        return words.say("goods.empty" if empty else "goods.none")
    short = []
    for item in items[:_MOST_ITEMS]:
        text = (item.description_of_goods or "").strip()
        text = text if len(text) <= _SHORT else text[:_SHORT].rstrip() + " …"
        short.append(" ".join(filter(None, (text, f"({item.hs})" if item.hs else None))))
    more = len(items) - _MOST_ITEMS
    if more > 0:
        short.append(words.say("goods.more_items", count=str(more)))
    return words.say("goods.declared", goods="; ".join(short))


def _along(place: PlaceInUnit, words: Words) -> str:
    if place.cut is not None:
        return _from_the_end_that_is_seen(place, other_end(place.cut), words)
    if place.from_doors is not None:
        bounds = _metres(place.from_doors.least, place.from_doors.most, words)
        return words.say("where.from_doors", span=span_m(place.from_doors, words), bounds=bounds)
    if place.from_left is not None and place.from_right is not None:
        left, right = (span_m(span, words) for span in (place.from_left, place.from_right))
        return words.say("where.both_ends", left=left, right=right)
    start, end = place.along
    if place.doors.end == "right":
        start, end = 1 - end, 1 - start
    at = words.say("where.end_doors" if place.doors.end else "where.end_left")
    return words.say("where.share", span=_percent(start, end, words), end=at)


def _from_the_end_that_is_seen(place: PlaceInUnit, seen: End, words: Words) -> str:
    """Of a unit that goes on beyond the image."""
    span = place.from_left if seen == "left" else place.from_right
    name = seen if place.doors.end is None else "doors" if place.doors.end == seen else "front"
    at = words.say(f"where.beyond_end_{name}")
    if span is None:
        return words.say("where.cut", end=at)
    return words.say("where.one_end", span=span_m(span, words), end=at)


def _up(place: PlaceInUnit, words: Words) -> str:
    if place.up[1] <= 0:
        return words.say("where.below_floor")
    if place.up[0] >= 1:
        return words.say("where.above_roof")
    if place.above_floor is None:
        return words.say("where.up_share", span=_percent(max(place.up[0], 0.0), min(place.up[1], 1.0), words))
    bounds = _metres(place.above_floor.least, place.above_floor.most, words)
    return words.say("where.above_floor", span=span_m(place.above_floor, words), bounds=bounds)


def _beside(place: PlaceInUnit, beside: int | None, words: Words) -> tuple[str, ...]:
    """Of what is in no unit: beyond which end of the nearest one, above or below it."""
    lines = [words.say("where.nowhere")]
    start, end = place.along
    left = end <= 0
    if left or start >= 1:
        side = "left" if left else "right"
        known = place.doors.end
        name = side if known is None else "doors" if known == side else "front"
        span = place.from_left if left else place.from_right
        if span is not None:
            away = _metres(-span.end, -span.start, words)
            at = words.say(f"where.beyond_end_{name}")
            lines.append(words.say("where.beyond", end=at, unit=str(beside), span=away))
    else:
        lines.append(_along(place, words))
        lines.append(_up(place, words))
    return (*lines, words.say("where.depth"))


def _metres(start: float, end: float, words: Words) -> str:
    return words.say("where.span_m", start=words.number(start, 1), end=words.number(end, 1))


def _percent(start: float, end: float, words: Words) -> str:
    return words.say("where.span_percent", start=words.number(100 * start), end=words.number(100 * end))
