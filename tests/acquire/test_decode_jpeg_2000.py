"""JPEG 2000, boxed and bare: every bit of one or two energies, or a reason; and whether bits were lost before."""

import struct
import tracemalloc
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.acquire.decode_jpeg_2000 import decode, recognises
from tallyscan.acquire.decoders import decode as decode_scan
from tallyscan.acquire.jpeg_2000_file import jpeg_2000_of
from tallyscan.acquire.limits import Limits
from tallyscan.delivery import Delivery
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart

Image = NDArray[Any]
RNG = np.random.default_rng(20260202)
BOTH = pytest.mark.parametrize("kind", ["jp2", "j2k"])
SIZE = b"\xff\x4f\xff\x51"


def counts(bits: int, channels: int = 1, height: int = 41, width: int = 60) -> Image:
    """Noise and a flat part, with the least and the largest count in it."""
    image = RNG.integers(0, 1 << bits, (channels, height, width)).astype(np.uint8 if bits == 8 else np.uint16)
    image[:, : height // 3] = (1 << bits) - 1
    image[:, -1, -1] = 0
    return image


def coded(image: Image, kind: str = "jp2", bits: int | None = None, **options: Any) -> bytes:
    """An image (channel, row, column), lossless unless `options` say otherwise."""
    pixels = np.ascontiguousarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
    options = {"level": 0, "reversible": True, "bitspersample": bits} | options
    return bytes(imagecodecs.jpeg2k_encode(pixels, codecformat=kind, **options))


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.jp2", data)


def scan_of(*files: bytes, sidecar: bytes | None = None, delivery: Delivery | None = None) -> RawScan:
    parts = tuple(ScanPart(f"{number}.jp2", data) for number, data in enumerate(files))
    return decode_scan(ScanFiles(parts, sidecar), Limits(), delivery)


def with_box(kind: bytes, body: bytes, data: bytes) -> bytes:
    """A box more at the end of the header box, which grows by it."""
    at = data.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", data, at)
    box = struct.pack(">I4s", 8 + len(body), kind) + body
    return (
        data[:at]
        + struct.pack(">I", length + len(box))
        + data[at + 4 : at + length]
        + box
        + data[at + length :]
    )


def saying(data: bytes, at: int, value: bytes) -> bytes:
    """With other bytes so far behind the start of the codestream."""
    start = data.index(SIZE) + at
    return data[:start] + value + data[start + len(value) :]


@BOTH
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_bit_that_is_stored_comes_back(kind: str, bits: int, channels: int) -> None:
    image = counts(bits, channels)
    picture = decode(part(coded(image, kind, bits)), Limits())
    assert picture.pixels.dtype == image.dtype
    assert picture.pixels.flags.c_contiguous
    assert picture.photometric == "grey"
    np.testing.assert_array_equal(picture.pixels, image)


@BOTH
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 37), (53, 1), (17, 129), (64, 65)])
@pytest.mark.parametrize("resolutions", [None, 1])
def test_every_size_comes_back(kind: str, height: int, width: int, resolutions: int | None) -> None:
    image = counts(16, 2, height, width)
    data = coded(image, kind, resolutions=resolutions)
    np.testing.assert_array_equal(decode(part(data), Limits()).pixels, image)


@BOTH
def test_colours_are_colours(kind: str) -> None:
    image = counts(8, 3)
    picture = decode(part(coded(image, kind)), Limits())
    assert picture.photometric == "rgb"
    np.testing.assert_array_equal(picture.pixels, image)


@pytest.mark.parametrize("signals", [1, 2, 3])
def test_opacity_is_no_energy(signals: int) -> None:
    image = counts(8, signals + 1)
    definition = struct.pack(">H", signals + 1)
    for component in range(signals):
        definition += struct.pack(">HHH", component, 0, 0xFFFF if signals == 2 else component + 1)
    data = with_box(b"cdef", definition + struct.pack(">HHH", signals, 1, 0), coded(image))
    picture = decode(part(data), Limits())
    np.testing.assert_array_equal(picture.pixels, image[:signals])
    assert picture.photometric == ("rgb" if signals == 3 else "grey")


@pytest.mark.parametrize("opaque", [(0,), (7,), (0xFFFF,), (1, 2)])
def test_opacity_in_any_other_place_is_refused(opaque: tuple[int, ...]) -> None:
    definition = struct.pack(">H", len(opaque)) + b"".join(struct.pack(">HHH", c, 1, 0) for c in opaque)
    with pytest.raises(UnsupportedFormat, match="opacity"):
        decode(part(with_box(b"cdef", definition, coded(counts(8, 3)))), Limits())


@BOTH
@pytest.mark.parametrize(("bits", "full_scale"), [(8, None), (10, 1023), (12, 4095), (16, None)])
def test_the_largest_count_is_that_of_the_bits(kind: str, bits: int, full_scale: int | None) -> None:
    data = coded(counts(bits), kind, bits)
    assert scan_of(data).sidecar.full_scale == full_scale
    assert scan_of(data, data).sidecar.full_scale == full_scale
    assert scan_of(data).cautions == ()


