"""What the scans of one machine have shown of its open beam, and whether a scan bears it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tallyscan.calibrate.air import Air, AirSource
from tallyscan.calibrate.counts import Counts
from tallyscan.learnt_air import LearntAir, LearntAirUsed
from tallyscan.scanner_condition import OpenAir, beam_in_words

LEAST_SCANS = 10
"""Scans from which anything is learnt: the gain of a cell is then good to a thousandth, at 1 % of noise."""

MOST_SCANS = 50
"""The newest scans that count: what is older may be of another year."""

MOST_OFF = 0.02
"""Of a level against what this scan shows, and of its spread from scan to scan: 0.02 of attenuation, 0.4 g/cm2."""

MOST_GIVEN_OFF = 0.03
"""Of the level that was given with a scan, against what the scan, or its machine, shows: 0.6 g/cm2 everywhere."""

_SEEN_IN = 0.5  # of the scans: a cell that shows the open beam in fewer has no gain
_MUCH_WORSE = 1.2  # times as uneven as without: this is another detector, not chance
_SHOWN, _SURE = (
    0.5,
    0.15,
)  # share of the gains that a scan must show, and the error up to which it shows too few
_PULSES, _LEAST_PULSES = 256, 16  # are looked at for the steps from cell to cell
_COMES_THROUGH = 0.02  # of the open beam: behind more matter than that, scatter and noise decide
_BROKEN = 0.1  # a cell that is so far off tells nothing of the others
_SIGMA_OF_MAD = 1.4826  # of a normal distribution


@dataclass(frozen=True, eq=False)
class Borne:
    """The open beam to calibrate a scan with, what of it was learnt, and what is to be said of that.

    `air` is None where nothing gives a level.
    """

    air: Air | None
    used: LearntAirUsed | None
    cautions: tuple[str, ...]


def learn(device: str, seen: Sequence[OpenAir], version: int) -> LearntAir:
    """Medians over the scans: one odd scan moves nothing."""
    cells = np.stack([air.cells for air in seen])  # (scan, energy, cell)
    known = (~np.isnan(cells)).mean(axis=0) >= _SEEN_IN
    gains = np.nanmedian(np.where(known, cells, 1.0), axis=0)
    gains /= np.median(gains, axis=1, keepdims=True)
    of_energies = list(zip(*(air.levels for air in seen), strict=True))
    levels = tuple(median(levels) for levels in of_energies)
    spread = tuple(
        _SIGMA_OF_MAD * median(abs(one / level - 1) for one in levels)
        for level, levels in zip(levels, of_energies, strict=True)
    )
    energies_mv = seen[0].energies_mv
    return LearntAir(device, energies_mv, version, len(seen), levels, spread, np.asarray(gains, np.float32))


def borne_out(
    found: Air | None, seen: OpenAir | None, learnt: LearntAir, counts: Counts, dark: tuple[float, ...]
) -> Borne:
    """The open beam by what was found of it for this scan and what was learnt of its machine.

    The level is the one that was found; what was learnt serves where nothing was but the usual one of the profile. The
    gains of the cells are taken where they make the scan more even: its own open beam, or where it shows none, the
    steps from cell to cell behind whatever stands there. What a scan does not bear out is refused, and said. `counts`
    are (energy, height, width), upright.
    """
    given = found is not None and found.source != "profile"
    level_refused = "" if given else _level_refused(seen, learnt)
    better, gain_refused = _gain(seen, learnt, counts, dark)
    cautions = [f"learnt_air_refused: {why}" for why in (level_refused, gain_refused) if why]
    levels: Sequence[float] | None = None
    source: AirSource = "learnt"
    if found is not None and (given or level_refused):
        levels, source = _levels_of_scan(found, seen, dark), found.source
    elif not level_refused:
        levels = seen.levels if seen is not None else learnt.levels
        if seen is None:
            cautions.append(
                f"learnt_air: no open beam in view; its level is that of {learnt.scans} earlier scans of "
                f"{learnt.device} (version {learnt.version})."
            )
    if levels is None:
        return Borne(None, None, tuple(cautions))
    if source == "sidecar" and seen is None and (off := _given_off(levels, learnt)):
        cautions.append(f"air_level_off: {off}")
    level = source == "learnt"
    used = LearntAirUsed(learnt.device, learnt.version, learnt.scans, learnt.sha256, level, better)
    air = _air(levels, learnt.gains if better else None, dark, source) if better or level else found
    return Borne(air, used if better or level else None, tuple(cautions))


def _level_refused(seen: OpenAir | None, learnt: LearntAir) -> str:
    """Why the level that was learnt cannot serve, as a sentence; empty when it can."""
    for channel, (level, spread) in enumerate(zip(learnt.levels, learnt.spread, strict=True)):
        beam = beam_in_words(learnt.energies_mv, channel)
        if seen is not None and abs(seen.levels[channel] / level - 1) > MOST_OFF:
            return (
                f"the open beam at {beam} has {seen.levels[channel]:,.0f} counts in this scan, and {level:,.0f} in "
                f"{learnt.scans} earlier ones of {learnt.device}."
            )
        if seen is None and spread > MOST_OFF:
            return f"the air level of {learnt.device} at {beam} varies by {spread:.1%} from scan to scan."
    if seen is None and not learnt.level_holds:
        return f"the air level of {learnt.device} has left its band, and this scan does not show it."
    return ""


def _gain(
    seen: OpenAir | None, learnt: LearntAir, counts: Counts, dark: tuple[float, ...]
) -> tuple[bool, str]:
    """Whether the gains that were learnt make the scan better; and why they are refused, as a sentence."""
    if seen is None:
        share, error = _share_in_steps(
            _steps(counts, learnt.levels, dark), np.diff(np.log(learnt.gains), axis=1)
        )
        if share > _SHOWN:
            return True, ""
        said = f"of the gains of the cells of {learnt.device} this scan shows {share:.0%} from cell to cell."
        return False, said if error < _SURE else ""
    without, by_gains = _unevenness(seen.cells), _unevenness(seen.cells / learnt.gains)
    if by_gains > _MUCH_WORSE * without:
        return False, (
            f"with the gains of the cells of {learnt.device} the open beam of this scan is uneven by {by_gains:.2%}, "
            f"without them by {without:.2%}."
        )
    return by_gains < without, ""


def _unevenness(cells: NDArray[np.float32]) -> float:
    """Mean deviation of the cells from their median, over the energies."""
    off = np.abs(cells / np.nanmedian(cells, axis=1, keepdims=True) - 1)
    return float(np.mean(off[off < _BROKEN]))


def _steps(counts: Counts, levels: Sequence[float], dark: tuple[float, ...]) -> NDArray[np.float32]:
    """By how much each cell gives more than the one above it, in logarithms: (energy, height - 1).

    The median over the pulses in which enough comes through both, for what stands before them is the same but for
    edges, which are few; not a number where there are too few.
    """
    pulses = slice(None, None, max(counts.shape[2] // _PULSES, 1))
    level, below = (np.array(values, np.float32).reshape(-1, 1, 1) for values in (levels, dark))
    signal = (counts[:, :, pulses] - below) / level
    bright = signal > _COMES_THROUGH
    both = bright[:, 1:] & bright[:, :-1]
    count = both.sum(axis=2, keepdims=True)
    steps = np.diff(np.log(np.maximum(signal, _COMES_THROUGH)), axis=1)
    steps = np.sort(np.where(both, steps, np.float32(np.inf)), axis=2)
    middle = np.take_along_axis(steps, np.minimum(count // 2, steps.shape[2] - 1), axis=2)
    return np.where(count >= _LEAST_PULSES, middle, np.nan)[:, :, 0].astype(np.float32)


def _share_in_steps(steps: NDArray[np.float32], of_gains: NDArray[np.float32]) -> tuple[float, float]:
    """How much of the steps of the gains a scan shows, 1 where they are its own, and the standard error of that.

    A line through the origin by least squares; edges of what stands there are cut off, so that they weigh no more than
    others.
    """
    known = ~np.isnan(steps)
    seen, expected = steps[known], of_gains[known]
    power = float((expected**2).sum())
    if power == 0:
        return 0.0, float("inf")
    most = 3 * _SIGMA_OF_MAD * float(np.median(np.abs(seen)))
    kept = np.clip(seen, -most, most)
    return float((kept * expected).sum()) / power, float(kept.std()) / power**0.5


def _given_off(levels: Sequence[float], learnt: LearntAir) -> str:
    """By how much the level that was given is not the machine's, as a sentence; empty when it is, or none is known."""
    if not learnt.level_holds or max(learnt.spread) > MOST_OFF:
        return ""
    for channel, (level, usual) in enumerate(zip(levels, learnt.levels, strict=True)):
        if abs(level / usual - 1) > MOST_GIVEN_OFF:
            return (
                f"the air level at {beam_in_words(learnt.energies_mv, channel)} was given as {level / usual:.1%} of "
                f"what {learnt.scans} earlier scans of {learnt.device} show, and this one shows none."
            )
    return ""


def _levels_of_scan(found: Air, seen: OpenAir | None, dark: tuple[float, ...]) -> tuple[float, ...]:
    """One level an energy, above the dark level; whole pulses of open beam are better than what rows show of it."""
    if seen is not None and found.source == "image":
        return seen.levels
    return tuple(float(np.median(air)) - below for air, below in zip(found.levels, dark, strict=True))


def _air(
    levels: Sequence[float], gains: NDArray[np.float32] | None, dark: tuple[float, ...], source: AirSource
) -> Air:
    level, below = (np.array(values, np.float32).reshape(-1, 1, 1) for values in (levels, dark))
    signal = level if gains is None else level * gains[:, :, np.newaxis]
    return Air(np.asarray(signal + below, np.float32), source)
