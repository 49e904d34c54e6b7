"""What every decoder must do: full depth exactly, or an `InputError` that says why. Nothing in between."""

import gc
import io
import struct
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire import decode_tiff
from tallyscan.acquire.decoders import DECODERS, Decoder, decode
from tallyscan.acquire.file_formats import HEAD_BYTES
from tallyscan.acquire.jpeg_segments import complete_frame
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tests.acquire.dicos_files import LOSSLESS_SV1, dicos

Image = NDArray[Any]
RNG = np.random.default_rng(20260101)
DUAL = RNG.integers(0, 65536, (2, 150, 210), dtype=np.uint16)
DUAL[:, :60] = 60_000  # so that there is something to compress
DUAL[0, 0, :4] = 0, 1, 255, 256
DUAL[0, 0, 4:6] = 65_534, 65_535
GREY8 = (DUAL[:1] >> 8).astype(np.uint8)
RGB16 = np.concatenate([DUAL, DUAL[:1, ::-1]])
RGB8 = np.stack([GREY8[0], GREY8[0].T.reshape(GREY8[0].shape), GREY8[0][::-1]])


def tiff(image: Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, image, **{"photometric": "minisblack", "metadata": None} | options)
    return buffer.getvalue()


def tiff_pages(image: Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in image:
            writer.write(page, photometric="minisblack", metadata=None, **options)
    return buffer.getvalue()


def hwc(image: Image) -> Image:
    return np.ascontiguousarray(image.transpose(1, 2, 0))


def raw_of(data: bytes, *more: bytes, limits: Limits | None = None) -> RawScan:
    parts = tuple(ScanPart(f"part-{number}", part) for number, part in enumerate((data, *more)))
    return decode(ScanFiles(parts), limits or Limits())


TIFFS: dict[str, tuple[bytes, Image]] = {
    "one page": (tiff(DUAL[0]), DUAL[:1]),
    "two pages": (tiff_pages(DUAL), DUAL),
    "two channels, interleaved": (tiff(hwc(DUAL), planarconfig="contig"), DUAL),
    "two channels, planar": (tiff(DUAL, planarconfig="separate"), DUAL),
    "strips": (tiff_pages(DUAL, rowsperstrip=7), DUAL),
    "tiles": (tiff_pages(DUAL, tile=(64, 48)), DUAL),
    "compressed tiles of two channels": (
        tiff(hwc(DUAL), planarconfig="contig", tile=(64, 48), compression="zlib"),
        DUAL,
    ),
    "planar tiles": (tiff(DUAL, planarconfig="separate", tile=(64, 48), compression="zstd"), DUAL),
    "BigTIFF": (tiff(DUAL[0], bigtiff=True), DUAL[:1]),
    "8-bit grey": (tiff(GREY8[0]), GREY8),
    "8-bit RGB": (tiff(hwc(RGB8), photometric="rgb"), RGB8),
    "16-bit RGB": (tiff(hwc(RGB16), photometric="rgb"), RGB16),
    **{
        f"{compression}{' with predictor' if predictor else ''}": (
            tiff_pages(DUAL, compression=compression, predictor=predictor, rowsperstrip=33),
            DUAL,
        )
        for compression, predictor in [
            ("zlib", None),
            ("zlib", True),
            ("lzw", None),
            ("lzw", True),
            ("zstd", None),
            ("zstd", True),
            ("packbits", None),
            ("lzma", None),
            ("jpeg2000", None),
        ]
    },
    "old deflate code": (tiff_pages(DUAL, compression=32946), DUAL),
}
for _name in ("big-endian", "big-endian with predictor"):
    _buffer = io.BytesIO()
    with tifffile.TiffWriter(_buffer, byteorder=">") as _writer:
        for _page in DUAL:
            _options: Any = {"compression": "zlib", "predictor": True} if "predictor" in _name else {}
            _writer.write(_page, photometric="minisblack", metadata=None, **_options)
    TIFFS[_name] = (_buffer.getvalue(), DUAL)

PNGS: dict[str, tuple[bytes, Image]] = {
    "16-bit PNG": (imagecodecs.png_encode(DUAL[0]), DUAL[:1]),
    "8-bit PNG": (imagecodecs.png_encode(GREY8[0]), GREY8),
    "RGB PNG": (imagecodecs.png_encode(hwc(RGB8)), RGB8),
    "RGBA PNG": (imagecodecs.png_encode(hwc(np.concatenate([RGB8, GREY8]))), RGB8),
    "16-bit PNG with alpha": (imagecodecs.png_encode(hwc(DUAL)), DUAL[:1]),
}
JPEGS = {
    "grey JPEG": imagecodecs.jpeg_encode(GREY8[0], level=100),
    "RGB JPEG": imagecodecs.jpeg_encode(hwc(RGB8), level=100),
}


def npy(image: Image) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, image, allow_pickle=False)
    return buffer.getvalue()


