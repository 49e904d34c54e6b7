"""Every check: suspect, honest, and what is not known is never agreement."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tallyscan.delivery import Delivery, FileSet, ImageFile
from tallyscan.finding import Detection
from tallyscan.fingerprint import Fingerprint
from tallyscan.integrity.checks import CHECKS, check_integrity
from tallyscan.integrity.evidence import Evidence
from tallyscan.integrity.taken_print import OTHER_NOISE, SAME_NOISE, TakenPrint, take_print
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.known_scan import KnownScan, LookAlike, LookAlikes
from tallyscan.scan import Box, Scan
from tests.integrity.images import cargo, exported, scan_of
from tests.reconcile.builders import CLEAR, made_detection, made_unit

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
MINE, OTHERS = "CSQU3054383", "TGHU7599330"
FIRST = cargo(seed=1)
NONE_ALIKE = LookAlikes((), True)


def known(scan_id: str, unit: str | None = MINE, minutes: float = 0.0, **more: object) -> KnownScan:
    """A scan of gate-1, made and received at noon, or so many minutes later."""
    at = NOON + timedelta(minutes=minutes)
    return replace(KnownScan(scan_id, unit, None, "gate-1", at, at + timedelta(seconds=30), "http"), **more)


@dataclass(frozen=True)
class Remembered:
    """Earlier scans that are given; the store's own memory is tested with the store."""

    this: KnownScan
    alike: LookAlikes = NONE_ALIKE
    reused_from: KnownScan | None = None
    twin: KnownScan | None = None
    last: KnownScan | None = None

    def same_bytes(self) -> KnownScan | None:
        return self.twin

    def look_alikes(self, fingerprint: Fingerprint, within_bits: int) -> LookAlikes:  # noqa: ARG002
        return self.alike

    def before(self, by: timedelta) -> KnownScan | None:
        apart = self.last is not None and self.this.received_at - self.last.received_at >= by
        return self.last if apart else None


def taken(scan: Scan) -> TakenPrint:
    found = take_print(scan)
    assert found is not None
    return found


def one(name: str, evidence: Evidence) -> IntegrityCheck:
    (check,) = (check for check in check_integrity(evidence) if check.check == name)
    return check


def against(other: KnownScan, scan: Scan | None = None, this: KnownScan | None = None) -> Evidence:
    """A scan whose memory holds the first one, under the number of `other`."""
    scan = scan or scan_of(FIRST)
    alike = LookAlikes((LookAlike(other, taken(scan_of(FIRST)).fingerprint),), True)
    return Evidence(scan=scan, taken=taken(scan), memory=Remembered(this or known("s2"), alike))


def test_without_anything_nothing_is_known() -> None:
    checks = check_integrity(Evidence())
    assert [check.check for check in checks] == list(CHECKS)
    assert {check.outcome for check in checks} == {"undetermined"}
    assert all(check.reason and check.other_scan is None for check in checks)


def test_a_copy_under_another_number_names_the_first() -> None:
    check = one("copied_image", against(known("s1", OTHERS)))
    assert (check.outcome, check.other_scan, check.other_number) == ("differs", "s1", OTHERS)
    assert check.evidence["noise_correlation"] > 0.5
    assert OTHERS in check.reason


@pytest.mark.parametrize(
    ("other", "this", "outcome"),
    [
        (known("s1", MINE), known("s2", f"{MINE} AB123CD"), "agrees"),
        (known("s1", f"{OTHERS} AB123CD"), known("s2", f"{MINE} AB123CD"), "differs"),
        (known("s1", "AB123CD"), known("s2", f"{MINE} AB123CD"), "agrees"),
        (known("s1", f"{MINE[:-1]}9 AB123CD"), known("s2", f"{MINE} AB123CD"), "agrees"),
        (known("s1", None), known("s2"), "undetermined"),
        (known("s1", OTHERS), known("s2", None), "undetermined"),
        (known("s1", None, consignment="C-1"), known("s2", None, consignment="C-2"), "differs"),
        (known("s1", None, consignment="C-1"), known("s2", None, consignment="C-1"), "agrees"),
    ],
)
def test_a_copy_is_judged_by_what_is_known_of_the_units(
    other: KnownScan, this: KnownScan, outcome: str
) -> None:
    check = one("copied_image", against(other, this=this))
    assert (check.outcome, check.other_scan) == (outcome, "s1")


