"""The annotated picture: the scan as officers know it, air white, dense goods dark, with what was found."""

import math
from collections.abc import Iterable

import cv2
import numpy as np

from tallyscan.finding import Finding
from tallyscan.reading import Reading
from tallyscan.report.label_places import Rect, place
from tallyscan.report.lettering import Colour, Picture, cut_to_width, text_width, wrapped, write
from tallyscan.report.tone import Grey, fitted
from tallyscan.scan import Box, Scan

FINDING: Colour = (30, 50, 235)
UNIT: Colour = (170, 95, 0)
INK: Colour = (28, 24, 20)
PAPER: Colour = (255, 255, 255)
MARGIN: Colour = (232, 230, 228)
DECISION_COLOUR: dict[str, Colour] = {
    "alarm": (36, 28, 190),
    "clear": (70, 110, 30),
    "not_assessed": (0, 90, 175),
}
NEUTRAL: Colour = (95, 83, 70)
DECISION_WORDS = {"alarm": "ALARM", "clear": "NO ALARM", "not_assessed": "NOT ASSESSED"}

_LETTERS = 13
_PAD = 5
_LEAST_LEGEND_WIDTH = 480
_LABEL_HEIGHT = _LETTERS + 2 * _PAD
_MARGIN = _LABEL_HEIGHT + 8  # room for labels above and below the image
_MOST_REASON_LINES = 3
_MOST_FULL_LABELS = 8
_TOUCHING = 6  # pixels between a label and its box that need no line


def annotated_picture(
    scan: Scan, reading: Reading, max_width: int = 1600, *, grey: Grey | None = None
) -> bytes:
    """PNG of the upright image with units, findings and the decision; at most `max_width` pixels wide.

    Boxes of the reading are in original pixels and are turned with the image. A scan that was not assessed
    carries a striped frame, the words and the reason, so that it cannot be taken for a clear one.
    `grey` is the toned scan, where the caller has it already.
    """
    grey, scale = fitted(scan, max_width, max_height=max_width, grey=grey)
    height, width = grey.shape[:2]
    legend = _legend(reading, max(width, min(max_width, _LEAST_LEGEND_WIDTH)))
    canvas: Picture = np.full((height + 2 * _MARGIN + legend.shape[0], legend.shape[1], 3), MARGIN, np.uint8)
    image = Rect(0, _MARGIN, width, _MARGIN + height)
    canvas[image.top : image.bottom, :width] = grey
    canvas[height + 2 * _MARGIN :] = legend
    taken = _draw_units(canvas, scan, reading, scale, image)
    if reading.anomaly.decision == "not_assessed":
        _stripe_frame(canvas, image, thickness=12)
        taken.append(_sign(canvas, image))
    _draw_findings(canvas, scan, reading, scale, image, taken)
    return _png(canvas)


def thumbnail(scan: Scan, reading: Reading, max_width: int = 320, *, grey: Grey | None = None) -> bytes:
    """A small PNG for lists: no words, but boxes, and the striped frame where nothing was assessed.

    `grey` is the toned scan, where the caller has it already.
    """
    grey, scale = fitted(scan, max_width, max_height=max_width, grey=grey)
    image = Rect(0, 0, grey.shape[1], grey.shape[0])
    for finding in _in_view(scan, reading.findings):
        _outline(grey, _on_picture(finding.box, scan, scale, image), FINDING, 1)
    if reading.anomaly.decision == "not_assessed":
        _stripe_frame(grey, image, thickness=5)
    return _png(grey)


def _in_view(scan: Scan, findings: Iterable[Finding]) -> list[Finding]:
    """Of a scan that is cut to one cargo unit, some findings lie elsewhere in the whole."""
    columns = [(finding, scan.grid.to_canonical(finding.box)) for finding in findings]
    return [finding for finding, box in columns if box.x < scan.width and box.x + box.width > 0]


