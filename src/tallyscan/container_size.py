"""Outer sizes of containers by their size code: ISO 6346, annex D, and ISO 668."""

import re
from dataclasses import dataclass

LENGTHS_MM = {"1": 2991.0, "2": 6058.0, "3": 9125.0, "4": 12192.0, "L": 13716.0, "M": 14630.0}
HEIGHTS_MM = {"0": 2438.0, "2": 2591.0, "4": 2743.0, "5": 2896.0, "C": 2591.0, "D": 2743.0, "E": 2896.0}
"""The letters are those of containers wider than 2438 mm; the lengths of 45 and 48 ft have letters too."""

# Length, height, type with its detail: a letter and a digit since 1995, two digits before. `45HC` is none of it: in the
# trade that is a high container of 45 ft, and by ISO one of 40.
_CODE = re.compile(r"(?P<length>[0-9A-Z])(?P<height>[0-9A-Z])(?P<type>[A-Z])[0-9]|[1-4][0-9]{3}")


@dataclass(frozen=True)
class ContainerSize:
    """Length and height over all in mm; the height is None where the code does not tell it.

    `kind` is the letter of the type: G dry, R refrigerated, T tank, U open top, P platform; None in old codes.
    """

    code: str
    length_mm: float
    height_mm: float | None
    kind: str | None


def container_size(code: str | None) -> ContainerSize | None:
    """The size of an ISO 6346 size and type code such as `22G1`; None for anything else."""
    text = (code or "").strip().upper()
    match = _CODE.fullmatch(text)
    if match is None or text[0] not in LENGTHS_MM:
        return None
    return ContainerSize(text, LENGTHS_MM[text[0]], HEIGHTS_MM.get(text[1]), match["type"])
