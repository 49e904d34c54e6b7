"""Decoders that are installed beside Tallyscan: entry points of the group `tallyscan.decoders`.

A plugin is Python that whoever runs the service has installed: it is trusted as the service is, but not believed. What
it gives is checked, and what it raises becomes an error of ours.
"""

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Description, Picture
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, InputError, TallyscanError
from tallyscan.scan import ScanPart

GROUP = "tallyscan.decoders"
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_MOST_CHANNELS = 4


class PluginDecoder:
    """A decoder of a plugin, under the contract of `file_formats.Decoder`."""

    def __init__(self, name: str, module: Any) -> None:
        self.FILE_FORMAT: str = module.FILE_FORMAT
        self.plugin = name
        self._module = module

    def recognises(self, head: bytes) -> bool:
        """Whether the plugin says so. Raises `TallyscanError` when it cannot say."""
        try:
            return bool(self._module.recognises(head))
        except Exception as error:  # third-party code: the edge
            raise self._broken(f"fails to recognise a file ({type(error).__name__}: {error})") from error

    def decode(self, part: ScanPart, limits: Limits) -> Picture:
        """What the plugin makes of the file, checked. Raises `InputError`, or `TallyscanError` for a broken one."""
        try:
            picture = Picture(*self._module.decode(part, limits))
        except (InputError, MemoryError):
            raise
        except Exception as error:
            raise self._failed(part, error) from error
        self._check(picture)
        _, height, width = picture.pixels.shape
        limits.check_image(width, height, len(picture.pixels), picture.pixels.itemsize, picture.pixels.nbytes)
        pixels: Any = np.ascontiguousarray(picture.pixels)
        return picture._replace(pixels=pixels)

    def _check(self, picture: Picture) -> None:
        """The array convention. Raises `TallyscanError`."""
        pixels: Any = picture.pixels
        if (
            not isinstance(pixels, np.ndarray)
            or pixels.dtype not in (np.uint8, np.uint16)
            or pixels.ndim != 3
        ):
            kind = (
                f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
            )
            raise self._broken(f"gives {kind}, not uint8 or uint16 (channel, height, width)")
        if picture.photometric not in ("grey", "inverted", "rgb") or not 1 <= len(pixels) <= _MOST_CHANNELS:
            raise self._broken(f"gives {len(pixels)} channels that are {picture.photometric!r}")

    def _failed(self, part: ScanPart, error: Exception) -> CorruptScan:
        return CorruptScan(
            f"{part.name}: the decoder plugin {self.plugin} could not read it ({type(error).__name__}: "
            f"{str(error)[:200]}).",
            remedy="Send the file again; if it is whole, ask whoever made the plugin.",
        )

    def _broken(self, what: str) -> TallyscanError:
        return _broken(self.plugin, what)


class DescribingPlugin(PluginDecoder):
    """A plugin whose files say what else is said in a sidecar."""

    def describe(self, part: ScanPart, limits: Limits, delivery: Delivery | None) -> Description:
        """What the plugin finds in the file. Raises as `decode`."""
        try:
            description = self._module.describe(part, limits, delivery)
        except (InputError, MemoryError):
            raise
        except Exception as error:
            raise self._failed(part, error) from error
        if not isinstance(description, Description):
            raise self._broken(f"describes a file by {type(description).__name__}, not by a Description")
        return description


def load_plugins(built_in: frozenset[str]) -> tuple[PluginDecoder, ...]:
    """The plugins that are installed, by name. Raises `TallyscanError` for one that cannot be used."""
    plugins = [_loaded(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)]
    taken: dict[str, str] = dict.fromkeys(built_in, "Tallyscan itself")
    for plugin in plugins:
        if plugin.FILE_FORMAT in taken:
            raise _broken(
                plugin.plugin, f"reads {plugin.FILE_FORMAT!r}, which {taken[plugin.FILE_FORMAT]} reads"
            )
        taken[plugin.FILE_FORMAT] = plugin.plugin
    return tuple(plugins)


def _loaded(entry: EntryPoint) -> PluginDecoder:
    package = f"{entry.name} ({entry.dist.name} {entry.dist.version})" if entry.dist else entry.name
    try:
        module = entry.load()
    except Exception as error:  # whatever its import raises
        raise _broken(package, f"cannot be loaded ({type(error).__name__}: {error})") from error
    name = getattr(module, "FILE_FORMAT", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _broken(package, "has no FILE_FORMAT of small letters and digits")
    for function in ("recognises", "decode"):
        if not callable(getattr(module, function, None)):
            raise _broken(package, f"has no function {function}")
    kind = DescribingPlugin if callable(getattr(module, "describe", None)) else PluginDecoder
    return kind(package, module)


def _broken(plugin: str, what: str) -> TallyscanError:
    return TallyscanError(
        f"The decoder plugin {plugin} {what}.", remedy="Uninstall it, or install a version that works."
    )


@cache
def installed_plugins(built_in: frozenset[str]) -> tuple[PluginDecoder, ...]:
    """Those of `load_plugins`, looked for once in a process; a failure is looked for again."""
    return load_plugins(built_in)
