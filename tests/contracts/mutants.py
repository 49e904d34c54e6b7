"""Damaged and hostile files, as many as wanted: small valid ones of every decoder, changed by the number of the mutant.

The same number gives the same bytes on every machine, as long as the valid files are the same; `fingerprint` tells.
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.dicom_object import look_at
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_process import Allowance
from tallyscan.acquire.read_sidecar import sidecar_reader
from tallyscan.acquire.views import views_of
from tallyscan.calibrate.profile import deliveries_of, load_profiles
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import InputError
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar
from tests.acquire.dicos_files import COMPRESSED, DEFLATED, JPEG_LS, NATIVE, dicos
from tests.acquire.raw_files import big_endian, counts, im_portrait

Image = NDArray[Any]
SEED = 20260210
ALLOWANCE = Allowance(memory_bytes=600_000_000, seconds=10, seconds_per_megabyte=0)
"""What a mutant may take. The watchdog ends it then, and that is its answer."""
ON_ARRIVAL = Allowance(memory_bytes=150_000_000, seconds=10, seconds_per_megabyte=0)
"""What the service itself may take of a file that comes, before it is decoded. Nothing stands by there: a mutant that
needs more is a defect."""
LIMITS = Limits()
_HEAD_BYTES = 600  # where headers stand; half of all changes are there

Ending = Literal["read", "refused", "stopped", "no memory", "crashed"]


class Seed(NamedTuple):
    """A valid scan, and how it is delivered."""

    files: ScanFiles
    delivery: Delivery | None = None


VIEWS = Delivery("views", dicos=DicosReading(frames=("top", "side")))


class Outcome(NamedTuple):
    """How a mutant ended: all of them are answers. `peak_bytes` is what its process has had by then."""

    ending: Ending
    error: str
    peak_bytes: int


@cache
def seeds() -> dict[str, tuple[Seed, ...]]:
    """The valid scans of each decoder."""
    dual = np.stack([counts(24, 40, 1), counts(24, 40, 2)])
    dual[:, :8] = 60_000  # so that there is something to compress
    grey = (dual[0] >> 8).astype(np.uint8)
    rgb = np.dstack([grey, grey[::-1], grey // 2])
    pixels = np.ascontiguousarray(dual.transpose(1, 2, 0))
    frames = Delivery("gate", dicos=DicosReading(frames=("high", "low"), rescale=True))
    said = {"RescaleSlope": 1, "RescaleIntercept": 0, "ImageComments": "x" * 60}
    of_raw = deliveries_of(load_profiles())
    blank = np.full(
        (3000, 4000), 60_000, np.uint16
    )  # 24 MB, and some hundred bytes to some kilobytes of each file
    blanks = np.stack([blank, blank])
    three = (("a.high.raw", dual[0]), ("a.low.raw", dual[1]), ("a.mat.raw", grey))
    return {
        "tiff": _scans(
            _tiff(dual),
            _tiff(dual, bigtiff=True, rowsperstrip=5),
            _tiff(dual, tile=(16, 16)),
            *(_tiff(dual, compression=c, predictor=True, rowsperstrip=7) for c in ("zlib", "lzw", "zstd")),
            *(_tiff(dual, compression=c) for c in ("packbits", "lzma", "jpeg2000")),
            *(_tiff(blanks, compression=c, rowsperstrip=2000) for c in ("zlib", "zstd")),
        ),
        "png": _scans(*(imagecodecs.png_encode(image) for image in (dual[0], grey, rgb, pixels, blank))),
        "jpeg": _scans(
            *(
                imagecodecs.jpeg8_encode(image, level=85)
                for image in (grey, rgb, (blank >> 8).astype(np.uint8))
            )
        ),
        "jpeg2000": _scans(
            *(
                imagecodecs.jpeg2k_encode(image, level=0, reversible=True, codecformat=kind)
                for image in (dual[0], pixels, rgb)
                for kind in ("jp2", "j2k")
            ),
            imagecodecs.jpeg2k_encode(dual[0], level=40, codecformat="j2k"),
            imagecodecs.jpeg2k_encode(blank[:, :1000], level=0, reversible=True, codecformat="j2k"),
        ),
        "jpegls": _scans(
            *(imagecodecs.jpegls_encode(image) for image in (dual[0], grey, rgb, blank)),
            imagecodecs.jpegls_encode(dual[0], level=2),
        ),
        "npy": _scans(*(_npy(image) for image in (dual, np.asfortranarray(dual), dual.astype(">u2"), grey))),
        "dicos": tuple(
            Seed(ScanFiles((ScanPart("a.dcm", dicos(dual, syntax, **said)),)), frames)
            for syntax in (NATIVE | COMPRESSED).values()
        )
        + tuple(
            Seed(ScanFiles((ScanPart("a.dcm", dicos(blanks, syntax, **said | long)),)), frames)
            for syntax, long in (
                (DEFLATED, {}),
                (DEFLATED, {"EncapsulatedDocument": bytes(12_000_000)}),
                (JPEG_LS, {}),
            )
        ),
        "raw": (
            Seed(ScanFiles((ScanPart("a.img", im_portrait(dual[0])),)), of_raw["raw_im_portrait"]),
            Seed(
                ScanFiles(tuple(ScanPart(name, big_endian(image)) for name, image in three)),
                of_raw["raw_three_files"],
            ),
        ),
    }


@cache
def fingerprint(decoder: str) -> str:
    """Changes with the valid files, which a new version of a codec may write otherwise, and with this module."""
    hashed = hashlib.sha256(Path(__file__).read_bytes())
    for seed in seeds()[decoder]:
        hashed.update(seed.files.sha256.encode())
    return hashed.hexdigest()[:12]


def mutant(decoder: str, number: int) -> Seed:
    """The scan of that number, one of its files changed."""
    rng = np.random.default_rng([SEED, zlib.crc32(decoder.encode()), number])
    of_decoder = seeds()[decoder]
    files, delivery = of_decoder[number % len(of_decoder)]
    parts = list(files.images)
    which = int(rng.integers(len(parts)))
    parts[which] = ScanPart(parts[which].name, _changed(parts[which].data, rng))
    return Seed(replace(files, images=tuple(parts)), delivery)


def outcome(pool: DecodePool, scan: Seed) -> Outcome:
    """What becomes of a scan in a pool of one process. Whatever else is raised is a defect of the decoder."""
    try:
        raw = pool.decode(scan.files, LIMITS, scan.delivery)
    except InputError as error:
        return Outcome(_ending_of(error.detail), error.code, _peak_bytes(pool))
    assert raw.pixels.ndim == 3
    assert raw.pixels.dtype in (np.uint8, np.uint16)
    assert raw.pixels.nbytes < LIMITS.max_bytes
    return Outcome("read", "", _peak_bytes(pool))


def arrive(files: ScanFiles, limits: Limits, delivery: Delivery | None = None) -> RawScan:
    """What the service does with the files of a scan itself, for a process that is allowed `ON_ARRIVAL`."""
    name = delivery.name if delivery is not None else None
    sidecar_reader({name: delivery} if name and delivery else {})(files, name)
    views_of(files, {"views": VIEWS}, "views", limits)
    for part in files.images:
        look_at(part.name, part.data, limits)
    return RawScan(np.zeros((1, 1, 1), np.uint8), "grey", "none", "", Sidecar())


def _ending_of(detail: str) -> Ending:
    words: dict[str, Ending] = {
        "did not come to an end": "stopped",
        "of memory that it may have": "no memory",
        "not enough memory": "no memory",
        "want of memory": "no memory",
        "the decoder crashed": "crashed",
    }
    return next((ending for said, ending in words.items() if said in detail), "refused")


def _peak_bytes(pool: DecodePool) -> int:
    """The most memory its process has had; 0 for one that has just been replaced."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pool.pids[0]}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _changed(data: bytes, rng: np.random.Generator) -> bytes:
    """One to four changes; what has checksums mostly gets right ones, so that more than these is tried."""
    changed = bytearray(data)
    while bytes(changed) == data:
        for _ in range(int(rng.choice([1, 1, 1, 2, 3, 4]))):
            _CHANGES[int(rng.integers(len(_CHANGES)))](changed, rng)
    repaired = _with_right_checksums(bytes(changed)) if rng.random() < 0.8 else bytes(changed)
    return repaired or b"\0"


