"""Scans from paths on the command line: files and folders."""

from collections.abc import Sequence
from pathlib import Path

from tallyscan.acquire.scan_files import FoundScan, grouped, is_image, load

__all__ = ["FoundScan", "find_scans", "load", "passed_over"]


def find_scans(paths: Sequence[Path]) -> list[FoundScan]:
    """Every scan that the paths name, none read yet; folders are searched to their depths, in order of names.

    A file that is named itself is listed whatever it is called, so that what cannot be read ends as a reason
    and not as silence; only what lies beside a named image (its sidecar, declaration or notes) is not.
    """
    images: list[Path] = []
    for path in paths:
        if path.is_dir():
            images += [file for file in _files_in(path) if is_image(file)]
        elif is_image(path) or not _is_beside(path, paths):
            images.append(path)
    return grouped(images)


def passed_over(paths: Sequence[Path]) -> list[Path]:
    """Files in the folders among the paths that belong to no scan."""
    used = {file for scan in find_scans(paths) for file in scan.files}
    inside = (file for path in paths if path.is_dir() for file in _files_in(path))
    return [file for file in inside if file not in used]


def _files_in(folder: Path) -> list[Path]:
    """Files of a folder and of those in it, without hidden ones."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def _is_beside(path: Path, paths: Sequence[Path]) -> bool:
    """Whether a JSON file belongs to an image that is named too, as when a shell expands `*`."""
    return path.suffix.lower() == ".json" and any(
        is_image(image) and image.parent == path.parent and path.name.startswith(scan.stem + ".")
        for image in paths
        for scan in grouped([image])
    )
