"""What a scan that comes now is told, by how full the house is."""

import pytest

from tallyscan.errors import NoRoom, TooManyScans
from tallyscan.pressure import (
    LONGEST_SECONDS,
    UNKNOWN_SECONDS,
    Capacity,
    Pressure,
    disk,
    paused_by,
    refusal,
    seconds_until_read,
)

CAPACITY = Capacity(
    max_waiting_scans=8,
    max_waiting_bytes=80e6,
    high_risk_share=0.25,
    disk_reserve_bytes=1e9,
    disk_low_bytes=5e9,
)


def pressure(scans: int = 0, *, size: float = 0, rate: float | None = None, free: float = 10e9) -> Pressure:
    return Pressure(scans, round(size), rate, free)


@pytest.mark.parametrize(
    ("now", "usual", "high"),
    [
        (pressure(7), None, None),
        (pressure(8), "waiting", None),
        (pressure(9), "waiting", None),
        (pressure(10), "waiting", "waiting"),
        (pressure(1, size=80e6), "waiting", None),
        (pressure(1, size=100e6), "waiting", "waiting"),
        (pressure(0, free=1e9 - 1), "disk", "disk"),
        (pressure(9, free=1), "disk", "disk"),
    ],
)
def test_high_risk_has_places_of_its_own_and_a_full_disk_none(
    now: Pressure, usual: str | None, high: str | None
) -> None:
    assert (paused_by(now, CAPACITY), paused_by(now, CAPACITY, high_risk=True)) == (usual, high)


def test_people_are_told_before_the_disk_is_full() -> None:
    assert [disk(pressure(free=free), CAPACITY) for free in (5e9, 5e9 - 1, 1e9, 1e9 - 1)] == [
        "ok",
        "low",
        "low",
        "full",
    ]


def test_without_readings_nothing_says_when() -> None:
    assert seconds_until_read(3, None) is None
    assert seconds_until_read(3, 0.5) == 6


def test_a_sender_comes_again_when_there_should_be_a_place() -> None:
    refused = refusal(pressure(11, rate=0.5), CAPACITY)
    assert isinstance(refused, TooManyScans)
    assert refused.retry_after_seconds == 8  # four are to be read first, one in two seconds
    assert "8 seconds" in refused.reason
    later = refusal(pressure(11, rate=0.5), CAPACITY, draw=0.99)
    assert isinstance(later, TooManyScans)
    assert 8 < later.retry_after_seconds <= 12


def test_an_unknown_rate_and_a_hopeless_one_have_bounds() -> None:
    unknown, slow = refusal(pressure(8), CAPACITY), refusal(pressure(500, rate=0.01), CAPACITY)
    assert isinstance(unknown, TooManyScans)
    assert isinstance(slow, TooManyScans)
    assert (unknown.retry_after_seconds, slow.retry_after_seconds) == (UNKNOWN_SECONDS, LONGEST_SECONDS)


def test_a_full_disk_is_told_with_its_figures() -> None:
    refused = refusal(pressure(free=2e6), CAPACITY)
    assert isinstance(refused, NoRoom)
    assert "2 MB left of the 1000 MB" in refused.reason
    assert refusal(pressure(), CAPACITY) is None