def jpeg_2000(image: Image, **options: Any) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(image, **{"level": 0, "reversible": True} | options))


OTHERS: dict[str, tuple[bytes, Image]] = {
    "16-bit JP2": (jpeg_2000(DUAL[0], codecformat="jp2"), DUAL[:1]),
    "16-bit codestream": (jpeg_2000(DUAL[0], codecformat="j2k"), DUAL[:1]),
    "codestream of two energies": (jpeg_2000(hwc(DUAL), codecformat="j2k"), DUAL),
    "JP2 of two energies": (jpeg_2000(hwc(DUAL), codecformat="jp2"), DUAL),
    "12-bit JP2": (jpeg_2000(DUAL[0] >> 4, codecformat="jp2", bitspersample=12), DUAL[:1] >> 4),
    "8-bit JP2": (jpeg_2000(GREY8[0], codecformat="jp2"), GREY8),
    "RGB JP2": (jpeg_2000(hwc(RGB8), codecformat="jp2"), RGB8),
    "16-bit JPEG-LS": (imagecodecs.jpegls_encode(DUAL[0]), DUAL[:1]),
    "8-bit JPEG-LS": (imagecodecs.jpegls_encode(GREY8[0]), GREY8),
    "RGB JPEG-LS": (imagecodecs.jpegls_encode(hwc(RGB8)), RGB8),
    "NPY": (npy(DUAL[0]), DUAL[:1]),
    "NPY of two energies": (npy(DUAL), DUAL),
    "big-endian NPY": (npy(DUAL.astype(">u2")), DUAL),
    "NPY in Fortran order": (npy(np.asfortranarray(DUAL)), DUAL),
    "8-bit NPY": (npy(GREY8), GREY8),
    "DICOS": (dicos(DUAL[0]), DUAL[:1]),
    "JPEG-lossless DICOS": (dicos(DUAL[0], LOSSLESS_SV1), DUAL[:1]),
}
EXACT = TIFFS | PNGS | OTHERS
ALL_BYTES = {name: data for name, (data, _) in EXACT.items()} | JPEGS


@pytest.mark.parametrize("name", EXACT)
def test_every_value_comes_back_as_it_was_written(name: str) -> None:
    data, image = EXACT[name]
    raw = raw_of(data)
    assert raw.pixels.dtype == image.dtype.newbyteorder("=")
    assert raw.pixels.flags.c_contiguous
    np.testing.assert_array_equal(raw.pixels, image)
    assert raw.photometric == ("rgb" if "RGB" in name else "grey")


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_is_8_bit(channels: int) -> None:
    smooth = np.add.outer(np.arange(120), np.arange(200)).astype(np.uint8)
    data = imagecodecs.jpeg_encode(smooth if channels == 1 else np.dstack([smooth] * 3), level=95)
    raw = raw_of(data)
    assert raw.pixels.shape == (channels, 120, 200)
    assert raw.pixels.dtype == np.uint8
    assert np.abs(raw.pixels.astype(int) - smooth).mean() < 3
    assert raw.photometric == ("rgb" if channels == 3 else "grey")


def test_min_is_white_is_kept_and_said() -> None:
    raw = raw_of(tiff(DUAL[0], photometric="miniswhite"))
    assert raw.photometric == "inverted"
    np.testing.assert_array_equal(raw.pixels, DUAL[:1])


def test_palette_png_becomes_rgb() -> None:
    palette = bytes(range(256)) * 3
    rows = b"".join(b"\0" + GREY8[0, y].tobytes() for y in range(4))
    header = struct.pack(">IIBBBBB", GREY8.shape[2], 4, 8, 3, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", header),
            (b"PLTE", palette),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        )
    )
    raw = raw_of(data)
    assert raw.photometric == "rgb"
    assert raw.pixels.shape == (3, 4, GREY8.shape[2])


def test_thumbnails_are_no_energy() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(DUAL[0], photometric="minisblack", metadata=None)
        writer.write(DUAL[0, ::4, ::4], photometric="minisblack", subfiletype=1, metadata=None)
    np.testing.assert_array_equal(raw_of(buffer.getvalue()).pixels, DUAL[:1])


def test_a_pair_of_files_is_two_energies_in_their_order() -> None:
    raw = raw_of(imagecodecs.png_encode(DUAL[0]), tiff(DUAL[1]))
    np.testing.assert_array_equal(raw.pixels, DUAL)


