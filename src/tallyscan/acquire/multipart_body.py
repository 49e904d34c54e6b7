"""A body in parts (RFC 2046 5.1), taken in chunks: each part's headers, then its bytes as they come."""

from collections.abc import Callable

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

Headers = dict[bytes, bytes]
_MOST_OF_A_PREAMBLE = 64 * 1024


class MultipartBody:
    """A parser that passes over what stands before the first boundary, which RFC 2046 allows."""

    def __init__(self, boundary: bytes, parser: MultipartParser) -> None:
        self._first = b"--" + boundary
        self._parser = parser
        self._before: bytes | None = b"\r\n"  # as it were: the boundary begins a line

    def write(self, chunk: bytes) -> None:
        """The next bytes. Raises `MultipartParseError`."""
        if self._before is not None:
            self._before += chunk
            at = self._before.find(b"\r\n" + self._first)
            if at < 0 and len(self._before) <= _MOST_OF_A_PREAMBLE:
                return
            chunk, self._before = self._before[at + 2 :], None
            if at < 0:
                raise MultipartParseError(f"no boundary stands in its first {_MOST_OF_A_PREAMBLE} bytes")
        self._parser.write(chunk)


def multipart_parser(
    boundary: bytes,
    *,
    on_part: Callable[[Headers], None],
    on_data: Callable[[bytes], None],
    on_end: Callable[[], None],
    on_part_end: Callable[[], None] = lambda: None,
) -> MultipartBody:
    """`on_part` gets the headers, their names in small letters; `on_end` is called after the last boundary.

    Its `write` raises `MultipartParseError`, also for headers without end, and what the callables raise.
    """
    headers: Headers = {}
    name, value = bytearray(), bytearray()

    def end_header() -> None:
        headers[bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": headers.clear,
            "on_header_field": lambda data, start, end: name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: value.extend(data[start:end]),
            "on_header_end": end_header,
            "on_headers_finished": lambda: on_part(headers),
            "on_part_data": lambda data, start, end: on_data(data[start:end]),
            "on_part_end": on_part_end,
            "on_end": on_end,
        },
    )
    return MultipartBody(boundary, parser)
