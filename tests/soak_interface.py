"""Every route of the interface, a hundred made-up requests each: `python -m tests.soak_interface [EXAMPLES]`."""

import sys
import tempfile
from pathlib import Path

from tallyscan.bootstrap import load_reader
from tallyscan.settings import Settings
from tests.tiny_model import write_tiny_models_dir
from tests.web.interface_trial import described_routes, trial


def main(examples: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        models = write_tiny_models_dir(Path(folder) / "models")
        settings = Settings(data_dir=Path(folder) / "data", models_dir=models, inference_threads=1)
        with trial(settings, load_reader(settings)) as opened:
            for route in described_routes():
                answered = opened.try_route(route, examples, signed_in=True)
                print(f"{route}: {len(answered)} requests, {sorted(set(answered))}")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