def test_what_the_profile_or_the_sidecar_says_of_the_largest_count_wins() -> None:
    image = counts(12).clip(0, 3900)
    data = coded(image, bits=12)
    assert scan_of(data, delivery=Delivery("gate", full_scale=4000)).sidecar.full_scale == 4000
    assert scan_of(data, delivery=Delivery("gate", full_scale=60_000)).sidecar.full_scale == 4095
    raw = scan_of(data, sidecar=b'{"full_scale": 3950}')
    assert raw.sidecar.full_scale == 3950
    assert "full_scale 3950, the image 4095" in raw.cautions[0]


@BOTH
def test_what_was_compressed_with_loss_is_a_display_image(kind: str) -> None:
    image = counts(16)
    raw = scan_of(coded(image, kind, level=40, reversible=False))
    assert raw.sidecar.grade == "display"
    assert any(caution.startswith("lossy:") for caution in raw.cautions)
    assert scan_of(coded(image, kind)).sidecar.grade is None


@BOTH
def test_one_lossy_component_is_enough(kind: str) -> None:
    data = coded(counts(16, 2), kind)
    at = data.index(b"\xff\x5c")  # the steps of the wavelet, after the coding
    steps = data[data.index(b"\xff\x52") + 9 : data.index(b"\xff\x52") + 14]
    of_second = b"\xff\x53" + struct.pack(">HBB", 9, 1, 0) + steps[:4] + b"\0"
    assert steps[4] == 1
    assert not jpeg_2000_of("scan", data).lossy
    if kind == "j2k":
        assert jpeg_2000_of("scan", data[:at] + of_second + data[at:]).lossy


@BOTH
def test_wherever_it_is_cut_it_is_refused(kind: str) -> None:
    data = coded(counts(16, 2), kind)
    for end in {*range(12, 300, 7), *range(300, len(data), 101), *range(len(data) - 12, len(data))}:
        with pytest.raises(InputError) as caught:
            decode(part(data[:end]), Limits())
        assert caught.value.remedy


@BOTH
def test_an_end_marker_does_not_hide_that_the_image_breaks_off(kind: str) -> None:
    data = coded(counts(16), kind)
    for kept in (0.2, 0.5, 0.9):
        with pytest.raises(CorruptScan):
            decode(part(data[: int(kept * len(data))] + b"\xff\xd9"), Limits())


@BOTH
@pytest.mark.parametrize(
    ("at", "value", "error"),
    [
        (8, struct.pack(">II", 60_000, 60_000), TooLarge),
        (8, struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF), TooLarge),
        (8, struct.pack(">II", 15_000, 15_000), InputError),
        (8, struct.pack(">II", 0, 0), CorruptScan),
        (16, struct.pack(">II", 60, 41), CorruptScan),
        (24, struct.pack(">II", 1, 1), TooLarge),
        (24, struct.pack(">II", 0, 0), InputError),
        (40, struct.pack(">H", 0), CorruptScan),
        (40, struct.pack(">H", 4), UnsupportedFormat),
        (40, struct.pack(">H", 16_384), InputError),
        (42, bytes([0x8F]), UnsupportedFormat),
        (42, bytes([3]), UnsupportedFormat),
        (42, bytes([25]), UnsupportedFormat),
        (43, b"\2\2", UnsupportedFormat),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused_before_memory_is_taken(
    kind: str, at: int, value: bytes, error: type[InputError]
) -> None:
    data = saying(coded(counts(16), kind), at, value)
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            decode(part(data), Limits())
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.remedy


def test_components_that_differ_are_refused() -> None:
    data = saying(coded(counts(16, 2), "j2k"), 45, bytes([11]))
    with pytest.raises(UnsupportedFormat, match="differ in depth or size"):
        decode(part(data), Limits())


@pytest.mark.parametrize("length", [2, 7, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_box_that_does_not_fit_is_refused(length: int) -> None:
    data = coded(counts(16))
    at = data.index(b"jp2c") - 4
    with pytest.raises(CorruptScan):
        decode(part(data[:at] + struct.pack(">I", length) + data[at + 4 :]), Limits())


def test_a_file_of_boxes_alone_is_refused() -> None:
    start = coded(counts(16))[:12]
    with pytest.raises(CorruptScan, match="no codestream"):
        decode(part(start + struct.pack(">I4s", 8, b"free") * 100_000), Limits())
    with pytest.raises(CorruptScan, match="no codestream"):
        decode(
            part(start + b"".join(struct.pack(">I4s", 8 * n, b"jp2h") for n in range(400, 0, -1))), Limits()
        )


def test_a_palette_is_refused() -> None:
    data = with_box(b"pclr", struct.pack(">HB", 2, 1) + b"\7\0\xff", coded(counts(8)))
    with pytest.raises(UnsupportedFormat, match="palette"):
        decode(part(data), Limits())


def test_only_its_magic_number_tells_it() -> None:
    assert recognises(coded(counts(8))[:12])
    assert recognises(coded(counts(8), "j2k")[:4])
    assert not recognises(b"\xff\x4f\xff\x52")
    assert not recognises(coded(counts(8))[1:])