def test_of_several_copies_the_one_under_another_number_counts() -> None:
    print_ = taken(scan_of(FIRST))
    alike = tuple(
        LookAlike(scan, print_.fingerprint)
        for scan in (known("s1", MINE), known("s2", None), known("s3", OTHERS))
    )
    memory = Remembered(known("s4"), LookAlikes(alike, True))
    check = one("copied_image", Evidence(scan=scan_of(FIRST), taken=print_, memory=memory))
    assert (check.outcome, check.other_scan) == ("differs", "s3")


def test_the_same_vehicle_scanned_again_under_another_number_is_no_copy() -> None:
    check = one("copied_image", against(known("s1", OTHERS), scan_of(cargo(seed=2))))
    assert (check.outcome, check.other_scan) == ("agrees", None)


def test_a_picture_that_lost_its_noise_leaves_it_open() -> None:
    picture = replace(scan_of(exported(FIRST, 20)), grade="display", energies_mv=())
    check = one("copied_image", against(known("s1", OTHERS), picture))
    assert (check.outcome, check.other_scan, check.other_number) == ("undetermined", "s1", OTHERS)


def test_noise_that_is_partly_the_same_leaves_it_open() -> None:
    """An eighth of the noise of the first, under that of another: neither answer is safe."""
    drowned = scan_of(np.float32(0.12) * FIRST + np.float32(0.88) * cargo(seed=2))
    likeness = taken(drowned).likeness(taken(scan_of(FIRST)).fingerprint)
    assert likeness is not None
    assert OTHER_NOISE <= likeness < SAME_NOISE
    assert one("copied_image", against(known("s1", OTHERS), drowned)).outcome == "undetermined"


def test_a_first_scan_without_noise_leaves_it_open() -> None:
    quiet = taken(scan_of(cargo(seed=1, noise=0.0)))
    alike = LookAlikes((LookAlike(known("s1", OTHERS), quiet.fingerprint),), True)
    evidence = Evidence(
        scan=scan_of(FIRST), taken=taken(scan_of(FIRST)), memory=Remembered(known("s2"), alike)
    )
    assert one("copied_image", evidence).outcome == "undetermined"


def test_more_look_alikes_than_are_compared_leave_it_open() -> None:
    memory = Remembered(known("s2"), LookAlikes((), False))
    evidence = Evidence(scan=scan_of(FIRST), taken=taken(scan_of(FIRST)), memory=memory)
    assert one("copied_image", evidence).outcome == "undetermined"
    whole = replace(evidence, memory=Remembered(known("s2")))
    assert one("copied_image", whole).outcome == "agrees"


@pytest.mark.parametrize(
    ("memory", "outcome", "other"),
    [
        (Remembered(known("s2")), "agrees", None),
        (Remembered(known("s2"), twin=known("s1")), "undetermined", "s1"),
        (Remembered(known("s2"), reused_from=known("s1", OTHERS)), "differs", "s1"),
    ],
)
def test_the_same_bytes(memory: Remembered, outcome: str, other: str | None) -> None:
    check = one("reused_image", Evidence(memory=memory))
    assert (check.outcome, check.other_scan) == (outcome, other)


@pytest.mark.parametrize(
    ("this", "last", "outcome"),
    [
        (known("s2", minutes=5), known("s1"), "agrees"),
        (known("s2", minutes=5, acquired_at=NOON - timedelta(seconds=50)), known("s1"), "agrees"),
        (known("s2", minutes=5, acquired_at=NOON - timedelta(hours=1)), known("s1"), "differs"),
        (known("s2", minutes=0.5, acquired_at=NOON - timedelta(hours=1)), known("s1"), "undetermined"),
        (known("s2", minutes=5, acquired_at=None), known("s1"), "undetermined"),
        (known("s2", minutes=5, device=None), known("s1"), "undetermined"),
        (known("s2", minutes=5), None, "undetermined"),
    ],
)
def test_the_clock_of_a_machine_goes_forward(this: KnownScan, last: KnownScan | None, outcome: str) -> None:
    check = one("clock", Evidence(memory=Remembered(this, last=last)))
    assert check.outcome == outcome
    if outcome == "differs":
        assert (check.other_scan, check.other_number, check.evidence) == ("s1", MINE, {"seconds_back": 3600})
        assert "60 minutes older" in check.reason