def _place(data: bytearray, rng: np.random.Generator) -> int:
    end = len(data) if rng.random() < 0.5 else min(_HEAD_BYTES, len(data))
    return int(rng.integers(end)) if end else 0


def _flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.choice([1, 1, 2, 8]))):
        if data:
            data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _cut_off(data: bytearray, rng: np.random.Generator) -> None:
    del data[_place(data, rng) :]


def _take_out(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 120))]


def _insert(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at:at] = rng.bytes(int(rng.integers(1, 60)))


def _repeat(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + int(rng.integers(1, 400))] * int(rng.integers(1, 30))


def _blow_up(data: bytearray, rng: np.random.Generator) -> None:
    """A number of 1 to 8 bytes becomes one at the end of its range, or one that is some times larger."""
    size = int(rng.choice([1, 2, 4, 8]))
    at = _place(data, rng)
    order: Literal["little", "big"] = "big" if rng.random() < 0.5 else "little"
    largest = (1 << 8 * size) - 1
    was = int.from_bytes(data[at : at + size], order)
    values = (0, 1, largest, largest >> 1, (largest >> 1) + 1, was + 1, was * 2, was << 8, was * 1000)
    value = values[int(rng.integers(len(values)))] & largest
    data[at : at + size] = value.to_bytes(size, order)


_CHANGES: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    _flip_bits,
    _flip_bits,
    _cut_off,
    _take_out,
    _insert,
    _repeat,
    _blow_up,
    _blow_up,
)


def _with_right_checksums(data: bytes) -> bytes:
    """The chunks of a PNG, as far as there are some."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    repaired, position = bytearray(data), 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            break
        struct.pack_into(">I", repaired, end, zlib.crc32(data[position + 4 : end]))
        position = end + 4
    return bytes(repaired)


def _scans(*files: bytes) -> tuple[Seed, ...]:
    return tuple(Seed(ScanFiles((ScanPart("a", data),))) for data in files)


def _tiff(image: Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, bigtiff=options.pop("bigtiff", False)) as writer:
        for page in image:
            writer.write(page, photometric="minisblack", metadata=None, **options)
    return buffer.getvalue()


def _npy(image: Image) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, image, allow_pickle=False)
    return buffer.getvalue()
