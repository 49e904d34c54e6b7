"""What the model expected to see, in the greys and at the size of the scan, so that the two can be laid over."""

import cv2
import numpy as np

from tallyscan.finding import ExpectedPicture
from tallyscan.reading import Reading
from tallyscan.report.tone import fitted_size, toned
from tallyscan.scan import Scan

_MEDIAN = 1  # of the three quantiles


def expected_picture(scan: Scan, expected: ExpectedPicture, max_width: int = 1600) -> bytes:
    """PNG of the expected median of attenuation, upright; at most `max_width` pixels wide and high.

    Of goods like the declared ones where there is a declaration, without words or marks; dead pixels are expected as
    their neighbours. Pixel over pixel the image of `annotated_picture`, which has margins around it.
    """
    quantiles = expected.without_declaration
    if expected.with_declaration is not None:
        quantiles = expected.with_declaration
    cells = np.asarray(quantiles[_MEDIAN], np.float32)
    size = (cells.shape[1] * expected.stride, cells.shape[0] * expected.stride)
    alpha = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)[: scan.height, : scan.width]
    grey = toned(np.asarray(alpha, np.float32), scan)
    size, scale = fitted_size(scan, max_width, max_width)
    by = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    _, encoded = cv2.imencode(".png", cv2.resize(grey, size, interpolation=by))
    return bytes(encoded)


def speaks_of_expectation(reading: Reading) -> bool:
    """Whether a page shows what was expected: the rule `expectation` rests on it, or there is an anomaly to compare."""
    judged = any(verdict.rule == "expectation" and verdict.evidence for verdict in reading.verdicts)
    return judged or reading.anomaly.decision == "alarm"
