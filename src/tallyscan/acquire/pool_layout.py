"""How a scan lies in the memory between the service and a decoding process: its files, then its pixels.

The service believes nothing that comes back: it is JSON, read against a model, and never a pickle.
"""

import math
import pickle
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel, BeforeValidator, NonNegativeInt, PositiveInt

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.picture import Photometric
from tallyscan.acquire.pool_channel import Done, SharedMemory
from tallyscan.delivery import Delivery
from tallyscan.errors import InputError, TallyscanError
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar

NO_MEMORY = "no_memory"  # the code of a refusal for want of memory; the service knows how much was allowed
_ALIGNED = 64  # bytes at which an array may begin
_MOST_COPIES = 2  # the pixels and the material plane, each no larger than a scan may be
_MOST_JSON_BYTES = 64_000_000


class Request(NamedTuple):
    """A scan to decode."""

    files: ScanFiles
    limits: Limits
    delivery: Delivery | None


def write_request(memory: SharedMemory, request: Request) -> int:
    """Lay a scan into the memory, its bytes after its head; gives the length of the head."""
    images = request.files.images
    names = tuple((part.name, len(part.data)) for part in images)
    files = replace(request.files, images=(), declaration=None)
    head = pickle.dumps((names, request._replace(files=files)))
    mapped = memory.at_least(len(head) + sum(size for _, size in names))
    mapped[: len(head)] = head
    position = len(head)
    for part in images:
        mapped[position : position + len(part.data)] = part.data
        position += len(part.data)
    return len(head)


def read_request(memory: SharedMemory, head_bytes: int) -> Request:
    """The scan that lies in the memory."""
    mapped = memory.at_least(head_bytes)
    names, request = pickle.loads(mapped[:head_bytes])
    position, images = head_bytes, []
    mapped = memory.at_least(head_bytes + sum(size for _, size in names))
    for name, size in names:
        images.append(ScanPart(name, mapped[position : position + size]))
        position += size
    files = replace(request.files, images=tuple(images))
    vars(files)["sha256"] = ""  # the service makes it meanwhile
    decoded: Request = request._replace(files=files)
    return decoded


def _utf8(text: str) -> str:
    """Names of files that are no UTF-8 have characters that JSON cannot hold."""
    return text.encode(errors="backslashreplace").decode()


_Text = Annotated[str, BeforeValidator(_utf8)]


class Remark(BaseModel):
    """What a library logged."""

    logger: _Text
    level: int
    text: _Text


class Refusal(BaseModel):
    """The error with which decoding ended; the traceback is that of a defect."""

    code: str
    detail: _Text = ""
    remedy: _Text = ""
    traceback: _Text | None = None


class _Pixels(BaseModel):
    dtype: Literal["uint8", "uint16"]
    shape: tuple[PositiveInt, PositiveInt, PositiveInt]
    offset: NonNegativeInt


class _Material(BaseModel):
    dtype: Literal["uint8"]
    shape: tuple[PositiveInt, PositiveInt]
    offset: NonNegativeInt


class SentScan(BaseModel):
    """A `RawScan` with the places of its arrays, and without the hash, which the service makes itself."""

    pixels: _Pixels
    photometric: Photometric
    file_format: str
    sidecar: Sidecar
    material: _Material | None = None
    cautions: tuple[_Text, ...] = ()


class _Answer(BaseModel):
    scan: SentScan | None = None
    refusal: Refusal | None = None
    remarks: tuple[Remark, ...] = ()


