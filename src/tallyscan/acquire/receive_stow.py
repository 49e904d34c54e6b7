"""DICOM objects over the web: the body of a STOW-RS request (PS3.18 10.5), written to disk while it comes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from tallyscan.acquire.multipart_body import Headers, multipart_parser
from tallyscan.errors import InputError, TallyscanError, TooLarge, Unavailable, UnsupportedFormat

ORIGIN = "stow"
MEDIA_TYPE = "application/dicom"
_MOST_OBJECTS = 1000
_REMEDY = 'Send multipart/related; type="application/dicom", each part a DICOM Part 10 file.'


class StoredPart(NamedTuple):
    """One object on disk, which may be taken away; `fault` is set when it is too large, and only begins there."""

    path: Path
    fault: TooLarge | None = None


class StowReceiver:
    """Takes the body in chunks, in a `with` block; what is then still in `folder` is gone at its end.

    `max_bytes`: an object of so many bytes or more is not kept; the others are. A disk that is full or fails raises
    `Unavailable`.
    """

    def __init__(self, content_type: str, folder: Path, *, max_bytes: int) -> None:
        """Raises `UnsupportedFormat` for another type of content."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/related" or options.get(b"type", b"").lower() != MEDIA_TYPE.encode():
            raise UnsupportedFormat(f"The body is {content_type or 'of no type'}.", remedy=_REMEDY)
        if not boundary:
            raise InputError("The content type names no boundary.", remedy=_REMEDY)
        with _faults_told():
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = tempfile.TemporaryDirectory(dir=folder, prefix="stow-")
        self._max_bytes = max_bytes
        self._file: IO[bytes] | None = None
        self._size = self._count = 0
        self._done: list[StoredPart] = []
        self._fault: TallyscanError | None = None
        self._complete = False
        self._parser = multipart_parser(
            boundary,
            on_part=self._open_part,
            on_data=self._write,
            on_part_end=self._end_part,
            on_end=self._end,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # a full disk cannot take what is left of a part that is thrown away
                self._file.close()
        self._folder.cleanup()

    def feed(self, chunk: bytes) -> list[StoredPart]:
        """The next bytes of the body; the objects that are whole with them.

        Raises `InputError` for a broken body, once the objects before the break have been given.
        """
        if self._fault is None:
            self._fault = self._parsed(chunk)
        done, self._done = self._done, []
        if self._fault is not None and not done:
            raise self._fault
        return done

    def finish(self) -> None:
        """No more comes. Raises `InputError` when the body is broken, cut off or empty."""
        if self._fault is not None:
            raise self._fault
        if not self._complete:
            raise InputError(
                "The body ends before its last boundary: it was cut off. What came whole before that is kept.",
                remedy="Send it again; what is here already is kept once.",
            )
        if self._count == 0:
            raise InputError("The body has no object.", remedy=_REMEDY)

    def _parsed(self, chunk: bytes) -> TallyscanError | None:
        try:
            with _faults_told():
                self._parser.write(chunk)
        except MultipartParseError as error:
            return InputError(f"The body is broken: {error}.", remedy=_REMEDY)
        except TallyscanError as error:
            return error
        return None

    def _open_part(self, headers: Headers) -> None:
        kind, _ = parse_options_header(headers.get(b"content-type", b""))
        if kind != MEDIA_TYPE.encode():
            raise UnsupportedFormat(f"A part is {kind.decode(errors='replace')[:80]!r}.", remedy=_REMEDY)
        if self._count >= _MOST_OBJECTS:
            raise TooLarge(f"The body has more than {_MOST_OBJECTS} objects.", remedy="Send them in parts.")
        self._file = (Path(self._folder.name) / str(self._count)).open("w+b")
        self._size = 0
        self._count += 1

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        self._file.write(data[: max(0, self._max_bytes - self._size)])
        self._size += len(data)

    def _end_part(self) -> None:
        assert self._file is not None
        self._file.close()
        fault = None
        if self._size >= self._max_bytes:
            fault = TooLarge(
                f"The object has {self._max_bytes / 1e6:g} MB or more.", remedy="Raise max_megabytes."
            )
        self._done.append(StoredPart(Path(self._file.name), fault))
        self._file = None

    def _end(self) -> None:
        self._complete = True


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"What was sent cannot be written to disk: {error.strerror}.") from error
