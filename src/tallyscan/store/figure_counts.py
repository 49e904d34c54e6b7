"""How each figure is counted from the columns: of every part, which `part` says of each scan by its number."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tallyscan.decision import READERS
from tallyscan.store.figure_rows import LANES, WAITS, Codes, Decisions, Flags, Openings, Scans, Seconds
from tallyscan.work_figures import NO_TIMES, Times

Pairs = dict[tuple[str, str], int]
_GREEN, _ALARMS = LANES.index("green"), [LANES.index("yellow"), LANES.index("red")]
_FIRST, _SECOND = READERS.index("first"), READERS.index("second")
_JUDGED = ("clear", "suspicious")


@dataclass(frozen=True)
class Opened:
    """Loads that were opened, each once, and those with a find: all, those with an alarm, and those in green."""

    every: tuple[int, int]
    alarms: tuple[int, int]
    green: tuple[int, int]


def lanes_of(scans: Scans, part: Codes, parts: int) -> list[list[int]]:
    """How many are in each of `LANES`, and last how many wait."""
    width = WAITS + 1
    counts: list[list[int]] = (
        np.bincount(part * width + scans.lane, minlength=parts * width).reshape(parts, width).tolist()
    )
    return counts


def times_of(scans: Scans, decisions: Decisions, part: Codes, parts: int) -> list[tuple[Times, ...]]:
    """From arrival to the first reading and to the first decision, what a reading takes, and what officers say they
    spent.
    """
    decided_after_s = np.full(len(part), np.inf)
    np.minimum.at(decided_after_s, decisions.scan, decisions.after_s)
    decided_after_s[np.isinf(decided_after_s)] = np.nan
    kinds = (
        _times(scans.read_after_s, part, parts),
        _times(decided_after_s, part, parts),
        _times(scans.machine_s, part, parts),
        _times(decisions.seconds, part[decisions.scan], parts),
    )
    return list(zip(*kinds, strict=True))


def _times(seconds: Seconds, part: Codes, parts: int) -> list[Times]:
    """Median and nine of ten by rank, of those that are known."""
    known = ~np.isnan(seconds)
    part, seconds = part[known], seconds[known]
    ordered = seconds[np.lexsort((seconds, part))]
    counts = np.bincount(part, minlength=parts)
    begins = np.cumsum(counts) - counts
    return [_ranked(ordered[begin : begin + count]) for begin, count in zip(begins, counts, strict=True)]


def _ranked(ordered: Seconds) -> Times:
    count = len(ordered)
    if not count:
        return NO_TIMES
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Times(count, round(float(median), 3), round(float(ordered[(9 * count + 9) // 10 - 1]), 3))


def opened_of(scans: Scans, openings: Openings, part: Codes, parts: int) -> list[Opened]:
    """By what the machine had said of a scan of theirs."""
    lane, part = scans.lane[openings.scan], part[openings.scan]
    loads = int(openings.load.max(initial=0)) + 1

    def counted(which: Flags) -> list[tuple[int, int]]:
        both = (
            np.bincount(np.unique((part * loads + openings.load)[rows]) // loads, minlength=parts)
            for rows in (which, which & openings.found)
        )
        return [(int(all_), int(found)) for all_, found in zip(*both, strict=True)]

    kinds = (np.ones(len(lane), bool), np.isin(lane, _ALARMS), lane == _GREEN)
    return [Opened(*each) for each in zip(*map(counted, kinds), strict=True)]


def pairs_of_readers(decisions: Decisions, part: Codes, parts: int) -> list[Pairs]:
    """How often the first reader said this and the second that."""
    first, second = (
        np.flatnonzero((decisions.reader == reader) & decisions.stands) for reader in (_FIRST, _SECOND)
    )
    first = first[np.isin(decisions.scan[first], decisions.scan[second])]
    said: defaultdict[int, list[int]] = defaultdict(list)
    for scan, answer in zip(decisions.scan[first].tolist(), decisions.answer[first].tolist(), strict=True):
        said[scan].append(answer)
    pairs = [
        (of, one, other)
        for of, scan, other in zip(
            part[decisions.scan[second]].tolist(),
            decisions.scan[second].tolist(),
            decisions.answer[second].tolist(),
            strict=True,
        )
        for one in said[scan]
    ]
    of, one, other = np.array(pairs, np.int64).reshape(-1, 3).T
    return _pairs(of, parts, one, other, decisions.answers)


def pairs_with_machine(
    scans: Scans, decisions: Decisions, part: Codes, parts: int, *, blind: bool
) -> list[Pairs]:
    """The first reader's answer with what the machine said; `blind`: of those alone who had not seen its marks."""
    lane = scans.lane[decisions.scan]
    judged = [code for code, answer in enumerate(decisions.answers) if answer in _JUDGED]
    counts = (decisions.reader == _FIRST) & decisions.stands & np.isin(decisions.answer, judged)
    counts &= np.isin(lane, [_GREEN, *_ALARMS])
    if blind:
        counts &= ~decisions.marks_shown
    answers = [*decisions.answers, *_JUDGED]
    machine = len(decisions.answers) + (lane[counts] != _GREEN)
    return _pairs(part[decisions.scan[counts]], parts, decisions.answer[counts], machine, answers)


def _pairs(part: Codes, parts: int, one: Codes, other: Codes, names: list[str]) -> list[Pairs]:
    found: list[Pairs] = [{} for _ in range(parts)]
    kinds, counts = np.unique((part * len(names) + one) * len(names) + other, return_counts=True)
    for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        rest, second = divmod(kind, len(names))
        of, first = divmod(rest, len(names))
        found[of][names[first], names[second]] = count
    return found
