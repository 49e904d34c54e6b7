"""Scans of a real size, each another one, that cost their sender next to nothing.

Some containers are simulated once. A scan is one of them, come earlier or later, mirrored or not, with another gain and
with noise of its own: neither its bytes nor its noise are those of another.
"""

import io
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.iso6346 import corrected
from training.simulate.manifest import INVENTED_OWNER
from training.simulate.render import draw_framing, render
from training.simulate.scanner import at_pitch, draw_scanner
from training.simulate.scene import Wish, build_scene

PITCH_MM = (5.0, 4.0)
"""Along the travel, and across."""

HEIGHT = 1150
"""Rows: 4.6 m."""

GOODS = (
    "textiles_garments", "bottled_drinks", "canned_food", "sugar_salt", "cigarettes",
    "fresh_produce", "coffee_cocoa_bags", "chemicals_drums",
)  # fmt: skip
DECLARED_SHARE = 0.85
_BYTES_A_COLUMN = 2 * 2 * HEIGHT
_LEVELS = 256  # the noise grows with the root of the counts, in so many steps
_MOST_MOVED = 0.03  # of the width: the container stays within the image

Counts = NDArray[np.uint16]
Document = dict[str, Any]


class Base(NamedTuple):
    """A simulated scan, hardly noisy, (energies, rows, columns)."""

    pixels: Counts
    sidecar: Document
    declaration: Document


class Delivery(NamedTuple):
    """What one scanner sends for one lorry."""

    image: bytes
    sidecar: bytes
    declaration: bytes | None
    consignment: str | None


def simulated(goods: str, width: int, seed: int) -> Base:
    """A container of 40 feet with air around it, two energies. All come from one machine."""
    machine = np.random.default_rng([seed, 0])
    scanner = at_pitch(draw_scanner(machine, energies_mv=(6.0, 4.0)), *PITCH_MM)
    scanner = replace(scanner, photons=tuple(1000 * each for each in scanner.photons))
    rng = np.random.default_rng([seed, 1 + GOODS.index(goods)])
    scene = build_scene(rng, Wish("container_alone", "full", goods, ()))
    scan = render(rng, scene, scanner, framing=draw_framing(rng, scene, scanner, tight=True))
    counts = scan.pixels[:, -HEIGHT:, :width]
    rows, columns = HEIGHT - counts.shape[1], width - counts.shape[2]
    pixels = np.pad(counts, ((0, 0), (rows, 0), (columns // 2, columns - columns // 2)), mode="edge")
    return Base(np.ascontiguousarray(pixels, np.uint16), scan.sidecar, scan.declaration or {})


class Lorries:
    """Whatever comes: `delivery` of the same number is the same, of another number another scan."""

    def __init__(self, megabytes: float, seed: int = 1, kinds: int = len(GOODS)) -> None:
        width = round(megabytes * 1e6 / _BYTES_A_COLUMN)
        self._bases = [simulated(goods, width, seed) for goods in GOODS[:kinds]]
        self._seed = seed
        noise = np.random.default_rng([seed, 99]).normal(0, 64, 2 * self._bases[0].pixels.size)
        self._noise = noise.clip(-255, 255).astype(np.int16)

    def delivery(self, number: int, gate: str, site: str) -> Delivery:
        """Of the lorry of that number, at a gate; its scan was taken now."""
        chance = random.Random(f"{self._seed} {number}")
        base = chance.choice(self._bases)
        container = corrected(f"{INVENTED_OWNER}{number:06d}0")
        sidecar = base.sidecar | {
            "device": gate,
            "site": site,
            "acquired_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "units": [{"container_number": container}],
        }
        is_declared = chance.random() < DECLARED_SHARE
        consignment = f"LOAD-{self._seed}-{number:06d}" if is_declared else None
        declaration = _declared(base.declaration, consignment, container, site) if consignment else None
        image = self._tiff(base, chance)
        return Delivery(image, json.dumps(sidecar).encode(), declaration, consignment)

    def _tiff(self, base: Base, chance: random.Random) -> bytes:
        moved = round(chance.uniform(-_MOST_MOVED, _MOST_MOVED) * base.pixels.shape[2])
        pixels = np.roll(base.pixels, moved, axis=2)
        pixels = pixels[:, :, ::-1] if chance.random() < 0.5 else pixels
        start = chance.randrange(self._noise.size - pixels.size)
        noise = self._noise[start : start + pixels.size].reshape(pixels.shape)
        # Noise of the photons: its variance is about a twentieth of the counts.
        scale = np.sqrt(np.arange(_LEVELS) * (65_536 / _LEVELS) / 20) / 64
        noisy = pixels + noise * scale.astype(np.float32)[pixels >> 8]
        noisy *= np.float32(1 + chance.uniform(-0.004, 0.0))
        target = io.BytesIO()
        tifffile.imwrite(
            target, np.clip(noisy, 1, base.sidecar["full_scale"]).astype(np.uint16), photometric="minisblack"
        )
        return target.getvalue()


def _declared(made: Document, consignment: str, container: str, site: str) -> bytes:
    equipment = [made["transportEquipment"][0] | {"containerIdentificationNumber": container}]
    told = made | {
        "LRN": consignment,
        "transportEquipment": equipment,
        "customsOffices": [{"referenceNumber": site}],
    }
    return json.dumps(told).encode()
