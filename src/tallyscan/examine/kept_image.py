"""A kept image, opened: parts of any of its levels, decoding only the tiles that they lie on."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import tifffile

from tallyscan.errors import TallyscanError
from tallyscan.examine.image_facts import ImageFacts
from tallyscan.examine.pyramid import TILE, Pixels

_OPENED = 64  # headers, some kilobytes each
_TILES_KEPT = 256  # decoded tiles: of two energies 64 MiB


class HoldsBytes(Protocol):
    """Where kept images lie (`store.blobs.Blobs`)."""

    def get(self, key: str) -> bytes:
        """All bytes, checked to be those that were kept."""
        ...

    def part(self, key: str, start: int, count: int) -> bytes:
        """Some of the bytes."""
        ...


@dataclass(frozen=True, eq=False)
class KeptImage:
    """`key` names its bytes; `sizes` are (height, width) of the levels, full size first."""

    key: str
    facts: ImageFacts
    bands: int
    sizes: tuple[tuple[int, int], ...]
    tile_of: Callable[[int, int, int], Pixels]

    def window(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """uint16 (height, width, energy) from column x and row y of a level; beyond its edges they are repeated."""
        rows, columns = (
            np.clip(np.arange(first, first + count), 0, size - 1)
            for first, count, size in zip((y, x), (height, width), self.sizes[level], strict=True)
        )
        top, left = int(rows[0]), int(columns[0])
        bottom, right = int(rows[-1]) + 1, int(columns[-1]) + 1
        found = np.empty((bottom - top, right - left, self.bands), np.uint16)
        for row in range(top // TILE, (bottom - 1) // TILE + 1):
            for column in range(left // TILE, (right - 1) // TILE + 1):
                y0, x0 = max(top, row * TILE), max(left, column * TILE)
                y1, x1 = min(bottom, (row + 1) * TILE), min(right, (column + 1) * TILE)
                found[y0 - top : y1 - top, x0 - left : x1 - left] = self.tile_of(level, column, row)[
                    y0 - row * TILE : y1 - row * TILE, x0 - column * TILE : x1 - column * TILE
                ]
        return (
            found if found.shape[:2] == (height, width) else found[rows[:, np.newaxis] - top, columns - left]
        )


class KeptImages:
    """Opens kept images; of those asked for last it keeps the headers, and decoded tiles for their neighbours.

    May be asked by several threads.
    """

    def __init__(self, held: HoldsBytes) -> None:
        self._held = held
        self._opening = threading.Lock()
        self._opened = lru_cache(_OPENED)(self._open)
        self._tile = lru_cache(_TILES_KEPT)(self._decoded)

    def open(self, key: str) -> KeptImage:
        """The image of these bytes, which are checked as a whole when it is not open yet.

        Raises what the store raises, and `TallyscanError` when they are no kept image.
        """
        with self._opening:  # the tiles of a first view come all at once: its bytes are fetched once
            return self._opened(key)[0]

    def _open(self, key: str) -> tuple[KeptImage, tuple[tifffile.TiffPage, ...]]:
        try:
            # Pages keep their stream: closed, it lets go of the bytes.
            with io.BytesIO(self._held.get(key)) as stream, tifffile.TiffFile(stream) as file:
                first = file.pages.first
                levels = (first, *(first.pages or ()))
                facts = ImageFacts.from_json(first.description)
        except (tifffile.TiffFileError, ValueError, IndexError) as error:
            raise TallyscanError(f"The bytes {key} are no kept image: {error}.") from error
        sizes = tuple((level.imagelength, level.imagewidth) for level in levels)
        image = KeptImage(key, facts, first.samplesperpixel, sizes, lambda *place: self._tile(key, *place))
        return image, levels

    def _decoded(self, key: str, level: int, column: int, row: int) -> Pixels:
        page = self._opened(key)[1][level]
        index = row * -(-page.imagewidth // TILE) + column
        data = self._held.part(key, page.dataoffsets[index], page.databytecounts[index])
        try:
            decoded, _, _ = page.decode(data, index)
        except Exception as error:
            raise TallyscanError(
                f"The bytes {key} were changed on the disk.",
                remedy="Restore them from a backup, or send the scan again.",
            ) from error
        tile: Pixels = np.asarray(decoded, np.uint16)[0]
        tile.flags.writeable = False
        return tile
