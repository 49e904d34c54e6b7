"""What a DICOS file says of its scan, alone and beside a sidecar."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import delivery_for, read_sidecar, sidecar_reader
from tallyscan.calibrate.profile import ScannerProfile, deliveries_of
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import InvalidSidecar
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.sidecar import Pitch, Sidecar
from tests.acquire.dicos_files import (
    CONTAINER,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    RLE,
    dicos,
    elements,
    file_of,
)

IMAGE = np.random.default_rng(8).integers(0, 4096, (30, 50)).astype(np.uint16)


def files(sidecar: dict[str, Any] | None = None, /, syntax: str = EXPLICIT, **said: Any) -> ScanFiles:
    data = dicos(IMAGE, syntax, bits=12, **said)
    return ScanFiles(
        (ScanPart("a.dcm", data),), json.dumps(sidecar).encode() if sidecar is not None else None
    )


def said_in(delivery: Delivery | None = None, /, **said: Any) -> tuple[Sidecar, tuple[str, ...]]:
    return read_sidecar(files(**said), delivery)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED, RLE, JPEG_LS])
def test_the_file_itself_says_what_a_sidecar_would(syntax: str) -> None:
    raw = decode(files(syntax=syntax), Limits())
    said = raw.sidecar
    assert said.units[0].number_read is not None
    assert said.units[0].number_read.text == CONTAINER
    assert said.device == "gate-1"
    assert said.acquired_at == datetime(2026, 2, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    assert said.energies_mv == (6.0,)
    assert said.pitch_mm == Pitch(x=4.5, y=5.5)
    assert said.full_scale == 4095
    assert said.grade is None
    assert said.extensions["dicos"]["ManufacturerModelName"] == "Gate 6"
    assert raw.cautions == ()


def test_the_intake_knows_the_container_before_a_pixel_is_decoded() -> None:
    said = sidecar_reader({})(files(), None)
    assert said is not None
    assert said.units[0].number_read is not None
    assert said.units[0].number_read.text == CONTAINER
    broken = ScanFiles((ScanPart("a.dcm", files().images[0].data[:900]),))
    assert sidecar_reader({})(broken, None) is None


@pytest.mark.parametrize(
    ("ooi", "text"),
    [
        ("CSQU3054383", "CSQU3054383"),
        ("csqu 305438-3", "CSQU3054383"),
        ("CSQU3O54383", "CSQU3O54383"),
        ("C5QU3054383", "C5QU3054383"),
        ("12345678901", None),
        ("000123", None),
        ("AB-123-CD", None),
        ("CSQU30543830", None),
        ("-1", None),
        ("?", None),
    ],
)
def test_only_what_can_be_a_container_number_is_one(ooi: str, text: str | None) -> None:
    sidecar, cautions = said_in(PatientID=ooi)
    marks = [unit.number_read for unit in sidecar.units]
    assert [mark and mark.text for mark in marks] == ([text] if text else [])
    assert [mark and mark.as_read for mark in marks] == ([ooi] if text else [])
    assert any(ooi[:9] in caution for caution in cautions) == (text is None)
    assert sidecar.extensions["dicos"]["PatientID"] == ooi


@pytest.mark.parametrize("kind", ["BAGGAGE", "PERSON"])
def test_an_object_that_is_no_cargo_has_no_container_number(kind: str) -> None:
    assert said_in(OOIType=kind)[0].units == ()


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"AcquisitionDateTime": "20260301120000+0000"}, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ({"AcquisitionTime": "1000"}, datetime(2026, 2, 1, 9, tzinfo=UTC)),
        ({"TimezoneOffsetFromUTC": "-0530"}, datetime(2026, 2, 1, 15, 30, 0, 250_000, tzinfo=UTC)),
        (
            {"AcquisitionDate": None, "ContentDate": "20260202", "ContentTime": "080000"},
            datetime(2026, 2, 2, 7, tzinfo=UTC),
        ),
    ],
)
def test_times_are_in_utc(said: dict[str, Any], at: datetime) -> None:
    assert said_in(**said)[0].acquired_at == at


@pytest.mark.parametrize(
    "said", [{"TimezoneOffsetFromUTC": None}, {"AcquisitionTime": None}, {"AcquisitionTime": "noon"}]
)
def test_a_time_that_leaves_something_open_is_not_guessed_at(said: dict[str, Any]) -> None:
    sidecar, cautions = said_in(**said)
    assert sidecar.acquired_at is None
    assert any(caution.startswith("metadata_not_understood:") and "time" in caution for caution in cautions)


def test_the_profile_says_the_zone_of_times_that_have_none() -> None:
    zone = Delivery("gate", dicos=DicosReading(time_zone="Europe/Amsterdam"))
    said = said_in(zone, TimezoneOffsetFromUTC=None)[0]
    assert said.acquired_at == datetime(2026, 2, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    assert said_in(zone, TimezoneOffsetFromUTC="+0400")[0].acquired_at == datetime(
        2026, 2, 1, 6, 0, 0, 250_000, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("said", "pitch"),
    [
        ({"ImagerPixelSpacing": [8.0, 8.0]}, (4.5, 5.5)),
        ({"ImagerPixelSpacing": [5.5, 4.5], "PixelSpacingCalibrationType": "GEOMETRY"}, (4.5, 5.5)),
        ({"ImagerPixelSpacing": [5.5, 4.5]}, None),
        (
            {
                "PixelSpacing": None,
                "ImagerPixelSpacing": [9, 8],
                "EstimatedRadiographicMagnificationFactor": 2,
            },
            (4.0, 4.5),
        ),
        ({"PixelSpacing": None, "ImagerPixelSpacing": [9, 8]}, None),
        ({"PixelSpacing": [5000, 5000]}, None),
    ],
    ids=str,
)
def test_the_pitch_is_that_at_the_cargo_or_unknown(
    said: dict[str, Any], pitch: tuple[float, float] | None
) -> None:
    sidecar, cautions = said_in(**said)
    assert sidecar.pitch_mm == (Pitch(x=pitch[0], y=pitch[1]) if pitch else None)
    assert bool(cautions) == (pitch is None)


def test_the_pitch_is_that_of_the_upright_image() -> None:
    profile = ScannerProfile.model_validate(
        {
            "name": "gate",
            "title": "Gate",
            "grade": "transmission",
            "dicos": {},
            "orientation": {"quarter_turns": 1},
        }
    )
    assert said_in(profile.delivery)[0].pitch_mm == Pitch(x=5.5, y=4.5)


@pytest.mark.parametrize(
    ("kvp", "energies"), [("6000", (6.0,)), ("160", None), (None, None), ("9500", (9.5,))]
)
def test_energies_that_are_not_modelled_are_told(kvp: str | None, energies: tuple[float, ...] | None) -> None:
    sidecar, cautions = said_in(KVP=kvp)
    assert sidecar.energies_mv == energies
    assert bool(cautions) == (kvp == "160")


@pytest.mark.parametrize(("relation", "grade"), [("LIN", None), ("LOG", "display"), ("DISP", "display")])
def test_greys_that_are_not_proportional_are_a_display_image(relation: str, grade: str | None) -> None:
    assert said_in(PixelIntensityRelationship=relation)[0].grade == grade


def test_a_largest_count_of_the_profile_that_is_less_than_its_bits_is_kept() -> None:
    assert said_in(Delivery("gate", dicos=DicosReading(), full_scale=4000))[0].full_scale == 4000
    assert said_in(Delivery("gate", dicos=DicosReading(), full_scale=60_000))[0].full_scale == 4095


def test_the_sidecar_wins_and_a_contradiction_is_told() -> None:
    beside = {"device": "gate-9", "pitch_mm": {"x": 4.5, "y": 5.5}, "units": [{"container_number": "TGHU7599330"}],
              "site": "NLRTM", "extensions": {"mine": 1}}  # fmt: skip
    raw = decode(files(beside), Limits())
    said = raw.sidecar
    assert (said.device, said.site, said.energies_mv) == ("gate-9", "NLRTM", (6.0,))
    assert said.units[0].number_read is not None
    assert said.units[0].number_read.text == "TGHU7599330"
    assert set(said.extensions) == {"mine", "dicos"}
    (told,) = raw.cautions
    assert told.startswith("metadata_contradicts:")
    assert "device gate-9, the image gate-1" in told
    assert f"units TGHU7599330, the image {CONTAINER}" in told
    assert "pitch" not in told


def test_a_sidecar_that_says_the_same_is_no_contradiction() -> None:
    beside = {
        "acquired_at": "2026-02-01T09:00:01Z",
        "energies_mv": [6],
        "units": [{"container_number": CONTAINER}],
    }
    assert decode(files(beside), Limits()).cautions == ()


def test_a_broken_sidecar_is_not_replaced_by_what_the_file_says() -> None:
    with pytest.raises(InvalidSidecar):
        decode(ScanFiles(files().images, b"{"), Limits())


def test_files_of_one_scan_that_differ_are_told() -> None:
    parts = (
        ScanPart("high.dcm", dicos(IMAGE, bits=12)),
        ScanPart("low.dcm", dicos(IMAGE, bits=12, StationName="gate-2", KVP=None)),
    )
    raw = decode(ScanFiles(parts), Limits())
    assert raw.sidecar.device == "gate-1"
    assert raw.sidecar.energies_mv is None
    assert [caution.partition(":")[0] for caution in raw.cautions] == ["metadata_contradicts"]
    assert set(raw.sidecar.extensions) == {"dicos", "dicos_2"}


def test_the_model_name_in_the_file_tells_the_profile() -> None:
    def named(name: str, model: str | None) -> ScannerProfile:
        return ScannerProfile.model_validate(
            {"name": name, "title": name, "grade": "transmission", "dicos": {"model": model}}
        )

    known = deliveries_of({p.name: p for p in (named("a", "GATE 6"), named("b", "Gate 7"), named("c", None))})
    found = delivery_for(files(), known)
    assert found is not None
    assert found.name == "a"
    assert read_sidecar(files(), found).sidecar.scanner == "a"
    assert delivery_for(files(ManufacturerModelName="Other"), known) is None
    assert delivery_for(files(), known, "b") is known["b"]


def test_tags_that_are_only_of_dicos_are_understood_in_implicit_vr() -> None:
    data_set = elements(IMAGE, bits=12)
    data_set.add_new(0x43000902, "FL", 1.5)
    data_set.add_new(0x00080118, "CS", "MACHINE")
    data_set.add_new(0x00082108, "CS", "LHS")
    data = file_of(data_set, IMAGE, IMPLICIT, 12)
    read = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
    assert isinstance(read, Dataset)
    assert read[0x43000902].value == 1.5
    assert read[0x00080118].value == "MACHINE"
    assert read[0x00082108].value == "LHS"
    np.testing.assert_array_equal(
        read.pixel_array, decode(ScanFiles((ScanPart("a", data),)), Limits()).pixels[0]
    )
