"""The declared commodity code of a goods item, as the rules use it."""

from tallyscan.declaration import GoodsItem
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, SPECIAL_CHAPTERS


def usable_code(item: GoodsItem) -> str | None:
    """The declared code when it can say what the goods are, else None."""
    code = item.written_code
    if not code or CHAPTERS_ONLY.fault_of(code) is not None:
        return None
    return None if code[:2] in SPECIAL_CHAPTERS else code
