"""A scan arrives as multipart/form-data: written to disk while it comes, never more than is allowed.

Fields: `image` (one file, one an energy in channel order, or those that the scanner's profile declares), `sidecar`,
`declaration`, `consignment`, `profile`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from tallyscan.acquire.multipart_body import Headers, multipart_parser
from tallyscan.errors import InputError, TooLarge, Unavailable
from tallyscan.scan import ScanFiles, ScanPart

_MAX_IMAGES = 16  # as many as a profile may declare
_MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_MAX_NAME_BYTES = 80
_NAMES = ("consignment", "profile")
_FIELDS = ("image", "sidecar", "declaration", *_NAMES)
_REMEDY = "Send multipart/form-data with image (one or more) and, if any, sidecar, declaration, consignment, profile."


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The upload cannot be written to disk: {error.strerror}.") from error


@dataclass
class _Part:
    field: str
    filename: str
    file: IO[bytes]
    size_bytes: int = 0


@dataclass(frozen=True)
class Upload:
    """A scan as it was sent, and the consignment it was sent for.

    `spooled` are the files on disk that hold the images, in their order; they may be taken away.
    """

    files: ScanFiles
    consignment: str | None
    spooled: tuple[Path, ...]


class UploadReceiver:
    """Takes the body in chunks, in a `with` block; what is then still in `folder` is gone at its end.

    `max_bytes`: images of together so many bytes or more are refused, before they are complete; so is a declaration
    of more than `max_declaration_bytes`. A disk that is full or fails raises `Unavailable`.
    """

    def __init__(
        self,
        content_type: str,
        folder: Path,
        *,
        max_bytes: int,
        max_declaration_bytes: int = _MAX_DOCUMENT_BYTES,
    ) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InputError(f"The body is {content_type or 'of no type'}.", remedy=_REMEDY)
        with _faults_told():
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = tempfile.TemporaryDirectory(dir=folder, prefix="upload-")
        self._max_bytes = max_bytes
        self._most = dict.fromkeys(_NAMES, _MAX_NAME_BYTES) | {"declaration": max_declaration_bytes}
        self._image_bytes = 0
        self._parts: list[_Part] = []
        self._complete = False
        self._parser = multipart_parser(
            boundary, on_part=self._open_part, on_data=self._write, on_end=self._end
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for part in self._parts:
            with suppress(OSError):  # a full disk cannot take what is left of a part that is thrown away
                part.file.close()
        self._folder.cleanup()

    @property
    def name(self) -> str:
        """That of the first image that has begun, for people."""
        return next((part.filename for part in self._of("image")), "image")

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body. Raises `InputError` for a broken form, `TooLarge` past a limit."""
        try:
            with _faults_told():
                self._parser.write(chunk)
        except MultipartParseError as error:
            raise InputError(f"The form is broken: {error}.", remedy=_REMEDY) from error

    def finish(self) -> Upload:
        """The whole upload. Raises `InputError` when it is cut off or has no image."""
        if not self._complete:
            raise InputError(
                "The form ends before its last boundary: the upload was cut off.", remedy=_REMEDY
            )
        with _faults_told():
            images = tuple(ScanPart(part.filename, self._bytes_of(part)) for part in self._of("image"))
            sidecar, declaration, *names = (
                next((self._bytes_of(part) for part in self._of(field)), None) for field in _FIELDS[1:]
            )
        if not images:
            raise InputError("The form has no image.", remedy=_REMEDY)
        consignment, profile = (
            name.decode("utf-8", errors="replace").strip() or None if name else None for name in names
        )
        spooled = tuple(Path(part.file.name) for part in self._of("image"))
        return Upload(ScanFiles(images, sidecar, declaration, profile), consignment, spooled)

    def _of(self, field: str) -> list[_Part]:
        return [part for part in self._parts if part.field == field]

    def _bytes_of(self, part: _Part) -> bytes:
        part.file.seek(0)  # and so whatever is in the buffer is written
        return part.file.read()

    def _open_part(self, headers: Headers) -> None:
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        field = options.get(b"name", b"").decode("utf-8", errors="replace")
        if field not in _FIELDS:
            raise InputError(f"The form has a field {field[:80]!r}.", remedy=_REMEDY)
        if len(self._of(field)) >= (_MAX_IMAGES if field == "image" else 1):
            raise InputError(f"The form has too many fields {field!r}.", remedy=_REMEDY)
        name = Path(options.get(b"filename", b"").decode("utf-8", errors="replace")).name or field
        file = (Path(self._folder.name) / str(len(self._parts))).open("w+b")
        self._parts.append(_Part(field, name[:255], file))

    def _write(self, data: bytes) -> None:
        part = self._parts[-1]
        part.size_bytes += len(data)
        part.file.write(data)
        if part.field == "image":
            self._image_bytes += len(data)
            if self._image_bytes >= self._max_bytes:
                raise TooLarge(
                    f"The images have {self._max_bytes / 1e6:g} MB or more.", remedy="Raise max_megabytes."
                )
        elif part.size_bytes > self._most.get(part.field, _MAX_DOCUMENT_BYTES):
            raise TooLarge(f"The field {part.field!r} is too long.")

    def _end(self) -> None:
        self._complete = True