def _on_picture(box: Box, scan: Scan, scale: float, image: Rect) -> Rect:
    """A box of the original image on the picture, at least a few pixels large, cut at the image's edge."""
    upright = scan.grid.to_canonical(box)
    left = min(max(math.floor(upright.x * scale), 0), image.right - image.left - 4)
    top = min(max(math.floor(upright.y * scale), 0), image.bottom - image.top - 4)
    right = max(math.ceil((upright.x + upright.width) * scale), left + 4)
    bottom = max(math.ceil((upright.y + upright.height) * scale), top + 4)
    return Rect(
        image.left + left,
        image.top + top,
        min(image.left + right, image.right),
        min(image.top + bottom, image.bottom),
    )


def _draw_units(canvas: Picture, scan: Scan, reading: Reading, scale: float, image: Rect) -> list[Rect]:
    """Thin frames, and a numbered tag for each in the margin above; gives the places of the tags."""
    tags: list[Rect] = []
    for unit in sorted(reading.containers, key=lambda unit: unit.box.x):
        rect = _on_picture(unit.box, scan, scale, image)
        _outline(canvas, rect, UNIT, 1)
        mark = unit.mark_in_words
        text = f"{unit.unit}  {unit.kind}" + (f"  {mark}" if mark else "")
        left = max([rect.left, *(tag.right + 4 for tag in tags)])
        text = cut_to_width(text, _LETTERS, max(canvas.shape[1] - left - 2 * _PAD, 0))
        tag = Rect(
            left, 4, min(left + text_width(text, _LETTERS) + 2 * _PAD, canvas.shape[1]), 4 + _LABEL_HEIGHT
        )
        if tag.right > tag.left:
            _label(canvas, tag, text, UNIT)
            tags.append(tag)
    return tags


def _draw_findings(
    canvas: Picture, scan: Scan, reading: Reading, scale: float, image: Rect, taken: list[Rect]
) -> None:
    """Boxes, and labels beside them; the likeliest finding chooses its place first."""
    findings = sorted(_in_view(scan, reading.findings), key=lambda finding: -finding.score)
    boxes = [_on_picture(finding.box, scan, scale, image) for finding in findings]
    texts = [_finding_words(rank, finding) for rank, finding in enumerate(findings)]
    sizes = [(text_width(text, _LETTERS) + 2 * _PAD, _LABEL_HEIGHT) for text in texts]
    frame = Rect(0, 0, canvas.shape[1], image.bottom + _MARGIN)
    for box in boxes:
        _outline(canvas, box, FINDING, 2)
    spots = place(boxes, sizes, frame, taken)
    for box, spot in zip(boxes, spots, strict=True):
        if spot is not None and spot.gap(box) > _TOUCHING:
            _lead(canvas, spot, box)
    for text, spot in zip(texts, spots, strict=True):
        if spot is not None:
            _label(canvas, spot, text, FINDING)


def _finding_words(rank: int, finding: Finding) -> str:
    """Beyond the likeliest few, only the number: the list beside the picture has the words."""
    words = f"  {finding.kind.replace('_', ' ')}" if rank < _MOST_FULL_LABELS else ""
    return f"{finding.id}{words}  {finding.score:.2f}"


def _outline(canvas: Picture, rect: Rect, colour: Colour, thickness: int) -> None:
    """A frame with a white edge, so that it shows on light and on dark."""
    corners = (rect.left, rect.top), (rect.right - 1, rect.bottom - 1)
    cv2.rectangle(canvas, *corners, PAPER, thickness + 2, cv2.LINE_8)
    cv2.rectangle(canvas, *corners, colour, thickness, cv2.LINE_8)


def _label(canvas: Picture, rect: Rect, text: str, colour: Colour) -> None:
    cv2.rectangle(canvas, (rect.left, rect.top), (rect.right - 1, rect.bottom - 1), colour, -1)
    cv2.rectangle(canvas, (rect.left, rect.top), (rect.right - 1, rect.bottom - 1), PAPER, 1)
    write(canvas, text, rect.left + _PAD, rect.top + _PAD, _LETTERS, PAPER)


