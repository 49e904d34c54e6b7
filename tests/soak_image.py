"""`make soak`: do what the Dockerfile tells, step by step, in a folder that stands for the image; then read a scan.

Takes minutes, and asks the registries of Python and Node.js for what is locked. What an engine does and this does not:
other bases, users, and a file system of its own.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.dockerfile import ROOT, steps

_PLACES = ("/build", "/opt/tallyscan")
_OF_THE_BASE = "/usr/local/"


def image(root: Path) -> Path:
    """The command of an installation that the steps of the Dockerfile made under `root`."""
    # The stage `wheel`, with the Node.js of this machine instead of that of the image.
    build = root / "wheel" / "build"
    build.mkdir(parents=True)
    venv.create(root / "python", with_pip=True, symlinks=True)
    for kind, told in steps("wheel"):
        if kind == "COPY" and not told.startswith("--from="):
            _copy(shlex.split(told), build)
        elif kind == "RUN" and _OF_THE_BASE not in told:
            _run(told, root / "wheel", build, root / "python" / "bin")
    for kind, told in steps("installed"):
        parts = shlex.split(told)
        if kind == "COPY" and parts[0] == "--from=wheel":
            shutil.copytree(
                root / "wheel" / parts[1].lstrip("/"), root / parts[2].lstrip("/"), dirs_exist_ok=True
            )
        elif kind == "COPY":
            target = root / parts[1].lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / parts[0], target)
        elif kind == "RUN":
            _run(told, root, root, root / "python" / "bin")
    return root / "opt" / "tallyscan" / "bin" / "tallyscan"


def try_out(command: Path, root: Path) -> None:
    """The version, the console, and a reading of a sample. Raises `AssertionError` or `CalledProcessError`."""
    environment = {"PATH": os.defpath, "HOME": str(root), "TALLYSCAN_DATA_DIR": str(root / "data")}
    version = subprocess.run(
        [command, "--version"], env=environment, check=True, capture_output=True, text=True
    )
    print(version.stdout.strip())  # noqa: T201
    (console,) = (command.parents[1] / "lib").glob("python3.*/site-packages/tallyscan/web/static/index.html")
    assert console.stat().st_size > 0
    sample = ROOT / "sample_scans" / "05-bricks-in-load" / "scan.tif"
    done = subprocess.run(
        [command, "read", sample, "--json"],
        env=environment,
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert '"lane"' in done.stdout, done.stderr
    print(done.stdout[:300])  # noqa: T201


def _copy(parts: list[str], into: Path) -> None:
    *sources, target = parts
    for source in sources:
        place = into / (Path(source).name if target == "./" else target)
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("node_modules", "__pycache__", "static")
            shutil.copytree(ROOT / source, place, ignore=ignored)
        else:
            shutil.copy(ROOT / source, place)


def _run(told: str, root: Path, folder: Path, python: Path) -> None:
    for place in _PLACES:
        told = told.replace(f" {place}", f" {root}{place}")
    if told.startswith("/opt"):
        told = f"{root}{told}"
    print("+", told, flush=True)  # noqa: T201
    environment = {**os.environ, "PATH": f"{python}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    subprocess.run(["sh", "-c", told], cwd=folder, env=environment, check=True)


def main() -> int:
    """Build, try out, and clear away."""
    with tempfile.TemporaryDirectory(prefix="tallyscan-image-") as made:
        root = Path(made)
        try_out(image(root), root)
    print("The steps of the Dockerfile make a service that reads.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