@pytest.mark.parametrize(
    "other",
    [
        imagecodecs.png_encode(DUAL[1, :-1]),
        imagecodecs.png_encode(GREY8[0]),
        imagecodecs.png_encode(hwc(RGB16)),
        tiff(DUAL[1], photometric="miniswhite"),
    ],
    ids=["other height", "other depth", "colour", "other meaning of black"],
)
def test_a_pair_must_be_alike(other: bytes) -> None:
    with pytest.raises(CorruptScan, match="part-0 and part-1"):
        raw_of(imagecodecs.png_encode(DUAL[0]), other)


def test_pages_of_two_sizes_are_refused() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in (DUAL[0], DUAL[0, :-1]):
            writer.write(page, photometric="minisblack", metadata=None)
    with pytest.raises(CorruptScan, match="page 2"):
        raw_of(buffer.getvalue())


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (DUAL[0].astype(np.float32), {}),
        (DUAL[0].astype(np.uint32), {}),
        (DUAL[0].astype(np.int16), {}),
        (GREY8[0] > 99, {}),
        (GREY8[0], {"photometric": "palette", "colormap": np.zeros((3, 256), np.uint16)}),
        (np.zeros((60, 60, 5), np.uint16), {"planarconfig": "contig"}),
        (np.zeros((7, 60, 60), np.uint16), {}),
    ],
    ids=["float", "32-bit", "signed", "1-bit", "palette", "five channels", "seven pages"],
)
def test_pixels_that_are_no_counts_are_not_guessed_at(image: Image, options: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFormat):
        raw_of(tiff(image, **options))


@pytest.mark.parametrize("name", ALL_BYTES)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.5, 0.8, 0.97, 1.0])
def test_a_file_that_was_cut_off_is_never_half_an_image(name: str, kept: float) -> None:
    data = ALL_BYTES[name]
    with pytest.raises(InputError) as caught:
        raw_of(data[: min(int(len(data) * kept), len(data) - 1)])
    assert caught.value.remedy


@pytest.mark.parametrize("name", ALL_BYTES)
def test_flipped_bytes_end_as_pixels_of_the_right_kind_or_as_an_input_error(name: str) -> None:
    data = ALL_BYTES[name]
    shape = raw_of(data).pixels.shape
    rng = np.random.default_rng(7)
    for _ in range(25):
        broken = bytearray(data)
        for _ in range(int(rng.integers(1, 6))):
            broken[int(rng.integers(0, min(len(data), 400)))] = int(rng.integers(0, 256))
        try:
            raw = raw_of(bytes(broken), limits=Limits(max_pixels=10_000_000, max_bytes=50_000_000))
        except InputError:
            continue
        assert raw.pixels.ndim == 3
        assert raw.pixels.dtype in (np.uint8, np.uint16)
        assert raw.pixels.size <= 20 * np.prod(shape)


def declared_sizes(data: bytes) -> set[tuple[int, ...]]:
    """Height and width of each image in a file, as its headers say."""
    if data[:2] == b"\x89P":
        return {struct.unpack(">II", data[16:24])[::-1]}
    if data[:2] == b"\xff\xd8":
        frame = complete_frame("declared", data)
        return {(frame.height, frame.width)}
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return {(page.imagelength, page.imagewidth) for page in file.pages}


CROP = DUAL[:, 40:100, :90]  # one part flat, one part noise
MUTATED = {
    "strips": tiff(CROP[0], rowsperstrip=16),
    "deflate": tiff(CROP[0], compression="zlib", predictor=True),
    "tiles": tiff(CROP[0], tile=(32, 32), compression="lzw"),
    "zstd tiles": tiff(CROP[0], tile=(32, 32), compression="zstd"),
    "two pages": tiff_pages(CROP, compression="packbits"),
    "jpeg2000": tiff(CROP[0], compression="jpeg2000"),
    "16-bit PNG": imagecodecs.png_encode(CROP[0]),
    "JPEG": imagecodecs.jpeg_encode((CROP[0] >> 8).astype(np.uint8), level=90),
}


@pytest.mark.parametrize("name", MUTATED)
def test_a_mutant_has_the_size_that_it_declares_or_is_refused(name: str) -> None:
    rng = np.random.default_rng(sum(name.encode()))
    refused = 0
    for _ in range(40):
        mutant = bytearray(MUTATED[name])
        for at in rng.integers(0, len(mutant), rng.integers(1, 9)):
            mutant[at] ^= 1 << int(rng.integers(0, 8))
        if rng.random() < 0.4:
            start = int(rng.integers(0, len(mutant)))
            del mutant[start : start + int(rng.integers(1, 200))]
        try:
            raw = raw_of(bytes(mutant), limits=Limits(max_pixels=10_000_000, max_bytes=50_000_000))
        except InputError:
            refused += 1
        else:
            assert raw.pixels.shape[1:] in declared_sizes(bytes(mutant))
    assert refused >= 10


