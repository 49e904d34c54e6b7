"""Which scanner a scan is of, and what that scanner says of it."""

from typing import Any

import pytest

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import delivery_for, read_sidecar, sidecar_reader
from tallyscan.calibrate.profile import ScannerProfile, deliveries_of, load_profiles, profile_for
from tallyscan.delivery import Delivery
from tallyscan.errors import InvalidSidecar, UnsupportedFormat
from tallyscan.scan import ScanFiles, ScanPart
from tests.acquire.raw_files import counts, im_portrait, profile

IMAGE = counts(12, 10)
IM = load_profiles()["raw_im_portrait"]
XML = "<Scan><Number>CSQU3054383</Number><Start>2026-07-01T10:00:00Z</Start></Scan>"
MAPPING: dict[str, Any] = {
    "format": "xml",
    "root": "Scan",
    "fields": {"acquired_at": {"path": "Start"}},
    "units": [{"container_number": {"path": "Number"}}],
}


def scan(
    data: bytes = b"II*\0 pixels", sidecar: str | bytes | None = None, *, folder: str | None = None
) -> ScanFiles:
    said = sidecar.encode() if isinstance(sidecar, str) else sidecar
    return ScanFiles((ScanPart("a.img", data),), said, profile=folder)


def named(name: str, **tables: Any) -> ScannerProfile:
    return profile(**tables).model_copy(update={"name": name})


def deliveries(*profiles: ScannerProfile) -> dict[str, Delivery]:
    return deliveries_of({each.name: each for each in profiles})


GATE = named("gate", sidecar=MAPPING)
OTHER = named("other", sidecar={**MAPPING, "root": "Other"})
KNOWN = deliveries(IM, GATE, OTHER, named("plain"))


def test_only_profiles_that_speak_of_files_are_deliveries() -> None:
    assert set(KNOWN) == {"raw_im_portrait", "gate", "other"}


@pytest.mark.parametrize(
    ("files", "requested", "found"),
    [
        (scan(), None, None),
        (scan(im_portrait(IMAGE)), None, "raw_im_portrait"),
        (scan(im_portrait(IMAGE)), "gate", "gate"),
        (scan(im_portrait(IMAGE), folder="gate"), None, "gate"),
        (scan(im_portrait(IMAGE), folder="gate"), "other", "other"),
        (scan(im_portrait(IMAGE)), "plain", "raw_im_portrait"),  # it does not say how its files lie
        (scan(sidecar='{"scanner": "gate"}'), None, "gate"),
        (scan(sidecar='{"scanner": "elsewhere"}'), None, None),
        (scan(sidecar="{"), None, None),
        (scan(sidecar=XML), None, "gate"),
        (scan(sidecar=("\ufeff" + XML).encode("utf-16-le")), None, "gate"),
        (scan(sidecar="<Unknown/>"), None, None),
        (scan(sidecar=XML), "plain", None),  # it was asked for, and does not explain XML
        (scan(b"IM\0"), None, None),
    ],
)
def test_a_scanner_is_named_or_told_by_what_no_other_file_has(
    files: ScanFiles, requested: str | None, found: str | None
) -> None:
    delivery = delivery_for(files, KNOWN, requested)
    assert (delivery.name if delivery else None) == found


def test_two_profiles_that_fit_alike_are_not_chosen_between() -> None:
    twins = deliveries(
        IM, IM.model_copy(update={"name": "twin"}), GATE, GATE.model_copy(update={"name": "gate_2"})
    )
    with pytest.raises(UnsupportedFormat, match="raw_im_portrait and twin fit alike"):
        delivery_for(scan(im_portrait(IMAGE)), twins)
    with pytest.raises(UnsupportedFormat, match="gate and gate_2 fit alike"):
        delivery_for(scan(sidecar=XML), twins)
    chosen = delivery_for(scan(im_portrait(IMAGE)), twins, "twin")
    assert chosen is not None
    assert chosen.name == "twin"


