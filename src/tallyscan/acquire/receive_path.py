"""Scans from paths on the command line: files and folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallyscan.acquire.manifest import is_manifest
from tallyscan.acquire.scan_files import (
    FoundScan,
    ProfileOf,
    declared_stem,
    grouped,
    is_declaration,
    is_image,
    load,
    profile_by_folder,
)
from tallyscan.delivery import Delivery, FileSet

__all__ = ["FoundScan", "KnownProfiles", "find_scans", "load", "passed_over"]


@dataclass(frozen=True)
class KnownProfiles:
    """The scanner profiles by name, what they say of files, and the one that was asked for."""

    names: frozenset[str] = frozenset()
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    asked_for: str | None = None


def find_scans(paths: Sequence[Path], profiles: KnownProfiles | None = None) -> list[FoundScan]:
    """Every scan that the paths name, none read yet; folders are searched to their depths, in order of names.

    A file that is named itself is listed whatever it is called, so that what cannot be read ends as a reason
    and not as silence; only what lies beside a named image (its sidecar, declaration or notes) is not. A scanner
    profile that was asked for, or that a folder inside a named one is called after, says which files are a scan.
    """
    profile_of = _profile_of(paths, profiles or KnownProfiles())
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += [file for file in _files_in(path) if _begins_a_scan(file, profile_of)]
        elif is_image(path) or _is_declared(path, profile_of) or not _is_beside(path, paths):
            files.append(path)
    return grouped(files, profile_of)


def passed_over(paths: Sequence[Path], profiles: KnownProfiles | None = None) -> list[Path]:
    """Files in the folders among the paths that belong to no scan."""
    used = {file for scan in find_scans(paths, profiles) for file in scan.files}
    inside = (file for path in paths if path.is_dir() for file in _files_in(path))
    return [file for file in inside if file not in used]


def _profile_of(paths: Sequence[Path], profiles: KnownProfiles) -> ProfileOf:
    """By the folder inside the first named one in which a file lies."""
    of_each = [
        (path, profile_by_folder(path, profiles.names, profiles.deliveries, profiles.asked_for))
        for path in paths
    ]

    def of(file: Path) -> tuple[str | None, FileSet | None]:
        return next((of(file) for path, of in of_each if file.is_relative_to(path)), (None, None))

    return of


def _begins_a_scan(file: Path, profile_of: ProfileOf) -> bool:
    return is_image(file) or is_manifest(file) or _is_declared(file, profile_of)


def _is_declared(path: Path, profile_of: ProfileOf) -> bool:
    return declared_stem(path, profile_of(path)[1]) is not None


def _files_in(folder: Path) -> list[Path]:
    """Files of a folder and of those in it, without hidden ones."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def _is_beside(path: Path, paths: Sequence[Path]) -> bool:
    """Whether a JSON file or a declaration belongs to an image that is named too, as when a shell expands `*`."""
    return (path.suffix.lower() == ".json" or is_declaration(path)) and any(
        is_image(image) and image.parent == path.parent and path.name.startswith(scan.stem + ".")
        for image in paths
        for scan in grouped([image])
    )
