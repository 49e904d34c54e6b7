"""`tallyscan convert`: scans in, the canonical scan out, as a file that this service and others read."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import structlog
from rich.console import Console

from tallyscan.acquire.receive_path import FoundScan, KnownProfiles, find_scans, load
from tallyscan.acquire.views import views_of
from tallyscan.bootstrap import open_calibrator
from tallyscan.commands.output import free_stem
from tallyscan.errors import Conflict, NotFound, TallyscanError
from tallyscan.pipeline import Calibrator
from tallyscan.report.canonical_counts import canonical_sidecar, sidecar_json
from tallyscan.report.scan_dicos import scan_dicos
from tallyscan.report.scan_tiff import scan_tiff
from tallyscan.scan import Scan
from tallyscan.settings import Settings

Format = Literal["tiff", "dicos"]
FORMATS: tuple[Format, ...] = ("tiff", "dicos")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ConvertOptions:
    """What was asked for on the command line."""

    paths: list[Path]
    to: Format
    out: Path
    profile: str | None


def convert(settings: Settings, options: ConvertOptions, console: Console) -> int:
    """Convert every scan that the paths name. 0 when all were, 1 when some were not: which and why is on stderr."""
    for path in options.paths:
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}.", remedy="Check the path.")
    one_after_the_other = settings.model_copy(update={"decode_processes": 1})
    with open_calibrator(one_after_the_other, options.profile) as calibrator:
        known = KnownProfiles(frozenset(calibrator.profiles), calibrator.deliveries, options.profile)
        found = find_scans(options.paths, known)
        if not found:
            raise NotFound("The paths name no scan.", remedy="Name scans, or folders of them.")
        taken: set[str] = set()
        done = [_converted(scan, taken, calibrator, options, console) for scan in found]
    return 0 if all(done) else 1


def _converted(
    found: FoundScan, taken: set[str], calibrator: Calibrator, options: ConvertOptions, console: Console
) -> bool:
    """Whatever goes wrong with one scan is said of that scan; the others are converted. Each view is a scan."""
    try:
        files = load(found, calibrator.limits)
        written: dict[str, bytes] = {}
        for view in views_of(files, calibrator.deliveries, options.profile, calibrator.limits) or (None,):
            stem = free_stem(f"{found.stem}.{view}" if view else found.stem, taken)
            written |= files_of(calibrator.scan_of(replace(files, view=view)), stem, options.to)
        paths = _written(options.out, written)
    except TallyscanError as error:
        sys.stderr.write(f"tallyscan: {found.name} was not converted: {error.reason}\n")
        return False
    except Exception as error:  # noqa: BLE001 - the edge: one defect does not end the others
        _log.info("not converted", scan=found.name, exc_info=True)
        sys.stderr.write(f"tallyscan: {found.name} was not converted: {type(error).__name__}: {error}\n")
        return False
    console.print(f"{found.name} -> {', '.join(map(str, paths))}", soft_wrap=True, highlight=False)
    return True


def files_of(scan: Scan, stem: str, to: Format) -> dict[str, bytes]:
    """The files by their names, the sidecar first: who watches the folder has it when the image comes."""
    files = {f"{stem}.json": sidecar_json(canonical_sidecar(scan))}
    if to == "tiff":
        return files | {f"{stem}.tif": scan_tiff(scan)}
    images = scan_dicos(scan)
    return files | {
        f"{stem}.{energy}.dcm" if energy else f"{stem}.dcm": data for energy, data in images.items()
    }


def _written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Never over a file that is there: it may be the scan itself."""
    paths = [folder / name for name in files]
    if there := [path for path in paths if path.exists()]:
        raise Conflict(f"{there[0]} is there already.", remedy="Choose another --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
    except OSError as error:
        raise TallyscanError(
            f"{error.filename or folder} cannot be written: {error.strerror}.", remedy="Choose another --out."
        ) from error
    return paths
