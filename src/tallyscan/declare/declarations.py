"""The table of formats, and the way from bytes to declarations."""

from typing import Protocol

from tallyscan.declaration import Declared
from tallyscan.declare import map_asycuda, map_canonical, map_csv, map_ics2, map_ncts
from tallyscan.declare.mappings import Mappings
from tallyscan.errors import InvalidDeclaration
from tallyscan.xml_document import is_xml, root_name

HEAD_BYTES = 4096
"""How much of a document a format sees to recognise it."""


class DeclarationFormat(Protocol):
    """A module for one format."""

    FORMAT: str

    def recognises(self, head: bytes) -> bool:
        """Whether a document with these first bytes is of this format."""

    def mapped(self, data: bytes, mappings: Mappings, charset: str | None = None, /) -> Declared:
        """What it declares, or `InvalidDeclaration`; `charset` is what the sender says of its characters."""


# CSV last: whatever is text with a comma in its first line could be some.
FORMATS: tuple[DeclarationFormat, ...] = (map_ncts, map_ics2, map_asycuda, map_canonical, map_csv)


def format_of(head: bytes) -> DeclarationFormat | None:
    """The first format that recognises a document; neither its name nor its type plays a part."""
    return next((each for each in FORMATS if each.recognises(head)), None)


def read_declarations(data: bytes, charset: str | None, mappings: Mappings) -> Declared:
    """Every declaration in a document of any format. Raises `InvalidDeclaration` with the reason."""
    if len(data) > mappings.most_bytes:
        raise InvalidDeclaration(
            f"The document has {len(data) / 1e6:.1f} MB; more than {mappings.most_bytes / 1e6:g} MB are refused.",
            remedy="Send it in parts, or raise max_declaration_megabytes.",
        )
    head = data[:HEAD_BYTES]
    found = format_of(head)
    if found is None:
        raise InvalidDeclaration(
            f"{_what(head)}.", remedy=f"Send one of {', '.join(each.FORMAT for each in FORMATS)}."
        )
    try:
        return found.mapped(data, mappings, charset)
    except (RecursionError, MemoryError) as error:
        raise InvalidDeclaration(
            f"The document is too large or too deeply nested to be read ({type(error).__name__}).",
            remedy="Send it in parts.",
        ) from error


def _what(head: bytes) -> str:
    if not head.strip():
        return "The document is empty"
    if is_xml(head):
        root = root_name(head)
        if root is not None:
            return f"The document is XML with the root {root!r}"
        if b"DOCTYPE" in head.replace(b"\0", b""):
            return "The document has a DTD. Those can name other files and entities without end"
        return "The document begins as XML, and has no root"
    return f"The document begins with {head[:16]!r}"
