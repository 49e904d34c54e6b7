"""How much room a package of a kind takes, by the codes of UNECE Recommendation 21 that name one kind of size.

The bounds are judgements, wide on purpose: from the smallest in trade to the largest that still goes by that name, with
the room between them.
"""

from tallyscan.declaration import GoodsItem

PACKAGE_M3: dict[str, tuple[float, float]] = {
    "PX": (0.15, 3.5), "PF": (0.15, 3.5), "PB": (0.15, 3.5),  # pallets, by all that stands on them
    "DR": (0.02, 0.35), "1A": (0.02, 0.35), "1H": (0.02, 0.35), "1G": (0.02, 0.35),  # drums
    "BG": (0.003, 0.15), "SA": (0.01, 0.2), "5H": (0.003, 0.15), "5M": (0.003, 0.15),  # bags, sacks
    "CT": (0.001, 1.0), "BX": (0.001, 2.0), "4G": (0.001, 1.0),  # cartons, boxes
    "BL": (0.03, 2.0), "BE": (0.03, 2.0),  # bales, bundles
    "WA": (0.3, 2.0), "WH": (0.3, 2.0),  # intermediate bulk containers
}  # fmt: skip
"""Least and most m3 of a package."""


def package_room_m3(items: tuple[GoodsItem, ...]) -> tuple[float, float] | None:
    """Least and most room that the declared packages take; None unless every item says how many of which known kind."""
    low = high = 0.0
    for item in items:
        if not item.packaging:
            return None
        for pack in item.packaging:
            size = PACKAGE_M3.get((pack.type_of_packages or "").strip().upper())
            if size is None or not pack.number_of_packages or pack.number_of_packages < 1:
                return None
            low += pack.number_of_packages * size[0]
            high += pack.number_of_packages * size[1]
    return (low, high) if items else None
