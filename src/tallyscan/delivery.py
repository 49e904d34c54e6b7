"""How a kind of scanner delivers a scan: its files, the layout of raw ones, and its own sidecar."""

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tallyscan.raw_layout import Plane, RawLayout
from tallyscan.sidecar_mapping import SidecarMapping, known_zone

_PATTERN = re.compile(r"[^*/\\]*\*[^*/\\]*")
_VIEW = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 _.-]{0,22}[A-Za-z0-9])?")
_ENERGIES: tuple[Plane, ...] = ("high", "low")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImageFile(_Strict):
    """One image file of a scan."""

    name: str = Field(description="with one `*`, which stands for the name of the scan")
    planes: tuple[Plane, ...] = Field(
        (), description="what it holds, in the order in which it is stored; empty: as the format says"
    )
    panel: int | None = Field(None, ge=1, description="which detector panel it is of, from 1")


class FileSet(_Strict):
    """The files of which a scan consists: all of them are needed."""

    images: tuple[ImageFile, ...] = Field(min_length=1, max_length=16)
    sidecar: str | None = Field(None, description="the scanner's own sidecar, a name with one `*`")
    beside: tuple[str, ...] = Field((), description="what comes along and is not read, names with one `*`")

    @property
    def needed(self) -> tuple[str, ...]:
        """The patterns of all the files that a scan needs."""
        return (*(image.name for image in self.images), *((self.sidecar,) if self.sidecar else ()))

    def stem_of(self, name: str) -> str | None:
        """The name of the scan to which a file of this name belongs; None for one that is not needed."""
        pattern = _closest(self.needed, name)
        return stem_in(pattern, name) if pattern else None

    def stem_beside(self, name: str) -> str | None:
        """The name of the scan with which a file of this name comes along, unread; None for any other file."""
        stems = (stem_in(pattern, name) for pattern in self.beside)
        return next((stem for stem in stems if stem is not None), None)

    def image_of(self, name: str) -> ImageFile | None:
        """What an image file of this name is."""
        pattern = _closest(self.needed, name)
        return next((image for image in self.images if image.name == pattern), None)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        patterns = (*self.needed, *self.beside)
        if wrong := [pattern for pattern in patterns if not _PATTERN.fullmatch(pattern)]:
            raise ValueError(f"{wrong[0]!r} must be the name of a file with one *")
        if bare := [pattern for pattern in self.needed if pattern.endswith("*")]:
            raise ValueError(f"{bare[0]!r} must not end with *: every file would be one")
        if len({pattern.casefold() for pattern in patterns}) < len(patterns):
            raise ValueError("two files have the same name")
        if len(self.images) > 1 and not all(image.planes for image in self.images):
            raise ValueError("where a scan has several image files, each must name its planes")
        held = [(plane, image.panel) for image in self.images for plane in image.planes]
        if len(set(held)) < len(held):
            raise ValueError("two files hold the same plane")
        panels = {image.panel for image in self.images}
        if panels != {None} and panels != set(range(1, len(panels) + 1)):
            raise ValueError("panels must be numbered from 1 on, in every file or in none")
        if any(
            {plane for plane, of in held if of == panel} != {plane for plane, _ in held} for panel in panels
        ):
            raise ValueError("every panel must have the same planes")
        return self


