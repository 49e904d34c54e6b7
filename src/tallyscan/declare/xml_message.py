"""An XML message as the mappers read it: elements by their local names, whatever namespace and case they have."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from tallyscan.errors import InvalidDeclaration
from tallyscan.xml_document import BrokenXml, parsed_xml


@dataclass(frozen=True, eq=False)
class Element:
    """An element of the message. Paths are local names with `/` between them."""

    element: etree._Element

    def text(self, *paths: str) -> str | None:
        """The text of the first element that one of the paths finds and that has any."""
        for path in paths:
            for found in self.element.findall(path.lower()):
                text = (found.text or "").strip()
                if text:
                    return text
        return None

    def all(self, path: str) -> list["Element"]:
        """Every element at the path, in the order of the document."""
        return [Element(found) for found in self.element.findall(path.lower())]

    def texts(self, path: str) -> list[str]:
        """The texts of every element at the path that has one."""
        return [text for found in self.element.findall(path.lower()) if (text := (found.text or "").strip())]


def message(data: bytes, most_bytes: int) -> Element:
    """The root element. Raises `InvalidDeclaration` for what is broken or hostile."""
    root = plain_root(data, most_bytes)
    for element in root.iter():
        element.tag = str(element.tag).lower()
    return Element(root)


def plain_root(data: bytes, most_bytes: int) -> etree._Element:
    """The root element, without namespaces and with names in their own case."""
    try:
        root = parsed_xml(data, most_bytes=most_bytes)
    except BrokenXml as error:
        raise InvalidDeclaration(f"The declaration {error.what}.", remedy=error.remedy) from error
    for element in _elements(root):
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))
