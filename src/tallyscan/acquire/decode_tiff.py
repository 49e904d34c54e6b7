"""TIFF 6.0 and BigTIFF: 16-bit counts, one page or channel an energy, or an 8-bit display image."""

import io
import itertools
import struct
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire.jpeg_2000_size import codestream_size
from tallyscan.acquire.jpeg_segments import complete_frame
from tallyscan.acquire.limits import MAX_CHANNELS, MAX_COMPRESSION_RATIO, UNBOUNDED_RATIO, Limits
from tallyscan.acquire.picture import Photometric, Picture, Pixels
from tallyscan.acquire.pixel_memory import new_pixels
from tallyscan.acquire.tiff_directories import MAX_DIRECTORIES, check_directories
from tallyscan.errors import CorruptScan, TooLarge, UnsupportedFormat
from tallyscan.scan import ScanPart

FILE_FORMAT = "tiff"
_THUMBNAIL = 4  # a page so many times or more narrower and lower than the largest is no energy of it
_ALPHA = (1, 2)  # TIFF tag ExtraSamples: associated and unassociated alpha
_TILE_WIDTH = 322  # TIFF tag
_USUAL_TILE_PIXELS = 1 << 20  # a small image may lie in one tile of this size; writers pad it
_J2K_TILE_PIXELS, _J2K_FEW_TILES = 1024, 64  # OpenJPEG takes about 10 kB for each tile inside a codestream
_NONE, _JPEG = 1, 7
_JPEG_2000 = {33003, 33004, 33005, 34712}
_UNBOUNDED = {34925, 50000}  # LZMA, ZSTD
# none, LZW, JPEG, deflate (two codes), packbits, and these
_COMPRESSIONS = {_NONE, 5, _JPEG, 8, 32946, 32773} | _UNBOUNDED | _JPEG_2000
_DAMAGE = (
    RuntimeError,  # every error of imagecodecs
    ValueError,  # every error of tifffile
    IndexError,
    KeyError,
    TypeError,
    AttributeError,  # what tifffile raises on tags of nonsense
    AssertionError,  # also tifffile's
    ZeroDivisionError,
    OverflowError,
    struct.error,
)


def recognises(head: bytes) -> bool:
    """Whether these first bytes are those of a TIFF or BigTIFF file of either byte order."""
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode(part: ScanPart, limits: Limits) -> Picture:
    """Full-depth pixels of all pages of one size. Raises `CorruptScan`, `TooLarge`, `UnsupportedFormat`."""
    check_directories(part)
    try:
        with tifffile.TiffFile(io.BytesIO(part.data)) as file:
            pages = _image_pages(part, file)
            _check_headers(part, pages, limits)
            pixels = _pixels(part, pages)
            photometric = _photometric(pages[0])
    except _DAMAGE as error:
        raise CorruptScan(
            f"{part.name}: the TIFF file is damaged or cut off ({error}).", remedy="Send the file again."
        ) from error
    return Picture(pixels, photometric)


