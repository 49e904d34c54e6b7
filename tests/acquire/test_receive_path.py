"""Which scans a list of paths names."""

import hashlib
from pathlib import Path

import pytest

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_path import KnownProfiles, find_scans, load, passed_over
from tallyscan.delivery import Delivery, FileSet, ImageFile
from tallyscan.errors import CorruptScan, IncompleteScan, InputError, NotFound, TooLarge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cases as sample scans lie, a pair of energies, and things that are no scans."""
    for name in (
        "b/scan.tif",
        "b/scan.json",
        "b/scan.declaration.json",
        "b/scan.expected.json",
        "a/scan.TIFF",
        "dual.low.png",
        "dual.high.png",
        "dual.json",
        "plain.jpg",
        "plain.notes.json",
        "README.md",
        ".hidden.png",
        ".cache/thumb.png",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(name.encode())
    return tmp_path


def shown(folder: Path, paths: list[Path]) -> list[list[str]]:
    return [[str(file.relative_to(folder)) for file in scan.files] for scan in find_scans(paths)]


def test_a_folder_is_searched_to_its_depths_in_order(folder: Path) -> None:
    assert shown(folder, [folder]) == [
        ["a/scan.TIFF"],
        ["b/scan.tif", "b/scan.json", "b/scan.declaration.json"],
        ["dual.high.png", "dual.low.png", "dual.json"],
        ["plain.jpg"],
    ]


def test_what_a_folder_holds_beside_scans_is_told(folder: Path) -> None:
    names = [str(path.relative_to(folder)) for path in passed_over([folder])]
    assert names == ["README.md", "b/scan.expected.json", "plain.notes.json"]


def test_one_energy_brings_the_other_and_high_comes_first(folder: Path) -> None:
    expected = [["dual.high.png", "dual.low.png", "dual.json"]]
    assert shown(folder, [folder / "dual.low.png"]) == expected
    assert shown(folder, [folder / "dual.low.png", folder / "dual.high.png"]) == expected


def test_one_energy_without_the_other_is_a_scan_by_itself(folder: Path) -> None:
    (folder / "dual.high.png").unlink()
    assert shown(folder, [folder / "dual.low.png"]) == [["dual.low.png", "dual.json"]]


def test_a_named_file_is_listed_whatever_it_is_called(folder: Path) -> None:
    assert shown(folder, [folder / "README.md"]) == [["README.md"]]
    assert shown(folder, [folder / "plain.notes.json"]) == [["plain.notes.json"]]
    assert [scan.name for scan in find_scans([folder / "nothing.tif"])] == [str(folder / "nothing.tif")]


def test_what_a_shell_expands_beside_an_image_is_no_scan(folder: Path) -> None:
    assert shown(folder, sorted((folder / "b").iterdir())) == [
        ["b/scan.tif", "b/scan.json", "b/scan.declaration.json"]
    ]


def test_the_same_scan_named_twice_is_one(folder: Path) -> None:
    assert shown(folder, [folder / "plain.jpg", folder / "plain.jpg", folder / "plain.jpg"]) == [
        ["plain.jpg"]
    ]


def test_loading_keeps_bytes_and_names(folder: Path) -> None:
    (scan,) = find_scans([folder / "b"])
    files = load(scan, Limits())
    assert [(part.name, part.data) for part in files.images] == [("scan.tif", b"b/scan.tif")]
    assert files.sidecar == b"b/scan.json"
    assert files.declaration == b"b/scan.declaration.json"
    assert scan.stem == "scan"
    (dual,) = find_scans([folder / "dual.high.png"])
    assert [part.data for part in load(dual, Limits()).images] == [b"dual.high.png", b"dual.low.png"]
    assert dual.stem == "dual"


def test_what_is_not_there_is_said(folder: Path) -> None:
    (scan,) = find_scans([folder / "nothing.tif"])
    with pytest.raises(NotFound, match=r"nothing\.tif"):
        load(scan, Limits())


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    huge = folder / "huge.tif"
    with huge.open("wb") as file:
        file.truncate(600_000_000)  # sparse
    with pytest.raises(TooLarge):
        load(find_scans([huge])[0], Limits())


def test_what_cannot_be_read_is_an_input_error(folder: Path) -> None:
    loop = folder / "loop.tif"
    loop.symlink_to(loop)
    with pytest.raises(InputError, match="cannot be read"):
        load(find_scans([loop])[0], Limits())


# files that a scanner profile declares

GATE = FileSet(
    images=(ImageFile(name="*_H.raw", planes=("high",)), ImageFile(name="*_L.raw", planes=("low",))),
    sidecar="*.scan.json",
    beside=("*.bmp",),
)
PROFILES = KnownProfiles(frozenset({"gate", "display"}), {"gate": Delivery("gate", GATE)})


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A folder of a scanner, with one scan that is whole and one that is not, beside scans of other scanners."""
    for name in (
        "gate/a_H.raw",
        "gate/A_l.RAW",
        "gate/a.scan.json",
        "gate/a.declaration.json",
        "gate/a.bmp",
        "gate/deeper/b_L.raw",
        "gate/c.tif",
        "gate/c.json",
        "gate/log.txt",
        "display/d.tif",
        "e_H.raw",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(name.encode())
    return tmp_path


def test_a_folder_that_bears_the_name_of_a_profile_holds_its_files(gate: Path) -> None:
    found = find_scans([gate], PROFILES)
    shown = {
        scan.stem: (scan.profile, [str(file.relative_to(gate)) for file in scan.files], scan.missing)
        for scan in found
    }
    assert shown == {
        "d": ("display", ["display/d.tif"], ()),
        "e_H": (None, ["e_H.raw"], ()),
        "a": (
            "gate",
            ["gate/a_H.raw", "gate/A_l.RAW", "gate/a.scan.json", "gate/a.declaration.json", "gate/a.bmp"],
            (),
        ),
        "c": ("gate", ["gate/c.tif", "gate/c.json"], ()),
        "b": ("gate", ["gate/deeper/b_L.raw"], ("b_H.raw", "b.scan.json")),
    }
    assert [path.name for path in passed_over([gate], PROFILES)] == ["log.txt"]


def test_what_was_asked_for_says_it_of_every_file(gate: Path) -> None:
    asked = KnownProfiles(PROFILES.names, PROFILES.deliveries, "gate")
    (whole,) = find_scans([gate / "gate" / "a_H.raw", gate / "gate" / "A_l.RAW"], asked)
    assert (whole.profile, whole.missing, len(whole.files)) == ("gate", (), 5)
    (half,) = find_scans([gate / "e_H.raw"], asked)
    assert half.missing == ("e_L.raw", "e.scan.json")
    assert find_scans([gate / "gate" / "a_H.raw"], PROFILES)[0].profile is None, "its folder was not named"


def test_a_set_is_loaded_in_the_order_of_its_profile_and_a_part_of_it_as_far_as_it_came(gate: Path) -> None:
    found = {scan.stem: scan for scan in find_scans([gate], PROFILES)}
    files = load(found["a"], Limits())
    assert [part.name for part in files.images] == ["a_H.raw", "A_l.RAW"]
    assert (files.sidecar, files.profile) == (b"gate/a.scan.json", "gate")
    part = load(found["b"], Limits())
    assert ([image.name for image in part.images], part.profile) == (["b_L.raw"], "gate")
    (gate / "gate" / "deeper" / "b_L.raw").unlink()
    (gate / "gate" / "deeper" / "b.scan.json").write_bytes(b"{}")
    (sidecar,) = find_scans(
        [gate / "gate" / "deeper"], KnownProfiles(PROFILES.names, PROFILES.deliveries, "gate")
    )
    with pytest.raises(IncompleteScan, match=r"b_H\.raw and b_L\.raw are missing"):
        load(sidecar, Limits())


def test_a_manifest_in_a_folder_makes_one_scan_of_what_it_names(tmp_path: Path) -> None:
    for name in ("1_he.png", "1_le.png", "1.xml", "other.png"):
        (tmp_path / name).write_bytes(name.encode())
    named = ("1_le.png", "1_he.png", "1.xml")
    digests = [(hashlib.sha256(name.encode()).hexdigest(), name) for name in named]
    (tmp_path / "1.SHA256").write_text("".join(f"{digest}  {name}\n" for digest, name in digests))
    whole, other = find_scans([tmp_path])
    assert [path.name for path in whole.images] == ["1_le.png", "1_he.png"]
    assert [path.name for path in other.images] == ["other.png"]
    assert passed_over([tmp_path]) == []
    assert [part.data for part in load(whole, Limits()).images] == [b"1_le.png", b"1_he.png"]
    (tmp_path / "1_he.png").write_bytes(b"half")
    with pytest.raises(CorruptScan, match="another SHA-256"):
        load(find_scans([tmp_path])[0], Limits())
