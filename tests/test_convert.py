"""`tallyscan convert` from files to files."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile

from tallyscan.__main__ import main
from tests.sample_images import CONTAINER, container_tiff, sidecar_json

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tmp_path / "nowhere"))  # no model is needed
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.tif").write_bytes(container_tiff())
    (folder / "a.json").write_bytes(sidecar_json())
    return folder


def test_every_scan_of_a_folder_and_what_is_wrong_with_the_others(scans: Path, capsys: Capture) -> None:
    (scans / "b.tif").write_bytes(b"text")
    (scans / "c.tif").write_bytes(container_tiff(seed=1))
    (scans / "c.json").write_bytes(sidecar_json(air_level=None, grade="transmission", energies_mv=None))
    assert main(["convert", str(scans), "--out", "out"]) == 1
    said = capsys.readouterr()
    assert said.out == f"{scans / 'a.tif'} -> out/a.json, out/a.tif\n"
    assert [line.partition(": ")[2].split(":")[0] for line in said.err.splitlines()] == [
        f"{scans / 'b.tif'} was not converted",
        f"{scans / 'c.tif'} was not converted",
    ]
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.json", "a.tif"]
    assert tifffile.imread("out/a.tif").shape == (480, 1600)  # 10 mm became 5 mm


def test_what_was_converted_is_converted_again_to_the_same(scans: Path) -> None:
    assert main(["convert", str(scans / "a.tif"), "--out", "once"]) == 0
    assert main(["convert", "once/a.tif", "--to", "dicos", "--out", "twice"]) == 0
    assert main(["convert", "twice", "--to", "tiff", "--out", "thrice"]) == 0
    once, thrice = tifffile.imread("once/a.tif"), tifffile.imread("thrice/a.tif")
    assert np.array_equal(once, thrice)
    read = pydicom.dcmread("twice/a.dcm")
    assert np.array_equal(read.pixel_array, once)
    assert read.PatientID == CONTAINER


def test_two_energies_become_two_dicos_files_of_one_scan(scans: Path) -> None:
    high, low = (tifffile.imread(scans / "a.tif"), (tifffile.imread(scans / "a.tif") * 0.9).astype(np.uint16))
    tifffile.imwrite(scans / "a.tif", np.stack([high, low]), photometric="minisblack")
    (scans / "a.json").write_bytes(sidecar_json(energies_mv=[6.0, 4.0], air_level=[60_000, 54_000]))
    assert main(["convert", str(scans), "--to", "dicos", "--out", "out"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.high.dcm", "a.json", "a.low.dcm"]
    assert main(["convert", "out", "--out", "back"]) == 0
    pages = tifffile.imread("back/a.tif")
    assert np.array_equal(pages[0], pydicom.dcmread("out/a.high.dcm").pixel_array)
    assert np.array_equal(pages[1], pydicom.dcmread("out/a.low.dcm").pixel_array)


def test_nothing_is_written_over_a_file_that_is_there(scans: Path, capsys: Capture) -> None:
    before = (scans / "a.tif").read_bytes()
    assert main(["convert", str(scans), "--out", str(scans)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert (scans / "a.tif").read_bytes() == before


def test_scans_of_one_name_in_several_folders_do_not_meet(scans: Path) -> None:
    other = scans / "more"
    other.mkdir()
    (other / "a.tif").write_bytes(container_tiff(lump=True))
    (other / "a.json").write_bytes(sidecar_json())
    assert main(["convert", str(scans), "--out", "out"]) == 0
    assert sorted(path.name for path in Path("out").glob("*.tif")) == ["a-2.tif", "a.tif"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.tif", "--out", "out"], "no file or folder"),
        (["scans", "--out", "out", "--profile", "nobody"], "no scanner profile"),
        (["empty", "--out", "out"], "name no scan"),
    ],
)
def test_what_cannot_be_run_ends_with_2(
    scans: Path, capsys: Capture, arguments: list[str], said: str
) -> None:
    (scans.parent / "empty").mkdir()
    assert main(["convert", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_out_that_is_a_file_is_said(scans: Path, capsys: Capture) -> None:
    Path("out").write_text("mine")
    assert main(["convert", str(scans), "--out", "out"]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert Path("out").read_text() == "mine"
