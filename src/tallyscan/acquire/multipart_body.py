"""A body in parts (RFC 2046 5.1), taken in chunks: each part's headers, then its bytes as they come."""

from collections.abc import Callable

from python_multipart.multipart import MultipartParser

Headers = dict[bytes, bytes]


def multipart_parser(
    boundary: bytes,
    *,
    on_part: Callable[[Headers], None],
    on_data: Callable[[bytes], None],
    on_end: Callable[[], None],
    on_part_end: Callable[[], None] = lambda: None,
) -> MultipartParser:
    """`on_part` gets the headers, their names in small letters; `on_end` is called after the last boundary.

    Its `write` raises `MultipartParseError`, also for headers without end, and what the callables raise.
    """
    headers: Headers = {}
    name, value = bytearray(), bytearray()

    def end_header() -> None:
        headers[bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    return MultipartParser(
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
