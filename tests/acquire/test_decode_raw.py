"""Raw pixels come back exactly as they were written, or not at all."""

import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from pydantic import ValidationError

from tallyscan.acquire.decoders import decode
from tallyscan.acquire.limits import Limits
from tallyscan.calibrate.profile import load_profiles
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, IncompleteScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tests.acquire.raw_files import big_endian, counts, im_portrait, profile

PROFILES = load_profiles()
IM, THREE = PROFILES["raw_im_portrait"].delivery, PROFILES["raw_three_files"].delivery
HIGH, LOW = counts(37, 23, 1), counts(37, 23, 2)
MATERIAL = (counts(37, 23, 3) >> 8).astype(np.uint8)
THREE_FILES = {
    "x.high.raw": big_endian(HIGH),
    "x.low.raw": big_endian(LOW),
    "x.mat.raw": big_endian(MATERIAL),
}


def raw_of(delivery: Delivery | None, files: dict[str, bytes], limits: Limits | None = None) -> RawScan:
    parts = tuple(ScanPart(name, data) for name, data in files.items())
    return decode(ScanFiles(parts), limits or Limits(), delivery)


def laid_out(files: dict[str, Any] | None = None, **raw: Any) -> Delivery | None:
    return profile(raw={"sample": "uint16", **raw}, **({"files": files} if files else {})).delivery


# the shipped profiles


def test_a_portrait_file_comes_back_as_it_was_written() -> None:
    raw = raw_of(IM, {"a.img": im_portrait(HIGH)})
    np.testing.assert_array_equal(raw.pixels, HIGH[np.newaxis])
    assert (raw.pixels.dtype, raw.photometric, raw.file_format) == (np.uint16, "grey", "raw")
    assert raw.pixels.flags.c_contiguous
    assert raw.pixels.flags.writeable
    assert raw.sidecar.scanner == "raw_im_portrait"


def test_portrait_is_turned_upright() -> None:
    """A quarter turn counter-clockwise: the last column of the file is the top row of the scan."""
    picture = np.full((60, 40), 60_000, np.uint16)  # 60 lines of a detector of 40 pixels
    picture[:, :20] = 20_000
    picture[:7, :5] = 5_000
    scan = to_physical(raw_of(IM, {"a.img": im_portrait(picture)}), PROFILES["raw_im_portrait"])
    image = scan.transmission[0]
    assert scan.grid.upright_shape == (40, 60)
    height, width = image.shape
    assert image[: height // 3].mean() > image[-height // 3 :].mean()
    assert image[-3:, : width // 12].mean() < 0.7 * image[-3:, -width // 12 :].mean()


def test_three_files_are_two_energies_and_a_material_plane() -> None:
    raw = raw_of(THREE, THREE_FILES)
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))
    assert raw.material is not None
    np.testing.assert_array_equal(raw.material, MATERIAL)
    assert (raw.pixels.dtype, raw.material.dtype, raw.sidecar.scanner) == (
        np.uint16,
        np.uint8,
        "raw_three_files",
    )


def test_the_names_of_the_files_say_what_they_are_not_their_order() -> None:
    turned = dict(reversed(THREE_FILES.items()))
    np.testing.assert_array_equal(raw_of(THREE, turned).pixels, np.stack([HIGH, LOW]))
    upper = {name.upper(): data for name, data in THREE_FILES.items()}
    np.testing.assert_array_equal(raw_of(THREE, upper).pixels, np.stack([HIGH, LOW]))


def test_upside_down_is_put_right() -> None:
    picture = np.full((40, 60), 60_000, np.uint16)
    picture[:20] = 20_000  # the floor comes first
    picture[:5, :6] = 5_000
    files = {"x.high.raw": picture, "x.low.raw": picture, "x.mat.raw": picture.astype(np.uint8)}
    raw = raw_of(THREE, {name: big_endian(image) for name, image in files.items()})
    image = to_physical(raw, PROFILES["raw_three_files"]).transmission[0]
    assert image[:50].mean() > image[-50:].mean()
    assert image[-3:, :20].mean() < 0.7 * image[-3:, -20:].mean()  # left stays left


