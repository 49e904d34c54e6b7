"""DICOS and DICOM DX: every stored bit, in every transfer syntax that is read, or a reason."""

import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from tallyscan.acquire.decode_dicos import decode, recognises
from tallyscan.acquire.decoders import decode as decode_scan
from tallyscan.acquire.limits import Limits
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tests.acquire.dicom_network import data_set
from tests.acquire.dicos_files import (
    BASELINE,
    BIG,
    CODERS,
    COMPRESSED,
    EXPLICIT,
    IMPLICIT,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_SV1,
    NATIVE,
    RLE,
    V03_CHILD,
    deflated,
    dicos,
    elements,
    file_of,
    part_10,
    raw_element,
)

RNG = np.random.default_rng(20260201)
IMAGE = RNG.integers(0, 65_536, (41, 60)).astype(np.uint16)
IMAGE[:12] = 60_000
IMAGE[20, :3] = 0, 1, 65_535
GREY8 = (IMAGE >> 8).astype(np.uint8)
DUAL = np.stack([IMAGE, IMAGE // 2])
ALL = NATIVE | COMPRESSED
FRAMES = DicosReading(frames=("high", "low"))


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.dcm", data)


def scan_of(*files: bytes, delivery: Delivery | None = None) -> RawScan:
    parts = tuple(ScanPart(f"{number}.dcm", data) for number, data in enumerate(files))
    return decode_scan(ScanFiles(parts), Limits(), delivery)


@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
@pytest.mark.parametrize("bits", [16, 14, 12, 10])
def test_every_bit_that_is_stored_comes_back(syntax: str, bits: int) -> None:
    image = IMAGE >> (16 - bits)
    picture = decode(part(dicos(image, syntax, bits=bits)), Limits())
    assert picture.pixels.dtype == np.uint16
    assert picture.pixels.flags.c_contiguous
    np.testing.assert_array_equal(picture.pixels, image[np.newaxis])


@pytest.mark.parametrize("syntax", [value for value in ALL.values() if value != BIG])
def test_eight_bits_stay_eight(syntax: str) -> None:
    picture = decode(part(dicos(GREY8, syntax)), Limits())
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_array_equal(picture.pixels, GREY8[np.newaxis])


@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
def test_frames_are_the_energies_that_the_profile_names(syntax: str) -> None:
    data = dicos(DUAL, syntax)
    picture = decode(part(data), Limits(), FRAMES)
    np.testing.assert_array_equal(picture.pixels, DUAL)
    assert picture.planes == ("high", "low")
    swapped = Delivery("gate", dicos=DicosReading(frames=("low", "high")))
    np.testing.assert_array_equal(scan_of(data, delivery=swapped).pixels, DUAL[::-1])


@pytest.mark.parametrize("reading", [None, DicosReading(frames=("high",))])
def test_frames_that_may_be_views_are_refused(reading: DicosReading | None) -> None:
    with pytest.raises(UnsupportedFormat, match="energies or views") as caught:
        decode(part(dicos(DUAL)), Limits(), reading)
    assert "dicos.frames" in caught.value.remedy


@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
def test_of_several_views_one_is_decoded(syntax: str) -> None:
    reading = DicosReading(frames=("top", "side"))
    for view, image in zip(reading.views, DUAL, strict=True):
        picture = decode(part(dicos(DUAL, syntax)), Limits(), reading, view)
        np.testing.assert_array_equal(picture.pixels, image[np.newaxis])
        assert picture.pixels.flags.c_contiguous
        assert picture.planes == ()


@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
def test_each_view_has_its_energies_high_first(syntax: str) -> None:
    four = np.stack([IMAGE, IMAGE // 2, IMAGE // 3, IMAGE // 4])
    gate = Delivery("gate", dicos=DicosReading(frames=("top/low", "side/high", "top/high", "side/low")))
    for view, frames in (("top", [2, 0]), ("side", [1, 3])):
        files = ScanFiles((part(dicos(four, syntax)),), view=view)
        raw = decode_scan(files, Limits(), gate)
        np.testing.assert_array_equal(raw.pixels, four[frames])
        assert (raw.sidecar.device, raw.sidecar.extensions["dicos"]["view"]) == (f"gate-1 {view}", view)
        assert raw.sidecar.energies_mv is None


def test_two_files_of_two_views_are_two_energies_of_each() -> None:
    gate = Delivery("gate", dicos=DicosReading(frames=("top", "side")))
    high = dicos(DUAL, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "HIGH ENERGY"])
    low = dicos(DUAL // 2, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "LOW ENERGY"], KVP="4000")
    raw = decode_scan(ScanFiles((part(low), part(high)), view="side"), Limits(), gate)
    np.testing.assert_array_equal(raw.pixels, np.stack([DUAL[1], DUAL[1] // 2]))
    assert raw.sidecar.energies_mv == (6.0, 4.0)


def test_several_views_are_not_read_as_one_scan_and_others_not_at_all() -> None:
    reading = DicosReading(frames=("top", "side"))
    with pytest.raises(UnsupportedFormat, match="the views top and side"):
        decode(part(dicos(DUAL)), Limits(), reading)
    with pytest.raises(UnsupportedFormat, match="no view below"):
        decode(part(dicos(DUAL)), Limits(), reading, "below")
    with pytest.raises(UnsupportedFormat, match="1 frames, and its scanner's profile names no view top"):
        decode(part(dicos(IMAGE)), Limits(), reading, "top")
    with pytest.raises(UnsupportedFormat, match="3 frames, and its scanner's profile names 2"):
        decode(part(dicos(np.stack([IMAGE] * 3))), Limits(), reading)
    assert len(decode(part(dicos(IMAGE)), Limits(), reading).pixels) == 1


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        (("high", "high"), "same view and energy"),
        (("top", "top"), "same view and energy"),
        (("top/high", "side/low"), "the same energies"),
        (("top/high", "top/low", "side/high"), "the same energies"),
        (("top", "top/high", "side"), "the same energies"),
        (("top/high", "top/low"), "a single view needs no name"),
        (("top/high", "side/high", "low"), "name every frame's view"),
        (("top", "Top"), "differ in case only"),
        (("top", "side\n"), "no name of a view"),
        (("top", "High/low"), "no name of a view"),
        (("top", "side/middle"), "no name of a view"),
        (("top", ""), "no name of a view"),
        (("top", "s" * 25), "no name of a view"),
        (("a", "b", "c", "d", "e"), "at most 4"),
    ],
)
def test_frames_that_say_no_views_and_energies_are_refused(frames: tuple[str, ...], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        DicosReading(frames=frames)


def test_fragments_of_one_frame_are_put_together() -> None:
    coded = CODERS[LOSSLESS_SV1](IMAGE, 16)
    data_set = elements(IMAGE)
    data_set.PixelData = encapsulate([coded], fragments_per_frame=3)
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    np.testing.assert_array_equal(decode(part(part_10(data_set, LOSSLESS_SV1)), Limits()).pixels[0], IMAGE)


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_colours(planar: int) -> None:
    rgb = np.dstack([GREY8, GREY8[::-1], GREY8 // 2])
    stored = rgb.transpose(2, 0, 1) if planar else rgb
    said = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": planar}
    data_set = elements(GREY8, **said)
    picture = decode(part(file_of(data_set, np.ascontiguousarray(stored))), Limits())
    assert picture.photometric == "rgb"
    np.testing.assert_array_equal(picture.pixels, rgb.transpose(2, 0, 1))


@pytest.mark.parametrize("syntax", [RLE, LOSSLESS_SV1, JPEG_LS, JPEG_2000])
def test_compressed_colours_are_colours(syntax: str) -> None:
    rgb = np.dstack([GREY8, GREY8[::-1], GREY8 // 2])
    said = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    picture = decode(part(file_of(elements(GREY8, **said), rgb, syntax)), Limits())
    np.testing.assert_array_equal(picture.pixels, rgb.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("said", "photometric"),
    [
        ({}, "grey"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "inverted"),
        ({"PhotometricInterpretation": "MONOCHROME1", "PixelIntensityRelationshipSign": 1}, "grey"),
        ({"PixelIntensityRelationshipSign": -1}, "inverted"),
    ],
)
def test_the_sign_of_the_intensity_says_more_than_how_it_is_shown(
    said: dict[str, Any], photometric: str
) -> None:
    assert decode(part(dicos(IMAGE, **said)), Limits()).photometric == photometric


def test_lossy_pixels_are_a_display_image() -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    raw = scan_of(dicos(smooth, BASELINE))
    assert raw.sidecar.grade == "display"
    assert any(caution.startswith("lossy:") for caution in raw.cautions)
    assert np.abs(raw.pixels[0].astype(int) - smooth).mean() < 3


@pytest.mark.parametrize(
    "of_class",
    [
        "1.2.840.10008.5.1.4.1.1.501.2.1",
        "1.2.840.10008.5.1.4.1.1.501.2.2",
        V03_CHILD,
        "1.2.840.10008.5.1.4.1.1.501.2.1.1",
        "1.2.840.10008.5.1.4.1.1.1.1",
        "0838927438.02980",
        "not a UID at all",
        None,
    ],
)
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_projections_are_read_and_made_up_uids_are_texts(of_class: str | None, syntax: str) -> None:
    raw = scan_of(dicos(IMAGE, syntax, SOPClassUID=of_class, StudyInstanceUID="007.x"))
    np.testing.assert_array_equal(raw.pixels[0], IMAGE)
    assert raw.sidecar.extensions["dicos"]["StudyInstanceUID"] == "007.x"
    assert raw.file_format == "dicos"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.501.1"}, "a CT volume"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.501.1.2"}, "a CT volume"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.501.3"}, "a threat detection report"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.501.20.1"}, "no projection image that is known"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "no X-ray projection"),
        ({"SOPClassUID": "9.9", "Modality": "CT"}, "of modality CT"),
    ],
)
def test_what_is_no_projection_is_refused_by_name(said: dict[str, str], what: str) -> None:
    with pytest.raises(UnsupportedFormat, match=what):
        decode(part(dicos(IMAGE, **said)), Limits())


def test_signed_samples_that_are_counts_are_kept() -> None:
    signed = (IMAGE >> 1).astype(np.int16)
    np.testing.assert_array_equal(decode(part(dicos(signed)), Limits()).pixels[0], signed)
    twelve = (IMAGE >> 5).astype(np.int16)
    np.testing.assert_array_equal(decode(part(dicos(twelve, bits=12)), Limits()).pixels[0], twelve)


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG, RLE, JPEG_2000])
def test_negative_samples_are_refused_unless_their_rescale_is_asked_for(syntax: str) -> None:
    negative = (IMAGE.astype(np.int32) - 32_768).astype(np.int16)
    stored = negative if syntax != RLE else negative.view(np.uint16)
    said = {"RescaleSlope": 1, "RescaleIntercept": 32_768, "PixelRepresentation": 1}
    data = dicos(stored, syntax, **said)
    with pytest.raises(UnsupportedFormat, match="go down to -32768") as caught:
        decode(part(data), Limits())
    assert "rescale = true" in caught.value.remedy
    np.testing.assert_array_equal(decode(part(data), Limits(), DicosReading(rescale=True)).pixels[0], IMAGE)


def test_twelve_signed_bits_need_not_be_extended() -> None:
    stored = (IMAGE >> 4).astype(np.uint16)  # those with bit 11 set are negative
    data = dicos(stored, bits=12, PixelRepresentation=1, RescaleSlope=1, RescaleIntercept=2048)
    expected = np.where(stored >= 2048, stored.astype(int) - 4096, stored.astype(int)) + 2048
    pixels = decode(part(data), Limits(), DicosReading(rescale=True)).pixels
    np.testing.assert_array_equal(pixels[0], expected)


def test_a_rescale_is_applied_only_where_the_profile_asks_for_it() -> None:
    data = dicos(IMAGE >> 4, bits=12, RescaleSlope=2, RescaleIntercept=100)
    raw = scan_of(data)
    np.testing.assert_array_equal(raw.pixels[0], IMAGE >> 4)
    assert raw.sidecar.full_scale == 4095
    assert any(caution.startswith("not_rescaled:") for caution in raw.cautions)
    rescaled = scan_of(data, delivery=Delivery("gate", dicos=DicosReading(rescale=True)))
    np.testing.assert_array_equal(rescaled.pixels[0], (IMAGE >> 4) * 2 + 100)
    assert rescaled.sidecar.full_scale is None
    assert rescaled.cautions == ()


@pytest.mark.parametrize(("slope", "intercept"), [("0.5", "0"), ("1", "-5"), ("2", "0"), ("1e30", "0")])
def test_a_rescale_that_makes_no_counts_is_refused(slope: str, intercept: str) -> None:
    data = dicos(IMAGE, RescaleSlope=slope, RescaleIntercept=intercept)
    with pytest.raises(UnsupportedFormat, match="makes no whole numbers"):
        decode(part(data), Limits(), DicosReading(rescale=True))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_modality_lut_is_applied_only_where_the_profile_asks_for_it(syntax: str) -> None:
    table = np.arange(4096, dtype=np.uint16)[::-1]
    item = Dataset()
    item.add_new(0x00283002, "US", [4096, 0, 16])
    item.add_new(0x00283004, "LO", "US")
    item.add_new(0x00283006, "OW", table.astype(">u2" if syntax == BIG else "<u2").tobytes())
    data = dicos(IMAGE >> 4, syntax, bits=12, ModalityLUTSequence=Sequence([item]))
    np.testing.assert_array_equal(decode(part(data), Limits()).pixels[0], IMAGE >> 4)
    pixels = decode(part(data), Limits(), DicosReading(rescale=True)).pixels
    np.testing.assert_array_equal(pixels[0], 4095 - (IMAGE >> 4))


def test_two_files_are_two_energies_in_the_order_that_they_say() -> None:
    low = dicos(DUAL[1], ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "LOW ENERGY"], KVP="4000")
    high = dicos(DUAL[0], ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "HIGH_ENERGY"])
    raw = scan_of(low, high)
    np.testing.assert_array_equal(raw.pixels, DUAL)
    assert raw.sidecar.energies_mv == (6.0, 4.0)
    assert raw.cautions == ()
    with pytest.raises(CorruptScan, match="both say that they are the high energy"):
        scan_of(high, high)


def test_files_of_two_views_or_two_scans_are_refused() -> None:
    with pytest.raises(CorruptScan, match="two views: TOP and SIDE"):
        scan_of(dicos(IMAGE, ViewPosition="TOP"), dicos(IMAGE, ViewPosition="SIDE"))
    with pytest.raises(CorruptScan, match=r"two scans: 1\.2\.3 and 1\.2\.4"):
        scan_of(dicos(IMAGE, StudyInstanceUID="1.2.3"), dicos(IMAGE, StudyInstanceUID="1.2.4"))


@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
def test_wherever_it_is_cut_it_is_refused(syntax: str) -> None:
    data = dicos(IMAGE, syntax)
    for end in {*range(132, 900, 37), *range(900, len(data), 211), *range(len(data) - 12, len(data))}:
        with pytest.raises(InputError) as caught:
            decode(part(data[:end]), Limits())
        assert caught.value.remedy


@pytest.mark.parametrize(
    "said",
    [
        {"Rows": 42},
        {"Rows": 40},
        {"Columns": 61},
        {"NumberOfFrames": 2},
        {"Rows": None},
        {"Columns": None},
        {"BitsAllocated": None},
        {"Rows": 0},
        {"NumberOfFrames": 0},
        {"NumberOfFrames": -1},
        {"BitsStored": 12, "HighBit": 11},
    ],
    ids=str,
)
@pytest.mark.parametrize("syntax", [EXPLICIT, RLE, LOSSLESS_SV1, JPEG_LS, JPEG_2000])
def test_a_header_that_does_not_fit_its_pixels_is_corrupt(said: dict[str, Any], syntax: str) -> None:
    with pytest.raises(CorruptScan):
        decode(part(dicos(IMAGE, syntax, **said)), Limits(), FRAMES)


@pytest.mark.parametrize(
    "said",
    [
        {"BitsAllocated": 32},
        {"BitsStored": 6, "HighBit": 5},
        {"HighBit": 14, "BitsStored": 12},
        {"PixelRepresentation": 7},
        {"SamplesPerPixel": 2},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"PhotometricInterpretation": None},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL"},
    ],
    ids=str,
)
def test_pixels_that_are_no_counts_are_not_guessed_at(said: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFormat):
        decode(part(file_of(elements(IMAGE, **said), np.tile(IMAGE, (3, 1)))), Limits())


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"Rows": 40_000, "Columns": 40_000}, TooLarge),
        ({"Rows": 65_535, "Columns": 65_535, "NumberOfFrames": 2_000_000_000}, TooLarge),
        ({"Rows": 9_000, "Columns": 9_000}, CorruptScan),
        ({"Rows": 14_000, "Columns": 14_000}, InputError),
    ],
    ids=str,
)
@pytest.mark.parametrize("syntax", ALL.values(), ids=ALL)
def test_a_size_that_lies_is_refused_before_memory_is_taken(
    said: dict[str, int], error: type[InputError], syntax: str
) -> None:
    data = dicos(IMAGE, syntax, **said)
    tracemalloc.start()
    try:
        with pytest.raises(error):
            decode(part(data), Limits())
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_what_is_deflated_may_not_grow_without_end() -> None:
    head = data_set(dicos(IMAGE))
    bomb = deflated(head[: head.index(b"\xe0\x7f\x10\0")] + raw_element(0x7FE00010, b"OW", bytes(30_000_000)))
    limits = Limits(max_bytes=10_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="deflated"):
            decode(part(bomb), limits)
        assert tracemalloc.get_traced_memory()[1] < 45_000_000
    finally:
        tracemalloc.stop()


