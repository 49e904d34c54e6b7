"""DICOS files made for tests with pydicom and imagecodecs, in every transfer syntax that is read."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.pixels.encoders import RLELosslessEncoder

from tallyscan.acquire.dicos_dictionary import prepare_pydicom

Image = NDArray[Any]
CONTAINER = "CSQU3054383"
FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.501.2.2"
V03_CHILD = "1.2.840.10008.5.1.4.1.1.501.2.2.3"
MADE_UP_UID = "0838927438.02980.077.1"
_JPEG = "1.2.840.10008.1.2.4."
IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)
RLE = "1.2.840.10008.1.2.5"
LOSSLESS_SV1, LOSSLESS, BASELINE = _JPEG + "70", _JPEG + "57", _JPEG + "50"
JPEG_LS, JPEG_2000 = _JPEG + "80", _JPEG + "90"
NATIVE = {"implicit": IMPLICIT, "explicit": EXPLICIT, "big-endian": BIG, "deflated": DEFLATED}
COMPRESSED = {
    "RLE": RLE,
    "JPEG lossless SV1": LOSSLESS_SV1,
    "JPEG lossless": LOSSLESS,
    "JPEG-LS": JPEG_LS,
    "JPEG 2000": JPEG_2000,
}


def rle(frame: Image, bits: int) -> bytes:
    return RLELosslessEncoder.encode(
        frame,
        rows=frame.shape[0],
        columns=frame.shape[1],
        number_of_frames=1,
        samples_per_pixel=1 if frame.ndim == 2 else 3,
        planar_configuration=0,
        bits_allocated=8 * frame.itemsize,
        bits_stored=bits,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2" if frame.ndim == 2 else "RGB",
    )


CODERS: dict[str, Callable[[Image, int], bytes]] = {
    RLE: rle,
    LOSSLESS_SV1: lambda frame, bits: imagecodecs.jpeg8_encode(frame, lossless=True, predictor=1, bitspersample=bits),
    LOSSLESS: lambda frame, bits: imagecodecs.jpeg8_encode(frame, lossless=True, predictor=4, bitspersample=bits),
    BASELINE: lambda frame, _: imagecodecs.jpeg8_encode(frame, level=90),
    JPEG_LS: lambda frame, _: imagecodecs.jpegls_encode(frame),
    JPEG_2000: lambda frame, bits: imagecodecs.jpeg2k_encode(
        frame, level=0, reversible=True, codecformat="j2k", bitspersample=bits
    ),
}  # fmt: skip


def elements(image: Image, *, bits: int | None = None, **more: Any) -> Dataset:
    """The data set of an image (frame, row, column) or (row, column), without its pixels.

    `more` are elements by keyword; None takes one away.
    """
    prepare_pydicom()
    frames = image if image.ndim == 3 else image[np.newaxis]
    depth = bits or 8 * image.itemsize
    said: dict[str, Any] = {
        "SOPClassUID": FOR_PROCESSING,
        "SOPInstanceUID": MADE_UP_UID,
        "StudyInstanceUID": MADE_UP_UID,
        "Modality": "XRAY",
        "Manufacturer": "Tallyscan tests",
        "ManufacturerModelName": "Gate 6",
        "StationName": "gate-1",
        "AcquisitionDate": "20260201",
        "AcquisitionTime": "100000.25",
        "TimezoneOffsetFromUTC": "+0100",
        "PatientID": CONTAINER,
        "OOIType": "CARGO",
        "KVP": "6000",
        "PixelSpacing": [5.5, 4.5],
        "PixelIntensityRelationship": "LIN",
        "Rows": frames.shape[1],
        "Columns": frames.shape[2],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8 * image.itemsize,
        "BitsStored": depth,
        "HighBit": depth - 1,
        "PixelRepresentation": int(image.dtype.kind == "i"),
        **({"NumberOfFrames": len(frames)} if len(frames) > 1 else {}),
        **more,
    }
    data_set = Dataset()
    for keyword, value in said.items():
        if value is not None:
            setattr(data_set, keyword, value)
    return data_set


def dicos(image: Image, syntax: str = EXPLICIT, *, bits: int | None = None, **more: Any) -> bytes:
    """A DICOS DX file of an image (frame, row, column) or (row, column)."""
    return file_of(elements(image, bits=bits, **more), image, syntax, bits)


def file_of(data_set: Dataset, image: Image, syntax: str = EXPLICIT, bits: int | None = None) -> bytes:
    """The file of a data set; the pixels are coded as the transfer syntax says."""
    grey = data_set.get("SamplesPerPixel", 1) == 1
    frames = [image] if image.ndim == 2 or not grey else list(image)
    if syntax in CODERS:
        data_set.PixelData = encapsulate(
            [CODERS[syntax](frame, bits or 8 * image.itemsize) for frame in frames]
        )
        data_set["PixelData"].VR = "OB"
        data_set["PixelData"].is_undefined_length = True
    else:
        order = ">" if syntax == BIG else "<"
        pixels = image.astype(image.dtype.newbyteorder(order)).tobytes()
        data_set.PixelData = pixels + b"\0" * (len(pixels) % 2)
        data_set["PixelData"].VR = "OW" if image.itemsize == 2 else "OB"
    return part_10(data_set, syntax)


def part_10(data_set: Dataset, syntax: str) -> bytes:
    """A DICOM Part 10 file, its UIDs unquestioned."""
    mode, config.settings.writing_validation_mode = config.settings.writing_validation_mode, config.IGNORE
    try:
        body = DicomBytesIO()
        body.is_little_endian, body.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
        write_dataset(body, data_set)
        meta = FileMetaDataset()
        meta.add_new(0x00020004, "CS", "V03")
        meta.TransferSyntaxUID = syntax
        head = io.BytesIO()
        write_file_meta_info(head, meta, enforce_standard=False)
    finally:
        config.settings.writing_validation_mode = mode
    data = body.getvalue()
    if syntax == DEFLATED:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = deflater.compress(data) + deflater.flush()
    return b"\0" * 128 + b"DICM" + head.getvalue() + data


def deflated(body: bytes) -> bytes:
    """A file whose deflated data set has these bytes, little endian and explicit."""
    empty = part_10(Dataset(), DEFLATED)
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    meta = empty[: empty.index(DEFLATED.encode()) + len(DEFLATED)]
    return meta + deflater.compress(body) + deflater.flush()


def raw_element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """An explicit little-endian element, its length as it is said to be."""
    said = len(value) if length is None else length
    long = vr in (b"OB", b"OW", b"SQ", b"UN", b"UT")
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    return head + (b"\0\0" + struct.pack("<I", said) if long else struct.pack("<H", said)) + value
