"""A JPEG that breaks off inside is refused, however it is closed; remarks beside the image are no damage."""

import itertools
import struct
import time

import imagecodecs
import numpy as np
import pytest

from tallyscan.acquire import decode_jpeg
from tallyscan.acquire.decode_jpeg import decode
from tallyscan.acquire.jpeg_segments import complete_frame, segments, without_remarks
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, InputError
from tallyscan.scan import ScanPart

_NOISE = np.random.default_rng(11).normal(0, 6, (203, 317))
GREY = np.clip(np.add.outer(np.arange(203), np.arange(317)) / 3 + 30 + _NOISE, 0, 255).astype(np.uint8)
RGB = np.dstack([GREY, 255 - GREY, GREY // 2])
END = b"\xff\xd9"
WHOLE = {
    "grey": imagecodecs.jpeg8_encode(GREY, level=90),
    "grey, optimised": imagecodecs.jpeg8_encode(GREY, level=90, optimize=True),
    **{
        f"RGB {subsampling}": imagecodecs.jpeg8_encode(RGB, level=90, subsampling=subsampling)
        for subsampling in ("444", "422", "420", "440", "411")
    },
}


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.jpg", data)


def remark(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(body)) + body


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_one_is_read(name: str) -> None:
    pixels = decode(part(WHOLE[name]), Limits()).pixels
    assert len(pixels) == (3 if "RGB" in name else 1)
    np.testing.assert_array_equal(np.moveaxis(pixels, 0, -1), np.atleast_3d(_decoded(WHOLE[name])))


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("kept", [0.35, 0.5, 0.9, 0.98])
def test_an_end_marker_does_not_hide_that_blocks_are_missing(name: str, kept: float) -> None:
    data = WHOLE[name]
    cut = data[: int(kept * len(data))].rstrip(b"\xff") + END
    assert np.all(_decoded(cut)[-1, -3:] == 128), "libjpeg no longer fills with grey: is the check needed?"
    with pytest.raises(CorruptScan, match=r"damaged|ends before"):
        decode(part(cut), Limits())


@pytest.mark.parametrize("name", [name for name in WHOLE if "411" not in name])
def test_not_one_byte_may_be_missing(name: str) -> None:
    for missing in range(1, 30):
        with pytest.raises(CorruptScan, match="damaged"):
            decode(part(WHOLE[name][: -len(END) - missing].rstrip(b"\xff") + END), Limits())


def test_a_large_one_that_breaks_off_is_refused_without_the_slow_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode_jpeg, "_MAX_STRICT_PIXELS", 0)
    data = WHOLE["grey"]
    decode(part(data), Limits())
    with pytest.raises(CorruptScan, match="ends before the image does"):
        decode(part(data[: len(data) // 2] + END), Limits())


def test_damage_in_the_middle_is_refused() -> None:
    data, middle = WHOLE["grey"], len(WHOLE["grey"]) // 2
    with pytest.raises(CorruptScan):
        decode(part(data[:middle] + bytes(400) + data[middle + 400 :]), Limits())


@pytest.mark.parametrize(
    "beside",
    [
        remark(0xE2, b"ICC_PROFILE\0\1\1" + b"z" * 100),
        remark(0xE1, b"Exif\0\0" + b"z" * 50),
        remark(0xE1, b"Exif\0\0" + WHOLE["grey"][:40_000]),
        remark(0xFE, b"lane 3"),
        b"\xff\xff\xff",
    ],
    ids=["broken colour profile", "broken EXIF", "thumbnail", "comment", "fill bytes"],
)
def test_what_is_said_about_the_image_is_no_damage(beside: bytes) -> None:
    data = WHOLE["grey"]
    np.testing.assert_array_equal(
        decode(part(data[:2] + beside + data[2:]), Limits()).pixels[0], _decoded(data)
    )


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_image() -> None:
    data = WHOLE["grey"]
    with_thumbnail = data[:2] + remark(0xE1, b"Exif\0\0" + data) + data[2:]
    with pytest.raises(CorruptScan, match="ends before its last line"):
        decode(part(with_thumbnail[: len(data) + len(data) // 2]), Limits())


@pytest.mark.parametrize("tail", [b"\0" * 6_000_000, WHOLE["RGB 444"]], ids=["padding", "a second picture"])
def test_what_follows_the_end_is_left_alone(tail: bytes) -> None:
    data = WHOLE["grey"]
    np.testing.assert_array_equal(decode(part(data + tail), Limits()).pixels[0], _decoded(data))


@pytest.mark.parametrize("name", WHOLE)
def test_the_segments_cover_the_stream(name: str) -> None:
    data = WHOLE[name]
    found = list(segments(data))
    assert found[0].start == 2
    assert found[-1].stop == len(data)
    assert all(before.stop == after.start for before, after in itertools.pairwise(found))
    assert without_remarks(data[:2] + remark(0xFE, b"x") + data[2:]) == data
    assert complete_frame(name, data)[:2] == (317, 203)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + remark(0xDA, b"") + b"\xff" * 1_000_000 + b"\0" + END,
        b"\xff\xd8" + b"\xff" * 1_000_000 + END,
        b"\xff\xd8" + remark(0xDA, b"") + b"\xff\0" * 500_000 + END,
    ],
    ids=["coded data", "fill bytes", "stuffed bytes"],
)
def test_a_long_run_of_one_byte_takes_no_longer(data: bytes) -> None:
    started = time.perf_counter()
    assert list(segments(data))[-1].stop == len(data)
    assert time.perf_counter() - started < 1


def test_random_damage_is_refused_or_leaves_a_whole_image() -> None:
    rng = np.random.default_rng(200)
    data = WHOLE["grey"]
    refused = 0
    for _ in range(200):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            broken[at] = rng.integers(0, 256)
        try:
            pixels = decode(part(bytes(broken)), Limits()).pixels
        except InputError:
            refused += 1
            continue
        assert pixels.dtype == np.uint8  # no checksum: some damage only changes greys
        assert pixels.ndim == 3
    assert refused > 20


def _decoded(data: bytes) -> np.ndarray:
    return np.asarray(imagecodecs.jpeg8_decode(data))
