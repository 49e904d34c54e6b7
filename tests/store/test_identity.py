from datetime import UTC, datetime

import pytest

from tallyscan.declaration import parse_declaration
from tallyscan.sidecar import Sidecar, UnitMark
from tallyscan.store.identity import ScanIdentity, contradicts, identify, same_scan
from tests.store.builders import CONTAINER, OTHER_CONTAINER, declaration_json, scan_files, sidecar_json


def test_spacing_and_order_of_the_sidecar_do_not_make_another_scan() -> None:
    one = identify(scan_files(sidecar=b'{"scanner": "generic", "site": "NLRTM"}'), None, None)
    other = identify(scan_files(sidecar=b'{"site":"NLRTM","scanner":"generic"}'), None, None)
    assert one.key == other.key


@pytest.mark.parametrize(
    "other",
    [
        sidecar_json(OTHER_CONTAINER),
        sidecar_json(scanner="another"),
        sidecar_json(device="gate-2"),
        sidecar_json(acquired_at="2026-02-02T10:00:00Z"),
    ],
    ids=["unit", "scanner", "device", "time"],
)
def test_another_unit_scanner_or_time_is_another_scan_and_a_contradiction(other: bytes) -> None:
    one = identify(scan_files(sidecar=sidecar_json(device="gate-1")), None, None)
    two = identify(scan_files(sidecar=other), None, None)
    assert one.key != two.key
    assert contradicts(one, two, None, None)


def test_an_image_sent_again_with_what_was_missing_contradicts_nothing() -> None:
    bare = identify(scan_files(), None, None)
    full = identify(scan_files(sidecar=sidecar_json()), None, None)
    assert bare.key != full.key
    assert not contradicts(bare, full, None, None)


def test_without_a_sidecar_the_declaration_names_the_unit() -> None:
    first = identify(scan_files(), parse_declaration(declaration_json()), None)
    second = identify(scan_files(), parse_declaration(declaration_json(OTHER_CONTAINER)), None)
    assert (first.declared_unit, first.marks) == (CONTAINER, ())
    assert first.key != second.key
    assert contradicts(first, second, None, None)


def test_where_no_unit_is_known_consignments_stand_for_it() -> None:
    first, second = identify(scan_files(), None, "A"), identify(scan_files(), None, "B")
    assert first.key != second.key
    assert contradicts(first, second, "A", "B")
    assert not contradicts(first, identify(scan_files(sidecar=sidecar_json()), None, "A"), "A", "A")


def test_a_broken_sidecar_identifies_by_its_bytes() -> None:
    one = identify(scan_files(sidecar=b"{"), None, None)
    assert one.key != identify(scan_files(sidecar=b"["), None, None).key
    assert one.key == identify(scan_files(sidecar=b"{"), None, None).key


def test_marks_are_compared_without_spaces_and_case() -> None:
    said = b'{"units": [{"container_number": "csqu 305438 3", "plate": "aa-123-b"}, {"plate": " "}]}'
    identity = identify(scan_files(sidecar=said), None, None)
    assert identity.marks == (CONTAINER, "AA123B")


def test_what_is_not_legible_is_no_mark() -> None:
    units = (
        b'[{"container_number": "SIMU3+2269", "plate": "-1"}, {"plate": {"as_read": "AB 12", "text": null}}]'
    )
    assert identify(scan_files(sidecar=b'{"units": ' + units + b"}"), None, None).marks == ()


def test_a_sidecar_of_the_scanner_s_own_identifies_by_its_bytes_and_says_the_marks() -> None:
    read = Sidecar(scanner="gate", units=(UnitMark(container_number="CSQU 305438 3"),))
    files = scan_files(sidecar=b"<Scan/>")
    plain, told = identify(files, None, None), identify(files, None, None, read)
    assert plain.sidecar_sha256 == told.sidecar_sha256
    assert (told.marks, told.scanner) == ((CONTAINER,), "gate")
    assert same_scan(plain, told, None, None)
    assert not contradicts(plain, told, None, None)


def test_times_are_compared_as_moments() -> None:
    identity: ScanIdentity = identify(
        scan_files(sidecar=sidecar_json(acquired_at="2026-02-01T12:00:00+02:00")), None, None
    )
    assert identity.acquired_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_what_names_no_unit_and_no_consignment_is_one_with_what_does() -> None:
    plain, sent = identify(scan_files(), None, None), identify(scan_files(), None, "A")
    declared = identify(scan_files(), parse_declaration(declaration_json()), None)
    assert same_scan(plain, sent, None, "A")
    assert same_scan(sent, plain, "A", None)
    assert same_scan(plain, declared, None, declared.consignment)
    assert not same_scan(sent, identify(scan_files(), None, "B"), "A", "B")
    assert not same_scan(sent, declared, "A", declared.consignment)


def test_a_unit_that_is_known_says_more_than_the_consignment() -> None:
    one = identify(scan_files(sidecar=sidecar_json()), None, "A")
    assert same_scan(one, identify(scan_files(sidecar=sidecar_json()), None, "B"), "A", "B")
    other = identify(scan_files(declaration=b""), parse_declaration(declaration_json(OTHER_CONTAINER)), None)
    assert not same_scan(one, other, "A", "A")
