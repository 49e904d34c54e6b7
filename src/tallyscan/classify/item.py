"""What a goods item is declared to be: by its commodity code, and by its words where the code says nothing."""

from dataclasses import dataclass
from typing import Literal

from tallyscan.classify.description import class_of_description
from tallyscan.classify.hs import usable_code
from tallyscan.commodity import CommodityClass, class_of_hs
from tallyscan.declaration import GoodsItem
from tallyscan.wording import NOTHING, Wording, said


@dataclass(frozen=True)
class DeclaredAs:
    """The classes of an item, all of one confusable group, and what says so.

    `said_by` is None, with the reason in `unknown` as half a sentence, where there are no classes. `words` are those
    of the description that the answer rests on; none where it rests on the code.
    """

    classes: tuple[CommodityClass, ...]
    said_by: Literal["code", "description"] | None
    words: tuple[str, ...] = ()
    unknown: Wording = NOTHING


def classes_of_item(item: GoodsItem) -> DeclaredAs:
    """By the commodity code where it is usable, whatever the description says; else by the description."""
    code = usable_code(item)
    if code is not None:
        of_code = class_of_hs(code)
        if of_code is None:
            return DeclaredAs((), None, unknown=said("({code}) is in none of the classes", code=code))
        return DeclaredAs((of_code,), "code")
    match = class_of_description(item.description_of_goods or "")
    if match is None:
        return DeclaredAs(
            (),
            None,
            unknown=said("has no usable commodity code and no description that names its class"),
        )
    return DeclaredAs(match.classes, "description", match.words)
