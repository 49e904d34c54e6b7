"""The canonical JSON, which is mapped to itself."""

from tallyscan.declaration import Declared, canonical_only
from tallyscan.declare.mappings import Mappings

FORMAT = "canonical"


def recognises(head: bytes) -> bool:
    """JSON, by its first sign, in UTF-8, UTF-16 or UTF-32."""
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return text[:1] in (b"{", b"[")


def mapped(data: bytes, _: Mappings, __: str | None = None) -> Declared:
    """The declaration. Raises `InvalidDeclaration` with each wrong field."""
    return canonical_only(data)
