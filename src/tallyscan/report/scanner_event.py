"""The event that tells outside of a scanner that is no longer as usual, or is so again."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from tallyscan.report.event import (
    LEFT,
    RETURNED,
    SCANNER_EVENT_SCHEMA,
    SETTLED,
    ScannerEvent,
    ScannerEventType,
    ScannerWatched,
    SinceScan,
    UsualBand,
    event_to_dict,
)
from tallyscan.scanner_watch import Band, Change, Watch
from tallyscan.scanner_words import change_in_words

_TYPES: dict[str, ScannerEventType] = {"left": LEFT, "returned": RETURNED, "settled": SETTLED}


def scanner_event(
    watch: Watch,
    change: Change,
    *,
    event_id: str,
    device: str,
    sequence: int,
    scan_id: str,
    at: datetime,
    source: str,
) -> dict[str, Any]:
    """The CloudEvent of one change, as docs/reference/event.schema.json describes it."""
    event = ScannerEvent(
        specversion="1.0",
        id=event_id,
        source=source,
        type=_TYPES[change.kind],
        subject=f"scanner/{quote(device, safe='')}",
        time=at,
        datacontenttype="application/json",
        dataschema=SCANNER_EVENT_SCHEMA,
        sequence=str(sequence),
        data=ScannerWatched(
            device=device,
            scan_id=scan_id,
            quantity=watch.quantity,
            beam=watch.beam,
            value=change.value,
            since=SinceScan(change.since.scan_id, change.since.at),
            band=_usual(change.band),
            before=_usual(change.before),
            in_words=change_in_words(watch, change),
        ),
    )
    return event_to_dict(event)


def _usual(band: Band) -> UsualBand:
    return UsualBand(band.usual, band.low, band.high, band.scans)
