"""What a model file refers to beside itself, found before the runtime opens it.

An ONNX file may keep its weights in other files, by any path: a model could name /etc/passwd for one, or another file
than the one that was signed. Read by the wire format of protocol buffers, along the fields in which tensors stand.
"""

from collections.abc import Iterator

from tallyscan.errors import ModelContractError

# Fields by the message in which they stand (onnx.proto3): number -> the message that it holds.
_INNER = {
    "Model": {7: "Graph", 25: "Function"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Function": {7: "Node"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of a tensor
_MOST_DEPTH = 32


def check_whole(model: bytes) -> None:
    """Raises `ModelContractError` for a file that keeps a part of itself elsewhere, or is no protocol buffer."""
    try:
        external = _is_external(memoryview(model), "Model", 0)
    except (IndexError, ValueError) as error:
        raise ModelContractError(
            "The model cannot be loaded: it is damaged or cut off.", remedy="Restore it from its release."
        ) from error
    if external:
        raise ModelContractError(
            "The model keeps weights in another file, which its hash says nothing of.",
            remedy="Export it as one file.",
        )


def _is_external(message: memoryview, kind: str, depth: int) -> bool:
    if depth > _MOST_DEPTH:
        raise ValueError("nested too deeply")
    inner = _INNER.get(kind, {})
    for number, value in _fields(message):
        if kind == "Tensor":
            if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0):
                return True
        elif (
            number in inner
            and isinstance(value, memoryview)
            and _is_external(value, inner[number], depth + 1)
        ):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError("no field")
        if at + size > len(message):
            raise ValueError("cut off")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("no number")