def whole() -> tuple[Scan, Detection]:
    """A container with air at both ends, and its unit."""
    unit = replace(made_unit(), box=Box(150, 60, 1700, 500))
    return scan_of(FIRST), made_detection(unit, anomaly=CLEAR)


def cut_at(first: int, last: int) -> tuple[Scan, Detection]:
    """Columns `first` to `last` of it alone."""
    left, right = max(150 - first, 0), min(1850, last) - first
    unit = replace(made_unit(), box=Box(left, 60, right - left, 500))
    return scan_of(FIRST[:, first:last]), made_detection(unit, anomaly=CLEAR)


@pytest.mark.parametrize(
    ("first", "last", "end"),
    [(0, 2000, None), (140, 1860, None), (120, 1850 + 30, None), (400, 2000, "left"), (0, 1500, "right")],
)
def test_an_image_that_ends_inside_its_unit_is_cut_short(first: int, last: int, end: str | None) -> None:
    scan, detection = cut_at(first, last)
    check = one("cut_short", Evidence(scan=scan, detection=detection))
    assert (check.outcome, check.evidence.get("end")) == ("differs" if end else "agrees", end)


def test_fewer_lines_than_the_scanner_counted_are_cut_short() -> None:
    scan, detection = whole()
    for counted, outcome in (
        ({"width_px": 2001}, "differs"),
        ({"height_px": 640}, "differs"),
        ({"width_px": 2000}, "agrees"),
    ):
        said = replace(scan, sidecar=scan.sidecar.model_copy(update=counted))
        check = one("cut_short", Evidence(scan=said, detection=detection))
        assert check.outcome == outcome
        if outcome == "differs":
            assert f"{check.evidence['counted']}" in check.reason


def test_what_cannot_be_looked_for_is_not_known_to_be_whole() -> None:
    scan, detection = whole()
    assert one("cut_short", Evidence(scan=scan)).outcome == "undetermined"
    assert one("cut_short", Evidence(scan=scan, detection=made_detection())).outcome == "undetermined"
    picture = replace(cut_at(400, 2000)[0], grade="display", energies_mv=())
    assert one("cut_short", Evidence(scan=picture, detection=detection)).outcome == "undetermined"


def test_a_margin_without_signal_is_not_the_end_of_the_unit() -> None:
    scan, detection = whole()
    valid = np.ones_like(scan.valid)
    valid[:, :100] = False
    assert (
        one("cut_short", Evidence(scan=replace(scan, valid=valid), detection=detection)).outcome == "agrees"
    )


FILES = FileSet(
    images=(ImageFile(name="*.high.raw", planes=("high",)), ImageFile(name="*.low.raw", planes=("low",))),
    beside=("*.jpg",),
)


@pytest.mark.parametrize(
    ("files", "delivery", "outcome"),
    [
        (("a.high.raw", "a.low.raw"), Delivery("gate", FILES), "agrees"),
        (("a.jpg",), Delivery("gate", FILES), "differs"),
        (("a.high.raw",), Delivery("gate", FILES), "differs"),
        (("a.high.raw", "a.jpg"), Delivery("gate", FILES), "differs"),
        (("upload.bin",), Delivery("gate", FILES), "undetermined"),
        ((), Delivery("gate", FILES), "undetermined"),
        (("a.jpg",), Delivery("gate"), "undetermined"),
        (("a.jpg",), None, "undetermined"),
    ],
)
def test_a_picture_without_its_raw_file(
    files: tuple[str, ...], delivery: Delivery | None, outcome: str
) -> None:
    check = one("raw_missing", Evidence(files=files, delivery=delivery))
    assert check.outcome == outcome
    if outcome == "differs":
        assert "*.low.raw" in check.evidence["missing"]
