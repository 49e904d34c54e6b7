"""The colour table of a scanner profile: a name, stops, or a file beside the profile."""

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tallyscan.calibrate.colour_table import known_tables

Colour = tuple[int, int, int]
Strip = tuple[Colour, ...]


def strips_of(given: Any, folder: Path) -> Any:
    """Strips of colours from what a profile says; what is none of the known forms is left for the model to refuse.

    A name is that of a known table, or of a file in the folder: CSV with red, green and blue a line, PNG with a
    colour a column and, of several materials, a row each. Raises `ValueError` when the file cannot be read.
    """
    if isinstance(given, str):
        if Path(given).suffix.lower() == ".csv":
            return [_of_csv(folder / given)]
        if Path(given).suffix.lower() == ".png":
            return _of_png(folder / given)
        known = {table.name: table for table in known_tables()}
        if given not in known:
            raise ValueError(
                f"no colour table {given!r}: name one of {', '.join(known)}, or a .csv or .png file"
            )
        return known[given].colours.astype(int).tolist()
    if isinstance(given, list) and given and all(_is_colour(colour) for colour in given):
        return [given]
    return given


def _is_colour(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 3 and all(isinstance(value, int) for value in given)


def _of_csv(file: Path) -> list[list[int]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row and not row[0].lstrip().startswith("#")]
        return [[int(value) for value in row] for row in rows]
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} is no table of red, green and blue: {error}") from error


def _of_png(file: Path) -> list[list[list[int]]]:
    try:
        image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    if image is None:
        raise ValueError(f"{file} is no PNG")
    strips = [image[0]]  # a strip is often drawn several rows high
    for row in image[1:]:
        if not np.array_equal(row, strips[-1]):
            strips.append(row)
    return [[[int(value) for value in colour[::-1]] for colour in strip] for strip in strips]
