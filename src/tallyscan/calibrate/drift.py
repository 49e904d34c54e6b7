"""A scan of a scanner that is not as usual may be worse than it looks: cautions, by what is known of the scanner."""

from collections.abc import Sequence
from dataclasses import replace

from tallyscan.scan import Scan
from tallyscan.scanner_condition import Measure, Quantity, beam_in_words
from tallyscan.scanner_watch import SCANNER_DRIFT, Watch, watch_of
from tallyscan.scanner_words import band_in_words, name_in_words, value_in_words

# More of these makes a scan worse; less of them does not. The level is another matter: see `_unseen_level`.
_WORSENS: tuple[Quantity, ...] = ("noise", "dead_cells", "lost_pulses")


def with_drift(scan: Scan, watches: Sequence[Watch]) -> Scan:
    """The scan with a caution for each respect in which its scanner is not as usual."""
    cautions = [
        f"{SCANNER_DRIFT}: {said}"
        for said in (*(_worse(measure, watches) for measure in scan.condition), *_unseen(scan, watches))
        if said
    ]
    return replace(scan, cautions=(*scan.cautions, *cautions)) if cautions else scan


def _worse(measure: Measure, watches: Sequence[Watch]) -> str:
    """This scan shows it itself, be it the first one."""
    band = watch_of(watches, measure.quantity, measure.beam).band
    if measure.quantity not in _WORSENS or band is None or measure.value <= band.high:
        return ""
    name, value = (
        name_in_words(measure.quantity, measure.beam),
        value_in_words(measure.quantity, measure.value),
    )
    return f"the {name} is {value} (usual: {band_in_words(measure.quantity, band)})."


def _unseen(scan: Scan, watches: Sequence[Watch]) -> list[str]:
    """The scanner left its band, and whether this scan is affected cannot be seen in it.

    A level that was found in the scan itself is right, wherever it lies.
    """
    beams = {None, *(beam_in_words(scan.energies_mv, channel) for channel in range(len(scan.energies_mv)))}
    shown = {(measure.quantity, measure.beam) for measure in scan.condition}
    own_level = scan.measured.get("air_source") in ("region", "image")
    return [
        f"the {name_in_words(watch.quantity, watch.beam)} has been outside its band since "
        f"{watch.left_since.at:%Y-%m-%d %H:%M} UTC, and this scan does not show it."
        for watch in watches
        if watch.left_since is not None
        and watch.beam in beams
        and (watch.quantity, watch.beam) not in shown
        and (_rose(watch) if watch.quantity in _WORSENS else watch.quantity == "air_level" and not own_level)
    ]


def _rose(watch: Watch) -> bool:
    return watch.band is not None and bool(watch.outside) and watch.outside[-1] > watch.band.high
