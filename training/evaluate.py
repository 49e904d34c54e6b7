"""Calibrate an exported model, test it, and write the figures into its card and the leaderboard.

    python -m training.evaluate --model models/tallynet/0.8.0 --calibrate 3000 --test 6000 --workers 2 --work runs/x
    python -m training.evaluate --model models/tallynet/0.8.0 --real FOLDER --work runs/x
    python -m training.evaluate --model models/tallynet/0.8.0 --pipeline --work runs/x
    python -m training.evaluate --model runs/y/model/tallynet/without --unseen 400 --work runs/y

Training, calibration and test draw with different seeds, and the test holds out whole scanner models and whole
packing generators. Everything runs on the exported ONNX file through `tallyscan.detect`, as in the service.
Interrupted, it goes on where it stopped.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from tallyscan.detect.card import ModelCard, read_card, write_card
from training.card_fit import Observation, by_card, calibrated, is_benign
from training.figures import (
    by_scanner_type,
    calibration_error,
    detected_at,
    detection_breakdowns,
    detection_summary,
    expected_figures,
    map_figures,
    outcome,
    rounded,
    shipped_figures,
)
from training.leaderboard import target_lines, write_leaderboard
from training.observe import SetOfScans, observations
from training.pipeline_figures import pipeline_figures
from training.real_scans import real_figures
from training.unit_figures import empty_figures, mismatch_figures, unit_figures
from training.unseen_families import FEWEST_POSITIVES, FIGURE, copy_figure, left_out, unseen_figures

CALIBRATION_SEED, TEST_SEED = 2_000_001, 3_000_001
# Share of a set that each plan gets. Of 6000 test scans every target has 300 positives and 2000 benign ones: one in
# five concealed vehicles is no car, half of `declared` is declared wrongly, and a quarter of that within a group.
CALIBRATION_PLANS = {"benign": 0.46, "anomaly": 0.25, "empty": 0.1, "tiny_load": 0.05, "declared": 0.14}
TEST_PLANS = {
    "benign": 0.34, "anomaly": 0.25, "small_metallic": 0.055, "concealed_vehicles": 0.07, "empty": 0.085,
    "tiny_load": 0.06, "declared": 0.14,
}  # fmt: skip


def observed(
    arguments: argparse.Namespace, card: ModelCard, sets: dict[SetOfScans, int]
) -> dict[str, list[Observation]]:
    """Observations of some sets of scans, so many of each, by plan."""
    return {
        chosen.plan: list(
            track(
                observations(
                    arguments.model, card.sha256, chosen, count, arguments.work / "observations", arguments.workers
                ),
                chosen.name,
                total=count,
            )
        )
        for chosen, count in sets.items()
    }  # fmt: skip


def sets_of(plans: dict[str, float], count: int, seed: int, *, held_out: bool) -> dict[SetOfScans, int]:
    """How many scans of each plan: its share of them, but one at the least."""
    return {SetOfScans(seed, plan, held_out): max(round(share * count), 1) for plan, share in plans.items()}


def hides_a_car(o: Observation) -> bool:
    """A whole car is hidden, and not an engine or a motorcycle."""
    return any(anomaly["facts"].get("kind") == "car" for anomaly in o["truth"]["anomalies"])


def held_out_figures(card: ModelCard, seen: dict[str, list[Observation]]) -> dict[str, Any]:
    """Every figure of the held-out simulation."""
    everything = [o for plan in seen.values() for o in plan]
    # An empty unit is as benign as a loaded one.
    calm = [o for plan in ("benign", "empty", "declared") for o in seen[plan] if is_benign(o)]
    hidden = [o for o in seen["anomaly"] if not is_benign(o)]
    benign = [outcome(o, card) for o in seen["benign"] if is_benign(o)]
    bad = [outcome(o, card) for o in hidden]
    metallic = [outcome(o, card) for o in seen["small_metallic"]]
    cars = [outcome(o, card) for o in seen["concealed_vehicles"] if hides_a_car(o)]
    units = [*seen["benign"], *seen["declared"], *seen["empty"]]
    seconds = [o["seconds_in_model"] for o in everything if o["read"]]
    by_type = by_scanner_type(benign, bad)
    for kind, figures in by_type.items():
        figures |= unit_figures([o for o in units if o["group"].split("/")[0] == kind])
    return {
        "scans": len(everything),
        "not_read": sum(not o["read"] for o in everything),
        **detection_summary(benign, bad),
        **detection_breakdowns(benign, bad),
        "maps": map_figures([*seen["benign"], *seen["anomaly"]]),
        "shipped": shipped_figures(card, calm, hidden),
        "rows": {
            "small_metallic_dual_at_0.4_percent": detected_at(benign, metallic, 0.004),
            "concealed_cars_at_0.2_percent": detected_at(benign, cars, 0.002),
        },
        "calibration_error": calibration_error(card, [o for plan in CALIBRATION_PLANS for o in seen[plan]]),
        "expected": expected_figures(seen["benign"]),
        **unit_figures(units),
        "empty": empty_figures([*seen["benign"], *seen["empty"], *seen["tiny_load"]]),
        "mismatch": mismatch_figures([*seen["benign"], *seen["declared"]]),
        "by_scanner_type": by_type,
        "median_seconds_in_model": float(np.median(seconds)) if seconds else None,
    }


def training_side_figures(card: ModelCard, seen: dict[str, list[Observation]]) -> dict[str, Any]:
    """The same of the scans that calibration used: scanners and packings that training knows, new scenes.

    What these have over the held-out ones is lost on what is new; what both lack was never learned. Probabilities and
    masses were fitted on these very scans.
    """
    benign = [outcome(o, card) for o in seen["benign"] if is_benign(o)]
    bad = [outcome(o, card) for o in seen["anomaly"] if not is_benign(o)]
    units = [*seen["benign"], *seen["declared"], *seen["empty"]]
    return {
        "scans": sum(map(len, seen.values())),
        **detection_summary(benign, bad),
        **detection_breakdowns(benign, bad),
        **unit_figures(units),
        "empty": empty_figures([*seen["benign"], *seen["empty"], *seen["tiny_load"]]),
        "mismatch": mismatch_figures([*seen["benign"], *seen["declared"]]),
    }


def read_arguments() -> argparse.Namespace:
    """The command line."""
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
    parser.add_argument("--pipeline", action="store_true", help="only seconds and memory, as --test has them")
    parser.add_argument(
        "--unseen", type=int, default=0, help="scans that hide families which this model was not trained on"
    )
    parser.add_argument(
        "--figures-into",
        type=Path,
        help=f"folder of the released model whose card gets the figure of --unseen ({FEWEST_POSITIVES} or more)",
    )
    return parser.parse_args()


def main() -> None:
    """Calibrate, test, write."""
    arguments = read_arguments()
    card = read_card(arguments.model)
    if arguments.unseen and not left_out(card):
        raise SystemExit(
            "--unseen: this model, or the one that its training started from, was shown every family"
        )
    if arguments.figures_into and arguments.unseen < FEWEST_POSITIVES:
        raise SystemExit(f"--figures-into needs --unseen {FEWEST_POSITIVES} or more")
    if arguments.calibrate:
        sets = sets_of(CALIBRATION_PLANS, arguments.calibrate, CALIBRATION_SEED, held_out=False)
        seen = observed(arguments, card, sets)
        card = calibrated(card, [o for plan in seen.values() for o in plan])
        write_card(arguments.model, card)
        known = {plan: [by_card(card, o) for o in told] for plan, told in seen.items()}
    figures = dict(card.figures)
    if arguments.calibrate:
        figures["training_side_simulation"] = rounded(training_side_figures(card, known))
    if arguments.test:
        sets = sets_of(TEST_PLANS, arguments.test, TEST_SEED, held_out=True)
        tested = observed(arguments, card, sets)
        tested = {plan: [by_card(card, o) for o in seen] for plan, seen in tested.items()}
        figures["held_out_simulation"] = rounded(held_out_figures(card, tested))
    if arguments.unseen:
        hidden = SetOfScans(TEST_SEED, "anomaly", held_out=True, families=left_out(card))
        benign = SetOfScans(TEST_SEED, "benign", held_out=True)
        seen = observed(arguments, card, {hidden: arguments.unseen, benign: arguments.unseen})
        figures[FIGURE] = unseen_figures(card, seen["anomaly"], seen["benign"])
    if arguments.real:
        figures |= real_figures(arguments.model, arguments.real)
    if arguments.test or arguments.pipeline:
        figures["pipeline"] = rounded(pipeline_figures(arguments.model))
    write_card(arguments.model, card.model_copy(update={"figures": figures}))
    write_leaderboard(arguments.model.parent.parent)
    if arguments.figures_into:
        copy_figure(figures[FIGURE], arguments.figures_into)
    print(json.dumps(figures, indent=1))  # noqa: T201 - a command
    print("".join(target_lines(figures)))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