def with_first(element: bytes) -> bytes:
    """A good file with an element of a private group before all others."""
    data = dicos(IMAGE)
    start = data.index(EXPLICIT.encode()) + len(EXPLICIT) + len(EXPLICIT) % 2
    return data[:start] + element + data[start:]


def nested(depth: int, *, closed: bool = True) -> bytes:
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    ends = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0) * depth
    return (raw_element(0x00051001, b"SQ", b"", 0xFFFFFFFF) + item) * depth + (ends if closed else b"")


@pytest.mark.parametrize(
    ("element", "error"),
    [
        (nested(17), CorruptScan),
        (nested(20_000), InputError),
        (nested(3, closed=False), CorruptScan),
        (raw_element(0x00051001, b"LO", b"", 0xFFFF), CorruptScan),
        (raw_element(0x00051001, b"OB", b"", 0xFFFFFFF0), CorruptScan),
        (raw_element(0x00051001, b"OB", b"", 0xFFFFFFFF), CorruptScan),
        (raw_element(0x00051001, b"??", b""), CorruptScan),
        (struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), CorruptScan),
        (raw_element(0x00051001, b"SQ", b"not an item of a sequence", None), CorruptScan),
        (raw_element(0x00051001, b"LO", b"x ") * 20_001, TooLarge),
    ],
)
def test_a_hostile_structure_is_refused(element: bytes, error: type[InputError]) -> None:
    np.testing.assert_array_equal(decode(part(with_first(nested(16))), Limits()).pixels[0], IMAGE)
    with pytest.raises(error):
        decode(part(with_first(element)), Limits())