def test_a_file_that_is_missing_is_named() -> None:
    for lost in THREE_FILES:
        rest = {name: data for name, data in THREE_FILES.items() if name != lost}
        with pytest.raises(IncompleteScan, match=rf"{lost} is missing"):
            raw_of(THREE, rest)


def test_files_of_two_scans_are_not_one() -> None:
    mixed = {"y.high.raw" if "high" in name else name: data for name, data in THREE_FILES.items()}
    with pytest.raises(CorruptScan, match="different scans"):
        raw_of(THREE, mixed)
    with pytest.raises(CorruptScan, match="does not belong"):
        raw_of(THREE, THREE_FILES | {"x.back.raw": b"?"})


def test_planes_of_two_sizes_are_refused() -> None:
    for name, other in (
        ("x.low.raw", LOW[:-1]),
        ("x.mat.raw", MATERIAL[:, :-1]),
        ("x.high.raw", HIGH[:, 1:]),
    ):
        with pytest.raises(CorruptScan, match="planes differ"):
            raw_of(THREE, THREE_FILES | {name: big_endian(other)})


def test_a_plane_of_another_depth_is_refused_with_both_depths() -> None:
    with pytest.raises(CorruptScan, match="8 bits a sample; the high plane has 16"):
        raw_of(THREE, THREE_FILES | {"x.high.raw": big_endian(MATERIAL)})
    with pytest.raises(CorruptScan, match="16 bits a sample; the material plane has 8"):
        raw_of(THREE, THREE_FILES | {"x.mat.raw": big_endian(LOW)})


def test_without_its_profile_such_a_file_is_not_guessed_at() -> None:
    for name, data in THREE_FILES.items():
        with pytest.raises(UnsupportedFormat):
            raw_of(None, {name: data})


# lengths


@pytest.mark.parametrize("kept", [0, 3, 4, 9, 15, 16, 17, 16 + 37 * 23 * 2 - 1])
def test_a_file_that_was_cut_off_is_refused(kept: int) -> None:
    with pytest.raises(InputError) as caught:
        raw_of(IM, {"a.img": im_portrait(HIGH)[:kept]})
    assert caught.value.remedy


def test_what_was_expected_and_what_was_found_are_said() -> None:
    with pytest.raises(
        CorruptScan, match=r"16 bytes and then 23 x 37 pixels of 2 bytes, 1718 bytes in all; it has 1700"
    ):
        raw_of(IM, {"a.img": im_portrait(HIGH)[:1700]})
    with pytest.raises(CorruptScan, match=r"has 1738 bytes; it has 1741, 3 too many"):
        raw_of(THREE, THREE_FILES | {"x.high.raw": big_endian(HIGH) + b"abc"})


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_document_after_the_pixels_must_be_whole(cut: int) -> None:
    with pytest.raises(CorruptScan, match="no whole XML or JSON document"):
        raw_of(IM, {"a.img": im_portrait(HIGH)[:-cut]})


def test_what_follows_the_pixels_may_be_nothing_padding_or_ignored() -> None:
    np.testing.assert_array_equal(raw_of(IM, {"a.img": im_portrait(HIGH, None)}).pixels[0], HIGH)
    np.testing.assert_array_equal(raw_of(IM, {"a.img": im_portrait(HIGH) + bytes(6)}).pixels[0], HIGH)
    anything = laid_out(width=23, height=37, trailer="ignored")
    np.testing.assert_array_equal(raw_of(anything, {"a.raw": HIGH.tobytes() + b"anything"}).pixels[0], HIGH)


@pytest.mark.parametrize(("width", "height"), [(65_535, 65_535), (0, 37), (23, 0), (24, 37), (23, 36)])
def test_a_header_that_lies_is_refused(width: int, height: int) -> None:
    with pytest.raises(InputError):
        raw_of(IM, {"a.img": im_portrait(HIGH, width=width, height=height)})


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge, match="65535 x 65535"):
        raw_of(IM, {"a.img": im_portrait(HIGH, width=65_535, height=65_535)})
    with pytest.raises(TooLarge):
        raw_of(IM, {"a.img": im_portrait(HIGH)}, Limits(max_pixels=37 * 23))
    three = Limits(max_pixels=2 * 37 * 23)  # each alone is small enough
    with pytest.raises(TooLarge):
        raw_of(THREE, THREE_FILES, three)


