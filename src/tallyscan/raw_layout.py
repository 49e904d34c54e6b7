"""How raw pixels lie in the files of a scanner: the table `[raw]` of its profile.

A raw file says nothing of itself, so everything about it is declared and nothing is guessed. What turns the image
upright is the profile's `orientation`, as for every other format.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Plane = Literal["high", "low", "material"]
SampleType = Literal["uint8", "uint16"]
FIELD_BYTES = {"u8": 1, "u16": 2, "u32": 4}
LEAST_SURE_MAGIC_BYTES = 4
"""A shorter beginning is checked, but tells no scanner: too many other files begin like it."""

_MAX_HEADER_BYTES = 1 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeaderField(_Strict):
    """An unsigned number in the header, in the byte order of the file."""

    at: int = Field(ge=0, lt=_MAX_HEADER_BYTES, description="bytes from the start of the file")
    type: Literal["u8", "u16", "u32"] = "u16"

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.at + FIELD_BYTES[self.type]


Pixels = Annotated[int, Field(gt=0)]


class Panels(_Strict):
    """Detector panels that are stored one after another, in one file or in a file each."""

    along: Literal["width", "height"] = Field(description="side by side, or one above the other, as stored")
    sizes: tuple[Pixels, ...] = Field((), description="pixels of each along that; empty: a file each")
    reversed: tuple[Pixels, ...] = Field(
        (), description="numbers, from 1, of those that run the other way along that"
    )


class RawLayout(_Strict):
    """What a raw file consists of: a header, the planes of the image, and what may follow them."""

    magic: Annotated[str, Field(pattern="^([0-9a-fA-F]{2})+$", max_length=32)] | None = Field(
        None, description="what the file begins with, in hexadecimal"
    )
    byte_order: Literal["little", "big"] = "little"
    header_bytes: Annotated[int, Field(ge=0, le=_MAX_HEADER_BYTES)] | HeaderField = 0
    width: Pixels | HeaderField
    height: Pixels | HeaderField
    depth: HeaderField | None = Field(
        None, description="bits of a sample of the first plane, as the header says"
    )
    sample: SampleType | None = Field(
        None, description="of the energies; none: the depth in the header says it"
    )
    material_sample: Literal["uint8"] = "uint8"
    planes: tuple[Plane, ...] = Field(("high",), min_length=1, max_length=3, description="as they are stored")
    interleave: Literal["planar", "line", "pixel"] = Field(
        "planar", description="plane after plane, a line of each in turn, or a sample of each in turn"
    )
    panels: Panels | None = None
    inverted: bool = Field(False, description="more signal is a smaller number")
    trailer: Literal["none", "document", "ignored"] = Field(
        "none", description="what may follow the pixels: nothing, an XML or JSON document, or anything"
    )

    @property
    def magic_bytes(self) -> bytes:
        """What the file begins with; empty when nothing is declared."""
        return bytes.fromhex(self.magic or "")

    def recognises(self, head: bytes) -> bool:
        """Whether these first bytes are surely those of such a file."""
        magic = self.magic_bytes
        return len(magic) >= LEAST_SURE_MAGIC_BYTES and head.startswith(magic)

    @property
    def fields(self) -> dict[str, HeaderField]:
        """What is read from the header, by name."""
        named = {
            "header_bytes": self.header_bytes, "width": self.width, "height": self.height, "depth": self.depth
        }  # fmt: skip
        return {name: field for name, field in named.items() if isinstance(field, HeaderField)}

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.sample is None and self.depth is None:
            raise ValueError("either sample or depth is needed: it says how large a sample is")
        if len(set(self.planes)) < len(self.planes):
            raise ValueError("a plane is named twice")
        least = max([len(self.magic_bytes), *(field.end for field in self.fields.values())])
        if isinstance(self.header_bytes, int) and self.header_bytes < least:
            raise ValueError(f"header_bytes is {self.header_bytes}, but {least} bytes of the header are used")
        if self.panels is not None:
            self._check_panels(self.panels)
        return self

    def _check_panels(self, panels: Panels) -> None:
        total = self.width if panels.along == "width" else self.height
        if panels.sizes and isinstance(total, int) and sum(panels.sizes) != total:
            raise ValueError(
                f"the panels have {sum(panels.sizes)} pixels along the {panels.along}, not {total}"
            )
        if panels.sizes and max(panels.reversed, default=0) > len(panels.sizes):
            raise ValueError("a panel is reversed that there is not")
