"""The canonical scan written down and read again: by our own decoders, by plain pydicom, by an independent toolkit."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile

from tallyscan.acquire.limits import Limits
from tallyscan.calibrate.profile import load_profiles
from tallyscan.commands.convert import FORMATS, Format, files_of
from tallyscan.errors import UnsupportedFormat
from tallyscan.pipeline import Calibrator
from tallyscan.report.canonical_counts import AIR_COUNTS, canonical_counts, canonical_sidecar
from tallyscan.report.scan_dicos import FOR_PROCESSING, scan_dicos
from tallyscan.report.scan_tiff import scan_tiff
from tallyscan.scan import NoiseModel, Scan, ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar, UnitMark
from tests.report.builders import made_cargo_scan
from tests.report.threat_reports import CONTAINER, as_dicos

CALIBRATOR = Calibrator(load_profiles(), None, Limits())
AT = datetime(2026, 2, 1, 10, tzinfo=UTC)
SAID = Sidecar(device="gate-1", site="NLRTM", acquired_at=AT, units=(UnitMark(container_number=CONTAINER),))
HALF_A_COUNT = 0.5 / AIR_COUNTS + 2e-7  # and what float32 rounds

every_format = pytest.mark.parametrize("to", FORMATS)


def written_and_read(scan: Scan, to: Format) -> Scan:
    files = files_of(scan, "scan", to)
    images = tuple(ScanPart(name, data) for name, data in files.items() if not name.endswith(".json"))
    return CALIBRATOR.scan_of(ScanFiles(images, files["scan.json"]))


@every_format
@pytest.mark.parametrize("channels", [1, 2])
def test_transmission_comes_back_within_half_a_count(to: Format, channels: int) -> None:
    scan = made_cargo_scan()
    transmission = scan.transmission.copy()
    transmission[1] **= 1.2
    transmission[:, :4, :4] = 1.0
    scan = replace(scan, transmission=transmission[:channels], energies_mv=scan.energies_mv[:channels],
                   noise=scan.noise[:channels], sidecar=SAID)  # fmt: skip
    again = written_and_read(scan, to)
    assert (again.grade, again.energies_mv, again.pitch_known) == ("transmission", scan.energies_mv, True)
    assert again.transmission.shape == scan.transmission.shape
    assert (again.valid == scan.valid).all()  # the three dead columns are known again
    assert not scan.valid.all()
    seen = np.clip(scan.transmission, 1 / AIR_COUNTS, 1)[:, scan.valid]
    assert np.abs(again.transmission[:, scan.valid] - seen).max() <= HALF_A_COUNT
    assert (again.grid.scale_x, again.grid.scale_y, again.grid.quarter_turns) == (1, 1, 0)
    assert again.cautions == ()
    said = again.sidecar
    assert (said.device, said.site, said.acquired_at, said.units) == ("gate-1", "NLRTM", AT, SAID.units)


@every_format
def test_a_turned_scan_comes_back_upright(to: Format) -> None:
    scan = made_cargo_scan(quarter_turns=1, mirrored=True)
    again = written_and_read(scan, to)
    assert again.transmission.shape == scan.transmission.shape
    assert (again.grid.quarter_turns, again.grid.mirrored) == (0, False)
    kept = again.sidecar.extensions["tallyscan"]
    assert (kept["grid"]["quarter_turns"], kept["grid"]["mirrored"]) == (1, True)
    assert (kept["scan_sha256"], kept["profile"], kept["calibration_sha256"]) == (
        "a" * 64,
        "invented",
        "b" * 64,
    )


@every_format
def test_a_display_image_stays_one_and_keeps_its_greys(to: Format) -> None:
    scan = replace(made_cargo_scan("display"), valid=np.ones((576, 2432), np.bool_))
    again = written_and_read(scan, to)
    assert (again.grade, again.energies_mv, again.pitch_known) == ("display", (), True)
    assert np.abs(again.transmission - np.maximum(scan.transmission, 1 / 255)).max() < 0.01
    assert any(caution.startswith("unknown_scale: ") for caution in again.cautions)


@every_format
def test_a_pitch_that_is_not_known_stays_unknown(to: Format) -> None:
    again = written_and_read(replace(made_cargo_scan("display"), pitch_known=False), to)
    assert again.pitch_known is False
    assert any(caution.startswith("unknown_pitch: ") for caution in again.cautions)


@every_format
def test_what_was_not_sure_does_not_become_sure(to: Format) -> None:
    doubts = ("scanner_assumed: no scanner is named.", "no_open_beam: the usual air level was taken.")
    valid = np.ones((576, 2432), np.bool_)
    valid[100:200, 300:900] = False  # a region, which no row and no column shows
    again = written_and_read(replace(made_cargo_scan(), cautions=doubts, valid=valid, sidecar=SAID), to)
    assert again.cautions == (
        *doubts,
        "filled: 4.3% of the pixels were not measured and hold what is likely there.",
    )


def test_dense_cargo_is_no_hole_and_air_no_stuck_pixel() -> None:
    scan = made_cargo_scan()
    transmission = np.full_like(scan.transmission, 0.3)
    transmission[:, 100, 100] = 1e-6  # one opaque pixel, and one of air, alone
    transmission[:, 300, 300] = 1.0
    scan = replace(scan, transmission=transmission, valid=np.ones_like(scan.valid))
    counts = canonical_counts(scan)
    assert (counts[0, 100, 100], counts[0, 300, 300]) == (1, AIR_COUNTS)
    again = written_and_read(scan, "tiff")
    assert again.valid.all()
    assert again.transmission[0, 100, 100] == pytest.approx(1 / AIR_COUNTS, abs=1e-7)
    assert again.transmission[0, 300, 300] == 1.0


def test_the_tiff_as_others_read_it() -> None:
    scan = made_cargo_scan()
    with tifffile.TiffFile(BytesIO(scan_tiff(scan))) as file:
        pages = [page.asarray() for page in file.pages]
    assert np.array_equal(np.stack(pages), canonical_counts(scan))
    assert {page.dtype for page in pages} == {np.dtype(np.uint16)}
    assert scan_tiff(scan) == scan_tiff(scan)


def test_dicos_as_plain_pydicom_reads_it() -> None:
    scan = replace(made_cargo_scan(), sidecar=SAID)
    files = scan_dicos(scan)
    assert list(files) == ["high", "low"]
    uids = set()
    for (energy, file), counts, kilovolts in zip(
        files.items(), canonical_counts(scan), (6000, 4000), strict=True
    ):
        read = pydicom.dcmread(BytesIO(file))
        assert np.array_equal(read.pixel_array, counts)
        assert (read.SOPClassUID, read.Modality, read.KVP) == (FOR_PROCESSING, "XRAY", kilovolts)
        assert list(read.ImageType) == ["DERIVED", "PRIMARY", "PROJECTION", f"{energy.upper()} ENERGY"]
        assert (list(read.PixelSpacing), read.BitsStored, read.PixelIntensityRelationship) == (
            [5, 5],
            16,
            "LIN",
        )
        assert (read.PatientID, read.OOIType, read.StationName) == (CONTAINER, "CARGO", "gate-1")
        assert (read.AcquisitionDate, read.AcquisitionTime) == ("20260201", "100000.000000")
        assert 500 < read[0x43000902].value < kilovolts
        uids.add((read.SOPInstanceUID, read.StudyInstanceUID))
    assert len({instance for instance, _ in uids}) == 2
    assert len({study for _, study in uids}) == 1
    assert files == scan_dicos(scan)


def test_a_converted_scan_is_no_instance_of_the_scan_it_came_from() -> None:
    """Regions of a reading are in pixels of the original; a report must not point to the converted image for them."""
    came_in = Sidecar(extensions={"dicos": as_dicos("2.25.9")})
    scan = replace(made_cargo_scan(), sidecar=came_in)
    read = pydicom.dcmread(BytesIO(scan_dicos(scan)["high"]))
    assert (read.StudyInstanceUID, read.PatientID) == ("2.25.7", CONTAINER)
    assert read.SOPInstanceUID != "2.25.9"
    extensions = canonical_sidecar(scan).extensions
    assert list(extensions) == ["tallyscan"]
    assert extensions["tallyscan"]["extensions"] == came_in.extensions


def test_dicos_names_no_third_energy() -> None:
    scan = made_cargo_scan()
    three = replace(
        scan,
        transmission=np.concatenate([scan.transmission, scan.transmission[:1]]),
        energies_mv=(9.0, 6.0, 4.0),
        noise=(NoiseModel(1e-4, 1e-5),) * 3,
    )
    with pytest.raises(UnsupportedFormat, match="3 energies"):
        scan_dicos(three)
    again = written_and_read(three, "tiff")
    assert again.energies_mv == (9.0, 6.0, 4.0)


def test_an_independent_toolkit_reads_it(tmp_path: Path) -> None:
    toolkit = pytest.importorskip(
        "pydicos", reason="an independent toolkit, closed source: pip install pydicos"
    )
    scan = replace(made_cargo_scan(), sidecar=SAID)
    for (energy, file), counts in zip(scan_dicos(scan).items(), canonical_counts(scan), strict=True):
        (tmp_path / energy).write_bytes(file)
        assert np.array_equal(toolkit.DXLoader(tmp_path / energy).get_data(), counts)
