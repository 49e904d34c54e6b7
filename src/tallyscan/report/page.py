"""The page for an officer: one HTML file that needs nothing else, to read on a screen or on paper."""

import base64
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tallyscan.declaration import Declaration
from tallyscan.finding import Interval
from tallyscan.reading import Reading
from tallyscan.report.expected_picture import speaks_of_expectation
from tallyscan.report.indicators import INDICATORS
from tallyscan.triage.combine import table
from tallyscan.triage.odds import PRIOR, RED_FROM, YELLOW_FROM

NOT_DETERMINED = Markup('<span class="missing">not determined</span>')
"""Whatever is missing reads so; a blank or a zero could be taken for an answer."""

LANE_WORDS = {"green": "Green lane", "yellow": "Yellow lane", "red": "Red lane", "not_assessed": "No lane"}
DECISION_WORDS = {"alarm": "Alarm", "clear": "No alarm", "not_assessed": "Not assessed"}
STEP_WORDS = {"contents": "The goods in the image", "integrity": "The image itself"}
"""What rests on the same thing, where it adds no more than a cap together."""

OUTCOME_SIGNS = {"agrees": "✓", "differs": "✗", "undetermined": "?"}


def report_page(
    reading: Reading,
    declaration: Declaration | None,
    picture_png: bytes | None,
    expected_png: bytes | None = None,
    *,
    consignment: str | None = None,
) -> str:
    """One self-contained HTML page: no script, nothing loaded from elsewhere, every text escaped.

    `picture_png` is the annotated picture, None when no image could be made of the scan. The lane is that of this scan;
    the page of its `consignment`, where it has one, is linked for what else is on record.
    `expected_png` is what the model expected to see; it is shown where something rests on it.
    """
    shows_expected = expected_png is not None and speaks_of_expectation(reading)
    picture = base64.b64encode(picture_png).decode("ascii") if picture_png else None
    return (
        _environment()
        .get_template("page.html")
        .render(
            reading=reading,
            declaration=declaration,
            consignment=consignment,
            picture=picture,
            expected=base64.b64encode(expected_png or b"").decode("ascii") if shows_expected else None,
            indicator_words=INDICATORS,
            prior=PRIOR,
            table=table(reading.risk),
            step_words=STEP_WORDS,
            yellow_from=YELLOW_FROM,
            red_from=RED_FROM,
            lane_words=LANE_WORDS,
            decision_words=DECISION_WORDS,
            outcome_signs=OUTCOME_SIGNS,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "known": _known,
        "quoted": partial(quote, safe=""),
        "number": _number,
        "interval": _interval,
        "metres": _metres,
        "nats": _nats,
        "words": _words,
    }
    return environment


def _known(value: object) -> object:
    """The value, or that it is not determined."""
    return NOT_DETERMINED if value is None or value == "" else value


def _number(value: float | None, unit: str = "", digits: int = 0) -> str:
    """A number with thousands and its unit, or that it is not determined."""
    return NOT_DETERMINED if value is None else f"{value:,.{digits}f}" + (f"\u00a0{unit}" if unit else "")


def _interval(value: Interval | None) -> str:
    """A mass with its bounds, or that it is not determined."""
    if value is None:
        return NOT_DETERMINED
    return f"{value.estimate:,.0f}\u00a0kg ({value.low:,.0f} to {value.high:,.0f}\u00a0kg)"


def _metres(value: Interval | None) -> str:
    """A length with its bounds, or that it is not determined."""
    if value is None:
        return NOT_DETERMINED
    return f"{value.estimate / 1000:.2f}\u00a0m ({value.low / 1000:.2f} to {value.high / 1000:.2f}\u00a0m)"


def _nats(weight: float) -> str:
    """What is added to the log-odds, with its sign."""
    return f"{weight:+.2f}"


def _words(name: str) -> str:
    """A code such as `false_wall` as words."""
    return name.replace("_", " ")