def test_a_file_without_pixels_or_transfer_syntax_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="no pixel data"):
        decode(part(part_10(elements(IMAGE), EXPLICIT)), Limits())
    with pytest.raises(UnsupportedFormat, match="transfer syntax"):
        decode(part(bytes(128) + b"DICM" + dicos(IMAGE)[300:]), Limits())
    with pytest.raises(UnsupportedFormat, match=r"transfer syntax 1\.2\.3\.4"):
        decode(part(part_10(file_elements(), "1.2.3.4")), Limits())


def file_elements() -> Dataset:
    data_set = elements(IMAGE)
    data_set.PixelData = IMAGE.tobytes()
    data_set["PixelData"].VR = "OW"
    return data_set


@pytest.mark.parametrize("syntax", COMPRESSED.values(), ids=COMPRESSED)
def test_a_frame_that_is_not_what_its_syntax_says_is_corrupt(syntax: str) -> None:
    for coded in (b"x", b"nonsense" * 40, bytes(500)):
        data_set = elements(IMAGE)
        data_set.PixelData = encapsulate([coded])
        data_set["PixelData"].VR = "OB"
        data_set["PixelData"].is_undefined_length = True
        with pytest.raises(CorruptScan):
            decode(part(part_10(data_set, syntax)), Limits())


def test_only_its_magic_number_tells_it() -> None:
    data = dicos(IMAGE)
    assert recognises(data[:132])
    assert recognises(b"II*\0" + data[4:1024])
    assert not recognises(data[1:1024])
