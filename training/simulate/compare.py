"""Real against simulated scans, in statistics that need no truth.

`python -m training.simulate.compare --real FOLDER --simulated FOLDER --out FOLDER` writes `comparison.md` and
`comparison.png`. Nothing but numbers and curves of the real scans is written. Counts (TIFF) and pictures (JPEG) are on
different scales, so compare like with like: a folder of each kind at a time.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tallyscan.physics.attenuation import FloatArray
from training.simulate.image_statistics import NOISE_LEVELS, SUFFIXES, Statistics, grey_image, statistics

REAL, SIMULATED = (200, 60, 30), (30, 110, 220)  # blue and orange, in BGR
_WIDTH, _HEIGHT, _EDGE = 560, 400, 60
Picture = NDArray[np.uint8]


def statistics_of_folder(folder: Path) -> list[Statistics]:
    """Of every image of a folder and of those below it, by name. Raises `ValueError` when there is none."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"no TIFF, JPEG or PNG in {folder}")
    return [statistics(path.name, grey_image(path)) for path in paths]


def table(real: Sequence[Statistics], simulated: Sequence[Statistics]) -> str:
    """Median and 10 to 90 % of each figure on both sides, and how many real scans lie among the simulated ones."""
    lines = [
        f"# {len(real)} real and {len(simulated)} simulated scans",
        "",
        "Median (10 to 90 %). *Inside*: share of real scans between the least and the largest simulated value.",
        "",
        "| figure | real | simulated | inside |",
        "|---|---|---|---|",
    ]
    for name in real[0].numbers:
        ours, theirs = (
            np.array([s.numbers[name] for s in group if np.isfinite(s.numbers[name])])
            for group in (simulated, real)
        )
        if not len(ours) or not len(theirs):
            lines.append(f"| {name} | {_spread(theirs)} | {_spread(ours)} | - |")
            continue
        inside = ((theirs >= ours.min()) & (theirs <= ours.max())).mean()
        lines.append(f"| {name} | {_spread(theirs)} | {_spread(ours)} | {inside:.0%} |")
    return "\n".join(lines) + "\n"


def _spread(values: FloatArray) -> str:
    if not len(values):
        return "-"
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def plots(real: Sequence[Statistics], simulated: Sequence[Statistics]) -> Picture:
    """Grey histograms, noise against signal, and power spectra: medians and 10 to 90 % bands of both sides."""

    def curves(title: str, field: str, x: FloatArray, labels: tuple[str, str], log: bool) -> Picture:
        bands = []
        for group in (real, simulated):
            values = np.array([getattr(s, field) for s in group], np.float64)
            if log:
                values = np.log10(np.maximum(values, 1e-5))
            known = np.isfinite(values).any(axis=0)
            band = np.full((3, values.shape[1]), np.nan)
            band[:, known] = np.nanpercentile(values[:, known], [10, 50, 90], axis=0)
            bands.append(band)
        return _panel(title, x, bands, labels)

    bins, frequencies = len(real[0].greys), len(real[0].spectrum)
    greys = (np.arange(bins) + 0.5) / bins
    return np.hstack([
        curves("histogram of brightness", "greys", greys, ("brightness", "log10 share"), True),
        curves("noise of a pixel", "noise", np.log10(NOISE_LEVELS), ("log10 brightness", "log10 noise"), True),
        curves("radial power spectrum", "spectrum", (np.arange(frequencies) + 0.5) / frequencies / 2,
               ("cycles per pixel", "log10 power"), False),
    ])  # fmt: skip


def _panel(title: str, x: FloatArray, bands: Sequence[FloatArray], labels: tuple[str, str]) -> Picture:
    picture = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    every = np.concatenate([band[np.isfinite(band)] for band in bands])
    low, high = float(every.min()), float(every.max())
    x0, x1 = float(x.min()), float(x.max())

    def place(at: float, value: float) -> tuple[int, int]:
        across = _EDGE + (at - x0) / (x1 - x0) * (_WIDTH - 1.5 * _EDGE)
        up = (value - low) / max(high - low, 1e-9) * (_HEIGHT - 2 * _EDGE)
        return round(across), round(_HEIGHT - _EDGE - up)

    def text(words: str, at: tuple[int, int], colour: tuple[int, int, int] = (60, 60, 60)) -> None:
        cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)

    cv2.rectangle(picture, place(x0, high), place(x1, low), (200, 200, 200), 1)
    for band, colour in zip(bands, (REAL, SIMULATED), strict=True):
        for row, line in zip(band, (1, 2, 1), strict=True):
            known = np.isfinite(row)
            points = np.array([place(float(a), float(b)) for a, b in zip(x[known], row[known], strict=True)])
            if len(points):
                cv2.polylines(
                    picture, [points.reshape(-1, 1, 2).astype(np.int32)], False, colour, line, cv2.LINE_AA
                )
    text(title, (_EDGE, 24))
    text("real", (_WIDTH - 170, 24), REAL)
    text("simulated", (_WIDTH - 120, 24), SIMULATED)
    text(labels[0], (_WIDTH // 2 - 40, _HEIGHT - 14))
    text(labels[1], (4, 44))
    for value in (low, high):
        text(f"{value:.2g}", (4, place(x0, value)[1] + 4))
    for at in (x0, x1):
        text(f"{at:.2g}", (place(at, low)[0] - 12, _HEIGHT - _EDGE + 18))
    return picture


def main() -> None:
    """Compares two folders."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("real", "simulated", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    folders = parser.parse_args()
    real, simulated = statistics_of_folder(folders.real), statistics_of_folder(folders.simulated)
    folders.out.mkdir(parents=True, exist_ok=True)
    summary = table(real, simulated)
    (folders.out / "comparison.md").write_text(summary, encoding="utf-8")
    cv2.imwrite(str(folders.out / "comparison.png"), plots(real, simulated))
    print(summary)  # noqa: T201 - a command


if __name__ == "__main__":
    main()