@pytest.mark.parametrize("name", ["portrait", "three files"])
def test_hostile_headers_end_as_pixels_of_the_declared_size_or_as_an_input_error(name: str) -> None:
    rng = np.random.default_rng(11)
    delivery, good = (IM, im_portrait(HIGH)) if name == "portrait" else (THREE, big_endian(HIGH))
    read = 0
    for _ in range(1000):
        mutant = bytearray(good)
        for at in rng.integers(0, 40, rng.integers(1, 5)):
            mutant[at] = rng.integers(0, 256)
        if rng.random() < 0.3:
            del mutant[int(rng.integers(0, len(mutant))) :]
        files = (
            {"a.img": bytes(mutant)} if name == "portrait" else THREE_FILES | {"x.high.raw": bytes(mutant)}
        )
        try:
            raw = raw_of(delivery, files, Limits(max_pixels=10_000_000, max_bytes=50_000_000))
        except InputError:
            continue
        read += 1
        width, height = (
            struct.unpack_from("<HH", mutant, 4)
            if name == "portrait"
            else struct.unpack_from(">HH", mutant, 2)
        )
        assert raw.pixels.shape[1:] == (height, width)
        at = 16 if name == "portrait" else 36
        order = "<u2" if name == "portrait" else ">u2"
        np.testing.assert_array_equal(raw.pixels[0].ravel(), np.frombuffer(mutant, order, width * height, at))
    assert 10 < read < 990


# layouts


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("sample", ["uint8", "uint16"])
@pytest.mark.parametrize("interleave", ["planar", "line", "pixel"])
def test_every_interleaving_in_either_byte_order(order: str, sample: str, interleave: str) -> None:
    high, low = (image.astype(sample) for image in (HIGH, LOW))
    axis = {"planar": 0, "line": 1, "pixel": 2}[interleave]
    together = np.stack([low, high], axis).astype(
        np.dtype(sample).newbyteorder("<" if order == "little" else ">")
    )
    layout = laid_out(
        header_bytes=5, width=23, height=37, sample=sample, byte_order=order, interleave=interleave,
        planes=["low", "high"],
    )  # fmt: skip
    raw = raw_of(layout, {"a.raw": b"12345" + together.tobytes()})
    np.testing.assert_array_equal(raw.pixels, np.stack([high, low]))


@pytest.mark.parametrize("interleave", ["planar", "line", "pixel"])
def test_a_material_plane_among_the_energies(interleave: str) -> None:
    rows = []
    for y in range(37):
        if interleave == "pixel":
            rows += [struct.pack("<HBH", HIGH[y, x], MATERIAL[y, x], LOW[y, x]) for x in range(23)]
        else:
            rows.append(HIGH[y].tobytes() + MATERIAL[y].tobytes() + LOW[y].tobytes())
    data = b"".join(rows) if interleave != "planar" else HIGH.tobytes() + MATERIAL.tobytes() + LOW.tobytes()
    layout = laid_out(width=23, height=37, interleave=interleave, planes=["high", "material", "low"])
    raw = raw_of(layout, {"a.raw": data})
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))
    np.testing.assert_array_equal(raw.material, MATERIAL)


@pytest.mark.parametrize(("along", "axis"), [("width", 1), ("height", 0)])
@pytest.mark.parametrize("reversed_panels", [[], [2], [1, 3]])
def test_panels_one_after_another(along: str, axis: int, reversed_panels: list[int]) -> None:
    image = counts(30, 30)
    parts = np.split(image, [7, 19], axis)
    stored = [np.flip(part, axis) if n in reversed_panels else part for n, part in enumerate(parts, start=1)]
    layout = laid_out(
        width=30, height=30, panels={"along": along, "sizes": [7, 12, 11], "reversed": reversed_panels}
    )
    raw = raw_of(layout, {"a.raw": b"".join(part.tobytes() for part in stored)})
    np.testing.assert_array_equal(raw.pixels[0], image)


