"""Sample cases of several scans, for the rules that hold a scan against earlier ones.

Each is as coarse as its rule bears, so that the files stay small. Marks, times and papers of the scans fit together;
what is in them is the simulator's.
"""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from training.repeat_visits import Change, container_of, visit
from training.simulate.render import SimulatedScan
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner
from training.simulate.vehicles import draw_vehicle

LOT_SIZE = 13
"""Twelve alike, so that the twelfth has the eleven others that the rule asks for, and one of other goods."""

LOT_TRADE = 12  # garments in rolls
LOT_PITCH_MM, VEHICLE_PITCH_MM = 20.0, 16.0
DAYS_BETWEEN_TRIPS = 9
TRIPS: tuple[tuple[Change, int], ...] = (("none", 0), ("none", 1), ("tank_added", 3))
"""What has changed on each trip, and the number of the day that is drawn."""


def plain_scanner(rng: Rng) -> Scanner:
    """A side view with one energy in 12 bits: the smallest files."""
    while True:
        scanner = draw_scanner(rng, conveyance="road")
        if scanner.model.view == "side" and len(scanner.energies_mv) == 1 and scanner.bits == 12:
            return scanner


def lot(seed: int) -> list[SimulatedScan]:
    """Containers of one declaration, a goods item in each; the last holds goods of another class than it says."""
    scanner = at_pitch(plain_scanner(np.random.default_rng([seed, 0])), LOT_PITCH_MM, LOT_PITCH_MM)
    scans = [
        container_of(
            LOT_TRADE,
            scanner,
            np.random.default_rng([seed, 1, number]),
            "none" if number < LOT_SIZE - 1 else "other_goods",
        )
        for number in range(LOT_SIZE)
    ]
    document = _one_declaration(scans)
    first = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
    for number, scan in enumerate(scans):
        scan.declaration = copy.deepcopy(document)
        scan.sidecar["acquired_at"] = _written(first + timedelta(minutes=20 * number))
    scans[-1].truth["declared"] = "one_unlike_the_lot"
    return scans


def same_lorry(seed: int) -> list[SimulatedScan]:
    """An empty lorry on three trips; on the last it has a tank below that was not there."""
    rng = np.random.default_rng([seed, 0])
    vehicle = draw_vehicle(rng, "rigid_lorry")
    scanner = at_pitch(plain_scanner(rng), VEHICLE_PITCH_MM, VEHICLE_PITCH_MM)
    first = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    scans: list[SimulatedScan] = []
    for trip, (change, day) in enumerate(TRIPS):
        scan = visit(vehicle, scanner, np.random.default_rng([seed, 1, day]), change, "empty")
        scans.append(scan)
        plate = scans[0].truth["units"][0]["mark"]
        scan.sidecar["acquired_at"] = _written(first + timedelta(days=DAYS_BETWEEN_TRIPS * trip))
        scan.sidecar["units"] = [{"plate": plate}]
        scan.truth["units"][0]["mark"] = plate
        assert scan.declaration is not None
        scan.declaration["transportMeans"][0]["identificationNumber"] = plate
        if change != "none":
            scan.truth["changed"] = change
    return scans


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _one_declaration(scans: list[SimulatedScan]) -> dict[str, Any]:
    """Every container with an item of its own: the goods of the first, as if all were alike, and its true mass."""
    first = scans[0].declaration
    assert first is not None
    document = copy.deepcopy(first)
    document["transportEquipment"], document["goodsItems"] = [], []
    for number, scan in enumerate(scans, start=1):
        assert scan.declaration is not None
        (container,), (item,) = scan.declaration["transportEquipment"], scan.declaration["goodsItems"]
        document["transportEquipment"].append(container | {"goodsItemNumbers": [number]})
        said = first["goodsItems"][0] | {"goodsItemNumber": number, "grossMass": item["grossMass"]}
        document["goodsItems"].append(said)
    return document
