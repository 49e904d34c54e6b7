"""JPEG-LS: every bit of an energy, or a reason; and whether bits were lost before."""

import struct
import tracemalloc
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.acquire import decode_jpeg
from tallyscan.acquire.decode_jpeg_ls import decode, recognises
from tallyscan.acquire.decoders import decode as decode_scan
from tallyscan.acquire.jpeg_ls_header import jpeg_ls_frame
from tallyscan.acquire.limits import Limits
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart

Image = NDArray[Any]
RNG = np.random.default_rng(20260203)
# imagecodecs writes 8 and 16 bits only: these are of 10 and 12, by CharLS, of the image that `narrow` makes.
NARROW = {
    10: bytes.fromhex(
        "ffd8fff7000b0a0007000901011100ffda0008010100000000832190c93929190bf000d02864a09c9894900a0006413314f4d4"
        "b001b540f250410400000500004f96d00000003ae0f8783af3000000064662606ef1ca49509d326672db272706e6c6a6866c00"
        "ffd9"
    ),
    12: bytes.fromhex(
        "ffd8fff7000b0c0007000901011100ffda00080101000000008338670ce5294650a3e8e800680503394c5294851944050000ce"
        "09e66a96a4a8e003aab51ed0a0101010000004a0001458d34000000000ebe0d41a4343c900000000191e6e1b6713cac65184ba"
        "592a9467cb1af082102200ff1fc7e9f8ccffd9"
    ),
}


def narrow(bits: int) -> Image:
    y, x = np.mgrid[:7, :9]
    image = (37 * x + 101 * y * y + 5 * x * y) * (1 << bits) // 1024 % (1 << bits)
    image[2, :6], image[3, :5] = 0, (1 << bits) - 1
    return image.astype(np.uint16)


