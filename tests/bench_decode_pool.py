"""How fast the warm pool decodes, beside the bare call of the library that each format is read with.

    python -m tests.bench_decode_pool          (make bench)

A scan of 1,400 x 8,000 pixels, two energies, 16 bits. Each row is a format: how fast the pool is and how fast the same
decoder is without it, both as a share of the bare call. Shares of the best times of one run, so that they hold on any
machine. Of what is returned every page of memory is touched. The hash of a scan, which the service makes once and
while another process decodes, is in no column.
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
import pydicom
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire import decoders
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_process import Allowance
from tallyscan.calibrate.profile import deliveries_of, load_profiles
from tallyscan.delivery import Delivery
from tallyscan.errors import InputError
from tallyscan.scan import ScanFiles, ScanPart
from tests.acquire import dicos_files
from tests.acquire.raw_files import big_endian

HEIGHT, WIDTH = 1400, 8000
PAGE_PIXELS = 2048  # of 16 bits in a page of memory

Image = NDArray[Any]


class Case(NamedTuple):
    """A scan in one format, and how its library reads it."""

    name: str
    images: tuple[bytes, ...]
    bare: Callable[[], list[Image]]
    delivery: Delivery | None = None

    @property
    def files(self) -> ScanFiles:
        """As it arrives, its hash made."""
        stems = (
            ("a.high.raw", "a.low.raw") if self.delivery else tuple(f"{n}" for n in range(len(self.images)))
        )
        files = ScanFiles(tuple(ScanPart(stem, data) for stem, data in zip(stems, self.images, strict=True)))
        assert files.sha256
        return files


def counts() -> NDArray[np.uint16]:
    """Open beam over something like loads of many thicknesses, with the noise of photons."""
    rng = np.random.default_rng(20260301)
    blocks = rng.uniform(0.02, 0.6, (HEIGHT // 50, WIDTH // 100))
    transmission = np.kron(blocks, np.ones((50, 100)))
    transmission[: HEIGHT // 5] = 1.0
    levels = np.stack([52_000 * transmission, 48_000 * transmission**1.1])
    return np.asarray(rng.normal(levels, 4 * np.sqrt(levels)).clip(1, 65_535), np.uint16)


def cases(image: NDArray[np.uint16]) -> Iterator[Case]:
    """A case for each format and compression."""
    for name, options in (
        ("TIFF, not compressed", {}),
        ("TIFF, deflate", {"compression": "zlib", "predictor": True}),
        ("TIFF, LZW", {"compression": "lzw", "predictor": True}),
        ("TIFF, ZSTD", {"compression": "zstd", "predictor": True}),
    ):
        data = tiff(image, **options)
        yield Case(name, (data,), lambda data=data: [tifffile.imread(io.BytesIO(data))])
    for name, encode, decode in (
        ("PNG, two files", imagecodecs.png_encode, imagecodecs.png_decode),
        ("JPEG 2000, two files", jpeg_2000, imagecodecs.jpeg2k_decode),
        ("JPEG-LS, two files", imagecodecs.jpegls_encode, imagecodecs.jpegls_decode),
    ):
        coded = tuple(encode(energy) for energy in image)
        yield Case(name, coded, lambda coded=coded, decode=decode: [decode(data) for data in coded])
    files = tuple(dicos_files.dicos(energy) for energy in image)
    yield Case("DICOS, not compressed", files, lambda: [by_pydicom(data) for data in files])
    for name, syntax, decode in (
        ("DICOS, RLE", dicos_files.RLE, run_lengths),
        ("DICOS, JPEG lossless", dicos_files.LOSSLESS_SV1, imagecodecs.jpeg8_decode),
        ("DICOS, JPEG 2000", dicos_files.JPEG_2000, imagecodecs.jpeg2k_decode),
    ):
        coded = tuple(dicos_files.CODERS[syntax](energy, 16) for energy in image)
        files = tuple(dicos_files.dicos(energy, syntax) for energy in image)
        yield Case(name, files, lambda coded=coded, decode=decode: [decode(data) for data in coded])
    array = io.BytesIO()
    np.save(array, image)
    yield Case("NPY", (array.getvalue(),), lambda: [np.load(io.BytesIO(array.getvalue()))])
    raw = tuple(big_endian(energy) for energy in image)
    profile = deliveries_of(load_profiles())["raw_three_files"]
    two_files = profile.files.model_copy(update={"images": profile.files.images[:2]})
    delivery = Delivery("raw", two_files, profile.raw)
    yield Case("raw, two files", raw, lambda: [native(data) for data in raw], delivery)


def tiff(image: NDArray[np.uint16], **options: Any) -> bytes:
    """One page an energy."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in image:
            writer.write(page, photometric="minisblack", metadata=None, rowsperstrip=64, **options)
    return buffer.getvalue()


def jpeg_2000(energy: NDArray[np.uint16]) -> bytes:
    """Lossless."""
    return bytes(imagecodecs.jpeg2k_encode(energy, level=0, reversible=True))


def by_pydicom(data: bytes) -> Image:
    """As pydicom reads it."""
    return np.asarray(pydicom.dcmread(io.BytesIO(data)).pixel_array)


def run_lengths(coded: bytes) -> Image:
    """One energy by the codec."""
    out = np.empty(2 * HEIGHT * WIDTH, np.uint8)
    imagecodecs.dicomrle_decode(coded, np.dtype("<u2"), out=out.data)
    return out.view("<u2")


def native(data: bytes) -> Image:
    """Big-endian samples behind 36 bytes, as NumPy reads them."""
    return np.frombuffer(data, ">u2", HEIGHT * WIDTH, 36).reshape(HEIGHT, WIDTH).astype(np.uint16)


def seconds(decode: Callable[[], list[Image]]) -> float:
    """How long it takes until every page of the pixels is there."""
    started = time.perf_counter()
    for image in decode():
        image.reshape(-1)[::PAGE_PIXELS].max()
    return time.perf_counter() - started


def main() -> None:
    """Decode, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    image, limits = counts(), Limits()
    started = time.perf_counter()
    with DecodePool(1, Allowance(4_000_000_000, 600, 0)) as pool:
        pool.wait_until_warm()
        cold = time.perf_counter() - started
        print(f"{HEIGHT} x {WIDTH}, two energies, 16 bits; speed as a share of the bare call's")  # noqa: T201
        print(f"{'':24s}{'bare call':>12s}{'pool':>8s}{'without':>9s}")  # noqa: T201
        for case in cases(image):
            files, delivery = case.files, case.delivery
            try:
                np.testing.assert_array_equal(pool.decode(files, limits, delivery).pixels, image)
            except InputError as error:
                print(f"{case.name:24s}not read: {error.code}")  # noqa: T201
                continue
            ways: tuple[Callable[[], list[Image]], ...] = (
                case.bare,
                lambda files=files, delivery=delivery: [pool.decode(files, limits, delivery).pixels],
                lambda files=files, delivery=delivery: [decoders.decode(files, limits, delivery).pixels],
            )
            times = [[seconds(way) for way in ways] for _ in range(runs + 1)]
            bare, apart, here = np.min(times, axis=0)
            print(f"{case.name:24s}{1000 * bare:9.1f} ms{bare / apart:8.0%}{bare / here:9.0%}")  # noqa: T201
    print(f"cold start of a process {1000 * cold:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
