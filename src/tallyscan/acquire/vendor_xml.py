"""XML from scanners: UTF-8, UTF-16, or what it declares. Entities and DTDs are refused, not resolved."""

from dataclasses import dataclass

from lxml import etree

from tallyscan.errors import InvalidSidecar
from tallyscan.xml_document import BrokenXml, is_xml, parsed_xml

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MOST_PLACES = 100  # more than any value or list of cargo units has; a hostile document could have millions
_MOST_CHARACTERS = 10_000  # of one value; elements inside each other would repeat what they hold


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
    try:
        return parsed_xml(data, most_bytes=MAX_DOCUMENT_BYTES)
    except BrokenXml as error:
        raise InvalidSidecar(f"The scanner's document {error.what}.", remedy=error.remedy) from error


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