def counts(bits: int, height: int = 41, width: int = 60) -> Image:
    """Noise and a flat part, with the least and the largest count in it."""
    image = RNG.integers(0, 1 << bits, (height, width)).astype(np.uint8 if bits == 8 else np.uint16)
    image[: height // 3] = (1 << bits) - 1
    image[-1, -1] = 0
    return image


def coded(image: Image, near: int | None = None) -> bytes:
    return bytes(imagecodecs.jpegls_encode(image, level=near))


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.jls", data)


def scan_of(*files: bytes, delivery: Delivery | None = None) -> RawScan:
    parts = tuple(ScanPart(f"{number}.jls", data) for number, data in enumerate(files))
    return decode_scan(ScanFiles(parts), Limits(), delivery)


def saying(data: bytes, at: int, value: bytes) -> bytes:
    """With other bytes so far behind the marker of the frame."""
    start = data.index(b"\xff\xf7") + at
    return data[:start] + value + data[start + len(value) :]


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize(("height", "width"), [(41, 60), (1, 1), (1, 37), (53, 1), (17, 129)])
def test_every_bit_that_is_stored_comes_back(bits: int, height: int, width: int) -> None:
    image = counts(bits, height, width)
    picture = decode(part(coded(image)), Limits())
    assert picture.pixels.dtype == image.dtype
    assert picture.pixels.flags.c_contiguous
    assert picture.photometric == "grey"
    np.testing.assert_array_equal(picture.pixels, image[np.newaxis])


@pytest.mark.parametrize("bits", NARROW)
def test_samples_of_fewer_bits_come_back_with_their_largest_count(bits: int) -> None:
    raw = scan_of(NARROW[bits])
    np.testing.assert_array_equal(raw.pixels[0], narrow(bits))
    assert raw.sidecar.full_scale == (1 << bits) - 1
    assert (
        scan_of(NARROW[bits], delivery=Delivery("gate", full_scale=60_000)).sidecar.full_scale
        == (1 << bits) - 1
    )
    assert raw.cautions == ()


@pytest.mark.parametrize("image", [counts(8), counts(12), counts(16)], ids=["8", "12 in 16", "16"])
def test_of_whole_bytes_nothing_is_said(image: Image) -> None:
    assert scan_of(coded(image)).sidecar.full_scale is None


def test_two_files_are_two_energies() -> None:
    high, low = counts(16), counts(16)
    np.testing.assert_array_equal(scan_of(coded(high), coded(low)).pixels, np.stack([high, low]))


def test_colours_are_colours() -> None:
    rgb = np.dstack([counts(8), counts(8)[::-1], counts(8) // 2])
    picture = decode(part(coded(rgb)), Limits())
    assert picture.photometric == "rgb"
    np.testing.assert_array_equal(picture.pixels, rgb.transpose(2, 0, 1))


@pytest.mark.parametrize("near", [1, 3])
def test_what_was_compressed_with_loss_is_a_display_image(near: int) -> None:
    image = counts(16)
    raw = scan_of(coded(image, near))
    assert np.abs(raw.pixels[0].astype(int) - image).max() == near
    assert raw.sidecar.grade == "display"
    assert any(caution.startswith("lossy:") for caution in raw.cautions)
    assert scan_of(coded(image, 0)).sidecar.grade is None


def test_wherever_it_is_cut_it_is_refused() -> None:
    data = coded(counts(16))
    for end in {*range(16, 120), *range(120, len(data), 53), *range(len(data) - 12, len(data))}:
        with pytest.raises(InputError) as caught:
            decode(part(data[:end]), Limits())
        assert caught.value.remedy


@pytest.mark.parametrize("image", [counts(8), counts(16)], ids=["8", "16"])
def test_an_end_marker_does_not_hide_that_the_image_breaks_off(image: Image) -> None:
    data = coded(image)
    for kept in (0.1, 0.3, 0.5, 0.9, 0.98):
        with pytest.raises(CorruptScan):
            decode(part(data[: int(kept * len(data))].rstrip(b"\xff") + b"\xff\xd9"), Limits())


@pytest.mark.parametrize(
    ("at", "value", "error"),
    [
        (5, struct.pack(">HH", 40_000, 40_000), TooLarge),
        (5, struct.pack(">HH", 65_535, 65_535), TooLarge),
        (5, struct.pack(">HH", 0, 60), CorruptScan),
        (5, struct.pack(">HH", 41, 0), CorruptScan),
        (4, bytes([7]), UnsupportedFormat),
        (4, bytes([17]), UnsupportedFormat),
        (4, bytes([255]), UnsupportedFormat),
        (9, bytes([0]), CorruptScan),
        (9, bytes([2]), UnsupportedFormat),
        (9, bytes([255]), UnsupportedFormat),
    ],
)
def test_a_header_that_lies_is_refused_before_memory_is_taken(
    at: int, value: bytes, error: type[InputError]
) -> None:
    data = saying(coded(counts(16)), at, value)
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            decode(part(data), Limits())
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.remedy


@pytest.mark.parametrize("size", [(42, 60), (41, 61), (400, 600)], ids=str)
def test_an_image_that_is_larger_in_its_header_is_never_filled_up(size: tuple[int, int]) -> None:
    with pytest.raises(CorruptScan):
        decode(part(saying(coded(counts(16)), 5, struct.pack(">HH", *size))), Limits())


def test_remarks_and_tables_may_stand_before_the_frame() -> None:
    image, data = counts(16), coded(counts(16))
    data = coded(image)
    remark = b"\xff\xfe" + struct.pack(">H", 602) + b"z" * 600
    longer = data[:2] + remark + data[2:]
    assert recognises(longer[:1024])
    np.testing.assert_array_equal(decode(part(longer), Limits()).pixels[0], image)
    assert jpeg_ls_frame("scan", longer) == jpeg_ls_frame("scan", data)


def test_a_jpeg_and_a_jpeg_ls_are_told_apart() -> None:
    lossless, lossy = coded(counts(8)), imagecodecs.jpeg8_encode(counts(8))
    assert (recognises(lossless), decode_jpeg.recognises(lossless)) == (True, False)
    assert (recognises(lossy), decode_jpeg.recognises(lossy)) == (False, True)
    with pytest.raises(CorruptScan, match="no frame header"):
        decode(part(lossy), Limits())
