"""What is put on record about a scan or a consignment: by whom, when, in what words, and what it corrects.

An officer's decision is an opinion, an inspection a physical outcome. They share this form, with what other systems
say of a consignment, and are never mixed.
"""

import hashlib
import json
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from tallyscan.scan import Box

_OURS = UUID("0c3d0f0e-6a0b-5b35-9a3e-2f6f5f8f4c11")  # drawn once, so that ids made of words are only ours
_LARGEST_PX = 1e6


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has control characters, or is no text of one line")
    return text


def _readable(text: str) -> str:
    _printable(text.translate({ord(sign): " " for sign in "\n\r\t"}))
    return text


def _in_an_image(box: Box) -> Box:
    if not all(0 <= side <= _LARGEST_PX for side in box):
        raise ValueError("a box is [x, y, width, height] in pixels of the original image, none below 0")
    if box.width == 0 or box.height == 0:
        raise ValueError("a box has a width and a height above 0")
    return box


Words = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_printable)]
Comment = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]
ConsignmentName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
"""As it comes in: blanks around it name no other consignment."""
_CONSIGNMENT_NAME: TypeAdapter[str] = TypeAdapter(ConsignmentName)


def consignment_named(said: Any) -> str | None:
    """The consignment that is meant by that, as every route takes its name; None where it is no name."""
    try:
        return _CONSIGNMENT_NAME.validate_python(said)
    except ValidationError:
        return None


PixelBox = Annotated[Box, AfterValidator(_in_an_image)]


class Part(BaseModel):
    """What every part of a statement is declared from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Said(Part):
    """As a client sends it. What is sent again is no second statement, see `id_for`."""

    id: UUID | None = Field(
        None, description="made by the client, so that it can send the same again; else ours"
    )
    by: Words = Field(description="who says it: who is signed in, or without sign-in as it is given")
    at: AwareDatetime | None = Field(None, description="when, with its time zone; none: when it arrives")
    comment: Comment | None = None
    corrects: UUID | None = Field(None, description="the earlier one that this one replaces; both are kept")

    @property
    def sha256(self) -> str:
        """The hash of what is said, whatever its id."""
        said = json.dumps(self.model_dump(mode="json", exclude={"id"}, exclude_defaults=True), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def id_for(self, about: str) -> UUID:
        """Its own id; without one, the same words about the same scan or consignment have the same id."""
        return self.id or uuid5(_OURS, f"{about}/{self.sha256}")
