"""Which objects go together: those of one scan are fetched together and put into the inbox at once.

By the rules of `scan_files`, but of names alone, as nothing lies on the disk yet. An object alone can only be told
from one whose companions are still on their way by waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tallyscan.acquire.manifest import is_manifest
from tallyscan.acquire.s3_prefix import S3Object
from tallyscan.acquire.scan_files import (
    DECLARATION_ENDINGS,
    ProfileOf,
    declared_stem,
    is_declaration,
    is_image,
    kind_of,
    stem_of,
)
from tallyscan.acquire.scan_parts import ENERGIES, energy_in
from tallyscan.delivery import FileSet


@dataclass(frozen=True)
class Group:
    """Objects of one scan, in the order in which the inbox must see them: what holds back first, images last.

    `paths` is where each of them will lie. `whole` is False while something that belongs to them is not there: an
    energy, a file of the profile or the manifest, the image beside a declaration.
    """

    paths: tuple[Path, ...]
    objects: tuple[S3Object, ...]
    whole: bool

    @property
    def size_bytes(self) -> int:
        """Of all of them together."""
        return sum(found.size_bytes for found in self.objects)

    @property
    def written_at(self) -> str:
        """When the first of them came."""
        return min(found.written_at for found in self.objects)


def gathered(
    objects: Mapping[Path, S3Object], manifests: Mapping[Path, tuple[str, ...]], profile_of: ProfileOf
) -> list[Group]:
    """Those that can be handed over, by the path that each will have; `manifests` are the names in each manifest.

    What only lies beside an image (a sidecar, a preview) waits in the bucket until that is there.
    """
    named: dict[Path, Path] = {}
    for manifest, names in manifests.items():
        for name in names:
            named.setdefault(manifest.with_name(name), manifest)
    by_scan: dict[tuple[Path, str], list[Path]] = {}
    for path in objects:
        of = path if is_manifest(path) else named.get(path)
        key = (of, "") if of is not None else (path.parent, _stem(path, profile_of(path)[1]))
        by_scan.setdefault(key, []).append(path)
    groups: list[Group] = []
    for (origin, stem), paths in by_scan.items():
        files = profile_of(paths[0])[1]
        if origin in manifests:
            whole = all(origin.with_name(name) in objects for name in manifests[origin])
        elif any(_begins_a_scan(path, files) for path in paths):
            whole = _is_whole(paths, stem, files)
        else:
            paths = [path for path in paths if is_declaration(path)]
            whole = False
        if paths:
            paths = sorted(paths, key=_order)
            groups.append(Group(tuple(paths), tuple(objects[path] for path in paths), whole))
    return groups


def _stem(path: Path, files: FileSet | None) -> str:
    stem = declared_stem(path, files)
    if stem is None:
        stem = _stem_beside(path, files)
    if stem is None:
        ending = next((each for each in DECLARATION_ENDINGS if path.name.lower().endswith(each)), None)
        stem = path.name[: -len(ending)] if ending is not None else stem_of(path)
    return stem if files is None else stem.casefold()


def _stem_beside(path: Path, files: FileSet | None) -> str | None:
    """The name of the scan beside which this lies by its profile, and which does not read it."""
    return files.stem_beside(path.name) if files is not None else None


def _begins_a_scan(path: Path, files: FileSet | None) -> bool:
    if is_manifest(path) or declared_stem(path, files) is not None:
        return True
    beside = path.suffix.lower() == ".json" or is_declaration(path)
    return not beside and (is_image(path) or _stem_beside(path, files) is None)


def _is_whole(paths: list[Path], stem: str, files: FileSet | None) -> bool:
    if files is not None and any(declared_stem(path, files) or _stem_beside(path, files) for path in paths):
        there = {path.name.casefold() for path in paths}
        return all(pattern.replace("*", stem).casefold() in there for pattern in files.needed)
    named = {energy_in(path.name) for path in paths if kind_of(path) == "image"} - {None}
    return named in (set(), set(ENERGIES))


def _order(path: Path) -> tuple[int, str]:
    if is_manifest(path):
        return 0, path.name
    return (2 if kind_of(path) == "image" else 1), path.name