def test_a_short_magic_number_tells_no_scanner() -> None:
    short = named(
        "short", raw={"sample": "uint16", "magic": "494d", "header_bytes": 2, "width": 3, "height": 3}
    )
    assert delivery_for(scan(b"IM" + bytes(18)), deliveries(short)) is None


def test_the_document_after_the_pixels_is_the_sidecar() -> None:
    gate = IM.model_copy(update={"name": "gate", "sidecar": GATE.sidecar})
    files = scan(im_portrait(IMAGE, XML))
    sidecar, cautions = read_sidecar(files, deliveries(gate)["gate"])
    assert (sidecar.units[0].number_read, cautions) == (sidecar.units[0].container_number, ())
    assert sidecar.units[0].number_read is not None
    assert sidecar.units[0].number_read.text == "CSQU3054383"
    of_its_own = scan(im_portrait(IMAGE, XML), XML.replace("CSQU3054383", "MSKU9070323"))
    beside = read_sidecar(of_its_own, deliveries(gate)["gate"]).sidecar.units[0].number_read
    assert beside is not None
    assert beside.text == "MSKU9070323", "the file beside the image wins"


def test_a_document_that_did_not_come_is_said_and_the_scan_is_read() -> None:
    gate = IM.model_copy(update={"name": "gate", "sidecar": GATE.sidecar})
    raw = decode(scan(im_portrait(IMAGE, None)), Limits(), deliveries(gate)["gate"])
    assert raw.cautions == ("sidecar_missing: the scanner's document did not come.",)
    assert raw.sidecar.scanner == "gate"


def test_what_is_not_understood_is_a_caution_of_the_scan() -> None:
    gate = named("gate", raw={"sample": "uint16", "width": 10, "height": 12}, sidecar=MAPPING)
    raw = decode(scan(IMAGE.tobytes(), XML.replace("2026-07", "2026-17")), Limits(), gate.delivery)
    assert raw.cautions == (
        "sidecar_not_understood: in the scanner's document acquired_at ('2026-17-01T10:00:00Z').",
    )
    assert raw.sidecar.units


def test_canonical_json_is_understood_from_a_scanner_of_xml_too() -> None:
    sidecar, cautions = read_sidecar(scan(sidecar='{"site": "NLRTM"}'), KNOWN["gate"])
    assert (sidecar.site, sidecar.scanner, cautions) == ("NLRTM", "gate", ())
    kept = read_sidecar(scan(sidecar='{"scanner": "other"}'), KNOWN["gate"]).sidecar
    assert kept.scanner == "other"


def test_xml_that_nobody_explains_is_refused_as_such() -> None:
    with pytest.raises(InvalidSidecar, match="XML, and no scanner profile says"):
        read_sidecar(scan(sidecar=XML), None)
    with pytest.raises(InvalidSidecar, match="does not follow its schema"):
        read_sidecar(scan(sidecar="text"), None)


def test_the_intake_is_told_nothing_where_nothing_can_be_read() -> None:
    read = sidecar_reader(KNOWN)
    assert read(scan(sidecar="<Scan>"), "gate") is None
    said = read(scan(sidecar=XML), None)
    assert said is not None
    assert said.scanner == "gate"


def test_a_sidecar_that_says_transmission_wins_over_a_profile_that_knows_no_beam() -> None:
    said = (
        b'{"grade": "transmission", "energies_mv": [6], "air_level": [60000], "pitch_mm": {"x": 5, "y": 5}}'
    )
    profiles = load_profiles()
    delivery = delivery_for(scan(im_portrait(IMAGE), said), deliveries_of(profiles))
    raw = decode(scan(im_portrait(IMAGE), said), Limits(), delivery)
    for requested in (None, "raw_im_portrait"):
        chosen = profile_for(raw, profiles, requested)
        assert (chosen.name, chosen.grade) == ("raw_im_portrait", "transmission")
        assert chosen.orientation.quarter_turns == 1
    assert profile_for(raw, profiles, "display").grade == "display"
