"""Many senders at once against low limits.

    python -m tests.soak_flood          (make soak)

40 senders of 10 scans, half of them over DICOM, while three scans may wait. `make test` does the same with 6 of 2.
"""

import tempfile
from pathlib import Path

from tallyscan.bootstrap import load_reader
from tallyscan.settings import Settings
from tests.tiny_model import write_tiny_models_dir
from tests.web.test_pressure import flood


def main() -> None:
    """Send, compare, print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        models_dir = write_tiny_models_dir(Path(folder) / "models")
        settings = Settings(data_dir=Path(folder) / "data", models_dir=models_dir, inference_threads=1)
        came = flood(settings, load_reader(settings), senders=40, scans=10)
    assert sorted(came["hashes"]) == sorted(came["expected"]), "not every scan is there once"
    assert not came["left"], "something is left on its way in"
    found = len(came["hashes"]), came["refused"], came["most"]
    print("%d scans, each once; %d refusals; at most %d waited" % found)  # noqa: T201, UP031


if __name__ == "__main__":
    main()
