"""What a model finds of families that it was never trained on, for the card of the model that is trained on all.

The figure is that of another network, trained alike but for the families: it says how far what is unlike anything in
training is found, and of no released model by itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tallyscan.detect.card import ModelCard, read_card, write_card
from training.card_fit import Observation, is_benign
from training.figures import detected_at, is_clear, outcome, rounded, with_benign
from training.leaderboard import write_leaderboard
from training.scan_outcome import detected_by, thresholds_at

FIGURE = "families_never_trained_on"
RATE = 0.05
FEWEST_POSITIVES = 300


def left_out(card: ModelCard) -> tuple[str, ...]:
    """Families that neither this model nor one that its training started from was ever shown; () of most models."""
    return tuple(sorted(_never_shown(card.trained_on)))


def _never_shown(trained_on: Mapping[str, Any]) -> set[str]:
    families = set(trained_on.get("without_families", ()))
    before = trained_on.get("started_from")
    return families & _never_shown(before["trained_on"]) if before else families


def unseen_figures(
    card: ModelCard, hidden: Sequence[Observation], benign: Sequence[Observation]
) -> dict[str, Any]:
    """Detection at 5 % false alarms per scan of scans that hide something of the families left out."""
    families = left_out(card)
    calm = [outcome(o, card) for o in benign if is_benign(o)]
    bad = [outcome(o, card) for o in hidden if {a["family"] for a in o["truth"]["anomalies"]} & set(families)]
    clear = [scan for scan in bad if is_clear(scan)]
    scans = with_benign([*calm, *bad])
    figure = {
        "families": list(families),
        "steps": card.trained_on.get("steps"),
        "sha256": card.sha256,
        **detected_at(calm, bad, RATE),
        "contrast_5_and_over": detected_at(calm, clear, RATE)["detected"],
        "by_family": detected_by(scans, thresholds_at(scans, RATE), lambda anomaly: anomaly.family),
    }
    return dict(rounded(figure))


def copy_figure(figure: Mapping[str, Any], released: Path) -> None:
    """Write the figure into the card of a released model. Raises `ValueError` when it rests on too few scans."""
    if figure["positives"] < FEWEST_POSITIVES:
        raise ValueError(
            f"{FIGURE} rests on {figure['positives']} scans that hide something; a released card needs "
            f"{FEWEST_POSITIVES}"
        )
    card = read_card(released)
    write_card(released, card.model_copy(update={"figures": {**card.figures, FIGURE: dict(figure)}}))
    write_leaderboard(released.parent.parent)
