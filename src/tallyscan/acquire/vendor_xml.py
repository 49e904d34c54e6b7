"""XML from scanners: UTF-8, UTF-16, or what it declares. Entities and DTDs are refused, not resolved."""

import re
from dataclasses import dataclass

from lxml import etree

from tallyscan.errors import InvalidSidecar

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MOST_PLACES = 100  # more than any value or list of cargo units has; a hostile document could have millions
_MOST_CHARACTERS = 10_000  # of one value; elements inside each other would repeat what they hold
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WITHOUT_BOM = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


@dataclass(frozen=True, eq=False)
class XmlNode:
    """An element, from which XPaths lead on."""

    element: etree._Element
    namespaces: dict[str, str]

    def texts(self, path: str) -> list[str]:
        """Of elements all the text in them, of attributes their value, of anything else what XPath makes of it."""
        found = self._find(path)
        if isinstance(found, list):
            if len(found) > MOST_PLACES:
                raise ValueError(f"{len(found)} values")
            return [_text(item) for item in found]
        if isinstance(found, bool):
            return [str(found).lower()]
        return [] if found != found else [str(found)]  # not a number: the path found none

    def nodes(self, path: str) -> list["XmlNode"]:
        """The elements that the path finds, the first `MOST_PLACES` of them."""
        found = self._find(path)
        places = found[:MOST_PLACES] if isinstance(found, list) else [found]
        elements = [item for item in places if isinstance(item, etree._Element)]
        if len(elements) < len(places):
            raise ValueError(f"{path!r} does not find elements")
        return [XmlNode(element, self.namespaces) for element in elements]

    def _find(self, path: str) -> object:
        try:
            return etree.XPath(path, namespaces=self.namespaces or None, smart_strings=False)(self.element)
        except etree.XPathError as error:
            raise ValueError(f"{path!r} failed: {error}") from error


def is_xml(data: bytes) -> bool:
    """Whether a document looks like XML, by its first sign."""
    head = data[:64]
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return head.decode(encoding, errors="replace").lstrip().startswith("<")
    return head.lstrip().startswith(b"<") or head[:2] in _WITHOUT_BOM


def root_of(data: bytes) -> str | None:
    """The name of the root element as `{namespace}name`; None when it is no XML that would be read."""
    try:
        return str(_parsed(data).tag) if is_xml(data) else None
    except InvalidSidecar:
        return None


def parse_xml(data: bytes, root: str | None, namespaces: dict[str, str]) -> XmlNode:
    """The root element. Raises `InvalidSidecar` when the document is broken, hostile, or has another root."""
    element = _parsed(data)
    if root is not None and element.tag != root:
        raise InvalidSidecar(
            f"The scanner's document is a {str(element.tag)[:80]!r}; its profile expects {root!r}.",
            remedy="Send the document that belongs to the scan, or correct the profile.",
        )
    return XmlNode(element, namespaces)


def _parsed(data: bytes) -> etree._Element:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidSidecar(
            f"The scanner's document has {len(data) / 1e6:.1f} MB.",
            remedy=f"Up to {MAX_DOCUMENT_BYTES / 1e6:.1f} MB are read.",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        element = etree.fromstring(_as_utf8(data), parser)
    except (etree.XMLSyntaxError, UnicodeError, ValueError) as error:
        raise InvalidSidecar(
            f"The scanner's document is broken or cut off: {error}.", remedy="Send the scan again."
        ) from error
    if element.getroottree().docinfo.internalDTD is not None:
        raise InvalidSidecar(
            "The scanner's document has a DTD. Those can name other files and entities without end.",
            remedy="Let the scanner write it without DOCTYPE.",
        )
    return element


def _as_utf8(data: bytes) -> bytes:
    """With its byte order mark UTF-16 or UTF-8 whatever the declaration says, else as that says."""
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), _WITHOUT_BOM.get(data[:2]))
    if encoding is None:
        return data.rstrip(b"\0")
    text = data.decode(encoding).rstrip("\0")
    return _DECLARATION.sub("", text, count=1).lstrip().encode("utf-8")


def _text(item: object) -> str:
    if not isinstance(item, etree._Element):
        return str(item).strip()
    pieces, length = [], 0
    for text in item.itertext():
        length += len(text)
        if length > _MOST_CHARACTERS:
            raise ValueError(f"more than {_MOST_CHARACTERS} characters")
        pieces.append(str(text))
    return "".join(pieces).strip()
