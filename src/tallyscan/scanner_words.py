"""The condition of a scanner in words, the same in events, on pages and in the cautions of a reading."""

from tallyscan.scanner_condition import Quantity
from tallyscan.scanner_watch import RULES, Band, Change, Watch


def value_in_words(quantity: Quantity, value: float) -> str:
    """`47,800 counts`, `1.35%`, `-7 minutes`."""
    if quantity == "air_level":
        return f"{value:,.0f} counts"
    if quantity == "clock":
        return _time_in_words(value)
    return f"{value:.2%}"


def name_in_words(quantity: Quantity, beam: str | None) -> str:
    """`air level at 6 MV`."""
    return RULES[quantity].name + (f" at {beam}" if beam else "")


def band_in_words(quantity: Quantity, band: Band) -> str:
    """What is usual, and how far it reaches."""
    high = value_in_words(quantity, band.high)
    if band.low is None:
        return f"up to {high}"
    return f"{value_in_words(quantity, band.low)} to {high}"


def change_in_words(watch: Watch, change: Change) -> str:
    """What is told of a change, as one sentence."""
    name = name_in_words(watch.quantity, watch.beam)
    value, since = value_in_words(watch.quantity, change.value), f"since {change.since.at:%Y-%m-%d %H:%M} UTC"
    usual = band_in_words(watch.quantity, change.before)
    if change.kind == "returned":
        return f"The {name} is back in its band ({usual}): {value}, {since}."
    if change.kind == "settled":
        band = band_in_words(watch.quantity, change.band)
        return f"The {name} has settled at {value} ({band}), {since}; before, {usual} was usual."
    return f"The {name} has left its band ({usual}): {value}{_how_far(watch.quantity, change)}, {since}."


def standing_in_words(watch: Watch) -> str:
    """Where it stands, as one sentence."""
    name, band, left = name_in_words(watch.quantity, watch.beam), watch.band, watch.left_since
    last = value_in_words(watch.quantity, watch.last) if watch.last is not None else "not known"
    if band is None:
        return f"The {name}: {last}; what is usual is learnt, from {len(watch.reference)} scans so far."
    usual = band_in_words(watch.quantity, band)
    if left is None:
        return f"The {name} is in its band: {last} (usual: {usual})."
    return (
        f"The {name} has been outside its band since {left.at:%Y-%m-%d %H:%M} UTC: {last} (usual: {usual})."
    )


def _how_far(quantity: Quantity, change: Change) -> str:
    off, usual = change.value - change.before.usual, change.before.usual
    direction = "above" if off > 0 else "below"
    if RULES[quantity].relative and usual:
        return f", {abs(off / usual):.1%} {direction} what is usual"
    return f", {value_in_words(quantity, abs(off))} {direction} what is usual"


def _time_in_words(seconds: float) -> str:
    size = abs(seconds)
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if size >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
