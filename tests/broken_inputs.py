"""Broken inputs, made in memory: what the command line and the service must each end with a clear reason.

`broken_inputs()` gives them by name, each with the status and the code that are right for it.
"""

import io
import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.scan import ScanFiles, ScanPart
from tests.acquire.raw_files import im_portrait

Image = NDArray[Any]
SIDECAR: dict[str, Any] = {
    "scanner": "tallyscan_simulator",
    "energies_mv": [6.0, 4.0],
    "air_level": [52_000.0, 50_000.0],
    "pitch_mm": {"x": 5.0, "y": 5.0},
}
DECLARATION: dict[str, Any] = {
    "LRN": "L-BROKEN-1",
    "transportEquipment": [{"containerIdentificationNumber": "MSKU9070323"}],
    "goodsItems": [{"goodsItemNumber": 1, "descriptionOfGoods": "Furniture parts", "grossMass": 12000.0}],
}


@dataclass(frozen=True)
class BrokenInput:
    """One input and how it must end.

    `status` is that of its reading. `codes` are those that its reason may have: of the error when it is
    rejected, of the quality when it is not readable; `invalid_declaration` when the declaration is broken
    and the scan itself can be read.
    """

    files: ScanFiles
    status: str
    codes: frozenset[str]
    extensions: tuple[str, ...]

    def named_files(self, stem: str) -> dict[str, bytes]:
        """The bytes by the file names under which a folder or the command line finds them."""
        middles = (".high", ".low") if len(self.files.images) == 2 else ("",)
        named = {
            f"{stem}{middle}{extension}": part.data
            for middle, extension, part in zip(middles, self.extensions, self.files.images, strict=True)
        }
        if self.files.sidecar is not None:
            named[f"{stem}.json"] = self.files.sidecar
        if self.files.declaration is not None:
            named[f"{stem}.declaration.json"] = self.files.declaration
        return named


def scene(height: int = 240, width: int = 480, channels: int = 2, seed: int = 5) -> Image:
    """Counts (channel, height, width) of something like a loaded box under open air, for dual energy."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    attenuation = np.where(rows > height // 4, 0.1 + 1.5 * (columns > width // 3) * (rows > height // 2), 0.0)
    attenuation = attenuation + 3.0 * (rows > height * 9 // 10)
    levels = [52_000.0, 50_000.0][:channels]
    images = [
        np.exp(-attenuation * factor) * level for level, factor in zip(levels, (1.0, 1.17), strict=False)
    ]
    noise = rng.normal(0, 150, (channels, height, width))
    return np.clip(np.stack(images) + noise, 0, 65_535).astype(np.uint16)


def tiff(image: Image, **options: Any) -> bytes:
    """One page a channel."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in image:
            writer.write(page, photometric="minisblack", metadata=None, **options)
    return buffer.getvalue()


def with_tags(data: bytes, values: dict[int, int]) -> bytes:
    """A TIFF file whose pages say something else: one 32-bit value a tag, negative ones signed."""
    changed = bytearray(data)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for page in file.pages:
            for tag, value in values.items():
                entry = page.tags[tag].offset
                kind = struct.pack("<HIi", 9, 1, value) if value < 0 else struct.pack("<HII", 4, 1, value)
                changed[entry + 2 : entry + 12] = kind
    return bytes(changed)


def good_scan() -> ScanFiles:
    """What must still be read after every broken input."""
    return _files(tiff(scene()), sidecar=SIDECAR)


def broken_inputs() -> dict[str, BrokenInput]:
    """All of them by name."""
    return {**_broken_images(), **_wrong_sidecars(), **_wrong_declarations(), **_unreadable_scans()}


def _files(
    *images: bytes, sidecar: dict[str, Any] | bytes | None = None, declaration: bytes | None = None
) -> ScanFiles:
    coded = json.dumps(sidecar).encode() if isinstance(sidecar, dict) else sidecar
    parts = tuple(ScanPart(f"scan-{number}", data) for number, data in enumerate(images))
    return ScanFiles(parts, coded, declaration)


