"""One truck on several days, simulated and seen as the service sees it."""

import json

import numpy as np
import pytest

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.known_unit import VehicleShape
from tallyscan.reconcile.load_features import load_features
from tallyscan.reconcile.shape_alignment import aligned
from tallyscan.reconcile.shape_difference import CHANGE_FROM, SAME_UP_TO, change_below
from tallyscan.reconcile.vehicle_shape import vehicle_shape
from tallyscan.scan import Box, Scan, ScanFiles, ScanPart
from training.calibrated_scan import PROFILES
from training.repeat_visits import Change, container_of, side_view_scanner, truck_of, visit
from training.simulate.render import SimulatedScan, encoded


def calibrated(made: SimulatedScan) -> tuple[Scan, Box]:
    """In physical units, with the true box of its unit."""
    files = ScanFiles((ScanPart("scan.tif", encoded(made)),), json.dumps(made.sidecar).encode())
    raw = decode(files, Limits())
    return to_physical(raw, profile_for(raw, PROFILES, None)), Box(*made.truth["units"][0]["box"])


def shape_of(number: int, change: Change, day: int) -> VehicleShape:
    vehicle, scanner = truck_of(number, 300)
    shape = vehicle_shape(
        *calibrated(visit(vehicle, scanner, np.random.default_rng([300, number, day]), change))
    )
    assert shape is not None
    return shape


@pytest.mark.parametrize(
    ("change", "low", "high"), [("none", 0.0, SAME_UP_TO), ("tank_added", CHANGE_FROM, 2.0)]
)
def test_a_tank_that_was_added_is_told_from_another_day(change: Change, low: float, high: float) -> None:
    first, again = shape_of(2, "none", 1), shape_of(2, change, 2)
    over = aligned(again, first, 2)
    assert over is not None
    assert low <= change_below(over, again.left, again.right).strength <= high


def test_the_same_goods_in_another_container_have_like_features() -> None:
    scanner = side_view_scanner(np.random.default_rng([400, 0]), dual=True)
    one, again, other = (
        load_features(*calibrated(container_of(0, scanner, np.random.default_rng([400, 0, seed]), oddity)))
        for seed, oddity in ((1, "none"), (2, "none"), (3, "other_goods"))
    )
    assert one is not None
    assert again is not None
    assert other is not None
    near, far = (np.abs(one - unit) / (np.abs(one) + 1e-3) for unit in (again, other))
    assert np.median(near) < np.median(far)