def _image_pages(part: ScanPart, file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """Pages that hold an image, not a thumbnail (not every writer marks it) or a mask of one."""
    chain = itertools.islice(file.pages, MAX_DIRECTORIES)
    there = [page for page in chain if isinstance(page, tifffile.TiffPage) and not page.is_mask]
    pages = [page for page in there if not page.is_reduced]
    if not pages:
        raise CorruptScan(f"{part.name}: the TIFF file holds no image.", remedy="Export the scan again.")
    widest, tallest = max(page.imagewidth for page in pages), max(page.imagelength for page in pages)
    _check_nothing_is_lost(part, there, (widest, tallest))
    images = [
        page
        for page in pages
        if page.imagewidth * _THUMBNAIL > widest or page.imagelength * _THUMBNAIL > tallest
    ]
    if len(images) > MAX_CHANNELS:
        raise UnsupportedFormat(
            f"{part.name}: the TIFF file has more than {MAX_CHANNELS} pages.",
            remedy="Send one scan in a file, one page an energy.",
        )
    return images


def _check_nothing_is_lost(part: ScanPart, there: list[tifffile.TiffPage], largest: tuple[int, int]) -> None:
    """Refuses an image as large as the scan where nobody looks for an energy: below a page, or as its thumbnail."""
    below = [
        image
        for page in there
        for image in itertools.islice(page.pages or (), MAX_DIRECTORIES)
        if isinstance(image, tifffile.TiffPage)
    ]
    for page in (*(page for page in there if page.is_reduced), *below):
        if (page.imagewidth, page.imagelength) == largest:
            raise UnsupportedFormat(
                f"{part.name}: the TIFF file has an image of {largest[0]} x {largest[1]} pixels below a page or marked "
                "as a reduced one: whether it is an energy of the scan is not known.",
                remedy="Write one page an energy.",
            )


def _check_headers(part: ScanPart, pages: list[tifffile.TiffPage], limits: Limits) -> None:
    """Everything that the tags can tell before a pixel is decoded."""
    first = pages[0]
    channels = sum(page.samplesperpixel for page in pages)
    sample_bytes = max((bits + 7) // 8 for page in pages for bits in _bits(page))
    for page in pages:  # each alone, because pages may lie differently
        ratio = UNBOUNDED_RATIO if int(page.compression) in _UNBOUNDED else MAX_COMPRESSION_RATIO
        limits.check_image(page.imagewidth, page.imagelength, channels, sample_bytes, len(part.data), ratio)
        _check_tile(part, page, sample_bytes, limits)
    for page in pages:
        if (page.imagewidth, page.imagelength, page.dtype) != (
            first.imagewidth,
            first.imagelength,
            first.dtype,
        ):
            raise CorruptScan(
                f"{part.name}: page 1 has {first.imagewidth} x {first.imagelength} pixels ({first.dtype}), "
                f"page {pages.index(page) + 1} has {page.imagewidth} x {page.imagelength} ({page.dtype}).",
                remedy="Both energies of a scan must have the same size.",
            )
        _check_kind(part, page)
        _check_segments(part, page)
    if len({_photometric(page) for page in pages}) > 1:
        raise UnsupportedFormat(
            f"{part.name}: white is zero in one page, and black in another.",
            remedy="Write both energies alike.",
        )
    if (len(pages) > 1 and _photometric(first) == "rgb") or channels > MAX_CHANNELS:
        raise UnsupportedFormat(
            f"{part.name}: {len(pages)} pages of {first.samplesperpixel} channels are no scan that is known.",
            remedy="Write one grey page an energy.",
        )


def _check_tile(part: ScanPart, page: tifffile.TiffPage, sample_bytes: int, limits: Limits) -> None:
    """Refuses strips without rows, and tiles far larger than the image: tifffile takes memory for a whole one."""
    if _TILE_WIDTH not in page.tags:
        if page.rowsperstrip < 1:
            raise CorruptScan(f"{part.name}: its strips have no rows.", remedy="Export the scan again.")
        return
    depth = page.tiledepth * page.samplesperpixel
    limits.check_image(page.tilewidth, page.tilelength, depth, sample_bytes, len(part.data))
    image = page.imagewidth * page.imagelength
    if page.tilewidth * page.tilelength > max(4 * image, _USUAL_TILE_PIXELS):
        raise CorruptScan(
            f"{part.name}: the header says tiles of {page.tilewidth} x {page.tilelength} pixels "
            f"in an image of {page.imagewidth} x {page.imagelength}.",
            remedy="Export the scan again.",
        )


def _bits(page: tifffile.TiffPage) -> tuple[int, ...]:
    bits = page.bitspersample
    return tuple(bits) if isinstance(bits, tuple) else (int(bits),)


def _check_kind(part: ScanPart, page: tifffile.TiffPage) -> None:
    if page.dtype not in (np.uint8, np.uint16) or min(_bits(page)) < 8:
        raise UnsupportedFormat(
            f"{part.name}: pixels of {min(_bits(page))} bits (type {page.dtype}) are not supported.",
            remedy="Write unsigned 8-bit or 16-bit integers.",
        )
    colours = (0, 1, 2, 6) if int(page.compression) == _JPEG else (0, 1, 2)
    if int(page.photometric) not in colours or page.imagedepth != 1:
        raise UnsupportedFormat(
            f"{part.name}: a TIFF with photometric interpretation {int(page.photometric)} is not supported.",
            remedy="Write grey (MinIsBlack or MinIsWhite) or RGB.",
        )
    if int(page.compression) not in _COMPRESSIONS:
        raise UnsupportedFormat(
            f"{part.name}: TIFF compression {int(page.compression)} is not supported.",
            remedy="Write it uncompressed or with deflate, LZW or ZSTD.",
        )


def _check_segments(part: ScanPart, page: tifffile.TiffPage) -> None:
    """Every strip or tile lies in the file: tifffile would fill what is missing with zeros."""
    expected = int(np.prod(page.chunked))
    offsets, counts = page.dataoffsets, page.databytecounts
    if len(offsets) < expected or len(counts) < expected:
        raise CorruptScan(
            f"{part.name}: the file lists {min(len(offsets), len(counts))} of {expected} strips or tiles.",
            remedy="It is cut off or its header is wrong: send it again.",
        )
    for offset, count in zip(offsets[:expected], counts[:expected], strict=True):
        if offset <= 0 or count <= 0 or offset + count > len(part.data):
            raise CorruptScan(
                f"{part.name}: a strip or tile lies outside the file, which has {len(part.data)} bytes.",
                remedy="It is cut off: send it again.",
            )
        if int(page.compression) == _JPEG or int(page.compression) in _JPEG_2000:
            _check_coded_image(part, page, part.data[offset : offset + count])


def _check_coded_image(part: ScanPart, page: tifffile.TiffPage, segment: bytes) -> None:
    """Compressions that carry a size of their own must not carry a larger one than the page."""
    if int(page.compression) == _JPEG:
        frame = complete_frame(part.name, segment)
        width, height, components, tiles = frame.width, frame.height, frame.channels, 1
    else:
        width, height, components, tiles = codestream_size(part.name, segment)
    if (
        width > max(page.imagewidth, page.tilewidth)
        or height > max(page.imagelength, page.tilelength)
        or components > page.samplesperpixel
        or tiles > _J2K_FEW_TILES + width * height // _J2K_TILE_PIXELS
    ):
        raise TooLarge(
            f"{part.name}: a strip or tile says it has {width} x {height} pixels in {components} channels "
            f"and {tiles} pieces, more than its page.",
            remedy="Export the scan again.",
        )


def _photometric(page: tifffile.TiffPage) -> Photometric:
    if int(page.photometric) in (2, 6):
        return "rgb"
    return "inverted" if int(page.photometric) == 0 else "grey"


def _pixels(part: ScanPart, pages: list[tifffile.TiffPage]) -> Pixels:
    """(channel, height, width) in native byte order, without alpha; each value is copied once after it is decoded."""
    height, width, dtype = (
        pages[0].imagelength,
        pages[0].imagewidth,
        np.dtype(f"u{(_bits(pages[0])[0] + 7) // 8}"),
    )
    if not any(page.is_final or page.samplesperpixel > 1 for page in pages):
        pixels: Pixels = new_pixels((len(pages), height, width), dtype)
        for page, channel in zip(pages, pixels, strict=True):
            page.asarray(out=channel)
        return pixels
    images = [_image(part, page) for page in pages]
    pixels = new_pixels((sum(len(image) for image in images), height, width), dtype)
    return np.concatenate(images, out=pixels)


def _image(part: ScanPart, page: tifffile.TiffPage) -> NDArray[Any]:
    """The channels of one page; where it lies in the file as it is, a view of the bytes."""
    if page.is_final:
        kind = f"{page.parent.byteorder}u{_bits(page)[0] // 8}"
        count = int(np.prod(page.shaped, dtype=np.int64))
        stored = np.frombuffer(part.data, kind, count, page.dataoffsets[0]).reshape(page.shaped)
    else:
        stored = page.asarray(squeeze=False)  # (plane, depth, y, x, sample)
    image = stored[:, 0].transpose(0, 3, 1, 2).reshape(-1, page.imagelength, page.imagewidth)
    extra = [int(kind) for kind in page.extrasamples]
    colours = len(image) - len(extra)
    kept = list(range(colours)) + [colours + i for i, kind in enumerate(extra) if kind not in _ALPHA]
    return image if len(kept) == len(image) else image[kept]