@pytest.mark.parametrize("name", [name for name in MUTATED if name != "strips"])
def test_damaged_files_do_not_use_up_the_references_to_none(name: str) -> None:
    data = bytearray(MUTATED[name])
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(b ^ 0x5A for b in data[middle : middle + 200])
    raw_or_reason(bytes(data))
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(300):
        raw_or_reason(bytes(data))
    gc.collect()
    assert sys.getrefcount(None) > before - 150


def raw_or_reason(data: bytes) -> RawScan | InputError:
    try:
        return raw_of(data)
    except InputError as error:
        return error


def test_an_image_for_which_the_memory_does_not_suffice_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(part: ScanPart, limits: Limits) -> None:  # noqa: ARG001
        raise MemoryError

    monkeypatch.setattr(decode_tiff, "decode", without_memory)
    with pytest.raises(TooLarge, match="part-0: there is not enough memory"):
        raw_of(tiff(DUAL[0]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 64,
        b"hello, world",
        b"<!doctype html><html></html>",
        b"PK\x03\x04" + b"\0" * 60,
        b"%PDF-1.7",
    ],
)
def test_what_nobody_recognises_is_unsupported(data: bytes) -> None:
    assert not any(decoder.recognises(data[:HEAD_BYTES]) for decoder in DECODERS)
    with pytest.raises(UnsupportedFormat, match="TIFF, PNG, JPEG"):
        raw_of(data)


@pytest.mark.parametrize("name", ALL_BYTES)
def test_exactly_one_decoder_recognises_a_file(name: str) -> None:
    assert sum(decoder.recognises(ALL_BYTES[name][:HEAD_BYTES]) for decoder in DECODERS) == 1


MAGIC = {
    "tiff": b"II*\0",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "jpeg2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "jpegls": b"\xff\xd8\xff\xf7\0\x0b",
    "npy": b"\x93NUMPY",
    "dicos": bytes(128) + b"DICM",
}


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.FILE_FORMAT)
def test_a_magic_number_alone_is_no_image(decoder: Decoder) -> None:
    head = MAGIC[decoder.FILE_FORMAT]
    assert decoder.recognises(head) or decoder.FILE_FORMAT == "jpegls"
    for tail in (b"", b"\0" * 40, b"\xff" * 40, bytes(range(64))):
        with pytest.raises(InputError):
            decoder.decode(ScanPart("x", head + tail), Limits())


def tiff_saying(width: int, height: int) -> bytes:
    data = bytearray(tiff(DUAL[0], compression="zlib"))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        tags = file.pages[0].tags
        for tag, value in ((256, width), (257, height), (278, height)):
            entry = tags[tag].offset
            data[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(data)


def png_saying(width: int, height: int) -> bytes:
    data = bytearray(imagecodecs.png_encode(DUAL[0]))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def jpeg_saying(width: int, height: int) -> bytes:
    data = bytearray(JPEGS["grey JPEG"])
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("saying", [tiff_saying, png_saying, jpeg_saying])
@pytest.mark.parametrize(
    ("width", "height", "error"),
    [
        (40_000, 20_000, TooLarge),
        (20_000, 20_000, TooLarge),
        (15_000, 15_000, CorruptScan),
        (0, 100, InputError),
    ],
)
def test_a_header_that_lies_about_its_size_is_refused_before_memory_is_taken(
    saying: Callable[[int, int], bytes], width: int, height: int, error: type[InputError]
) -> None:
    data = saying(width, height)
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(error):
            raw_of(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
    assert time.perf_counter() - started < 2


def test_jpeg_2000_may_not_be_larger_inside_than_its_page() -> None:
    data = bytearray(tiff(GREY8[0], compression="jpeg2000"))
    size = data.index(b"\xff\x51") + 6
    data[size : size + 8] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(TooLarge):
        raw_of(bytes(data))


@pytest.mark.parametrize("name", ["one page", "16-bit PNG", "grey JPEG"])
def test_the_limits_are_those_that_were_given(name: str) -> None:
    data = ALL_BYTES[name]
    pixels = raw_of(data).pixels
    for limits in (
        Limits(max_pixels=pixels.size),
        Limits(max_bytes=len(data)),
        Limits(max_bytes=pixels.nbytes),
    ):
        with pytest.raises(TooLarge):
            raw_of(data, limits=limits)
    raw_of(data, limits=Limits(max_pixels=pixels.size + 1, max_bytes=max(len(data), pixels.nbytes) + 1))


def test_a_tiff_whose_directories_run_in_a_circle_ends() -> None:
    data = bytearray(tiff(DUAL[0]))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        page = file.pages[0]
        end = page.offset + 2 + 12 * len(page.tags)
        data[end : end + 4] = struct.pack("<I", page.offset)
    with pytest.raises(CorruptScan, match="no end"):
        raw_of(bytes(data))
