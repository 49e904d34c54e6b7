"""The sections of an inspection sheet in words: what it is of, why, what to check, what nobody has seen."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tallyscan.decision import Answer
from tallyscan.declaration import Declaration, GoodsItem
from tallyscan.disposition import Disposition
from tallyscan.iso6346 import has_form, is_valid
from tallyscan.reading import Reading
from tallyscan.report.sheet_language import Words
from tallyscan.risk import Lane
from tallyscan.sheet_case import SheetCase, said_of_places

MOST_ITEMS = 12
_MOST_PLATES, _MOST_CONTAINERS, _MOST_SEALS = 6, 8, 12

Pairs = list[tuple[str, str]]


_OF_ANSWER: dict[Answer, Lane] = {
    "suspicious": "red",
    "not_readable": "not_assessed",
    "refer": "yellow",
    "clear": "green",
}
_GRAVEST: tuple[Lane, ...] = ("red", "not_assessed", "yellow", "green")


@dataclass(frozen=True)
class HeldFor:
    """What the load is held for, by the machine or by an officer; `lane` is how grave that is."""

    source: Literal["machine", "officer"]
    lane: Lane
    label: str
    value: str


@dataclass(frozen=True)
class SheetItem:
    """A goods item as it is printed."""

    number: str
    description: str
    hs: str
    packages: str
    mass: str


def labels(words: Words) -> dict[str, str]:
    """Every heading."""
    return dict(words.table["label"])


def held_for(case: SheetCase, words: Words) -> tuple[HeldFor, ...]:
    """What the machine read and what officers decided, each for itself, the gravest first. An officer stands before the
    machine where both are as grave, and neither covers the other.
    """
    lane: Lane = case.reading.risk.lane if case.reading else "not_assessed"
    read = words.say("held.machine", lane=words.say(f"lane.{lane}"))
    officers = [
        HeldFor(
            "officer",
            _OF_ANSWER[each.decision],
            words.say("label.held_officer"),
            words.say("held.officer", answer=words.say(f"answers.{each.decision}"), by=each.by),
        )
        for each in case.decisions
    ]
    held = [*officers, HeldFor("machine", lane, words.say("label.held_machine"), read)]
    return tuple(sorted(held, key=lambda each: _GRAVEST.index(each.lane)))


def head_in_words(case: SheetCase, words: Words) -> Pairs:
    """Of which scan the sheet is."""

    def label(name: str) -> str:
        return words.say(f"label.{name}")

    unknown = label("unknown")
    reading = case.reading
    revision = f"{case.revision}" + (f", {reading.model.name} {reading.model.version}" if reading else "")
    scanner = " · ".join(
        filter(None, (case.device, reading.provenance.profile if reading else None, case.view))
    )
    return [
        (label("consignment"), case.consignment or label("no_consignment")),
        (label("scan"), f"{case.name} · {case.scan}"),
        (label("scanned_at"), _time(case.acquired_at) if case.acquired_at else unknown),
        (label("site"), case.site or unknown),
        (label("scanner"), scanner or unknown),
        (label("reading"), revision),
        (label("printed_at"), _time(case.printed_at)),
    ]


def reasons_in_words(case: SheetCase, words: Words) -> tuple[str, ...]:
    """What officers say first, then what the machine saw and what differs from the declaration."""
    reading, order = case.reading, case.order
    lines = [*_order_in_words(order, words), *said_of_places(order, case.scan, reading)]
    lines += [
        words.say(
            "reasons.decision",
            by=each.by,
            answer=words.say(f"answers.{each.decision}"),
            comment=each.comment or "",
        ).strip()
        for each in case.decisions
        if each.decision != "clear"
    ]
    if reading is not None:
        if reading.anomaly.decision == "alarm":
            lines.append(words.say("reasons.alarm", count=str(len(reading.findings))))
        differ = sorted(
            (each for each in reading.verdicts if each.outcome == "differs"),
            key=lambda each: -(each.score or 0),
        )
        lines += [
            _about_rule("reasons.rule", each.rule, words.told(each.reason, each.said), words)
            for each in differ
        ]
        lines += [
            words.say("reasons.integrity", reason=words.told(each.reason, each.said))
            for each in reading.integrity
            if each.outcome == "differs"
        ]
    return tuple(lines) or (words.say("reasons.none"),)


def _order_in_words(order: Disposition | None, words: Words) -> list[str]:
    if order is None:
        return []
    ground = words.say(f"grounds.{order.ground}")
    return [words.say("reasons.order", by=order.by, ground=ground, comment=order.comment or "").strip()]


def checks_in_words(reading: Reading | None, declaration: Declaration | None, words: Words) -> Pairs:
    """Numbers and seals to look at before anything is opened."""
    lines: Pairs = []
    units = reading.containers if reading else ()
    read = [mark for each in units if (mark := each.mark_in_words)]
    declared = declaration.transport_equipment if declaration else ()
    label = words.say("checks.container")
    for equipment in declared[:_MOST_CONTAINERS]:
        number = equipment.container_identification_number
        if number:
            lines.append((label, _number(number, equipment.container_size_and_type, words)))
    lines += [(label, words.say("checks.container_read", number=mark)) for mark in read]
    seals = [seal for equipment in declared for seal in equipment.seals if seal.strip()]
    lines += [(words.say("checks.seal"), seal) for seal in seals[:_MOST_SEALS]]
    if declared and not seals:
        lines.append((words.say("checks.seal"), words.say("checks.no_seal")))
    plates = declaration.transport_means if declaration else ()
    lines += [(words.say("checks.plate"), each.identification_number) for each in plates[:_MOST_PLATES]]
    return lines


def not_assessed_in_words(reading: Reading | None, waits: str | None, words: Words) -> tuple[str, ...]:
    """All that the machine could not say; never empty."""
    if reading is None:
        return (words.say("not_assessed.waits", reason=waits or ""),)
    lines = []
    if reading.status != "read":
        reason = words.told_by_code(reading.reason or "", otherwise=reading.reason or "")
        lines.append(words.say("not_assessed.not_read", reason=reason))
    elif reading.anomaly.decision == "not_assessed":
        lines.append(words.say("not_assessed.anomaly"))
    lines += [_caution(reason, words) for reason in reading.quality.reasons]
    lines += _undetermined(reading, words)
    return tuple(dict.fromkeys(lines)) or (words.say("not_assessed.nothing"),)


def declaration_in_words(declaration: Declaration | None, words: Words) -> Pairs:
    """The declaration in short."""
    if declaration is None:
        return []
    parties = [each.name for each in (declaration.consignor, declaration.consignee) if each and each.name]
    known: list[tuple[str, str | None]] = [
        ("reference", declaration.reference),
        ("parties", " → ".join(parties) or None),
        ("loading", declaration.place_of_loading),
        ("total", _kg(declaration.total_gross_mass, words)),
    ]
    return [(words.say(f"declaration.{name}"), value) for name, value in known if value]


def items_of(declaration: Declaration | None, words: Words) -> tuple[tuple[SheetItem, ...], int]:
    """The first goods items, and how many more there are."""
    items = declaration.goods_items if declaration else ()
    return tuple(_item(each, words) for each in items[:MOST_ITEMS]), max(len(items) - MOST_ITEMS, 0)


def _undetermined(reading: Reading, words: Words) -> list[str]:
    """The rules that gave no answer, those together that have one reason for it."""
    by_reason: dict[str, list[str]] = {}
    for each in reading.verdicts:
        if each.outcome == "undetermined":
            unit = words.say("not_assessed.of_unit", unit=str(each.unit)) if each.unit is not None else ""
            reason = words.told(each.reason, each.said)
            by_reason.setdefault(reason, []).append(words.known(f"rule.{each.rule}", each.rule) + unit)
    return [
        words.say("not_assessed.rule", rules="; ".join(rules), reason=reason)
        for reason, rules in by_reason.items()
    ]


def _item(item: GoodsItem, words: Words) -> SheetItem:
    packages = (
        " ".join(filter(None, (str(each.number_of_packages or ""), each.type_of_packages)))
        for each in item.packaging
    )
    return SheetItem(
        number=str(item.goods_item_number),
        description=(item.description_of_goods or "")[:300],
        hs=item.written_code or "",
        packages=", ".join(filter(None, packages)),
        mass=_kg(item.gross_mass, words) or "",
    )


def _number(number: str, size: str | None, words: Words) -> str:
    text = words.say("checks.container_declared", number=number)
    compact = "".join(number.split()).upper()
    if has_form(compact) and not is_valid(compact):
        text += f", {words.say('checks.check_digit_wrong')}"
    return f"{text}, {words.say('checks.size', size=size)}" if size else text


def _about_rule(key: str, rule: str, reason: str, words: Words) -> str:
    return words.say(key, rule=words.known(f"rule.{rule}", rule), reason=reason)


def _caution(reason: str, words: Words) -> str:
    """In the language of the sheet where it has words for the code; else as the service says it."""
    code, _, sentence = reason.partition(":")
    said = words.told_by_code(reason, otherwise=sentence.strip() or reason)
    return words.known(f"caution.{code}", said[:1].upper() + said[1:])


def _kg(mass: float | None, words: Words) -> str | None:
    return words.say("declaration.kg", value=words.number(mass)) if mass is not None else None


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
