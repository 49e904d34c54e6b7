"""The histogram and city-block classifier on whole scans: what names goods without a network.

It is told where the units are, which the model has to find by itself.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tallyscan.scan import BoolArray, Box, Float32Array, Scan
from training.baselines import HistogramClassifier, classify, fit, histogram_features
from training.calibrated_scan import readable
from training.metrics import grouped, top_k
from training.observe import raw_scan
from training.simulate.render import SimulatedScan
from training.unit_figures import GROUP_OF

NAME = "histogram_city_block"
LEAST_GOODS_ALPHA = 0.25  # two walls of a container take away half as much


@dataclass(frozen=True, eq=False)
class GoodsOfUnit:
    """The class of a unit that holds one, its histograms (None where the scan is not read), and their seconds."""

    commodity: str
    features: Float32Array | None
    seconds: float


def goods_in(scan: Scan, box: Box) -> BoolArray:
    """Pixels (height, width) inside a box, in canonical pixels, that attenuate more than the walls of a unit alone."""
    inside = np.zeros((scan.height, scan.width), np.bool_)
    x0, y0, x1, y1 = (max(round(side), 0) for side in (box.x, box.y, box.x + box.width, box.y + box.height))
    inside[y0:y1, x0:x1] = True
    return inside & scan.valid & (scan.attenuation > LEAST_GOODS_ALPHA)


def features_in(scan: Scan, box: Box) -> Float32Array:
    """Histograms of the goods in a box, in original pixels."""
    return histogram_features(scan.attenuation, goods_in(scan, scan.grid.to_canonical(box)))


def goods_of(simulated: SimulatedScan) -> list[GoodsOfUnit]:
    """Every unit of a scan with one class of goods."""
    scan = readable(raw_scan(simulated))
    found = []
    for unit in simulated.truth["units"]:
        if len(unit["commodities"]) != 1:
            continue
        start = time.perf_counter()
        features = None if scan is None else features_in(scan, Box(*unit["box"]))
        found.append(GoodsOfUnit(unit["commodities"][0], features, time.perf_counter() - start))
    return found


def classifier_of(scans: Iterable[SimulatedScan]) -> HistogramClassifier:
    """A classifier that knows the goods of these scans."""
    known = [unit for scan in scans for unit in goods_of(scan)]
    read = [(unit.features, unit.commodity) for unit in known if unit.features is not None]
    return fit(np.stack([features for features, _ in read]), [name for _, name in read])


def goods_row(model: HistogramClassifier, units: Sequence[GoodsOfUnit]) -> dict[str, Any]:
    """Its figures, named as those of a card: a unit of a scan that was not read is wrong."""
    truth = [unit.commodity for unit in units]
    start = time.perf_counter()
    said = [[] if unit.features is None else classify(model, unit.features)[0] for unit in units]
    compared = (time.perf_counter() - start) / max(len(units), 1)
    return {
        "name": NAME,
        "known_units": len(model.features),
        "commodity_units": len(truth),
        "commodity_top1": top_k(said, truth, 1),
        "commodity_group_top1": top_k(
            [grouped(unit, GROUP_OF) for unit in said], [GROUP_OF[name] for name in truth], 1
        ),
        "seconds": float(np.median([unit.seconds for unit in units])) + compared,
    }
