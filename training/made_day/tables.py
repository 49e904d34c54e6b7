"""What each rule caught, missed and raised for nothing, and what the budget chose: tables of Markdown."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallyscan.detect.figure_words import UNKNOWN, percent
from tallyscan.reconcile.rules import RULES
from training.made_day.plan import FORMATS, KINDS
from training.made_day.record import ScanRecord
from training.metrics import wilson
from training.table_cells import line

Document = dict[str, Any]
CHECKS = ("reused_image", "copied_image", "clock", "cut_short", "raw_missing")
SHOULD_CATCH: dict[str, tuple[str, ...]] = {
    "declared_empty": ("empty",),
    "declared_loaded": ("empty", "mass"),
    "other_commodity": ("commodity", "expectation", "material", "fill"),
    "partly_other": ("commodity", "expectation"),
    "half_mass": ("mass", "fill"),
    "double_mass": ("mass", "fill"),
    "wrong_number": ("container_number",),
    "other_equipment": ("conveyance",),
    "code_against_description": ("description", "commodity", "expectation"),
    "check_digit": ("container_number",),
    "total_not_the_sum": ("declaration",),
    "hidden": ("anomaly",),
    "reused_image": ("reused_image",),
    "copied_image": ("copied_image",),
    "odd_one_of_a_lot": ("lot", "commodity", "expectation"),
}
"""The rules that a kind of wrong is in the reach of; what others say of it is counted apart."""

WHAT: dict[str, str] = {
    "honest": "declared as it is, nothing hidden; empties among them",
    "declared_empty": "goods in what is declared empty",
    "declared_loaded": "nothing in what is declared full",
    "other_commodity": "goods of another confusable group than declared",
    "partly_other": "one of several goods declared as another",
    "half_mass": "half of each mass declared",
    "double_mass": "twice each mass declared",
    "wrong_number": "another valid number on the container than declared",
    "other_equipment": "a container code of another length declared",
    "code_against_description": "a code of other goods than the words say, which are true",
    "check_digit": "a slip in the last digit of the declared container number",
    "total_not_the_sum": "a total that is 12 % above the sum of the items",
    "hidden": "declared truly, and something hidden among the goods or in the walls, of any amount",
    "reused_image": "the file of an earlier scan under another number, with its goods declared",
    "copied_image": "the same, with 3 % less gain in another file",
    "odd_one_of_a_lot": "the last container of a lot holds other goods than the rest, and is declared as they are",
}


@dataclass(frozen=True)
class ShiftOutcome:
    """A shift as the worklist had it when all was read; `wrong_ids` are those of scans that are wrong."""

    worklist: Document
    wrong_ids: frozenset[str]

    @property
    def chosen(self) -> list[Document]:
        """Scans that somebody looks at: selected, what was not assessed too."""
        return [scan for scan in self.worklist["scans"] if scan["place"]["selected"]]

    @property
    def finds(self) -> int:
        """How many of them are wrong."""
        return sum(scan["scan"] in self.wrong_ids for scan in self.chosen)

    @property
    def wrong(self) -> int:
        """How many of all of the shift are wrong."""
        return sum(scan["scan"] in self.wrong_ids for scan in self.worklist["scans"])


def rules_table(records: Sequence[ScanRecord]) -> str:
    """For each rule: of the wrong scans in its reach caught, missed, left open; others that it named; false ones."""
    head = _head(
        "rule", "wrong in its reach", "caught", "missed", "left open", "share caught", "named of other wrong ones",
        "raised for nothing", "share raised for nothing", "honest, left open",
    )  # fmt: skip
    return head + "".join(line(_rule_cells(name, records)) for name in (*RULES, "anomaly", *CHECKS))


def _rule_cells(name: str, records: Sequence[ScanRecord]) -> list[str]:
    in_reach = Counter(_said(r, name) for r in records if r.wrong and name in SHOULD_CATCH[r.kind])
    others = [r for r in records if r.wrong and name not in SHOULD_CATCH[r.kind]]
    honest = Counter(_said(r, name) for r in records if not r.wrong)
    caught, all_in_reach = in_reach["differs"], in_reach.total()
    return [
        f"`{name}`",
        *(str(count) for count in (all_in_reach, caught, in_reach["agrees"], in_reach["undetermined"])),
        _rate(caught, all_in_reach),
        f"{sum(_said(r, name) == 'differs' for r in others)} of {len(others)}",
        f"{honest['differs']} of {honest.total()}",
        _rate(honest["differs"], honest.total()),
        str(honest["undetermined"]),
    ]


def kinds_table(records: Sequence[ScanRecord]) -> str:
    """For each kind: how many, what its rules said together, and the lanes."""
    head = _head(
        "kind", "what", "scans", "caught by a rule made for it", "left the green lane",
        "green", "yellow", "red", "not assessed",
    )  # fmt: skip
    return head + "".join(line(_kind_cells(kind, records)) for kind in KINDS)


def _kind_cells(kind: str, records: Sequence[ScanRecord]) -> list[str]:
    """The other containers of a lot are honest ones."""
    of_kind = [r for r in records if (r.kind == kind and r.wrong) or (kind == "honest" and not r.wrong)]
    lanes = Counter(r.lane for r in of_kind)
    caught = sum(any(_said(r, name) == "differs" for name in SHOULD_CATCH.get(kind, ())) for r in of_kind)
    return [
        f"`{kind}`",
        WHAT[kind],
        str(len(of_kind)),
        UNKNOWN if kind == "honest" else str(caught),
        _rate(len(of_kind) - lanes["green"], len(of_kind)),
        *(str(lanes[lane]) for lane in ("green", "yellow", "red", "not_assessed")),
    ]


def formats_table(records: Sequence[ScanRecord]) -> str:
    """For each format: how many consignments came in it, and how their scans joined."""
    head = _head("format", "consignments", "scans", "joined by what was read", "joined by a person")
    rows = []
    for form in FORMATS:
        of_form = [r for r in records if r.format == form]
        by = Counter(r.join for r in of_form)
        read = by["container_number"] + by["plate"] + by["units"]
        consignments = len({r.number for r in of_form})
        rows.append(line([form, str(consignments), str(len(of_form)), str(read), str(by["person"])]))
    return head + "".join(rows)


def budget_table(shifts: Sequence[ShiftOutcome]) -> str:
    """For each shift: what was promised and what came."""
    head = _head(
        "shift", "scans", "earlier ones", "budget", "selected", "above a risk of", "more than the budget, at most",
        "wrong in all", "wrong among those looked at", "by as many at random", "so many or more at random",
    )  # fmt: skip
    return head + "".join(line(_shift_cells(shift)) for shift in shifts)


def _shift_cells(shift: ShiftOutcome) -> list[str]:
    told, bound = shift.worklist, shift.worklist["bound"]
    scans, chosen = len(told["scans"]), len(shift.chosen)
    beside = chosen - told["selected"]
    return [
        told["shift"]["name"],
        str(scans),
        str(bound["past"]) if bound else UNKNOWN,
        str(told["shift"]["budget"]) if bound else "none yet",
        f"{told['selected']}" + (f", and {beside} not assessed" if beside else ""),
        UNKNOWN if not bound or bound["above_risk"] is None else f"{bound['above_risk']:.3f}",
        percent(bound["over_at_most"]) if bound else UNKNOWN,
        str(shift.wrong),
        f"{shift.finds} of {chosen}",
        f"{chosen * shift.wrong / scans:.1f}" if scans else UNKNOWN,
        percent(at_random(shift.finds, chosen, shift.wrong, scans)),
    ]


def at_random(finds: int, chosen: int, wrong: int, scans: int) -> float:
    """P(at least so many finds) of a choice of the same size at random: the tail of the hypergeometric distribution."""
    ways = sum(
        math.comb(wrong, k) * math.comb(scans - wrong, chosen - k)
        for k in range(finds, min(wrong, chosen) + 1)
        if chosen - k <= scans - wrong
    )
    return ways / math.comb(scans, chosen) if scans else 1.0


def _head(*names: str) -> str:
    return line(names) + line(["---"] * len(names))


def _said(record: ScanRecord, name: str) -> str:
    return record.said.get(name, "undetermined")


def _rate(hits: int, count: int) -> str:
    if not count:
        return UNKNOWN
    rate, low, high, *_ = wilson(hits, count)
    return f"{100 * rate:.0f} % ({100 * low:.0f} to {100 * high:.0f} %)"
