"""The frames of a DICOM image, exactly as they are stored, whichever way they are compressed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames

from tallyscan.acquire.dicos_file import DAMAGE, DicosFile
from tallyscan.acquire.dicos_structure import DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tallyscan.acquire.jpeg_2000_file import jpeg_2000_of
from tallyscan.acquire.jpeg_ls_header import jpeg_ls_frame
from tallyscan.acquire.jpeg_segments import complete_frame
from tallyscan.acquire.limits import MAX_COMPRESSION_RATIO, UNBOUNDED_RATIO, Limits
from tallyscan.acquire.pixel_memory import new_pixels
from tallyscan.errors import CorruptScan, UnsupportedFormat

MAX_FRAMES = 4
_NATIVE = {IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED}
_JPEG = "1.2.840.10008.1.2.4."
_RLE = "1.2.840.10008.1.2.5"
_BASELINE, _LOSSLESS, _LOSSLESS_SV1 = _JPEG + "50", _JPEG + "57", _JPEG + "70"
_JPEG_LS, _JPEG_LS_NEAR, _JPEG_2000_LOSSLESS, _JPEG_2000 = (_JPEG + n for n in ("80", "81", "90", "91"))
_BOUNDLESS = {_JPEG_LS, _JPEG_LS_NEAR, _JPEG_2000_LOSSLESS, _JPEG_2000}
LOSSY = {_BASELINE, _JPEG_LS_NEAR, _JPEG_2000}


class Shape(NamedTuple):
    """What the header says of the image; `bits` are those that count of a sample."""

    frames: int
    rows: int
    columns: int
    samples: int
    dtype: np.dtype[Any]
    bits: int
    signed: bool
    planar: bool


def shape_of(file: DicosFile, limits: Limits) -> Shape:
    """The size, checked before anything is decoded. Raises `CorruptScan`, `TooLarge` or `UnsupportedFormat`."""
    frames, samples = file.whole("NumberOfFrames", 1), file.whole("SamplesPerPixel", 1)
    rows, columns = file.whole("Rows"), file.whole("Columns")
    allocated = file.whole("BitsAllocated")
    bits = file.whole("BitsStored", allocated)
    sample_bytes = max(allocated // 8, 1)
    ratio = UNBOUNDED_RATIO if file.structure.transfer_syntax in _BOUNDLESS else MAX_COMPRESSION_RATIO
    limits.check_image(
        columns, rows, max(frames, 0) * max(samples, 0), sample_bytes, len(file.structure.body), ratio
    )
    signed = file.whole("PixelRepresentation", 0)
    if (
        allocated not in (8, 16)
        or not 8 <= bits <= allocated
        or file.whole("HighBit", bits - 1) != bits - 1
        or signed not in (0, 1)
    ):
        raise UnsupportedFormat(
            f"{file.name}: {bits} bits stored in {allocated} are not supported.",
            remedy="Write 8 to 16 bits, the highest bit next to what is left over.",
        )
    if samples not in (1, 3) or (samples == 3 and frames != 1) or frames > MAX_FRAMES:
        raise UnsupportedFormat(
            f"{file.name}: {frames} frames of {samples} samples a pixel are no scan that is known.",
            remedy=f"Write one scan in a file: up to {MAX_FRAMES} grey frames, or one of RGB.",
        )
    planar = samples > 1 and file.whole("PlanarConfiguration", 0) == 1
    dtype = np.dtype(np.uint8 if allocated == 8 else np.uint16)
    return Shape(frames, rows, columns, samples, dtype, bits, bool(signed), planar)


def stored_pixels(file: DicosFile, shape: Shape, wanted: Sequence[int] = (0,)) -> NDArray[Any]:
    """(channel, rows, columns) of the wanted frames in native byte order, as it is stored; signed samples as int8 or
    int16.

    Raises `CorruptScan` or `UnsupportedFormat`.
    """
    syntax = file.structure.transfer_syntax
    if syntax in _NATIVE:
        pixels = _native(file, shape, wanted)
    elif syntax in _DECODERS:
        coded = _coded_frames(file, shape)
        frames = [_decoded(file, shape, coded[number]) for number in wanted]
        pixels = frames[0] if len(frames) == 1 else np.concatenate(frames)
    else:
        raise UnsupportedFormat(
            f"{file.name}: the transfer syntax {syntax[:64]} is not supported.",
            remedy="Send it uncompressed, or as RLE, JPEG lossless, JPEG-LS or JPEG 2000.",
        )
    if shape.signed:
        spare = 8 * shape.dtype.itemsize - shape.bits
        return pixels.view(np.dtype(f"i{shape.dtype.itemsize}")) << spare >> spare
    if shape.bits < 8 * shape.dtype.itemsize and int(pixels.max()) >> shape.bits:
        raise CorruptScan(
            f"{file.name}: a pixel has {int(pixels.max())}, more than its {shape.bits} bits can hold.",
            remedy="Export the scan again.",
        )
    return pixels


def _native(file: DicosFile, shape: Shape, wanted: Sequence[int]) -> NDArray[Any]:
    where = file.structure.pixels
    samples = shape.frames * shape.rows * shape.columns * shape.samples
    promised = samples * shape.dtype.itemsize
    there = 0 if where is None else where.stop - where.start
    if where is None or file.structure.encapsulated or there not in (promised, promised + promised % 2):
        raise CorruptScan(
            f"{file.name}: the header promises {promised} bytes of pixels, the file has {there}.",
            remedy="It is cut off or its header is wrong: send it again.",
        )
    if not file.structure.little and shape.dtype.itemsize == 1:
        raise UnsupportedFormat(
            f"{file.name}: 8-bit pixels in big-endian order are not supported.",
            remedy="Send it little-endian.",
        )
    stored = shape.dtype.newbyteorder("<" if file.structure.little else ">")
    flat = np.frombuffer(file.structure.body, stored, samples, where.start)
    if shape.samples == 1 or shape.planar:
        planes = flat.reshape(shape.frames, shape.samples, shape.rows, shape.columns)
    else:
        planes = flat.reshape(shape.frames, shape.rows, shape.columns, shape.samples).transpose(0, 3, 1, 2)
    pixels = new_pixels((len(wanted) * shape.samples, shape.rows, shape.columns), shape.dtype)
    for place, number in enumerate(wanted):
        pixels[place * shape.samples : (place + 1) * shape.samples] = planes[number]
    return pixels


def _coded_frames(file: DicosFile, shape: Shape) -> list[bytes]:
    where = file.structure.pixels
    if where is None or not file.structure.encapsulated:
        raise CorruptScan(
            f"{file.name}: the pixel data is not encapsulated, as its transfer syntax says.",
            remedy="Export the scan again.",
        )
    try:
        frames = list(generate_frames(file.structure.body[where], number_of_frames=shape.frames))
    except DAMAGE as error:
        raise _damaged(file, error) from error
    if len(frames) != shape.frames:
        raise CorruptScan(
            f"{file.name}: the header says {shape.frames} frames, the file has {len(frames)}.",
            remedy="It is cut off or its header is wrong: send it again.",
        )
    return frames


def _decoded(file: DicosFile, shape: Shape, coded: bytes) -> NDArray[Any]:
    """One frame, (sample, rows, columns). The codec is asked only after its own header has the right size."""
    try:
        frame = _DECODERS[file.structure.transfer_syntax](file.name, coded, shape)
    except (RuntimeError, ValueError) as error:  # every error of imagecodecs
        raise _damaged(file, error) from error
    planes = frame if frame.ndim == 3 else frame[np.newaxis]
    expected = (shape.samples, shape.rows, shape.columns)
    if planes.shape != expected or planes.dtype.itemsize > shape.dtype.itemsize:
        raise CorruptScan(
            f"{file.name}: a frame holds {planes.shape} of {planes.dtype}, the header says {expected}.",
            remedy="Export the scan again.",
        )
    return planes.astype(
        shape.dtype, copy=not planes.flags.writeable
    )  # signed ones wrap, and are unwrapped later


def _rle(_: str, coded: bytes, shape: Shape) -> NDArray[Any]:
    out = np.empty(shape.samples * shape.rows * shape.columns * shape.dtype.itemsize, np.uint8)
    got = imagecodecs.dicomrle_decode(coded, shape.dtype.newbyteorder("<"), out=out.data)
    if len(got) != len(out):
        raise ValueError(f"{len(got)} of {len(out)} bytes")
    little = out.view(shape.dtype.newbyteorder("<"))
    return little.reshape(shape.samples, shape.rows, shape.columns)


def _jpeg(name: str, coded: bytes, shape: Shape) -> NDArray[Any]:
    frame = complete_frame(name, coded)
    _check_size(name, shape, (frame.channels, frame.height, frame.width), frame.bits)
    return _planes(imagecodecs.jpeg8_decode(coded))


def _jpeg_ls(name: str, coded: bytes, shape: Shape) -> NDArray[Any]:
    frame = jpeg_ls_frame(name, coded)
    _check_size(name, shape, (frame.components, frame.height, frame.width), frame.bits)
    return _planes(imagecodecs.jpegls_decode(coded))


def _jpeg_2000(name: str, coded: bytes, shape: Shape) -> NDArray[Any]:
    image = jpeg_2000_of(name, coded)
    if image.signed and not shape.signed:
        raise ValueError("its samples are signed, and the header says they are not")
    _check_size(name, shape, (image.components, image.height, image.width), image.bits)
    return _planes(imagecodecs.jpeg2k_decode(coded, planar=False))


def _planes(frame: NDArray[Any]) -> NDArray[Any]:
    return frame if frame.ndim == 2 else frame.transpose(2, 0, 1)


def _check_size(name: str, shape: Shape, size: tuple[int, int, int], bits: int) -> None:
    if (
        size != (shape.samples, shape.rows, shape.columns)
        or not shape.bits <= bits <= 8 * shape.dtype.itemsize
    ):
        raise CorruptScan(
            f"{name}: a frame says {size[2]} x {size[1]} pixels of {size[0]} x {bits} bits, the header "
            f"{shape.columns} x {shape.rows} of {shape.samples} x {shape.bits}.",
            remedy="Export the scan again.",
        )


def _damaged(file: DicosFile, error: Exception) -> CorruptScan:
    return CorruptScan(
        f"{file.name}: a frame is damaged or cut off ({str(error)[:200]}).", remedy="Send the file again."
    )


_DECODERS: dict[str, Callable[[str, bytes, Shape], NDArray[Any]]] = {
    _RLE: _rle,
    **dict.fromkeys((_BASELINE, _LOSSLESS, _LOSSLESS_SV1), _jpeg),
    **dict.fromkeys((_JPEG_LS, _JPEG_LS_NEAR), _jpeg_ls),
    **dict.fromkeys((_JPEG_2000_LOSSLESS, _JPEG_2000), _jpeg_2000),
}
