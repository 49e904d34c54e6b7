"""Every broken input ends as one clear reason, and the next good scan is read."""

import time

import pytest

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import delivery_for
from tallyscan.calibrate.profile import deliveries_of, load_profiles, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.declaration import parse_declaration
from tallyscan.errors import InputError, InvalidDeclaration
from tallyscan.scan import Quality, ScanFiles
from tests.broken_inputs import broken_inputs, good_scan

BROKEN = broken_inputs()
PROFILES = load_profiles()
BUILDING_SECONDS = 30


def quality_of(files: ScanFiles) -> Quality:
    raw = decode(files, Limits(), delivery_for(files, deliveries_of(PROFILES)))
    return assess(to_physical(raw, profile_for(raw, PROFILES)))


def test_there_are_fifty_and_more() -> None:
    assert len(BROKEN) >= 50
    assert len({broken.files for broken in BROKEN.values()}) == len(BROKEN)


@pytest.mark.parametrize("name", [name for name, broken in BROKEN.items() if broken.status == "rejected"])
def test_it_is_rejected_with_what_was_wrong_and_what_to_do(name: str) -> None:
    broken = BROKEN[name]
    started = time.perf_counter()
    with pytest.raises(InputError) as caught:
        quality_of(broken.files)
    assert caught.value.code in broken.codes, caught.value.reason
    assert caught.value.detail != caught.value.title
    assert caught.value.remedy
    assert len(caught.value.reason) < 1000
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("name", [name for name, broken in BROKEN.items() if broken.status == "not_readable"])
def test_it_is_not_readable_and_the_first_reason_is_the_right_one(name: str) -> None:
    quality = quality_of(BROKEN[name].files)
    assert not quality.readable
    assert quality.reasons[0].partition(":")[0] in BROKEN[name].codes, quality.reasons
    assert all(reason.partition(": ")[2] for reason in quality.reasons)


@pytest.mark.parametrize("name", [name for name, broken in BROKEN.items() if broken.status == "read"])
def test_the_scan_of_a_broken_declaration_can_be_read(name: str) -> None:
    files = BROKEN[name].files
    assert quality_of(files).readable
    assert files.declaration is not None
    with pytest.raises(InvalidDeclaration) as caught:
        parse_declaration(files.declaration)
    assert caught.value.remedy


def test_the_good_scan_is_good() -> None:
    assert quality_of(good_scan()) == Quality(readable=True)
