"""The plain picture that is kept with a reading, as it stands in its row."""

from typing import Any

from pydantic import TypeAdapter

from tallyscan.upright_image import UprightImage

_ADAPTER = TypeAdapter(UprightImage)


def upright_document(image: UprightImage) -> dict[str, Any]:
    """As it is kept."""
    document: dict[str, Any] = _ADAPTER.dump_python(image, mode="json")
    return document


def upright_of(document: dict[str, Any] | None) -> UprightImage | None:
    """As it was kept; None of readings from before such pictures were kept, and of scans without an image."""
    return _ADAPTER.validate_python(document) if document is not None else None