class AnswerArrays:
    """The arrays of one answer: laid into its memory as they are made, or put there afterwards."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._offsets: dict[int, int] = {}  # by the address of the array
        self.end = 0

    def new(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Room for an array, behind those there are."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        array: NDArray[Any] = np.ndarray(shape, dtype, self._memory.at_least(self.end + size), self.end)
        self._offsets[_address(array)] = self.end
        self.end += -(-size // _ALIGNED) * _ALIGNED
        return array

    def offset_of(self, array: NDArray[Any]) -> int:
        """Where it lies; it is put there when it does not yet."""
        native = array.dtype == array.dtype.newbyteorder("=")
        if not (native and array.flags.c_contiguous and _address(array) in self._offsets):
            there = self.new(array.shape, array.dtype.newbyteorder("="))
            there[...] = array
            array = there
        return self._offsets[_address(array)]


def _address(array: NDArray[Any]) -> int:
    return int(array.ctypes.data)


def write_answer(memory: SharedMemory, refusal: Refusal, remarks: tuple[Remark, ...]) -> Done:
    """Lay into the memory why there is no raw scan."""
    return _write_json(memory, 0, _Answer(refusal=refusal, remarks=remarks))


def write_scan(
    memory: SharedMemory, scan: RawScan, arrays: AnswerArrays, remarks: tuple[Remark, ...]
) -> Done:
    """Lay the raw scan into the memory, in which some of its `arrays` may lie already."""
    fields = dict(vars(scan))
    del fields["sha256"]
    for name, array in (("pixels", scan.pixels), ("material", scan.material)):
        if array is not None:
            fields[name] = {
                "dtype": array.dtype.name, "shape": array.shape, "offset": arrays.offset_of(array)
            }  # fmt: skip
    return _write_json(memory, arrays.end, _Answer(scan=SentScan(**fields), remarks=remarks))


def _write_json(memory: SharedMemory, position: int, answer: _Answer) -> Done:
    # Unset stays unset: a sidecar that says nothing of a field differs from one that says its default.
    text = answer.model_dump_json(exclude_unset=True).encode()
    memory.at_least(position + len(text))[position : position + len(text)] = text
    return Done(position, len(text))


class Answer(NamedTuple):
    """What came back. `memory` lives as long as anything that looks at an array of the scan."""

    result: RawScan | Refusal
    remarks: tuple[Remark, ...]
    memory: NDArray[np.uint8]


def read_answer(memory: SharedMemory, done: Done, files: ScanFiles, limits: Limits) -> Answer:
    """The raw scan, its arrays where they lie, or the refusal. Raises `ValueError` when it is neither."""
    if done.json_at > _MOST_COPIES * limits.max_bytes or done.json_bytes > _MOST_JSON_BYTES:
        raise ValueError("an answer larger than any")
    mapped = memory.at_least(done.json_at + done.json_bytes)
    answer = _Answer.model_validate_json(mapped[done.json_at : done.json_at + done.json_bytes])
    held = np.frombuffer(mapped, np.uint8)
    if answer.refusal is not None:
        return Answer(answer.refusal, answer.remarks, held)
    if answer.scan is None:
        raise ValueError("no scan and no reason")
    fields = {name: getattr(answer.scan, name) for name in SentScan.model_fields}
    for name in ("pixels", "material"):
        if (place := fields[name]) is not None:
            end = place.offset + math.prod(place.shape) * np.dtype(place.dtype).itemsize
            if end > done.json_at:
                raise ValueError(f"{name} lie outside the memory")
            fields[name] = held[place.offset : end].view(place.dtype).reshape(place.shape)
    return Answer(RawScan(sha256=files.sha256, **fields), answer.remarks, held)


class DecoderDefect(Exception):
    """What a decoder raised that it should not; the traceback of the other process is its note."""


def error_of(refusal: Refusal) -> Exception:
    """The error again: an `InputError` of the same class as in the decoder; all else is a defect."""
    if refusal.traceback is not None:
        defect = DecoderDefect(refusal.detail)
        defect.add_note(refusal.traceback)
        return defect
    kinds: tuple[type[TallyscanError], ...] = (InputError, *InputError.__subclasses__())
    kind = next((kind for kind in kinds if kind.code == refusal.code), TallyscanError)
    return kind(refusal.detail, remedy=refusal.remedy)
