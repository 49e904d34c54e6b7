from collections.abc import Iterator
from pathlib import Path

import pytest

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.acquire.dicom_status import Status, status_of
from tallyscan.acquire.limits import Limits
from tallyscan.bootstrap import Store, open_store
from tallyscan.errors import InvalidSidecar, TallyscanError, Unavailable
from tallyscan.pipeline import Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tallyscan.store.blobs import FolderBlobs
from tests.acquire.dicom_network import arrivals_of, dx, energy, quarantine, report, scans

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