def _rejected(
    extension: str, data: bytes, *codes: str, sidecar: dict[str, Any] | bytes | None = None
) -> BrokenInput:
    return BrokenInput(_files(data, sidecar=sidecar), "rejected", frozenset(codes), (extension,))


def _broken_images() -> dict[str, BrokenInput]:
    dual = scene()
    grey = (dual[0] >> 8).astype(np.uint8)
    plain, packed = tiff(dual), tiff(dual, compression="zlib", predictor=True)
    tiled = tiff(dual, tile=(64, 64), compression="lzw")
    png, jpeg = imagecodecs.png_encode(dual[0]), imagecodecs.jpeg_encode(grey, level=90)
    colour = imagecodecs.jpeg_encode(np.dstack([grey] * 3), level=80)
    cut = {
        f"{name}, cut after {share:.0%}": _rejected(extension, data[: int(len(data) * share)], "corrupt_scan")
        for name, extension, data in (
            ("plain TIFF", ".tif", plain),
            ("compressed TIFF", ".tif", packed),
            ("tiled TIFF", ".tif", tiled),
            ("PNG", ".png", png),
            ("JPEG", ".jpg", jpeg),
            ("colour JPEG", ".jpg", colour),
            ("raw", ".img", im_portrait(dual[0])),
        )
        for share in (0.01, 0.5, 0.98)
    }
    first_page = len(tiff(dual[:1]))
    damaged = bytearray(packed)
    damaged[len(packed) // 2 : len(packed) // 2 + 500] = b"\x55" * 500
    other = {
        "empty file": _rejected(".tif", b"", "unsupported_format"),
        "zeros": _rejected(".tif", bytes(5000), "unsupported_format"),
        "text": _rejected(".txt", b"This is not an image.\n" * 50, "unsupported_format"),
        "HTML page": _rejected(".jpg", b"<!doctype html><html><body>403</body></html>", "unsupported_format"),
        "ZIP archive": _rejected(".png", b"PK\x03\x04\x14\0\0\0" + bytes(200), "unsupported_format"),
        "PDF": _rejected(".tif", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(200), "unsupported_format"),
        "JPEG, half of it, closed again": _rejected(
            ".jpg", jpeg[: len(jpeg) // 2].rstrip(b"\xff") + b"\xff\xd9", "corrupt_scan"
        ),
        "TIFF cut between its two energies": _rejected(".tif", plain[:first_page], "corrupt_scan"),
        "GIF": _rejected(".jpg", b"GIF89a" + bytes(100), "unsupported_format"),
        "TIFF with its first byte wrong": _rejected(".tif", b"X" + plain[1:], "unsupported_format"),
        "TIFF magic alone": _rejected(".tif", b"II*\0", "corrupt_scan"),
        "JPEG magic alone": _rejected(".jpg", b"\xff\xd8\xff\xe0", "corrupt_scan"),
        "PNG magic alone": _rejected(".png", png[:8], "corrupt_scan"),
        "compressed TIFF with bytes overwritten": _rejected(".tif", bytes(damaged), "corrupt_scan"),
        "TIFF of 32-bit floats": _rejected(".tif", tiff(dual.astype(np.float32)), "unsupported_format"),
        "TIFF of 32-bit integers": _rejected(".tif", tiff(dual.astype(np.uint32)), "unsupported_format"),
        "TIFF of nine pages": _rejected(".tif", tiff(np.repeat(dual, 5, axis=0)[:9]), "unsupported_format"),
        "TIFF with pages of two sizes": _rejected(".tif", _pages(dual[0], dual[1, :-1]), "corrupt_scan"),
        "TIFF says 40000 x 20000": _rejected(".tif", _tiff_saying(packed, 40_000, 20_000), "too_large"),
        "TIFF says 9000 x 9000": _rejected(".tif", _tiff_saying(packed, 9_000, 9_000), "corrupt_scan"),
        "TIFF says no width": _rejected(".tif", _tiff_saying(packed, 0, 240), "corrupt_scan"),
        "TIFF says tiles of no width": _rejected(".tif", with_tags(tiled, {322: 0}), "corrupt_scan"),
        "TIFF says tiles of 4000 x 4000": _rejected(
            ".tif", with_tags(tiled, {322: 4_000, 323: 4_000}), "corrupt_scan"
        ),
        "TIFF says strips of no rows": _rejected(".tif", with_tags(packed, {278: 0}), "corrupt_scan"),
        "TIFF says a strip behind its end": _rejected(
            ".tif", with_tags(plain, {273: len(plain)}), "corrupt_scan"
        ),
        "TIFF says 60000 channels": _rejected(
            ".tif", with_tags(plain, {277: 60_000}), "too_large", "corrupt_scan"
        ),
        "PNG says 40000 x 20000": _rejected(".png", _png_saying(png, 40_000, 20_000), "too_large"),
        "PNG says one row more": _rejected(".png", _png_saying(png, 480, 241), "corrupt_scan"),
        "JPEG says 40000 x 20000": _rejected(".jpg", _jpeg_saying(jpeg, 40_000, 20_000), "too_large"),
        "JPEG says no height": _rejected(".jpg", _jpeg_saying(jpeg, 480, 0), "corrupt_scan"),
        "pair of different shape": BrokenInput(
            _files(imagecodecs.png_encode(dual[0]), imagecodecs.png_encode(dual[1, :-7]), sidecar=SIDECAR),
            "rejected",
            frozenset({"corrupt_scan"}),
            (".png", ".png"),
        ),
        "pair of different depth": BrokenInput(
            _files(imagecodecs.png_encode(dual[0]), imagecodecs.png_encode(grey), sidecar=SIDECAR),
            "rejected",
            frozenset({"corrupt_scan"}),
            (".png", ".png"),
        ),
    }
    return {**cut, **other}


def _wrong_sidecars() -> dict[str, BrokenInput]:
    dual, single = tiff(scene()), tiff(scene(channels=1))
    jpeg = imagecodecs.jpeg_encode((scene()[0] >> 8).astype(np.uint8), level=90)
    invalid: dict[str, dict[str, Any] | bytes] = {
        "is no JSON": b"{scanner: eagle",
        "is cut off": json.dumps(SIDECAR).encode()[:-9],
        "is empty": b"",
        "is not UTF-8": b'{"scanner": "\xff\xfe\xe9"}',
        "is a list": b"[1, 2, 3]",
        "is XML that no profile explains": b"<Scan><Number>MSKU9070323</Number></Scan>",
        "is nested deeply": b'{"extensions": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        "has an unknown field": SIDECAR | {"colour": "grey"},
        "has a negative pitch": SIDECAR | {"pitch_mm": {"x": -5.0, "y": 5.0}},
        "has a pitch of metres": SIDECAR | {"pitch_mm": {"x": 5000.0, "y": 5.0}},
        "has words for energies": SIDECAR | {"energies_mv": ["high", "low"]},
        "has no energies at all": SIDECAR | {"energies_mv": []},
        "has NaN for air": b'{"air_level": [NaN, 50000]}',
        "has infinite air": b'{"energies_mv": [6, 4], "air_level": [Infinity, 1e999]}',
        "has a time without zone": SIDECAR | {"acquired_at": "2026-01-01T12:00:00"},
        "has a region of three": SIDECAR | {"air_region": [1, 2, 3]},
        "says 8 bits of 16-bit pixels": SIDECAR | {"full_scale": 255},
        "says 12 bits of 16-bit pixels": SIDECAR | {"full_scale": 4095},
    }
    contradicting: dict[str, tuple[bytes, dict[str, Any]]] = {
        "has three air levels for two channels": (dual, SIDECAR | {"air_level": [1e4, 2e4, 3e4]}),
        "has three dark levels for two channels": (dual, SIDECAR | {"dark_level": [10, 10, 10]}),
        "has two energies for one channel": (single, SIDECAR),
        "has an air region outside the image": (dual, SIDECAR | {"air_region": [470, 10, 40, 20]}),
        "has an air region of no size": (dual, SIDECAR | {"air_region": [10, 10, 0, 20]}),
        "gives counts to an 8-bit image": (jpeg, SIDECAR),
        "says transmission of an 8-bit image": (jpeg, {"grade": "transmission"}),
        "says 16 bits of an 8-bit image": (jpeg, {"full_scale": 65_535}),
    }
    uncalibrated: dict[str, tuple[bytes, dict[str, Any]]] = {
        "has an air region behind the cargo": (dual, SIDECAR | {"air_region": [200, 220, 200, 16]}),
        "has air far below the pixels": (dual, SIDECAR | {"air_level": [255.0, 255.0]}),
        "has more dark than air": (dual, SIDECAR | {"dark_level": [60_000.0, 60_000.0]}),
        "names a scanner that is not known": (dual, {"scanner": "acme_9000"}),
        "says transmission and no more": (dual, {"grade": "transmission"}),
    }
    return {
        **{
            f"sidecar {how}": _rejected(".tif", dual, "invalid_sidecar", sidecar=it)
            for how, it in invalid.items()
        },
        **{
            f"sidecar {how}": _rejected(
                ".jpg" if data is jpeg else ".tif", data, "invalid_sidecar", sidecar=it
            )
            for how, (data, it) in contradicting.items()
        },
        **{
            f"sidecar {how}": _rejected(".tif", data, "not_calibrated", sidecar=it)
            for how, (data, it) in uncalibrated.items()
        },
        "sidecar makes the scan kilometres long": _rejected(
            ".tif",
            tiff(np.repeat(scene(120, 400), 60, axis=2), compression="zlib"),
            "too_large",
            sidecar=SIDECAR | {"pitch_mm": {"x": 49.0, "y": 49.0}},
        ),
    }


def _wrong_declarations() -> dict[str, BrokenInput]:
    image = tiff(scene())
    item = DECLARATION["goodsItems"][0]
    wrong: dict[str, dict[str, Any] | bytes] = {
        "is no JSON": b"<declaration/>",
        "is empty": b"",
        "is cut off": json.dumps(DECLARATION).encode()[:-20],
        "is not UTF-8": b'{"LRN": "\xff\xfe"}',
        "is a number": b"42",
        "is nested deeply": b'{"extensions": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        "has no identity": {key: value for key, value in DECLARATION.items() if key != "LRN"},
        "has no transport unit": DECLARATION | {"transportEquipment": []},
        "has no goods": DECLARATION | {"goodsItems": []},
        "has goods without a word": DECLARATION | {"goodsItems": [{"goodsItemNumber": 1}]},
        "has a negative goods item number": DECLARATION | {"goodsItems": [item | {"goodsItemNumber": -1}]},
        "has words for a mass": DECLARATION | {"goodsItems": [item | {"grossMass": "a lot"}]},
        "has a mass that is no number": json.dumps(DECLARATION).replace("12000.0", "NaN").encode(),
        "has masses beyond all sums": DECLARATION
        | {"goodsItems": [item | {"goodsItemNumber": n, "grossMass": 1.7e308} for n in (1, 2)]},
        "has a mass of 1e200 kg": DECLARATION | {"goodsItems": [item | {"grossMass": 1e200}]},
        "has a total of 1e300 kg": DECLARATION | {"totalGrossMass": 1e300},
        "has an object for a list": DECLARATION | {"goodsItems": {"1": item}},
        "has an unknown field": DECLARATION | {"colour": "red"},
    }
    return {
        f"declaration {how}": BrokenInput(
            _files(
                image, sidecar=SIDECAR, declaration=it if isinstance(it, bytes) else json.dumps(it).encode()
            ),
            "read",
            frozenset({"invalid_declaration"}),
            (".tif",),
        )
        for how, it in wrong.items()
    }


def _unreadable_scans() -> dict[str, BrokenInput]:
    rng = np.random.default_rng(11)
    shape = (2, 240, 480)
    half_black = scene()
    half_black[:, :, 180:] = 0
    transmission: dict[str, tuple[Image, str]] = {
        "no beam": (rng.integers(0, 40, shape).astype(np.uint16), "black_image"),
        "only air": (np.clip(rng.normal(50_500, 150, shape), 0, 65_535).astype(np.uint16), "blank_image"),
        "one value everywhere": (np.full(shape, 30_000, np.uint16), "blank_image"),
        "zeros everywhere": (np.zeros(shape, np.uint16), "cut_scan"),
        "nothing after a third of the way": (half_black, "cut_scan"),
        "mere noise": (rng.integers(0, 50_000, shape).astype(np.uint16), "too_noisy"),
        "one pixel": (np.full((2, 1, 1), 30_000, np.uint16), "wrong_aspect"),
        "three rows": (np.tile(scene()[:, ::100][:, :3], (1, 1, 5)), "wrong_aspect"),
        "a tower": (scene(1600, 100), "wrong_aspect"),
        "a hand's breadth": (scene(240, 100), "cut_scan"),
    }
    pictures: dict[str, tuple[Image, str]] = {
        "black picture": (np.zeros((300, 700), np.uint8), "black_image"),
        "white picture": (np.full((300, 700), 255, np.uint8), "blank_image"),
        "grey picture": (np.full((300, 700), 128, np.uint8), "blank_image"),
        "picture without a bright part": ((scene()[0] >> 8).astype(np.uint8) // 5, "no_air"),
        "picture of one pixel": (np.full((1, 1), 200, np.uint8), "wrong_aspect"),
        "picture of 100000 x 3": (rng.integers(0, 256, (3, 100_000)).astype(np.uint8), "wrong_aspect"),
        "picture of noise": (rng.integers(0, 256, (300, 700)).astype(np.uint8), "too_noisy"),
    }
    clipped = np.minimum(scene().astype(np.int32) * 40, 52_000).astype(np.uint16)
    saturated = BrokenInput(
        _files(tiff(clipped), sidecar=SIDECAR | {"full_scale": 52_000}),
        "not_readable",
        frozenset({"saturated"}),
        (".tif",),
    )
    return {
        "clipped at full scale": saturated,
        **{
            name: BrokenInput(
                _files(tiff(image), sidecar=SIDECAR), "not_readable", frozenset({code}), (".tif",)
            )
            for name, (image, code) in transmission.items()
        },
        **{
            name: BrokenInput(
                _files(imagecodecs.png_encode(image)), "not_readable", frozenset({code}), (".png",)
            )
            for name, (image, code) in pictures.items()
        },
    }


def _pages(*pages: Image) -> bytes:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in pages:
            writer.write(page, photometric="minisblack", metadata=None)
    return buffer.getvalue()


def _tiff_saying(data: bytes, width: int, height: int) -> bytes:
    return with_tags(data, {256: width, 257: height})


def _png_saying(data: bytes, width: int, height: int) -> bytes:
    changed = bytearray(data)
    changed[16:24] = struct.pack(">II", width, height)
    changed[29:33] = struct.pack(">I", zlib.crc32(changed[12:29]))
    return bytes(changed)


def _jpeg_saying(data: bytes, width: int, height: int) -> bytes:
    changed = bytearray(data)
    frame = data.index(b"\xff\xc0")
    changed[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(changed)
