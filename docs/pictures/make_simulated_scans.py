"""Draw `simulated-scans.png`: a sheet of simulated scans, what is hidden in them outlined.

PYTHONPATH=. python docs/pictures/make_simulated_scans.py
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.simulate.display_style import DisplayStyle
from training.simulate.render import SimulatedScan, draw_framing, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

SHEET = Path(__file__).parent / "simulated-scans.png"
SEED = 40_017
TILE = (150, 500)  # height and width of a scan on the sheet
CAPTION_PX, GAP_PX, COLUMNS = 18, 6, 3
GREY_STEP = 6  # fewer greys make a smaller file
MARK = (40, 40, 225)  # red, in BGR
GREY, COLOURS = DisplayStyle("log", 6.5), DisplayStyle("log", 6.5, colour="dual")
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """One scan of the sheet."""

    vehicle: str
    scanner: str
    load: str
    commodity: str | None = None
    family: str | None = None
    amount: float = 0.7
    style: DisplayStyle = GREY

    @property
    def caption(self) -> str:
        """What it is, and what is hidden in it."""
        goods = self.commodity or self.load
        return ", ".join(part for part in (self.vehicle, goods, self.family) if part)


EXAMPLES = (
    Example("truck_40", "gantry-9-6-L", "full", "bottled_drinks", "void"),
    Example("truck_two_20", "portal-6-4-L", "full", "steel_products"),
    Example("curtain_trailer", "portal-6-arc", "groupage", None, "bricks_in_load", 0.85),
    Example("truck_20", "mobile-6-4-L", "full", "tyres", "weapons_ammunition", 0.9),
    Example("refrigerated_trailer", "gantry-9-6-L", "full", "fresh_produce", "reefer_insulation", 0.9),
    Example("box_trailer", "gantry-6-4-straight", "partial", "furniture_household", "people", 0.6),
    Example("truck_40", "gantry-9-6-L", "full", "textiles_garments", "cigarettes_behind_cover", 0.6),
    Example("tank_trailer", "portal-6-4-L", "full"),
    Example("rail_containers", "rail-6-4-L", "partial", "vehicles_parts"),
    Example("rail_containers", "rail-9-arc", "full", "paper_rolls"),
    Example("truck_20", "gantry-9-6-L", "full", "timber_plywood", "shielded_nuclear", 0.7, COLOURS),
    Example("truck_40", "portal-6-4-L", "full", "electronics", "vehicles_engines", 0.9, COLOURS),
    Example("panel_van", "mobile-4-L", "partial", "pharma_cosmetics"),
    Example("truck_40", "portal-6-4-top", "full", "chemicals_drums"),
    Example("truck_reefer", "gantry-7.5-L", "empty", None, "rip_off_bags", 0.6),
)


def simulated(index: int, example: Example) -> SimulatedScan:
    """The scan of an example, seen from its units outwards; it depends on its number alone."""
    rng = np.random.default_rng([SEED, index])
    families = (example.family,) if example.family else ()
    wish = Wish(example.vehicle, example.load, example.commodity, families, example.amount, held_out=None)
    scene = build_scene(rng, wish)
    scanner = draw_scanner(rng, example.scanner)
    framing = draw_framing(rng, scene, scanner)
    return render(rng, scene, scanner, "display", framing=framing, style=example.style)


def tile(scan: SimulatedScan, caption: str) -> Picture:
    """A scan made to fit, its hidden things outlined, with a caption below."""
    picture = np.asarray(scan.pixels, np.uint8)
    pixels = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    height, width = pixels.shape[:2]
    scale = min(TILE[0] / height, TILE[1] / width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(pixels[..., ::-1], size, interpolation=cv2.INTER_AREA)
    small = np.minimum(np.rint(small / GREY_STEP) * GREY_STEP, 255).astype(np.uint8)
    for part in (box for anomaly in scan.truth["anomalies"] for box in anomaly["boxes"]):
        x, y, wide, high = (round(value * scale) for value in part)
        cv2.rectangle(small, (x - 2, y - 2), (x + wide + 1, y + high + 1), MARK, 1)
    sheet = np.full((TILE[0] + CAPTION_PX, TILE[1], 3), 255, np.uint8)
    left = (TILE[1] - size[0]) // 2
    sheet[TILE[0] - size[1] : TILE[0], left : left + size[0]] = small
    place = (2, TILE[0] + CAPTION_PX - 5)
    cv2.putText(sheet, caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (60, 60, 60), 1, cv2.LINE_AA)
    return sheet


def grid(tiles: list[Picture]) -> Picture:
    """Tiles in rows of `COLUMNS`, white between them."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // COLUMNS)
    sheet = np.full((rows * (height + GAP_PX), COLUMNS * (width + GAP_PX), 3), 255, np.uint8)
    for number, picture in enumerate(tiles):
        y, x = number // COLUMNS * (height + GAP_PX), number % COLUMNS * (width + GAP_PX)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def main() -> None:
    """Write the sheet."""
    tiles = [tile(simulated(number, example), example.caption) for number, example in enumerate(EXAMPLES)]
    cv2.imwrite(str(SHEET), grid(tiles), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
