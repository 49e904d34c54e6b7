"""DICOM over TLS for long; what it took goes into the reference.

    python -m tests.soak_dicom          (make soak)

200 DICOS files of 30 MB, sent by dcmtk over TLS while the service reads them with a small model. It takes 6 GB of disk
in the folder for temporary files. `make test` does the same with 6 files of 1 MB.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.e2e.dicom_soak import soak
from tests.tiny_model import write_tiny_models_dir

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "soak.md"
HEADING = "## DICOM over TLS"


def main() -> None:
    """Send, compare, write the row of the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=30)
    arguments = parser.parse_args()
    if shutil.which("storescu") is None:
        sys.exit("needs storescu: apt-get install dcmtk")
    with tempfile.TemporaryDirectory() as folder:
        models_dir = write_tiny_models_dir(Path(folder) / "models")
        done = soak(models_dir, Path(folder) / "soak", files=arguments.files, megabytes=arguments.megabytes)
    speed = done.files * done.megabytes / done.sent_seconds
    row = f"| {done.files} | {done.megabytes:g} | {done.sent_seconds:.0f} s | {speed:.0f} | {done.read_seconds:.0f} s |"
    print(row)  # noqa: T201
    head, section = PAGE.read_text(encoding="utf-8").split(HEADING)
    PAGE.write_text(head + HEADING + re.sub(r"\n\| \d.*", f"\n{row}", section, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
