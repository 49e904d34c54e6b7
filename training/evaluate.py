"""Calibrate an exported model, test it, and write the figures into its card and the leaderboard.

    python -m training.evaluate --model models/tallynet/0.3.0 --calibrate 3000 --test 6000 --workers 2 --work runs/x
    python -m training.evaluate --model models/tallynet/0.3.0 --real FOLDER --work runs/x

Training, calibration and test draw with different seeds, and the test holds out whole scanner models and whole
packing generators. Everything runs on the exported ONNX file through `tallyscan.detect`, as in the service.
Interrupted, it goes on where it stopped.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tallyscan.detect.card import ModelCard, read_card, write_card
from training.card_fit import Observation, by_card, calibrated, is_benign
from training.figures import (
    calibration_error,
    detected_at,
    detection_figures,
    empty_figures,
    mismatch_figures,
    outcome,
    rounded,
    shipped_figures,
    unit_figures,
)
from training.leaderboard import write_leaderboard
from training.observe import SetOfScans, observations
from training.real_scans import real_figures

CALIBRATION_SEED, TEST_SEED = 2_000_001, 3_000_001
# Share of a set that each plan gets.
CALIBRATION_PLANS = {"benign": 0.46, "anomaly": 0.25, "empty": 0.1, "tiny_load": 0.05, "declared": 0.14}
TEST_PLANS = {
    "benign": 0.34, "anomaly": 0.3, "small_metallic": 0.06, "concealed_vehicles": 0.06, "empty": 0.1,
    "tiny_load": 0.06, "declared": 0.08,
}  # fmt: skip


def observed(
    arguments: argparse.Namespace,
    card: ModelCard,
    plans: dict[str, float],
    count: int,
    seed: int,
    *,
    held_out: bool,
) -> dict[str, list[Observation]]:
    """Observations of every plan."""
    folder = arguments.work / "observations"
    return {
        plan: list(
            track(
                observations(
                    arguments.model, card.sha256, SetOfScans(seed, plan, held_out), max(round(share * count), 1),
                    folder, arguments.workers,
                ),
                f"{'test' if held_out else 'calibration'}: {plan}",
                total=max(round(share * count), 1),
            )
        )
        for plan, share in plans.items()
    }  # fmt: skip


def test_figures(card: ModelCard, seen: dict[str, list[Observation]]) -> dict[str, Any]:
    """Every figure of the held-out simulation."""
    everything = [o for plan in seen.values() for o in plan]
    # An empty unit is as benign as a loaded one.
    calm = [o for plan in ("benign", "empty", "declared") for o in seen[plan] if is_benign(o)]
    benign = [outcome(o, card) for o in seen["benign"] if is_benign(o)]
    bad = [outcome(o, card) for o in seen["anomaly"] if not is_benign(o)]
    rows = {
        "small_metallic_dual_at_0.4_percent": ("small_metallic", 0.004),
        "concealed_vehicles_at_0.2_percent": ("concealed_vehicles", 0.002),
    }
    seconds = [o["seconds_in_model"] for o in everything if o["read"]]
    return {
        "scans": len(everything),
        "not_read": sum(not o["read"] for o in everything),
        **detection_figures(benign, bad),
        "shipped": shipped_figures(card, calm, [o for o in seen["anomaly"] if not is_benign(o)]),
        "rows": {
            name: detected_at(benign, [outcome(o, card) for o in seen[plan] if not is_benign(o)], rate)
            for name, (plan, rate) in rows.items()
        },
        "calibration_error": calibration_error(card, [*seen["benign"], *seen["anomaly"]]),
        **unit_figures([*seen["benign"], *seen["declared"], *seen["empty"]]),
        "empty": empty_figures([*seen["benign"], *seen["empty"], *seen["tiny_load"]]),
        "mismatch": mismatch_figures([*seen["benign"], *seen["declared"]]),
        "median_seconds_in_model": float(np.median(seconds)) if seconds else None,
    }


def unseen_families(
    card: ModelCard, seen: Sequence[Observation], benign: Sequence[Observation]
) -> dict[str, Any]:
    """Detection at 5 % of the families that this model was never trained on."""
    left_out = set(card.trained_on.get("without_families", ()))
    calm = [outcome(o, card) for o in benign if is_benign(o)]
    bad = [outcome(o, card) for o in seen if {a["family"] for a in o["truth"]["anomalies"]} & left_out]
    return detected_at(calm, bad, 0.05) if bad else {}


def main() -> None:
    """Calibrate, test, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, required=True, help="where observations are kept; a run goes on there"
    )
    parser.add_argument("--calibrate", type=int, default=0, help="scans to calibrate on")
    parser.add_argument("--test", type=int, default=0, help="held-out scans to test on")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--real", type=Path, help="folder of real scans, see training.real_scans")
    arguments = parser.parse_args()
    card = read_card(arguments.model)
    if arguments.calibrate:
        seen = observed(
            arguments, card, CALIBRATION_PLANS, arguments.calibrate, CALIBRATION_SEED, held_out=False
        )
        card = calibrated(card, [o for plan in seen.values() for o in plan])
        write_card(arguments.model, card)
    figures = dict(card.figures)
    if arguments.test:
        tested = observed(arguments, card, TEST_PLANS, arguments.test, TEST_SEED, held_out=True)
        tested = {plan: [by_card(card, o) for o in seen] for plan, seen in tested.items()}
        figures["held_out_simulation"] = rounded(test_figures(card, tested))
        if unseen := unseen_families(card, tested["anomaly"], tested["benign"]):
            figures["families_never_trained_on"] = rounded(unseen)
    if arguments.real:
        figures |= real_figures(arguments.model, arguments.real)
    write_card(arguments.model, card.model_copy(update={"figures": figures}))
    write_leaderboard(arguments.model.parent.parent)
    print(json.dumps(figures, indent=1))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
