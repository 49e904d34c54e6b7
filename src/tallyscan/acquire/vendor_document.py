"""A scanner's own document, XML or JSON: what a profile's paths find in it, as text."""

from collections.abc import Sequence
from typing import Protocol, Self

from tallyscan.acquire.vendor_json import parse_json
from tallyscan.acquire.vendor_xml import parse_xml
from tallyscan.sidecar_mapping import SidecarMapping


class Node(Protocol):
    """A place in a document, from which paths lead on."""

    def texts(self, path: str) -> list[str]:
        """What the path finds, as it is written; nothing found is an empty list. Raises `ValueError`."""

    def nodes(self, path: str) -> Sequence[Self]:
        """The places that the path finds. Raises `ValueError`."""


def parse_document(data: bytes, mapping: SidecarMapping) -> Node:
    """The document as the profile says it is. Raises `InvalidSidecar` when it is not, or is hostile."""
    if mapping.format == "json":
        return parse_json(data)
    return parse_xml(data, mapping.root, mapping.namespaces)
