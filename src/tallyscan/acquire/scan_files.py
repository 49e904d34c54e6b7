"""Which files make one scan: the convention of names that folders and the command line share.

`<stem>.tif` (or .png, .jpg, ...) is an image, `<stem>.high.png` and `<stem>.low.png` are the two energies of one,
`<stem>.json` is its sidecar, `<stem>.declaration.json` its declaration (or `.xml`,
`.csv`: the bytes say what it is). In a folder that bears the name of a
scanner profile, the files are those that the profile declares. `<any>.sha256` is a manifest: the files that it names
are one scan, whatever they are called, the images in its order.
"""

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.manifest import MOST_BYTES, check_against_manifest, is_manifest, parse_manifest
from tallyscan.acquire.scan_parts import ENERGIES, energy_in, incomplete
from tallyscan.delivery import Delivery, FileSet
from tallyscan.errors import CorruptScan, InputError, NotFound, Unavailable
from tallyscan.scan import ScanFiles, ScanPart

IMAGE_SUFFIXES = frozenset(
    {
        ".tif",
        ".tiff",
        ".btf",
        ".png",
        ".jpg",
        ".jpeg",
        ".jp2",
        ".j2k",
        ".j2c",
        ".jls",
        ".npy",
        ".dcm",
        ".dcs",
        ".dicos",
    }
    | {".raw", ".img"}
)
DECLARATION_ENDINGS = (".declaration.json", ".declaration.xml", ".declaration.csv")
_NEVER_READABLE = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


@dataclass(frozen=True)
class FoundScan:
    """The files of one scan, not read yet: images in channel order, what lies beside them.

    `stem` is what they have in common, `profile` the scanner profile that the folder names, and `missing` the names
    of the files that the profile or the manifest names and that are not there. `unread` come along and are not read;
    `lacks_energy` says that by its name this is one of two energies, and the other one is not there.
    """

    images: tuple[Path, ...]
    sidecar: Path | None
    declaration: Path | None
    stem: str
    profile: str | None = None
    missing: tuple[str, ...] = ()
    unread: tuple[Path, ...] = ()
    lacks_energy: bool = False
    manifest: Path | None = None

    @property
    def first(self) -> Path:
        """The image, the first one of several; without one what else is there."""
        return self.files[0]

    @property
    def name(self) -> str:
        """For people: the path of the image, of the first one of two."""
        return str(self.first)

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        beside = (self.sidecar, self.declaration, self.manifest)
        return (*self.images, *(path for path in beside if path is not None), *self.unread)


ProfileOf = Callable[[Path], tuple[str | None, FileSet | None]]
"""The scanner profile that the folder of a file names, and the files of its scans; None where nothing does."""


def no_profile(_: Path) -> tuple[None, None]:
    """Nothing is known of any folder."""
    return None, None


def profile_by_folder(
    root: Path, profiles: Iterable[str], deliveries: Mapping[str, Delivery], asked_for: str | None = None
) -> ProfileOf:
    """What was asked for, else the nearest folder below `root` that bears the name of a profile."""
    known = frozenset(profiles)

    def of(path: Path) -> tuple[str | None, FileSet | None]:
        inside = path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()
        name = asked_for or next((folder for folder in reversed(inside) if folder in known), None)
        delivery = deliveries.get(name) if name is not None else None
        return name, delivery.files if delivery is not None else None

    return of


def stem_of(image: Path) -> str:
    """The name of a scan: without suffix and, of one of two energies, without `.high` or `.low`."""
    energy = energy_in(image.name)
    return image.stem[: -len(f".{energy}")] if energy is not None else image.stem


def is_declaration(path: Path) -> bool:
    """Whether the name says that this is a declaration."""
    return path.name.lower().endswith(DECLARATION_ENDINGS)