@pytest.mark.parametrize(("along", "axis"), [("width", 1), ("height", 0)])
def test_a_file_for_each_panel(along: str, axis: int) -> None:
    image = counts(30, 30)
    upper, lower = np.split(image, [11], axis)
    names = [{"name": f"*.p{n}.raw", "planes": ["high"], "panel": n} for n in (1, 2)]
    layout = laid_out(
        {"images": names}, byte_order="big", header_bytes=36, width={"at": 2}, height={"at": 4},
        panels={"along": along, "reversed": [2]},
    )  # fmt: skip
    files = {"s.p2.raw": big_endian(np.flip(lower, axis)), "s.p1.raw": big_endian(upper)}
    np.testing.assert_array_equal(raw_of(layout, files).pixels[0], image)
    other = np.delete(lower, 0, 1 - axis)
    with pytest.raises(CorruptScan, match="no panels of one image"):
        raw_of(layout, files | {"s.p2.raw": big_endian(other)})
    with pytest.raises(CorruptScan, match="which detector panel"):
        raw_of(layout, {"other.raw": big_endian(upper)})


def test_fields_of_the_header_of_every_size_and_a_header_that_says_its_length() -> None:
    layout = laid_out(
        magic="ABCDEF12", byte_order="big", header_bytes={"at": 4, "type": "u8"}, width={"at": 5, "type": "u32"},
        height={"at": 9, "type": "u16"}, depth={"at": 11, "type": "u8"}, sample=None,
    )  # fmt: skip
    for image in (HIGH, MATERIAL):
        header = b"\xab\xcd\xef\x12" + struct.pack(">BIHB", 20, 23, 37, 8 * image.itemsize) + bytes(8)
        raw = raw_of(layout, {"a.raw": header + image.astype(image.dtype.newbyteorder(">")).tobytes()})
        np.testing.assert_array_equal(raw.pixels[0], image)
    with pytest.raises(CorruptScan, match="12 bits a sample; the high plane has 8 or 16"):
        raw_of(layout, {"a.raw": b"\xab\xcd\xef\x12" + struct.pack(">BIHB", 20, 23, 37, 12) + bytes(2000)})
    with pytest.raises(CorruptScan, match="starts with b'else'; by its profile it must"):
        raw_of(layout, {"a.raw": b"elsewhere"})


def test_inverted_counts_are_said_to_be() -> None:
    raw = raw_of(laid_out(width=23, height=37, inverted=True), {"a.raw": HIGH.tobytes()})
    assert raw.photometric == "inverted"
    np.testing.assert_array_equal(raw.pixels[0], HIGH)


def test_two_files_of_one_plane_are_one_an_energy_as_from_any_scanner() -> None:
    raw = raw_of(IM, {"a.high.img": im_portrait(HIGH), "a.low.img": im_portrait(LOW)})
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))
    with pytest.raises(CorruptScan, match="two files with the high plane"):
        raw_of(IM, {f"{n}.img": im_portrait(HIGH) for n in range(3)})


def test_another_format_under_the_profile_of_a_raw_scanner_is_read_as_what_it_is(tmp_path: Any) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([HIGH, LOW]), photometric="minisblack")
    raw = raw_of(THREE, {"a.tif": (tmp_path / "a.tif").read_bytes()})
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))
    assert raw.file_format == "tiff"


def test_raw_counts_that_begin_like_another_format_are_still_raw() -> None:
    image = HIGH.copy()
    image[0, :2] = 0xD8FF, 0xE0FF  # the magic number of a JPEG
    raw = raw_of(laid_out(width=23, height=37), {"a.raw": image.tobytes()})
    np.testing.assert_array_equal(raw.pixels[0], image)


# files of other formats, named by a profile


def test_a_profile_puts_the_files_of_any_format_in_order(tmp_path: Any) -> None:
    names = [("*_H.tif", "high"), ("*_L.tif", "low"), ("*_M.tif", "material")]
    delivery = profile(
        files={"images": [{"name": name, "planes": [plane]} for name, plane in names]}
    ).delivery
    files = {}
    for name, image in (("s_L.tif", LOW), ("s_M.tif", MATERIAL), ("s_H.tif", HIGH)):
        tifffile.imwrite(tmp_path / name, image, photometric="minisblack")
        files[name] = (tmp_path / name).read_bytes()
    raw = raw_of(delivery, files)
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))
    np.testing.assert_array_equal(raw.material, MATERIAL)
    tifffile.imwrite(tmp_path / "m.tif", MATERIAL[:-1], photometric="minisblack")
    with pytest.raises(
        CorruptScan, match="material plane has 23 x 36 pixels of 8 bits, not 23 x 37 of 8 bits"
    ):
        raw_of(delivery, files | {"s_M.tif": (tmp_path / "m.tif").read_bytes()})
    tifffile.imwrite(tmp_path / "two.tif", np.stack([HIGH, LOW]), photometric="minisblack")
    with pytest.raises(CorruptScan, match="2 channels; by its profile it holds high"):
        raw_of(delivery, files | {"s_H.tif": (tmp_path / "two.tif").read_bytes()})


