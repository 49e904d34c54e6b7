from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from tallyscan.risk import Lane, RiskIndicator
from tallyscan.triage.urgency import ARCHIVE, Known, KnownRisk, WaitsAs, due_at

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "reading-order.md"
SINCE = datetime(2026, 2, 1, 10, tzinfo=UTC)


def minutes(waits_as: WaitsAs, known: Known) -> float:
    return (due_at(SINCE, waits_as, known) - SINCE).total_seconds() / 60


def test_the_page_has_every_time() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for known in get_args(Known):
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {known}: "))
        first, again, archive = (cell.strip() for cell in line.split("|")[2:5])
        assert int(first.split()[0]) == minutes("first_reading", known)
        assert int(again.split()[0]) == minutes("reading_again", known)
        assert int(archive.split()[0]) == ARCHIVE.days / 7


def test_first_readings_come_before_readings_again_and_both_before_an_archive() -> None:
    of = {waits_as: [minutes(waits_as, known) for known in get_args(Known)] for waits_as in get_args(WaitsAs)}
    assert max(of["first_reading"]) < min(of["reading_again"])
    assert max(of["reading_again"]) < min(of["archive"])


@pytest.mark.parametrize(
    ("known", "level"),
    [
        (KnownRisk(), "usual"),
        (KnownRisk(["green", "not_assessed"]), "usual"),
        (KnownRisk(["green", "yellow"]), "raised"),
        (KnownRisk(["yellow", "red"]), "high"),
        (KnownRisk(selected=True), "high"),
        (KnownRisk(incoming=(RiskIndicator("XR-A", 0.1, group="incoming"),)), "usual"),
        (KnownRisk(incoming=(RiskIndicator("XR-A", 1.5, group="incoming"),)), "raised"),
        (KnownRisk(incoming=(RiskIndicator("XR-A", 5.0, group="incoming"),)), "high"),
    ],
)
def test_the_highest_that_is_known_counts(known: KnownRisk, level: Known) -> None:
    assert known.level == level


def test_every_lane_is_known() -> None:
    assert {KnownRisk([lane]).level for lane in get_args(Lane)} == set(get_args(Known))
