"""A crossing point and its centre with the line cut and both killed, again and again; what came of it is printed.

    python -m tests.soak_edge          (make soak)

`make test` does the same with two cuts.
"""

import argparse
import tempfile
from pathlib import Path

from tests.e2e.edge_soak import CUTS, soak
from tests.tiny_model import write_tiny_models_dir


def main() -> None:
    """Cut, mend, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--consignments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = write_tiny_models_dir(Path(folder) / "models")
        done = soak(
            Path(folder),
            models,
            consignments=arguments.consignments,
            seed=arguments.seed,
            cuts=CUTS * arguments.rounds,
        )
    print(done)  # noqa: T201


if __name__ == "__main__":
    main()