class DicosReading(_Strict):
    """How the DICOM and DICOS files of a scanner are read, where they do not say it themselves."""

    model: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="manufacturer's model name in its files, which tells the scanner"
    )
    frames: tuple[str, ...] = Field(
        (),
        max_length=4,
        description="what the frames of an image are, in the order in which they are stored: `high`, `low`; "
        "of several views `top/high`, or `top` alone",
    )
    rescale: bool = Field(
        False, description="apply the rescale slope and intercept, or the Modality LUT, of the file"
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = Field(
        None, description="of times that do not name theirs, as in the tz database"
    )

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views, in their order; empty where there is one, which needs no name."""
        return tuple(dict.fromkeys(view for view, _ in map(_frame, self.frames) if view is not None))

    def frames_of(self, view: str | None) -> tuple[int, ...]:
        """Where the frames of a view are stored, from 0."""
        return tuple(place for place, frame in enumerate(self.frames) if _frame(frame)[0] == view)

    def energies_of(self, view: str | None) -> tuple[Plane, ...]:
        """Which energies those frames are; empty where the profile does not say it."""
        of_view = (energy for of, energy in map(_frame, self.frames) if of == view)
        return tuple(energy for energy in of_view if energy is not None)

    @model_validator(mode="after")
    def _each_frame_once(self) -> Self:
        frames = [_frame(frame) for frame in self.frames]
        if len(set(frames)) < len(frames):
            raise ValueError("two frames are the same view and energy")
        views = self.views
        if wrong := [view for view in views if not _VIEW.fullmatch(view) or view.lower() in _ENERGIES]:
            raise ValueError(
                f"{wrong[0]!r} is no name of a view: up to 24 letters, digits, spaces and . _ - (not high, low)"
            )
        if len({view.casefold() for view in views}) < len(views):
            raise ValueError("the names of two views differ in case only")
        if views and (len(views) == 1 or any(view is None for view, _ in frames)):
            raise ValueError("name every frame's view, of two or more; a single view needs no name")
        energies = {frozenset(energy for of, energy in frames if of == view) for view in views}
        if len(energies) > 1 or any(None in of and len(of) > 1 for of in energies):
            raise ValueError("every view must have the same energies")
        return self


def _frame(name: str) -> tuple[str | None, Plane | None]:
    """View and energy of a frame by its name in the profile."""
    if name in _ENERGIES:
        return None, _ENERGIES[_ENERGIES.index(name)]
    view, slash, last = name.rpartition("/")
    energy = next((energy for energy in _ENERGIES if energy == last), None)
    return (view, energy) if slash and energy else (name, None)


@dataclass(frozen=True)
class Delivery:
    """What a scanner profile says of the files; `name` is that of the profile.

    `full_scale` and `turned` are what else of the profile bears on what a file says of itself: the largest count of
    the detector, and whether rows of the stored image run along the detector.
    """

    name: str
    files: FileSet | None = None
    raw: RawLayout | None = None
    sidecar: SidecarMapping | None = None
    dicos: DicosReading | None = None
    full_scale: int | None = None
    turned: bool = False

    def __post_init__(self) -> None:
        """The tables must go together. Raises `ValueError`."""
        images = self.files.images if self.files is not None else ()
        held = [image.planes or (self.raw.planes if self.raw else ()) for image in images]
        if held and all(planes and set(planes) == {"material"} for planes in held):
            raise ValueError("files: none holds an energy")
        if self.raw is None and any("material" in planes and len(planes) > 1 for planes in held):
            raise ValueError("files: without a raw layout the material plane needs a file of its own")
        of_files = max((image.panel or 0 for image in images), default=0)
        panels = self.raw.panels if self.raw is not None else None
        if of_files and (panels is None or panels.sizes):
            raise ValueError("files: panels in a file each need raw.panels, without sizes")
        if panels is not None and not panels.sizes and max(panels.reversed, default=1) > of_files:
            raise ValueError("raw.panels: sizes are needed, or a file for each panel")


def _closest(patterns: tuple[str, ...], name: str) -> str | None:
    """The pattern that says most of those that fit: `*.low.raw`, not `*.raw`."""
    return max((p for p in patterns if stem_in(p, name) is not None), key=len, default=None)


def stem_in(pattern: str, name: str) -> str | None:
    """What stands for the `*` of the pattern in a name; None when it does not fit. Case plays no part."""
    before, _, after = pattern.casefold().partition("*")
    folded = name.casefold()
    if len(folded) != len(name) or len(name) <= len(before) + len(after):
        return None
    fits = folded.startswith(before) and folded.endswith(after)
    return name[len(before) : len(name) - len(after)] if fits else None
