"""XML that comes from outside: no entity is resolved, no DTD read, nothing fetched, and its size is bounded."""

import re

from lxml import etree

MOST_ELEMENTS = 1_000_000
"""A declaration of 9,999 goods items has some 600,000; each takes about a hundred bytes of memory."""

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WITHOUT_BOM = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_PROLOGUE = re.compile(r"\s*<\?xml\b[^>]*\?>")
_BEFORE_ROOT = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[\w.-]+:)?([\w.-]+)")
_HAS_DTD = (
    "has a DTD. Those can name other files and entities without end",
    "Let the sender write it without DOCTYPE.",
)


class BrokenXml(Exception):
    """`what` says it as a half sentence that follows the name of the document; `remedy` what can be done."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def is_xml(data: bytes) -> bool:
    """Whether a document looks like XML, by its first sign."""
    head = data[:64]
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return head.decode(encoding, errors="replace").lstrip().startswith("<")
    return head.lstrip().startswith(b"<") or head[:2] in _WITHOUT_BOM


def root_name(head: bytes) -> str | None:
    """The local name of the root element, from the first bytes of a document; None when it is not among them."""
    if not is_xml(head):
        return None
    encoding = _encoding_of(head) or "utf-8"
    text = head.decode(encoding, errors="replace").lstrip("\ufeff")
    while match := _BEFORE_ROOT.match(text):
        text = text[match.end() :]
    found = _ROOT.match(text)
    return found[1] if found else None


def parsed_xml(data: bytes, *, most_bytes: int, most_elements: int = MOST_ELEMENTS) -> etree._Element:
    """The root element; comments and processing instructions are gone. Raises `BrokenXml`."""
    if len(data) > most_bytes:
        raise BrokenXml(f"has {len(data) / 1e6:.1f} MB", f"Up to {most_bytes / 1e6:.1f} MB are read.")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        text = _as_utf8(data)
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise BrokenXml(*_HAS_DTD)
        if text.count(b"<") > 2 * most_elements:
            raise BrokenXml(f"has more than {most_elements:,} elements", "Send it in parts.")
        element = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, UnicodeError, ValueError) as error:
        said = " ".join(str(getattr(error, "msg", None) or error).split())
        raise BrokenXml(f"is broken or cut off: {said}", "Send it again.") from error
    if element.getroottree().docinfo.internalDTD is not None:
        raise BrokenXml(*_HAS_DTD)
    return element


def _encoding_of(data: bytes) -> str | None:
    return next((name for bom, name in _BOMS.items() if data.startswith(bom)), _WITHOUT_BOM.get(data[:2]))


def _as_utf8(data: bytes) -> bytes:
    """With its byte order mark UTF-16 or UTF-8 whatever the declaration says, else as that says."""
    encoding = _encoding_of(data)
    if encoding is None:
        return data.rstrip(b"\0")
    text = data.decode(encoding).rstrip("\0")
    return _PROLOGUE.sub("", text, count=1).lstrip().encode("utf-8")