def test_one_file_with_the_low_energy_first(tmp_path: Any) -> None:
    delivery = profile(files={"images": [{"name": "*.tif", "planes": ["low", "high"]}]}).delivery
    tifffile.imwrite(tmp_path / "a.tif", np.stack([LOW, HIGH]), photometric="minisblack")
    raw = raw_of(delivery, {"a.tif": (tmp_path / "a.tif").read_bytes()})
    np.testing.assert_array_equal(raw.pixels, np.stack([HIGH, LOW]))


# what a profile must not say

IMAGES = [{"name": "*.a", "planes": ["high"]}, {"name": "*.b", "planes": ["low"]}]


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"raw": {"width": 3, "height": 3}}, "either sample or depth"),
        ({"raw": {"sample": "uint16", "width": {"at": 2}, "height": 3}}, "4 bytes of the header are used"),
        ({"raw": {"sample": "uint16", "magic": "abc", "width": 3, "height": 3}}, "magic"),
        ({"raw": {"sample": "uint16", "magic": "ABCD", "width": 3, "height": 3}}, "2 bytes of the header"),
        ({"raw": {"sample": "float32", "width": 3, "height": 3}}, "sample"),
        ({"raw": {"sample": "uint16", "width": 0, "height": 3}}, "greater than 0"),
        ({"raw": {"sample": "uint16", "width": 3, "height": 3, "planes": ["low", "low"]}}, "named twice"),
        (
            {"raw": {"sample": "uint16", "width": 3, "height": 3, "panels": {"along": "width", "sizes": [1, 1]}}},
            "2 pixels along the width, not 3",
        ),
        (
            {"raw": {"sample": "uint16", "width": 3, "height": 3,
                     "panels": {"along": "width", "sizes": [1, 2], "reversed": [3]}}},
            "reversed that there is not",
        ),
        ({"raw": {"sample": "uint16", "width": 3, "height": 3, "panels": {"along": "width"}}}, "sizes are needed"),
        ({"raw": {"sample": "uint16", "width": 3, "height": 3, "planes": ["material"]},
          "files": {"images": [{"name": "*.raw"}]}}, "none holds an energy"),
        ({"files": {"images": []}}, "at least 1"),
        ({"files": {"images": [{"name": "scan.raw"}]}}, "one *"),
        ({"files": {"images": [{"name": "../*.raw"}]}}, "one *"),
        ({"files": {"images": [{"name": "*"}]}}, "every file"),
        ({"files": {"images": [*IMAGES, {"name": "*.c"}]}}, "each must name its planes"),
        ({"files": {"images": [*IMAGES, {"name": "*.A", "planes": ["material"]}]}}, "the same name"),
        ({"files": {"images": [*IMAGES, {"name": "*.c", "planes": ["low"]}]}}, "hold the same plane"),
        ({"files": {"images": [IMAGES[0] | {"panel": 1}, IMAGES[1]]}}, "numbered from 1 on"),
        ({"files": {"images": [IMAGES[0] | {"panel": 1}, IMAGES[1] | {"panel": 2}]}}, "the same planes"),
        ({"files": {"images": [{"name": f"*.{n}", "planes": ["high"], "panel": n} for n in (1, 2)]}}, "need raw"),
        ({"files": {"images": [{"name": "*.tif", "planes": ["high", "material"]}]}}, "a file of its own"),
    ],
)  # fmt: skip
def test_a_layout_that_cannot_be_stops_the_start(tables: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says.replace("*", r"\*")):
        profile(**tables)
