from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tallyscan.bootstrap import deliver_events, open_store
from tallyscan.errors import InvalidDeclaration, TooLarge
from tallyscan.report.quarantine_event import quarantine_event
from tallyscan.scan import ScanPart
from tallyscan.settings import Settings
from tallyscan.store.queries import QuarantineView
from tests.report.sink_reading import event_validator, quarantined_in

AT = datetime(2026, 2, 1, 17, tzinfo=timezone(timedelta(hours=5)))


@pytest.mark.parametrize("known", [True, False])
def test_an_entry_is_told_as_the_schema_says(known: bool) -> None:
    size, sha256 = (3, "a" * 64) if known else (None, None)
    entry = QuarantineView("q1", AT, "stow", "image", "a.dcm", size, sha256, None, "too_large", "1 MB.", None)
    event = quarantine_event(entry, source="urn:tallyscan:here")
    event_validator().validate(event)
    assert (event["subject"], event["time"]) == ("quarantine/q1", "2026-02-01T12:00:00Z")
    assert (event["data"]["sha256"], event["data"]["reason"]) == (sha256, "1 MB.")


def test_whatever_goes_into_quarantine_is_told_once(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "big.tif"
    file.write_bytes(b"big")
    large = TooLarge("1 MB or more.")
    with open_store(settings) as store:
        for _ in range(2):
            with pytest.raises(InvalidDeclaration):
                store.intake.accept_declaration(b"none", origin="http")
            store.intake.refusals.quarantine(ScanPart("a.dcm", b"a"), large, origin="dicom", kind="image")
            store.intake.refusals.refuse_file(
                file, large, origin="folder", kind="image", name="big.tif", kept_at="refused/big.tif"
            )
            store.intake.refusals.refuse(large, origin="http", kind="image", name="b.tif")
        deliver_events(store, settings)
    told = [event["data"] for event in quarantined_in(settings.data_dir / "events.jsonl")]
    assert [each["name"] for each in told] == [
        "declaration",
        "a.dcm",
        "big.tif",
        "b.tif",
        "declaration",
    ]
    assert [each["kept_at"] for each in told] == [None, None, "refused/big.tif", None, None]
