"""Text in pictures: measured, cut to a width, and drawn smooth whatever fonts the machine has."""

import unicodedata

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3), blue green red
Colour = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SHARPNESS = 4  # drawn so much larger, then brought down by area


def text_width(text: str, height_px: int) -> int:
    """How wide a line of text of this letter height becomes, in pixels."""
    (width, _), _ = cv2.getTextSize(_printable(text), _FONT, _scale(height_px), _weight(height_px))
    return -(-int(width) // _SHARPNESS) + 2


def cut_to_width(text: str, height_px: int, width_px: int) -> str:
    """The text, ended with `...` where it would be wider."""
    if text_width(text, height_px) <= width_px:
        return text
    while text and text_width(text + "...", height_px) > width_px:
        text = text[:-1]
    return text.rstrip() + "..."


def wrapped(text: str, height_px: int, width_px: int, most_lines: int) -> list[str]:
    """The text in lines no wider than this; what does not fit is cut with `...`."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most_lines - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", height_px) <= width_px:
            line += " " + words.pop(0)
        lines.append(cut_to_width(line, height_px, width_px))
    if words:
        lines.append(cut_to_width(" ".join(words), height_px, width_px))
    return lines


def write(picture: Picture, text: str, x: int, y: int, height_px: int, colour: Colour) -> None:
    """Draw one line; (x, y) is the upper left corner of its letters. What falls outside is left out."""
    width, below = text_width(text, height_px), -(-height_px // 3)
    mask = np.zeros(((height_px + below + 2) * _SHARPNESS, width * _SHARPNESS), np.uint8)
    foot = (0, (height_px + 1) * _SHARPNESS)
    cv2.putText(mask, _printable(text), foot, _FONT, _scale(height_px), 255, _weight(height_px), cv2.LINE_AA)
    cover = cv2.resize(mask, (width, height_px + below + 2), interpolation=cv2.INTER_AREA)
    top, left = max(y - 1, 0), max(x, 0)
    target = picture[top : y - 1 + cover.shape[0], left : x + cover.shape[1]]
    if not target.size:
        return
    shown = cover[top - (y - 1) :, left - x :][: target.shape[0], : target.shape[1], None] / np.float32(255)
    target[:] = np.rint(target * (1 - shown) + np.asarray(colour, np.float32) * shown).astype(np.uint8)


def _scale(height_px: int) -> float:
    """Capitals of this font are 21 units high at scale 1."""
    return height_px * _SHARPNESS / 21.0


def _weight(height_px: int) -> int:
    return max(round(height_px * _SHARPNESS / 8), 1)


def _printable(text: str) -> str:
    """The font knows ASCII only: accents are dropped, other characters become a question mark."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return "".join(c if " " <= c <= "~" else "?" for c in " ".join(plain.split()))
