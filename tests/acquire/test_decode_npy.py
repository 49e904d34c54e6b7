"""NPY: every count of one or several energies, or a reason; and no code in it is ever run."""

import io
import pickle
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tallyscan.acquire.decode_npy import decode, recognises
from tallyscan.acquire.limits import Limits
from tallyscan.errors import CorruptScan, InputError, TooLarge, UnsupportedFormat
from tallyscan.scan import ScanPart

Image = NDArray[Any]
RNG = np.random.default_rng(20260204)
MAGIC = b"\x93NUMPY"


def counts(bits: int, *shape: int) -> Image:
    image = RNG.integers(0, 1 << bits, shape or (41, 60)).astype(np.uint8 if bits == 8 else np.uint16)
    image.flat[0], image.flat[-1] = 0, (1 << bits) - 1
    return image


def saved(image: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, image, **options)
    return buffer.getvalue()


def saying(header: str, body: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A file with this header, whatever it says."""
    text = header.encode("latin1")
    return MAGIC + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(text)) + text + body


def described(dtype: str = "'<u2'", fortran: object = False, shape: object = (41, 60)) -> str:
    return f"{{'descr': {dtype}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


def part(data: bytes) -> ScanPart:
    return ScanPart("scan.npy", data)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize(
    "shape", [(41, 60), (1, 1), (1, 37), (53, 1), (1, 17, 129), (2, 41, 60), (4, 3, 5)], ids=str
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_count_comes_back(bits: int, shape: tuple[int, ...], order: Any) -> None:
    image = counts(bits, *shape)
    picture = decode(part(saved(np.asarray(image, order=order))), Limits())
    assert picture.pixels.dtype == image.dtype
    assert picture.pixels.flags.c_contiguous
    assert picture.pixels.flags.writeable
    assert picture.photometric == "grey"
    np.testing.assert_array_equal(picture.pixels, image.reshape(-1, *shape[-2:]))


@pytest.mark.parametrize("order", ["C", "F"])
def test_big_endian_counts_become_native_ones(order: Any) -> None:
    image = counts(16, 2, 41, 60)
    pixels = decode(part(saved(np.asarray(image, ">u2", order=order))), Limits()).pixels
    assert pixels.dtype == np.dtype(np.uint16)
    assert pixels.dtype.isnative
    np.testing.assert_array_equal(pixels, image)


def test_the_second_version_of_the_format_is_read() -> None:
    image, buffer = counts(16), io.BytesIO()
    np.lib.format.write_array(buffer, image, version=(2, 0))
    np.testing.assert_array_equal(decode(part(buffer.getvalue()), Limits()).pixels[0], image)


@pytest.mark.parametrize(
    "image",
    [
        counts(16).astype(np.float32),
        counts(16).astype(np.float64),
        counts(16).astype(np.int16),
        counts(16).astype(np.uint32),
        counts(8).astype(np.int8),
        counts(8) > 99,
        counts(16).astype(np.complex64),
        counts(16).astype("S5"),
        counts(16).astype("<M8[s]"),
        counts(16).view([("high", "<u2")]),
        counts(16)[0],
        np.uint16(7),
        counts(16, 2, 3, 41, 60),
        counts(16, 5, 41, 60),
        counts(16, 41, 60, 2),
    ],
    ids=lambda image: f"{image.dtype} {image.shape}",
)
def test_arrays_that_are_no_counts_of_energies_are_not_guessed_at(image: Any) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        decode(part(saved(image)), Limits())
    assert caught.value.remedy


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("shape", [(1, 1), (41, 60)], ids=str)
def test_objects_are_refused_without_being_unpickled(shape: tuple[int, int], tmp_path: Path) -> None:
    mark = tmp_path / "run"
    array = np.empty(shape, object)
    array.fill(Bomb(mark))
    data = saved(array, allow_pickle=True)
    with pytest.raises(UnsupportedFormat, match="array of object"):
        decode(part(data), Limits())
    assert not mark.exists()
    pickle.loads(data[data.index(b"\n") + 1 :])
    assert mark.exists(), "the bomb is none: the test would not notice"


def test_a_pickle_is_no_npy_file() -> None:
    assert not recognises(pickle.dumps(counts(16)))
    with pytest.raises(CorruptScan):
        decode(part(MAGIC + pickle.dumps(counts(16))), Limits())


@pytest.mark.parametrize(
    "header",
    [
        "",
        "\n",
        "42",
        "{}",
        described()[:-3],
        described().replace("'shape'", "'size'"),
        described(shape="'ab'"),
        described(shape=(41.0, 60)),
        described(shape=(None, 60)),
        described(fortran=2),
        described(dtype="'<u2,<u2,'"),
        described(dtype="'nonsense'"),
        described(dtype="object()"),
        described(dtype="[('a', '<u2', (1,) * 9**9)]"),
        "__import__('os').system('true')",
        "(" * 300,
        "[" * 9_000,
        "-" * 9_000 + "1",
        "9" * 9_000,
        described() + " " * 20_000,
        "{'descr': '<u2', 'fortran_order': False, 'shape': (" + "1," * 3_000 + ")}",
        "\0" * 80,
        "\xff" * 80,
        "'" * 3,
        "{'a':\n 1",
    ],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)], ids=str)
def test_a_header_of_nonsense_is_refused(header: str, version: tuple[int, int]) -> None:
    with pytest.raises(InputError) as caught:
        decode(part(saying(header, counts(16).tobytes(), version)), Limits())
    assert caught.value.remedy
    assert len(caught.value.detail) < 400


@pytest.mark.parametrize("version", [(0, 0), (1, 1), (3, 0), (255, 255)], ids=str)
def test_an_unknown_version_is_refused(version: tuple[int, int]) -> None:
    with pytest.raises(CorruptScan, match="version"):
        decode(part(saying(described(), counts(16).tobytes(), version)), Limits())


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ((40_000, 40_000), TooLarge),
        ((2**62, 2**62, 2**62), TooLarge),
        ((10**300, 1), CorruptScan),
        ((9_000, 9_000), CorruptScan),
        ((400, 600), CorruptScan),
        ((41, 61), CorruptScan),
        ((40, 60), CorruptScan),
        ((2, 41, 60), CorruptScan),
        ((0, 60), CorruptScan),
        ((41, 0), CorruptScan),
        ((0, 41, 60), CorruptScan),
        ((-41, 60), CorruptScan),
        ((-41, -60), CorruptScan),
        ((True, 2460), None),
    ],
    ids=str,
)
def test_a_size_that_lies_is_refused_before_memory_is_taken(
    shape: tuple[int, ...], error: type[InputError] | None
) -> None:
    data = saying(described(shape=shape), counts(16).tobytes())
    if error is None:  # a truth value is a number in Python, and fits here
        assert decode(part(data), Limits()).pixels.shape == (1, 1, 2460)
        return
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            decode(part(data), Limits())
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.remedy
    assert len(caught.value.detail) < 400


def test_wherever_it_is_cut_or_goes_on_it_is_refused() -> None:
    data = saved(counts(16, 2, 9, 13))
    for end in range(6, len(data)):
        with pytest.raises(InputError):
            decode(part(data[:end]), Limits())
    with pytest.raises(CorruptScan, match="promises"):
        decode(part(data + b"\0"), Limits())


def test_a_header_length_beyond_the_file_is_refused() -> None:
    data = bytearray(saved(counts(16)))
    data[8:10] = b"\xff\xff"
    with pytest.raises(CorruptScan):
        decode(part(bytes(data)), Limits())
    with pytest.raises(CorruptScan):
        decode(part(MAGIC + b"\2\0" + b"\xff\xff\xff\xff" + bytes(data[10:])), Limits())