def _lead(canvas: Picture, spot: Rect, box: Rect) -> None:
    """A line from a label to its box."""
    start, end = _nearest(spot, box), _nearest(box, spot)
    cv2.line(canvas, start, end, PAPER, 3, cv2.LINE_AA)
    cv2.line(canvas, start, end, FINDING, 1, cv2.LINE_AA)


def _nearest(rect: Rect, other: Rect) -> tuple[int, int]:
    """The point of a rectangle that is nearest to the middle of another."""
    x = min(max((other.left + other.right) // 2, rect.left), rect.right - 1)
    y = min(max((other.top + other.bottom) // 2, rect.top), rect.bottom - 1)
    return x, y


def _legend(reading: Reading, width: int) -> Picture:
    """The strip under the image: the decision in words, and what it rests on or why there is none."""
    decision = reading.anomaly.decision
    words = DECISION_WORDS[decision]
    letters = 18
    chip = text_width(words, letters) + 24
    lines = wrapped(_legend_words(reading), _LETTERS, width - chip - 24, _MOST_REASON_LINES)
    height = max(42, 14 + len(lines) * (_LETTERS + 8))
    strip: Picture = np.full((height, width, 3), 244, np.uint8)
    # Green is for what may go: no alarm on a yellow or red lane is no good news.
    good = decision != "clear" or reading.risk.lane == "green"
    strip[:, :chip] = DECISION_COLOUR[decision] if good else NEUTRAL
    write(strip, words, 12, (height - letters) // 2, letters, PAPER)
    top = (height - len(lines) * (_LETTERS + 8) + 8) // 2
    for number, line in enumerate(lines):
        write(strip, line, chip + 12, top + number * (_LETTERS + 8), _LETTERS, INK)
    return strip


def _legend_words(reading: Reading) -> str:
    anomaly = reading.anomaly
    if anomaly.decision == "not_assessed":
        reason = (
            reading.reason or "; ".join(reading.quality.reasons) or "the search for anomalies gave no answer"
        )
        return f"This scan is not cleared. Reason: {reason}"
    parts = [f"{len(reading.findings)} finding{'' if len(reading.findings) == 1 else 's'}"]
    if anomaly.score is not None and anomaly.threshold is not None:
        parts.append(f"score {anomaly.score:.2f}, alarm from {anomaly.threshold:.2f}")
    if anomaly.calibration is None or anomaly.calibration.basis != "site":
        parts.append("not calibrated at this site")
    if reading.grade == "display":
        parts.append("display grade: no physical units")
    return "   |   ".join([*parts, f"advice: {reading.risk.lane.replace('_', ' ')} lane"])


def _stripe_frame(canvas: Picture, rect: Rect, thickness: int) -> None:
    """Black and yellow stripes around a rectangle."""
    rows, columns = np.mgrid[rect.top : rect.bottom, rect.left : rect.right]
    edge = (
        (rows < rect.top + thickness)
        | (rows >= rect.bottom - thickness)
        | (columns < rect.left + thickness)
        | (columns >= rect.right - thickness)
    )
    yellow = ((rows + columns) // (thickness * 2)) % 2 == 0
    area = canvas[rect.top : rect.bottom, rect.left : rect.right]
    area[edge & yellow] = (0, 205, 255)
    area[edge & ~yellow] = INK


def _sign(canvas: Picture, image: Rect) -> Rect:
    """The words in the margin above the image, at its right end; gives their place."""
    words, letters = DECISION_WORDS["not_assessed"], 15
    sign = Rect(max(image.right - text_width(words, letters) - 24, 0), 2, image.right, image.top - 2)
    colour = DECISION_COLOUR["not_assessed"]
    cv2.rectangle(canvas, (sign.left, sign.top), (sign.right - 1, sign.bottom - 1), colour, -1)
    write(canvas, words, sign.left + 12, (image.top - letters) // 2, letters, PAPER)
    return sign


def _png(picture: Picture) -> bytes:
    _, encoded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    return bytes(encoded)
