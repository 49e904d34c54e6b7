"""The upright picture of a scan that is kept with its reading: where original pixels lie in it, where the doors are."""

from dataclasses import dataclass

from tallyscan.doors import UNKNOWN, Doors
from tallyscan.scan import Box


@dataclass(frozen=True)
class UprightImage:
    """Row 0 is the top, the width is the travel.

    `key` is that of the picture in the blob store. `to_image` is (a, b, c, d, e, f): an original pixel (x, y) lies at
    (a x + b y + c, d x + e y + f). `pixel_mm` is the size of a pixel of the picture across the travel, at the plane of
    the cargo; None where nobody gives it.
    """

    key: str
    width: int
    height: int
    to_image: tuple[float, float, float, float, float, float]
    pixel_mm: float | None = None
    doors: Doors = UNKNOWN

    def place(self, box: Box) -> Box:
        """A box of the original image as a box of the picture."""
        a, b, c, d, e, f = self.to_image
        corners = [(box.x + dx * box.width, box.y + dy * box.height) for dx in (0, 1) for dy in (0, 1)]
        xs = [a * x + b * y + c for x, y in corners]
        ys = [d * x + e * y + f for x, y in corners]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
