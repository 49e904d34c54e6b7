"""What is usual for a scanner and when it is told that it no longer is, as tables of numbers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tallyscan.scanner_condition import Quantity, beam_in_words
from tallyscan.scanner_watch import (
    IN_A_ROW,
    REFERENCE_SCANS,
    SETTLED_SCANS,
    SILENT_SCANS,
    Change,
    Seen,
    Watch,
)
from tallyscan.scanner_words import change_in_words, standing_in_words

START = datetime(2026, 2, 1, 6, tzinfo=UTC)
USUAL: dict[Quantity, float] = {
    "air_level": 50_000.0,
    "noise": 0.012,
    "dead_cells": 0.002,
    "lost_pulses": 0.001,
    "clock": 30.0,
}


def seen(number: int) -> Seen:
    return Seen(f"s{number}", START + timedelta(minutes=10 * number))


def watched(
    values: Iterable[float], quantity: Quantity = "air_level", watch: Watch | None = None, first: int = 0
) -> tuple[Watch, list[tuple[int, Change]]]:
    """The watch after these scans, and the changes with the number of the scan at which each was told."""
    now, told = watch or Watch(quantity, "6 MV"), []
    for number, value in enumerate(values, start=first):
        now, change = now.after(value, seen(number))
        if change is not None:
            told.append((number, change))
    return now, told


def steady(quantity: Quantity, scans: int = 40) -> list[float]:
    return [USUAL[quantity]] * scans


def kinds(told: list[tuple[int, Change]]) -> list[tuple[int, str]]:
    return [(number, change.kind) for number, change in told]


@pytest.mark.parametrize(
    ("quantity", "value", "told"),
    [
        ("air_level", 50_900.0, False),
        ("air_level", 51_100.0, True),
        ("air_level", 48_900.0, True),
        ("noise", 0.0148, False),
        ("noise", 0.0152, True),
        ("noise", 0.0088, True),
        ("dead_cells", 0.0069, False),
        ("dead_cells", 0.0071, True),
        ("dead_cells", 0.0, False),
        ("lost_pulses", 0.0109, False),
        ("lost_pulses", 0.0111, True),
        ("clock", 89.0, False),
        ("clock", 91.0, True),
        ("clock", -29.0, False),
        ("clock", -31.0, True),
    ],
)
def test_the_least_change_that_is_told(quantity: Quantity, value: float, told: bool) -> None:
    _, changes = watched([*steady(quantity), *[value] * IN_A_ROW], quantity)
    assert kinds(changes) == ([(40 + IN_A_ROW - 1, "left")] if told else [])


def test_odd_scans_that_do_not_come_in_a_row_tell_nothing() -> None:
    almost = [40_000.0] * (IN_A_ROW - 1)
    watch, told = watched([*steady("air_level"), *almost, 50_000.0, *almost, 50_000.0])
    assert told == []
    assert watch.outside == ()
    assert watch.band is not None
    assert watch.band.usual == 50_000.0


def test_nothing_is_told_before_the_usual_is_known() -> None:
    watch, told = watched([50_000.0] * 10 + [30_000.0] * (SILENT_SCANS - 11))
    assert (told, watch.band) == ([], None)
    assert "learnt, from 19 scans" in standing_in_words(watch)


def test_it_is_told_once_what_how_far_and_since_when_and_again_when_it_is_back() -> None:
    gone, back = [46_000.0] * 12, [50_100.0] * 12
    watch, told = watched([*steady("air_level"), *gone, *back])
    assert kinds(told) == [(40 + IN_A_ROW - 1, "left"), (52 + IN_A_ROW - 1, "returned")]
    left, returned = told[0][1], told[1][1]
    assert (left.value, left.since, left.band.scans) == (46_000.0, seen(40), 40)
    assert returned.since == seen(52)
    assert watch.left_since is None
    assert change_in_words(watch, left) == (
        "The air level at 6 MV has left its band (49,000 counts to 51,000 counts): 46,000 counts, 8.0% below what is "
        "usual, since 2026-02-01 12:40 UTC."
    )
    assert "back in its band" in change_in_words(watch, returned)


def test_the_scans_that_left_the_band_do_not_move_it() -> None:
    watch, _ = watched([*steady("air_level"), *[46_000.0] * (SETTLED_SCANS - 1), *[50_000.0] * 10])
    assert set(watch.reference) == {50_000.0}


@pytest.mark.parametrize(("a_scan", "fallen"), [(0.0001, 0.04), (0.0002, 0.06), (0.001, 0.16), (0.005, 0.25)])
def test_a_drift_is_told_however_slow_it_is_and_from_the_first_scan_on(a_scan: float, fallen: float) -> None:
    """A band around the last scans would move along with it and never tell."""
    rng = np.random.default_rng(1)
    levels = 50_000 * np.clip(1 - a_scan * np.arange(800), 0.5, 1) * rng.normal(1, 0.003, 800)
    _, told = watched(levels.tolist())
    number, change = told[0]
    assert change.kind == "left"
    assert a_scan * number < fallen


def test_scatter_that_is_usual_for_a_scanner_widens_its_band() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(50_000, 1500, 600).tolist()
    watch, told = watched(values)
    assert told == []
    assert watch.band is not None
    assert watch.band.high / watch.band.usual - 1 == pytest.approx(0.1), "no wider, whatever the scatter"
    _, told = watched([60_000.0] * IN_A_ROW, watch=watch)
    assert kinds(told) == [(4, "left")]


def test_a_scanner_that_stays_at_another_level_settles_there() -> None:
    rng = np.random.default_rng(3)
    after = (rng.normal(1, 0.003, SETTLED_SCANS) * 44_000).tolist()
    watch, told = watched([*steady("air_level"), *after])
    assert kinds(told) == [(44, "left"), (39 + SETTLED_SCANS, "settled")]
    settled = told[1][1]
    assert settled.band.usual == pytest.approx(44_000, rel=0.003)
    assert settled.before.usual == 50_000
    _, told = watched([44_000.0] * 100, watch=watch)
    assert told == []
    _, told = watched([50_000.0] * IN_A_ROW, watch=watch)
    assert kinds(told) == [(4, "left")]


def test_a_scanner_that_still_moves_has_not_settled() -> None:
    falling = [48_000 - 100.0 * n for n in range(150)]
    _, told = watched([*steady("air_level"), *falling])
    assert [kind for _, kind in kinds(told)] == ["left"]


def test_a_clock_that_runs_ahead_is_told_even_where_it_always_did() -> None:
    watch, told = watched([-300.0] * 200, "clock")
    assert kinds(told) == [(SILENT_SCANS + IN_A_ROW - 1, "left")]
    assert "-5 minutes" in standing_in_words(watch)


def test_the_band_rests_on_a_limited_number_of_scans() -> None:
    watch, _ = watched(steady("air_level", 300))
    assert len(watch.reference) == REFERENCE_SCANS


@pytest.mark.parametrize(
    ("energies", "words"),
    [
        ((6.0,), ["6 MV"]),
        ((6.0, 4.0), ["6 MV of 6/4 MV", "4 MV of 6/4 MV"]),
        ((3.5, 6.0), ["3.5 MV of 6/3.5 MV", "6 MV of 6/3.5 MV"]),
    ],
)
def test_a_beam_is_named_with_those_it_is_interlaced_with(
    energies: tuple[float, ...], words: list[str]
) -> None:
    assert [beam_in_words(energies, channel) for channel in range(len(energies))] == words
