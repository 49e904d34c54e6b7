"""Which file of a scan holds what: by its name, where the scanner's profile says so, else by its place."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from tallyscan.acquire.picture import Description, Picture
from tallyscan.delivery import Delivery, FileSet, ImageFile, stem_in
from tallyscan.errors import CorruptScan, IncompleteScan
from tallyscan.raw_layout import Plane
from tallyscan.scan import ScanPart

ENERGIES: tuple[Plane, ...] = ("high", "low")
"""In the order of the channels."""


def energy_in(name: str) -> Plane | None:
    """The energy of a file by its name, as `<stem>.high.png`; None where it names none."""
    stem = PurePath(name).stem.lower()
    return next(
        (energy for energy in ENERGIES if stem.endswith(f".{energy}") and len(stem) > len(energy) + 1), None
    )


def energy_alone(energy: Plane) -> str:
    """The caution of a scan of which one energy came, and the other did not."""
    return f"other_energy_missing: the file is the {energy} energy of two; the other did not come."


class PlacedPart(NamedTuple):
    """A file, the planes it holds (none: as its format says), and the detector panel it is of, from 1."""

    part: ScanPart
    planes: tuple[Plane, ...] = ()
    panel: int | None = None


def placed_parts(parts: tuple[ScanPart, ...], delivery: Delivery | None) -> list[PlacedPart]:
    """In the order of the profile. Raises `IncompleteScan` or `CorruptScan` where they are not one whole scan.

    Files of which none bears a name of the profile come as they would from any scanner: one an energy, in the
    order of the channels.
    """
    files = delivery.files if delivery is not None else None
    if files is not None:
        parts = tuple(part for part in parts if not _comes_along(part, files)) or parts
    if files is None or all(files.image_of(part.name) is None for part in parts):
        return [PlacedPart(part) for part in parts]
    by_image: dict[str, ScanPart] = {}
    for part in parts:
        image = files.image_of(part.name)
        if image is None or image.name in by_image:
            expected = ", ".join(image.name for image in files.images)
            raise CorruptScan(
                f"{part.name} does not belong to the scan: its files are {expected}, each once.",
                remedy="Send the files of one scan, and nothing else.",
            )
        by_image[image.name] = part
    _check_whole(files, by_image)
    return [PlacedPart(by_image[image.name], image.planes, image.panel) for image in files.images]


def placed_by_content(
    placed: list[PlacedPart], contents: Sequence[Picture | Description]
) -> list[PlacedPart]:
    """With the energies that the files themselves say they hold, where no name says it and every file does.

    Raises `CorruptScan` when two files say they are the same energy.
    """
    if any(at.planes for at in placed) or not all(content.planes for content in contents):
        return placed
    seen: dict[Plane, ScanPart] = {}
    for at, content in zip(placed, contents, strict=True):
        for plane in content.planes:
            if plane in seen:
                raise CorruptScan(
                    f"{seen[plane].name} and {at.part.name} both say that they are the {plane} energy.",
                    remedy="Send the two energies of one scan; each view is a scan of its own.",
                )
            seen[plane] = at.part
    return [at._replace(planes=content.planes) for at, content in zip(placed, contents, strict=True)]


def incomplete(missing: tuple[str, ...]) -> IncompleteScan:
    """What is said of a scan of which files are missing."""
    return IncompleteScan(
        f"The scan is not complete: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
        remedy="Send all files of the scan together.",
    )


def _check_whole(files: FileSet, by_image: dict[str, ScanPart]) -> None:
    stems = [_stem(image, by_image) for image in files.images if image.name in by_image]
    if len({stem.casefold() for stem in stems}) > 1:
        raise CorruptScan(
            f"{' and '.join(part.name for part in by_image.values())} are files of different scans.",
            remedy="Send the files of one scan, named alike.",
        )
    lacking = (image.name for image in files.images if image.name not in by_image)
    if missing := tuple(name.replace("*", stems[0]) for name in lacking):
        raise incomplete(missing)


def _comes_along(part: ScanPart, files: FileSet) -> bool:
    return files.stem_beside(part.name) is not None and files.image_of(part.name) is None


def _stem(image: ImageFile, by_image: dict[str, ScanPart]) -> str:
    return stem_in(image.name, by_image[image.name].name) or ""
