import struct
import threading
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from tallyscan.acquire import dicom_arrivals
from tallyscan.acquire.decoders import decode
from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.dicom_object import DicomObject, look_at
from tallyscan.acquire.dicom_status import Status, status_of
from tallyscan.acquire.limits import Limits
from tallyscan.bootstrap import Store, open_store
from tallyscan.errors import InvalidSidecar, TallyscanError, TooLarge, Unavailable
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.quarantine import MOST_NOT_KEPT_AN_HOUR
from tallyscan.store.refusals import Refusals
from tests.acquire.dicom_network import arrivals_of, data_set, dx, energy, image, quarantine, report, scans
from tests.acquire.dicos_files import IMPLICIT, deflated, dicos, raw_element

NOON = "20260201120000.00+0000"


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def arrivals(store: Store, tmp_path: Path) -> Arrivals:
    """Waits for no partner at all once it is asked to give up."""
    return arrivals_of(store, tmp_path, pair_seconds=0)


def take(arrivals: Arrivals, folder: Path, *files: bytes, profile: str | None = None) -> list[Status]:
    statuses = []
    for file in files:
        path = folder / "arrived"
        path.write_bytes(file)
        statuses.append(arrivals.take(path, origin="dicom", profile=profile).status)
    return statuses


def waiting(folder: Path) -> list[Path]:
    return list((folder / "waiting").iterdir())


@pytest.mark.parametrize("first", ["HIGH", "LOW"])
def test_two_energies_are_one_scan_whichever_comes_first(
    arrivals: Arrivals, store: Store, tmp_path: Path, first: str
) -> None:
    second = {"HIGH": "LOW", "LOW": "HIGH"}[first]
    assert take(arrivals, tmp_path, energy(first), energy(second)) == [Status.SUCCESS, Status.SUCCESS]
    assert scans(store) == [[energy("HIGH"), energy("LOW")]]
    assert not arrivals.give_up_waiting()
    assert waiting(tmp_path) == []


@pytest.mark.parametrize(
    "other",
    [
        energy("LOW", StudyInstanceUID="2.25.8"),
        energy("LOW", ViewPosition="TOP"),
        energy("LOW", AcquisitionDateTime="20260201120003.00+0000"),
        energy("HIGH", seed=1, AcquisitionDateTime=NOON),
    ],
    ids=["study", "view", "time", "same energy"],
)
def test_what_differs_is_no_pair(arrivals: Arrivals, store: Store, tmp_path: Path, other: bytes) -> None:
    take(arrivals, tmp_path, energy("HIGH", AcquisitionDateTime=NOON), other)
    assert scans(store) == []
    assert arrivals.give_up_waiting()
    assert [len(parts) for parts in scans(store)] == [1, 1]


def test_a_pair_is_of_one_scanner(arrivals: Arrivals, store: Store, tmp_path: Path) -> None:
    take(arrivals, tmp_path, energy("HIGH"), profile="generic_transmission")
    take(arrivals, tmp_path, energy("LOW"))
    assert scans(store) == []


def test_one_whose_partner_does_not_come_is_a_scan_and_its_reading_says_so(
    arrivals: Arrivals, store: Store, tmp_path: Path, reader: Reader
) -> None:
    take(arrivals, tmp_path, energy("LOW"))
    assert arrivals.give_up_waiting()
    assert not arrivals.give_up_waiting()
    ((alone,),) = scans(store)
    reading = reader.read(ScanFiles((ScanPart("alone.dcm", alone),)), name="alone").reading
    said = "other_energy_missing: the file is the low energy of two; the other did not come."
    assert said in reading.quality.reasons
    both = ScanFiles((ScanPart("high.dcm", energy("HIGH")), ScanPart("low.dcm", energy("LOW"))))
    assert decode(both, Limits()).cautions == ()


def test_what_waits_is_patient(store: Store, tmp_path: Path) -> None:
    arrivals = arrivals_of(store, tmp_path, pair_seconds=1000)
    take(arrivals, tmp_path, energy("LOW"))
    assert not arrivals.give_up_waiting()
    assert scans(store) == []


def test_what_waited_when_the_service_ended_waits_on(store: Store, tmp_path: Path) -> None:
    profile = "generic_transmission"
    take(arrivals_of(store, tmp_path), tmp_path, energy("LOW"), profile=profile)
    after = arrivals_of(store, tmp_path)
    take(after, tmp_path, energy("HIGH"), profile=profile)
    assert scans(store) == [[energy("HIGH"), energy("LOW")]]
    assert waiting(tmp_path) == []


def test_energies_that_are_sent_again_are_the_same_scan(
    arrivals: Arrivals, store: Store, tmp_path: Path
) -> None:
    high, low = energy("HIGH"), energy("LOW")
    take(arrivals, tmp_path, low, low, high, high)
    arrivals.give_up_waiting()
    take(arrivals, tmp_path, low, high)
    take(arrivals, tmp_path, low)
    arrivals.give_up_waiting()
    assert scans(store) == [[high, low]]
    assert waiting(tmp_path) == []


