"""Which files make one scan: the convention of names that folders and the command line share.

`<stem>.tif` (or .png, .jpg) is an image, `<stem>.high.png` and `<stem>.low.png` are the two energies of one,
`<stem>.json` is its sidecar, `<stem>.declaration.json` its declaration.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tallyscan.acquire.limits import Limits
from tallyscan.errors import InputError, NotFound
from tallyscan.scan import ScanFiles, ScanPart

IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".btf", ".png", ".jpg", ".jpeg"})
DECLARATION_ENDING = ".declaration.json"
_ENERGIES = (".high", ".low")  # in the order of the channels


@dataclass(frozen=True)
class FoundScan:
    """The files of one scan, not read yet: images in channel order, what lies beside them."""

    images: tuple[Path, ...]
    sidecar: Path | None
    declaration: Path | None

    @property
    def stem(self) -> str:
        """What the files have in common."""
        return stem_of(self.images[0])

    @property
    def name(self) -> str:
        """For people: the path of the image, of the first one of two."""
        return str(self.images[0])

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        beside = (self.sidecar, self.declaration)
        return (*self.images, *(path for path in beside if path is not None))


def stem_of(image: Path) -> str:
    """The name of a scan: without suffix and, of one of two energies, without `.high` or `.low`."""
    stem = image.stem
    for energy in _ENERGIES:
        if stem.lower().endswith(energy) and len(stem) > len(energy):
            return stem[: -len(energy)]
    return stem


def is_image(path: Path) -> bool:
    """Whether the name says that this is an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def grouped(images: Iterable[Path]) -> list[FoundScan]:
    """Scans from image files, in their order, each with its other energy and what lies beside it on disk."""
    scans: dict[tuple[Path, ...], FoundScan] = {}
    for image in images:
        parts = _energies_of(image)
        beside = [parts[0].with_name(stem_of(parts[0]) + ending) for ending in (".json", DECLARATION_ENDING)]
        sidecar, declaration = (path if is_image(image) and path.is_file() else None for path in beside)
        scans.setdefault(parts, FoundScan(parts, sidecar, declaration))
    return list(scans.values())


def lacks_its_energy(found: FoundScan) -> bool:
    """Whether the name says that this is one of two energies, and the other one is not there."""
    return len(found.images) == 1 and found.images[0].stem != found.stem


def _energies_of(image: Path) -> tuple[Path, ...]:
    """High and low energy when both are there, else the one file."""
    if image.stem.lower().endswith(_ENERGIES):
        pair = tuple(image.with_name(stem_of(image) + energy + image.suffix) for energy in _ENERGIES)
        if all(path.is_file() for path in pair):
            return pair
    return (image,)


def kind_of(path: Path) -> Literal["image", "sidecar", "declaration"]:
    """What a file is by its name."""
    if path.name.endswith(DECLARATION_ENDING):
        return "declaration"
    return "sidecar" if path.suffix.lower() == ".json" else "image"


def load(found: FoundScan, limits: Limits) -> ScanFiles:
    """Reads the files. Raises `TooLarge` (before it reads), `NotFound`, or `InputError` when it cannot."""
    with _faults_told(found.name):
        limits.check_file(sum(path.stat().st_size for path in found.files))
        return ScanFiles(
            images=tuple(ScanPart(path.name, path.read_bytes()) for path in found.images),
            sidecar=found.sidecar.read_bytes() if found.sidecar else None,
            declaration=found.declaration.read_bytes() if found.declaration else None,
        )


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
        raise InputError(
            f"{error.filename or name} cannot be read ({error.strerror}).",
            remedy="Check its permissions.",
        ) from error
