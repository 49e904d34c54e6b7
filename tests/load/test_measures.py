"""What the load trial measures and compares: it would say so if something were lost."""

import math

import pytest

from tests.load.check import Kept, wrong_order, wrong_scans
from tests.load.images import Lorries
from tests.load.measured import Quantiles, growth
from tests.load.risk_system import Received
from tests.load.senders import Accepted


def test_scans_that_are_missing_unread_or_merged_are_told() -> None:
    accepted = [Accepted(each, None, 0.0) for each in ("missing", "waits", "merged", "merged", "fine")]
    fine = Kept("read", 1, 0.0, 1.0)
    kept = {"waits": fine._replace(state="received"), "merged": fine, "fine": fine, "unknown": fine}
    assert [each.split()[-1] for each in wrong_scans(kept, accepted)] == [
        "there", "received", "merged", "accepted",
    ]  # fmt: skip


def test_events_out_of_order_are_told() -> None:
    events = [Received(0.0, {"subject": "a", "sequence": each}) for each in ("1", "3", "2")]
    assert list(wrong_order(events)) == ["event 2 of a came after 3"]
    assert not list(wrong_order([*events[:2], Received(0.0, {"subject": "b", "sequence": "1"})]))


def test_memory_that_grows_is_told_from_memory_that_jumps() -> None:
    jumps = [100.0 if second % 7 else 900.0 for second in range(3600)]
    flat = growth([(float(at), mb) for at, mb in enumerate(jumps)], 600)
    grows = growth([(float(at), mb + at / 60) for at, mb in enumerate(jumps)], 600)
    assert (flat.median_mb, flat.most_mb) == (100, 900)
    assert abs(flat.an_hour_mb) <= flat.plus_minus_mb + 1e-6
    assert math.isnan(growth([(float(at), 1.0) for at in range(310)], 62).an_hour_mb)
    assert grows.an_hour_mb == pytest.approx(60, abs=1)
    assert grows.an_hour_mb > 10 * grows.plus_minus_mb


def test_quantiles_are_values_that_were_measured() -> None:
    assert Quantiles.of([float(each) for each in range(1, 101)]) == (100, 50, 95, 99, 100)
    assert Quantiles.of([7.0]) == (1, 7, 7, 7, 7)
    assert math.isnan(Quantiles.of([]).p95)


def test_each_lorry_is_another_scan_and_the_same_again() -> None:
    lorries = Lorries(3, kinds=1)
    first, second = (lorries.delivery(number, "GATE-1", "XX000001").image for number in (1, 2))
    assert first != second
    assert lorries.delivery(1, "GATE-2", "XX000002").image == first