def is_image(path: Path) -> bool:
    """Whether the name says that this is an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def grouped(paths: Iterable[Path], profile_of: ProfileOf = no_profile) -> list[FoundScan]:
    """Scans from their files, in their order, each with its other files and what lies beside it on disk.

    A file is an image, a manifest, or one of the files that its profile declares or lets come along; what a manifest
    names belongs to that scan alone.
    """
    paths = list(paths)
    by_manifest = [_by_manifest(path, profile_of) for path in paths if is_manifest(path)]
    named = {path for scan in by_manifest for path in scan.files}
    return [*by_manifest, *_grouped_by_name((path for path in paths if path not in named), profile_of)]


def _grouped_by_name(paths: Iterable[Path], profile_of: ProfileOf) -> list[FoundScan]:
    scans: dict[tuple[Path, ...], FoundScan] = {}
    listings: dict[Path, dict[str, Path]] = {}
    for path in paths:
        profile, files = profile_of(path)
        stem = declared_stem(path, files)
        there = listings[path.parent] if path.parent in listings else _listed(path.parent, listings)
        if files is not None and stem is None:  # it comes along with others, or was left without them
            stem = files.stem_beside(path.name)
        if files is not None and stem is not None:
            found = _by_profile(stem, profile, files, there)
        else:
            found = _by_convention(path, profile, there)
        scans.setdefault(found.files, found)
    return list(scans.values())


def declared_stem(path: Path, files: FileSet | None) -> str | None:
    """The name of the scan of which this is one of the declared files; None for any other file."""
    if files is None or is_declaration(path):
        return None
    return files.stem_of(path.name)


def _listed(folder: Path, listings: dict[Path, dict[str, Path]]) -> dict[str, Path]:
    """What lies in a folder, by names in lower case: scanners do not keep to one case."""
    listings[folder] = {path.name.casefold(): path for path in folder.iterdir()} if folder.is_dir() else {}
    return listings[folder]


def _by_profile(stem: str, profile: str | None, files: FileSet, there: dict[str, Path]) -> FoundScan:
    def named(pattern: str) -> Path | None:
        path = there.get(pattern.replace("*", stem).casefold())
        return path if path is not None and _is_plain_file(path) else None

    images = tuple(path for image in files.images if (path := named(image.name)) is not None)
    own = named(files.sidecar) if files.sidecar is not None else None
    if images:
        stem = files.stem_of(images[0].name) or stem  # in the case of that file
    return FoundScan(
        images,
        own or named("*.json"),
        next((path for ending in DECLARATION_ENDINGS if (path := named("*" + ending)) is not None), None),
        stem,
        profile,
        missing=tuple(pattern.replace("*", stem) for pattern in files.needed if named(pattern) is None),
        unread=tuple(path for pattern in files.beside if (path := named(pattern)) is not None),
    )


def _by_manifest(manifest: Path, profile_of: ProfileOf) -> FoundScan:
    """Of one that cannot be read nothing is known but that it is there: `load` says why."""
    profile, files = profile_of(manifest)
    try:
        with manifest.open("rb") as file:
            names = list(parse_manifest(file.read(MOST_BYTES + 1)))
    except (CorruptScan, OSError):
        return FoundScan((), None, None, manifest.stem, profile, manifest=manifest)
    there = [manifest.with_name(name) for name in names if _is_plain_file(manifest.with_name(name))]
    kinds: dict[str, list[Path]] = {"image": [], "sidecar": [], "declaration": [], "unread": []}
    for path in there:
        kind = kind_of(path)
        kinds["unread" if _is_unread(path, files) else kind].append(path)
    for kind in ("sidecar", "declaration"):  # a second one is kept with the scan, and not read
        kinds["unread"] += kinds[kind][1:]
    return FoundScan(
        tuple(kinds["image"]),
        next(iter(kinds["sidecar"]), None),
        next(iter(kinds["declaration"]), None),
        manifest.stem,
        profile,
        missing=tuple(name for name in names if manifest.with_name(name) not in there),
        unread=tuple(kinds["unread"]),
        manifest=manifest,
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # as of a name that is too long for any file
        return False


def _is_plain_file(path: Path) -> bool:
    return _is_file(path) and not path.is_symlink()


def _is_unread(path: Path, files: FileSet | None) -> bool:
    """What the profile says is not read; without a profile, whatever is neither image nor beside one by its name."""
    if files is not None:
        return files.stem_beside(path.name) is not None
    return kind_of(path) == "image" and not is_image(path)


def _by_convention(image: Path, profile: str | None, there: dict[str, Path]) -> FoundScan:
    parts = _energies_of(image, there)
    stem = stem_of(parts[0])

    def beside(*endings: str) -> Path | None:
        paths = (parts[0].with_name(stem + ending) for ending in endings)
        return next((path for path in paths if is_image(image) and _is_file(path)), None)

    sidecar, declaration = beside(".json"), beside(*DECLARATION_ENDINGS)
    lacks_energy = len(parts) == 1 and energy_in(image.name) is not None
    return FoundScan(parts, sidecar, declaration, stem, profile, lacks_energy=lacks_energy)


def _energies_of(image: Path, there: dict[str, Path]) -> tuple[Path, ...]:
    """High and low energy when there is one of each, in whatever case and format, else the one file."""
    if energy_in(image.name) is None:
        return (image,)
    names = [[f"{stem_of(image)}.{energy}{suffix}" for suffix in IMAGE_SUFFIXES] for energy in ENERGIES]
    found = [[there[name.casefold()] for name in of if name.casefold() in there] for of in names]
    return (*found[0], *found[1]) if [len(of) for of in found] == [1, 1] else (image,)


def kind_of(path: Path) -> Literal["image", "sidecar", "declaration"]:
    """What a file is by its name."""
    if is_declaration(path):
        return "declaration"
    return "sidecar" if path.suffix.lower() in (".json", ".xml") else "image"


def load(found: FoundScan, limits: Limits) -> ScanFiles:
    """Reads the files. Raises `TooLarge` (before it reads), `NotFound`, `Unavailable`, or another `InputError`.

    What a manifest names is held against it: `CorruptScan` where it differs. Of what the profile declares, the images
    that came are the scan, else a picture that lies beside: it is rejected when it is read, and so its consignment
    learns that files were left out.
    """
    pictures = tuple(path for path in found.unread if is_image(path)) if not found.images else ()
    if found.missing and (found.manifest is not None or not (found.images or pictures)):
        raise incomplete(found.missing)
    with _faults_told(found.name):
        if found.manifest is not None:
            _check_manifest(found, found.manifest, limits)
        limits.check_file(sum(path.stat().st_size for path in found.files))
        return ScanFiles(
            images=tuple(ScanPart(path.name, path.read_bytes()) for path in found.images or pictures[:1]),
            sidecar=found.sidecar.read_bytes() if found.sidecar else None,
            declaration=found.declaration.read_bytes() if found.declaration else None,
            profile=found.profile,
        )


def _check_manifest(found: FoundScan, manifest: Path, limits: Limits) -> None:
    named = parse_manifest(manifest.read_bytes())
    limits.check_file(sum(path.stat().st_size for path in found.files))
    for path in found.files:
        if path != manifest:
            check_against_manifest({path.name: path.read_bytes()}, named)
    if not found.images:
        raise incomplete(("an image",))


def load_file(path: Path, limits: Limits) -> bytes:
    """Reads one file. Raises as `load` does."""
    with _faults_told(str(path)):
        limits.check_file(path.stat().st_size)
        return path.read_bytes()


@contextmanager
def _faults_told(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {error.filename}.", remedy="Check the path.") from error
    except OSError as error:
        if error.errno not in _NEVER_READABLE:  # a share that is away comes back
            raise Unavailable(f"{error.filename or name} cannot be read now ({error.strerror}).") from error
        raise InputError(
            f"{error.filename or name} cannot be read ({error.strerror}).",
            remedy="Check its permissions.",
        ) from error
