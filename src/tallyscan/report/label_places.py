"""Where labels go: near what they name, over no other label and over nothing that must be seen."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in pixels of the picture; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, other: "Rect") -> int:
        """Shared area in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0) * max(height, 0)

    def gap(self, other: "Rect") -> int:
        """Pixels between the two, 0 where they touch or overlap."""
        across = max(self.left - other.right, other.left - self.right, 0)
        along = max(self.top - other.bottom, other.top - self.bottom, 0)
        return max(across, along)

    def inside(self, frame: "Rect") -> bool:
        """Does it lie within the frame?"""
        return (
            self.left >= frame.left
            and self.top >= frame.top
            and self.right <= frame.right
            and self.bottom <= frame.bottom
        )


def place(
    boxes: Sequence[Rect], sizes: Sequence[tuple[int, int]], frame: Rect, taken: Sequence[Rect], gap: int = 3
) -> list[Rect | None]:
    """A place for the label of each box, in order; `sizes` are (width, height).

    No label meets a box, another label or what is `taken`. None where the frame has no room left: that label
    is better left out than laid over something.
    """
    blocked = [*boxes, *taken]
    places: list[Rect | None] = []
    for box, (width, height) in zip(boxes, sizes, strict=True):
        found = None
        for left, top in _around(box, width, height, frame, gap):
            candidate = Rect(left, top, left + width, top + height)
            grown = Rect(left - 1, top - 1, candidate.right + 1, candidate.bottom + 1)
            if candidate.inside(frame) and not any(grown.overlap(other) for other in blocked):
                found = candidate
                blocked.append(candidate)
                break
        places.append(found)
    return places


def _around(box: Rect, width: int, height: int, frame: Rect, gap: int) -> Iterator[tuple[int, int]]:
    """Upper left corners: touching the box first, then on ever wider rings."""
    longest = max(frame.right - frame.left, frame.bottom - frame.top)
    middle_x, middle_y = (box.left + box.right - width) // 2, (box.top + box.bottom - height) // 2
    for distance in range(gap, longest, height + gap):
        above, below = box.top - distance - height, box.bottom + distance
        before, after = box.left - distance - width, box.right + distance
        lefts = (box.left, box.right - width, middle_x, before, after)
        yield from ((left, above) for left in lefts)
        yield from ((left, below) for left in lefts)
        yield from (
            (left, top) for left in (after, before) for top in (box.top, middle_y, box.bottom - height)
        )