def test_when_the_store_does_not_answer_the_partner_waits_on(
    arrivals: Arrivals, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(arrivals, tmp_path, energy("LOW"))
    with monkeypatch.context() as patch:

        def full(*_: object, **__: object) -> None:
            raise Unavailable("The disk is full.")

        patch.setattr(FolderBlobs, "put", full)
        assert take(arrivals, tmp_path, energy("HIGH")) == [Status.OUT_OF_RESOURCES]
        with pytest.raises(Unavailable):
            arrivals.give_up_waiting()
    assert take(arrivals, tmp_path, energy("HIGH")) == [Status.SUCCESS]
    assert scans(store) == [[energy("HIGH"), energy("LOW")]]


def test_one_that_cannot_be_handed_over_keeps_none_back(
    arrivals: Arrivals, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [energy("LOW", seed, StudyInstanceUID=f"2.25.{seed + 7}") for seed in range(3)]
    take(arrivals, tmp_path, *alone)
    real = FolderBlobs.put

    def fails_on_the_oldest(blobs: FolderBlobs, data: bytes, **more: Path | None) -> str:
        if data == alone[0]:
            raise Unavailable("The disk is full.")
        return real(blobs, data, **more)

    with monkeypatch.context() as patch:
        patch.setattr(FolderBlobs, "put", fails_on_the_oldest)
        with pytest.raises(Unavailable):
            arrivals.give_up_waiting()
    assert scans(store) == [[alone[1]], [alone[2]]]
    assert arrivals.give_up_waiting()
    assert scans(store) == [[alone[1]], [alone[2]], [alone[0]]]
    assert waiting(tmp_path) == []


def test_one_whose_file_was_deleted_is_told_and_keeps_none_back(
    arrivals: Arrivals, store: Store, tmp_path: Path
) -> None:
    take(arrivals, tmp_path, energy("LOW"))
    (gone,) = waiting(tmp_path)
    take(arrivals, tmp_path, energy("LOW", StudyInstanceUID="2.25.8"))
    gone.unlink()
    assert arrivals.give_up_waiting()
    assert scans(store) == [[energy("LOW", StudyInstanceUID="2.25.8")]]
    (told,) = quarantine(store)
    assert (told.name, told.code, told.sha256) == ("2.25.2.dcm", "incomplete_scan", None)
    assert not arrivals.give_up_waiting()


def test_one_that_cannot_be_read_at_the_start_keeps_none_back(store: Store, tmp_path: Path) -> None:
    take(arrivals_of(store, tmp_path), tmp_path, energy("LOW"), energy("LOW", StudyInstanceUID="2.25.8"))
    unreadable, _ = sorted(waiting(tmp_path), key=lambda path: path.stat().st_mtime_ns)
    unreadable.unlink()
    unreadable.mkdir()  # what even root cannot read
    arrivals = arrivals_of(store, tmp_path, pair_seconds=0)
    with pytest.raises(IsADirectoryError):
        arrivals.give_up_waiting()
    assert scans(store) == [[energy("LOW", StudyInstanceUID="2.25.8")]]


def test_what_is_too_large_is_named_once_an_hour_and_no_flood_fills_the_table(
    arrivals: Arrivals, store: Store, tmp_path: Path
) -> None:
    large = TooLarge("The object has 1 MB or more.")

    def refuse(number: int, error: TallyscanError = large) -> Status:
        announced = ("1.2", f"2.25.{number}")
        return arrivals.refuse(tmp_path / "none", error, origin="dicom", announced=announced).status

    assert {refuse(number) for number in (1, 1, 2)} == {Status.TOO_LARGE}
    assert [(each.name, each.code) for each in quarantine(store)] == [
        ("2.25.2.dcm", "too_large"),
        ("2.25.1.dcm", "too_large"),
    ]
    assert refuse(3, Unavailable("The disk is full.")) is Status.OUT_OF_RESOURCES
    assert len(quarantine(store)) == 2
    for number in range(MOST_NOT_KEPT_AN_HOUR + 20):
        refuse(number)
    with store.database.read() as session:
        assert len(queries.quarantine(session, limit=1000)) == MOST_NOT_KEPT_AN_HOUR


def test_a_refusal_is_answered_when_the_store_is_away(
    arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(Refusals, "refuse", away)
    assert arrivals.refuse(tmp_path / "none", TooLarge("1 MB"), origin="stow").status is Status.TOO_LARGE


def test_what_a_long_header_says_is_not_made_into_values(
    arrivals: Arrivals, store: Store, tmp_path: Path
) -> None:
    """A hundred kilobytes that come to a hundred megabytes, and a million numbers in one element."""
    bomb = deflated(raw_element(0x00091001, b"OB", bytes(100_000_000)) + data_set(dx()))
    numbers = dicos(image(), IMPLICIT, PixelSpacing=None)
    at = numbers.index(
        b"\x28\0\x02\0"
    )  # samples per pixel, before which pixel spacing may not stand, but does
    spacing = struct.pack("<HHI", 0x0028, 0x0030, 2_000_000) + b"1\\" * 1_000_000
    slow = numbers[:at] + spacing + numbers[at:]
    tracemalloc.start()
    try:
        assert take(arrivals, tmp_path, bomb) == [Status.TOO_LARGE]
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
        tracemalloc.reset_peak()
        assert take(arrivals, tmp_path, slow) == [Status.SUCCESS]
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    (kept,) = quarantine(store)
    assert store.blobs.get(kept.sha256 or "") == bomb


def test_what_follows_the_pixels_tag_is_not_inflated_on_arrival(
    arrivals: Arrivals, store: Store, tmp_path: Path
) -> None:
    head = data_set(dx())
    head = head[: head.index(b"\xe0\x7f\x10\0")]
    blank = deflated(head + raw_element(0x7FE00010, b"OW", bytes(100_000_000)))
    tracemalloc.start()
    try:
        assert take(arrivals, tmp_path, blank) == [Status.SUCCESS]
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    assert scans(store) == [[blank]]


def test_one_that_is_looked_at_for_long_holds_nobody_up(
    arrivals: Arrivals, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def looks_long(name: str, data: bytes, limits: Limits) -> DicomObject:
        if name.startswith("2.25.1."):
            looked.set()
            assert go_on.wait(30)
        return look_at(name, data, limits)

    monkeypatch.setattr(dicom_arrivals, "look_at", looks_long)
    (tmp_path / "slow").mkdir()
    named = with_meta(dx(0))
    slow = threading.Thread(target=take, args=(arrivals, tmp_path / "slow", named))
    slow.start()
    try:
        assert looked.wait(30)
        assert take(arrivals, tmp_path, dx(5)) == [Status.SUCCESS]
        assert scans(store) == [[dx(5)]]
    finally:
        go_on.set()
        slow.join()
    assert scans(store) == [[dx(5)], [named]]


def with_meta(file: bytes) -> bytes:
    """With file meta information that names the object."""
    written = BytesIO()
    each = pydicom.dcmread(BytesIO(file))
    each.file_meta.MediaStorageSOPClassUID, each.file_meta.MediaStorageSOPInstanceUID = (
        each.SOPClassUID,
        each.SOPInstanceUID,
    )
    pydicom.dcmwrite(written, each)
    return written.getvalue()


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (b"no DICOM at all", Status.CANNOT_UNDERSTAND, "corrupt_scan"),
        (dx()[:-100], Status.CANNOT_UNDERSTAND, "corrupt_scan"),
        (dx(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), Status.SOP_CLASS_NOT_SUPPORTED, "unsupported_format"),
        (report()[:-3], Status.CANNOT_UNDERSTAND, "corrupt_scan"),
    ],
    ids=["text", "cut off", "CT", "report cut off"],
)
def test_what_cannot_be_used_is_in_quarantine_byte_by_byte(
    arrivals: Arrivals, store: Store, tmp_path: Path, file: bytes, status: Status, code: str
) -> None:
    assert take(arrivals, tmp_path, file, file) == [status, status]
    (kept,) = quarantine(store)
    assert (kept.kind, kept.code, kept.origin) == ("image", code, "dicom")
    assert store.blobs.get(kept.sha256 or "") == file
    assert scans(store) == []


def test_a_report_is_kept_and_no_scan(arrivals: Arrivals, store: Store, tmp_path: Path) -> None:
    assert take(arrivals, tmp_path, report()) == [Status.SUCCESS]
    (kept,) = quarantine(store)
    assert (kept.kind, kept.code) == ("report", "unsupported_format")
    assert store.blobs.get(kept.sha256 or "") == report()


def test_a_defect_of_our_own_is_a_failure_and_no_success(
    arrivals: Arrivals, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FolderBlobs, "put", broken)
    assert take(arrivals, tmp_path, dx()) == [Status.PROCESSING_FAILURE]
    assert scans(store) == []


def test_an_image_is_kept_byte_by_byte(arrivals: Arrivals, store: Store, tmp_path: Path) -> None:
    take(arrivals, tmp_path, dx(3), dx(3))
    assert scans(store) == [[dx(3)]]


def test_every_error_has_a_status() -> None:
    assert status_of(InvalidSidecar("")) is Status.CANNOT_UNDERSTAND
    assert status_of(TallyscanError("")) is Status.PROCESSING_FAILURE
