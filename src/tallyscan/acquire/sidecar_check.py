"""Does the sidecar speak of these pixels? A wrong one would shift every transmission without a trace."""

from tallyscan.acquire.picture import Photometric, Pixels
from tallyscan.errors import InvalidSidecar
from tallyscan.sidecar import Sidecar


def check_sidecar(sidecar: Sidecar, pixels: Pixels, photometric: Photometric) -> None:
    """Raises `InvalidSidecar` where it contradicts the pixels, (channel, height, width)."""
    _check_depth(sidecar, pixels, photometric)
    if photometric != "rgb" and sidecar.grade != "display":  # there the energies are those of the scanner
        _check_channels(sidecar, len(pixels))
    if sidecar.air_region is not None:
        _check_air_region(sidecar.air_region, pixels)


def _check_depth(sidecar: Sidecar, pixels: Pixels, photometric: Photometric) -> None:
    bits = 8 * pixels.itemsize
    if sidecar.grade == "transmission" and (bits == 8 or photometric == "rgb"):
        raise InvalidSidecar(
            f"The sidecar says transmission, but the image has {bits}-bit {photometric} pixels: "
            "its greys are not proportional to the signal.",
            remedy="Send the counts at full depth, or say grade: display.",
        )
    if sidecar.full_scale is None:
        return
    if sidecar.full_scale >= 1 << bits:
        raise InvalidSidecar(
            f"The sidecar says a full scale of {sidecar.full_scale}, but the image has {bits} bits.",
            remedy="Send the image at full depth, or correct full_scale.",
        )
    brightest = int(pixels.max())
    if brightest > sidecar.full_scale:
        raise InvalidSidecar(
            f"The sidecar says a full scale of {sidecar.full_scale}, but a pixel has {brightest}.",
            remedy="Correct full_scale, or export the image again.",
        )


def _check_channels(sidecar: Sidecar, channels: int) -> None:
    if sidecar.energies_mv is not None and len(sidecar.energies_mv) != channels:
        raise InvalidSidecar(
            f"The sidecar gives {len(sidecar.energies_mv)} energies, but the image has {channels} channels.",
            remedy="Give energies_mv one a channel and in their order, or send the missing channel.",
        )
    for name, levels in (("air_level", sidecar.air_level), ("dark_level", sidecar.dark_level)):
        if levels is not None and len(levels) not in (1, channels):
            raise InvalidSidecar(
                f"The sidecar gives {len(levels)} values of {name}, but the image has {channels} channels.",
                remedy="Give one for all or one a channel.",
            )


def _check_air_region(region: tuple[int, int, int, int], pixels: Pixels) -> None:
    x, y, width, height = region
    image_height, image_width = pixels.shape[1:]
    inside = x >= 0 and y >= 0 and x + width <= image_width and y + height <= image_height
    if width < 1 or height < 1 or not inside:
        raise InvalidSidecar(
            f"The sidecar's air region {list(region)} is not in the image of "
            f"{image_width} x {image_height} pixels.",
            remedy="Give air_region as [x, y, width, height] in original pixels.",
        )
