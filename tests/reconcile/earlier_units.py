"""Invented units of earlier scans, and a memory of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from tallyscan.known_unit import FEATURE_NAMES, KnownLoads, KnownVehicle, SeenUnit, VehicleShape
from tallyscan.scan import Float32Array

SCANNER = "invented, 6/4 MV"
NOTHING = KnownLoads(np.zeros((0, len(FEATURE_NAMES)), np.float32), ())


@dataclass(frozen=True)
class Remembered:
    """What a store would answer, see `RemembersUnits`."""

    declaration: KnownLoads = NOTHING
    trade: KnownLoads = NOTHING
    vehicles: Sequence[KnownVehicle] = field(default=())

    def of_declaration(self, seen: SeenUnit) -> KnownLoads:  # noqa: ARG002
        return self.declaration

    def of_trade(self, seen: SeenUnit) -> KnownLoads:  # noqa: ARG002
        return self.trade

    def of_plate(self, seen: SeenUnit) -> Sequence[KnownVehicle]:  # noqa: ARG002
        return self.vehicles


def load(seed: int, *, heavier: float = 0.0) -> Float32Array:
    """Features of a load of one kind; `heavier` in spreads, in every feature."""
    rng = np.random.default_rng(seed)
    return np.asarray(10 + rng.normal(heavier, 1, len(FEATURE_NAMES)), np.float32)


def loads(count: int, *, others: int = 0) -> KnownLoads:
    """So many loads of that kind, in scans `s0` and on."""
    features = np.array([load(seed) for seed in range(count)]) if count else NOTHING.features
    return KnownLoads(features.astype(np.float32), tuple(f"s{number}" for number in range(count)), others)


def shape(*, tank: bool = False, floor_mm: float = 0.0, stretch: float = 1.0, ride: int = 0) -> VehicleShape:
    """A semi-trailer of 12 m, empty: walls, a floor, a frame, three wheels and a leg; with a tank or a raised floor."""
    columns = round(660 * stretch)
    alpha = np.zeros((90, columns), np.float32)

    def put(x0: float, x1: float, y0: int, y1: int, more: float) -> None:
        alpha[y0 + ride : y1 + ride, round(x0 * stretch) : round(x1 * stretch)] += more

    put(30, 630, 0, 45, 0.15)
    put(30, 630, 36, 42, 1.0)
    for x in range(40, 620, 20):
        put(x, x + 3, 38, 45, 0.6)
    put(40, 620, 46, 52, 1.2)
    for x in (470, 540, 600):
        put(x - 24, x + 24, 55, 85, 0.9)
        put(x - 8, x + 8, 62, 78, 1.5)
    put(150, 158, 50, 75, 2.0)
    if tank:
        put(260, 320, 53, 75, 1.5)
    if floor_mm:
        top = 36 - round(floor_mm / 20)
        put(60, 600, top, 36, 0.8)
    return VehicleShape(
        np.clip(np.rint(alpha * 32), 0, 254).astype(np.uint8), 45, 30 * stretch, 630 * stretch
    )


def vehicle(
    number: int, seen: VehicleShape, *, scanner: str = SCANNER, container: str | None = None
) -> KnownVehicle:
    """An earlier scan of a vehicle, so many days ago."""
    return KnownVehicle(f"v{number}", datetime(2026, 3, 20 - number, tzinfo=UTC), scanner, seen, container)
