"""The canonical declaration of the goods in a consignment, in the terms of ICS2 and NCTS.

Everything that is wrong without making the declaration unusable (a wrong check digit, an unknown code, a
negative mass) is kept as it came and flagged by the rules; only a document without identity, transport unit
or goods is refused, or with a mass that no cargo has.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from tallyscan.errors import InvalidDeclaration, wrong_fields
from tallyscan.remark import Remark
from tallyscan.strict_json import strict_json
from tallyscan.wording import Wording, said

MOST_KG = 1e9
"""More than the largest ship carries. Larger numbers are no slips to be reported, and would overflow sums."""

# Cyrillic and Greek capitals that are written like Latin ones: a camera cannot tell which alphabet a plate is in.
_LIKE_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "ABEKMHOPCTYXSIJABEZHIKMNOPTYX",
)

ShortText = Annotated[str, Field(max_length=512)]
MassKg = Annotated[float, Field(ge=-MOST_KG, le=MOST_KG)]
Count = Annotated[int, Field(ge=-999_999_999, le=999_999_999)]

UNREADABLE = "\ufffd"
"""What stands in for a sign that cannot be printed: control characters, halves of a pair."""

MOST_DEPTH = 32
"""Of objects and lists inside each other; the declaration itself needs four."""

MOST_ITEMS = 9999

MOST_LRN = 70
"""The EU's have up to 22 characters. Those of other systems are joined of several fields, such as the declarant's code
(up to 17) and reference (up to 35)."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_WORDS_OF_AN_EMPTY_UNIT = frozenset({
    "empty", "the", "is", "unit", "units", "container", "containers", "trailer", "trailers", "semitrailer", "semi",
    "truck", "lorry", "van", "vehicle", "wagon", "20", "40", "45", "20ft", "40ft", "45ft", "ft", "foot", "hc",
})  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", allow_inf_nan=False
    )


class CommodityCode(_Part):
    """HS subheading (six digits, zero-padded) and the two further digits of the Combined Nomenclature."""

    harmonized_system_sub_heading_code: str = Field(max_length=14)
    combined_nomenclature_code: str | None = Field(None, max_length=4)


class Packaging(_Part):
    """How many packages of which kind (UNECE Recommendation 21)."""

    type_of_packages: str | None = Field(None, max_length=4)
    number_of_packages: Count | None = None
    shipping_marks: ShortText | None = None


class DangerousGoods(_Part):
    """A UN number."""

    un_number: str = Field(alias="UNNumber", max_length=8)


class GoodsItem(_Part):
    """One line of the declaration; masses in kg, gross with packaging."""

    goods_item_number: int = Field(ge=1, le=999_999_999)
    description_of_goods: ShortText | None = None
    commodity_code: CommodityCode | None = None
    gross_mass: MassKg | None = None
    net_mass: MassKg | None = None
    supplementary_units: float | None = None
    packaging: tuple[Packaging, ...] = Field((), max_length=99)
    dangerous_goods: tuple[DangerousGoods, ...] = Field((), max_length=99)
    country_of_origin: str | None = Field(None, max_length=2)

    @property
    def hs(self) -> str | None:
        """The declared HS code, two to six digits; None when none is given or it is not made of digits."""
        code = self.written_code or ""
        return code[:6] if code.isascii() and code.isdigit() and len(code) >= 2 else None

    @property
    def written_code(self) -> str | None:
        """The HS code as it is declared, without dots and spaces; None when there is none."""
        if self.commodity_code is None:
            return None
        code = self.commodity_code.harmonized_system_sub_heading_code
        return "".join(character for character in code if character not in ". \t") or None

    @property
    def means_empty(self) -> bool:
        """The item stands for an empty unit: by its HS code, else by its description.

        The code decides where there is one: 8609 (the container itself) and 0000 are empty, any other is
        goods, such as the empty bottles of 7010. A description counts only when it says nothing but that a
        unit is empty, and no mass above zero contradicts it.
        """
        if self.hs and self.hs.startswith(("8609", "0000")):
            return True
        if self.commodity_code and self.commodity_code.harmonized_system_sub_heading_code.strip():
            return False
        if max(self.gross_mass or 0.0, self.net_mass or 0.0) > 0:
            return False
        words = set(re.findall(r"\w+", (self.description_of_goods or "").lower()))
        return "empty" in words and words <= _WORDS_OF_AN_EMPTY_UNIT


class TransportEquipment(_Part):
    """A container, with the goods items that are in it (none named: all of them)."""

    container_identification_number: str | None = Field(None, max_length=17)
    container_size_and_type: str | None = Field(None, max_length=4)
    container_packed_status: str | None = Field(None, max_length=1)
    seals: tuple[ShortText, ...] = Field((), max_length=999)
    goods_item_numbers: tuple[Count, ...] = Field((), max_length=MOST_ITEMS)


class TransportMeans(_Part):
    """A vehicle or trailer by its registration (type 30 or 31)."""

    type_of_identification: str | None = Field(None, max_length=2)
    identification_number: str = Field(max_length=35)
    nationality: str | None = Field(None, max_length=2)


class Party(_Part):
    """Consignor or consignee; personal data, optional."""

    name: ShortText | None = None
    identification_number: str | None = Field(None, max_length=35)


class TransportDocument(_Part):
    """Bill of lading, CMR or the like."""

    document_number: str | None = Field(None, max_length=70)
    type: str | None = Field(None, max_length=4)


class BorderTransportMeans(_Part):
    """What crosses the border."""

    identification_number: str | None = Field(None, max_length=35)
    mode: str | None = Field(None, max_length=2)


class CustomsOffice(_Part):
    """An office where the consignment is presented, and when it is expected there.

    NCTS: CustomsOfficeOfTransitDeclared; ICS2: CustomsOfficeOfFirstEntry.
    """

    reference_number: str = Field(
        min_length=1, max_length=17, description="the office's code, or a UN/LOCODE: as the scanner's site is"
    )
    arrival_date_and_time_estimated: AwareDatetime | None = None


class Declaration(_Part):
    """The declared goods of one consignment."""

    lrn: str | None = Field(None, alias="LRN", max_length=MOST_LRN)
    mrn: str | None = Field(None, alias="MRN", max_length=18)
    declaration_type: str | None = Field(None, max_length=5)
    reference_number_ucr: str | None = Field(None, alias="referenceNumberUCR", max_length=35)
    transport_document: TransportDocument | None = None
    border_transport_means: BorderTransportMeans | None = None
    place_of_loading: str | None = Field(None, max_length=35)
    countries_of_routing: tuple[ShortText, ...] = Field((), max_length=99)
    customs_offices: tuple[CustomsOffice, ...] = Field((), max_length=99)
    consignor: Party | None = None
    consignee: Party | None = None
    total_gross_mass: MassKg | None = None
    transport_equipment: tuple[TransportEquipment, ...] = Field((), max_length=MOST_ITEMS)
    transport_means: tuple[TransportMeans, ...] = Field((), max_length=999)
    goods_items: tuple[GoodsItem, ...] = Field((), max_length=MOST_ITEMS)
    extensions: dict[str, Any] = Field(default_factory=dict)
    remarks: tuple[Remark, ...] = Field(
        (), description="what could not be taken over from another format as it was written"
    )

    @model_validator(mode="before")
    @classmethod
    def _is_printable(cls, document: Any) -> Any:
        return _printable(document)

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if not self.reference:
            raise ValueError("one of LRN or MRN is required")
        if not self.unit_marks:
            raise ValueError(
                "one transport unit is required: a containerIdentificationNumber in transportEquipment, "
                "or an identificationNumber in transportMeans"
            )
        described = any(item.description_of_goods or item.commodity_code for item in self.goods_items)
        if not described and not self.declared_empty:
            raise ValueError("at least one goods item with a description or an HS code is required")
        return self

    @property
    def reference(self) -> str:
        """MRN, else LRN, without blanks around it."""
        return (self.mrn or "").strip() or (self.lrn or "").strip()

    @property
    def unit_marks(self) -> tuple[str, ...]:
        """Container numbers and registrations of the declared units, upper case without spaces."""
        numbers = [e.container_identification_number for e in self.transport_equipment]
        plates = [m.identification_number for m in self.transport_means]
        return tuple(normal_mark(mark) for mark in (*numbers, *plates) if mark and mark.strip())

    @property
    def declared_empty(self) -> bool:
        """Every container is declared as empty; where only a vehicle is declared, all of the goods items are."""
        if not self.transport_equipment:
            return bool(self.goods_items) and all(item.means_empty for item in self.goods_items)
        return all(self.is_empty(part) for part in self.transport_equipment)

    def items_in(self, equipment: TransportEquipment) -> tuple[GoodsItem, ...]:
        """The goods items in a container: those it names, else those that no container names."""
        if not equipment.goods_item_numbers:
            return self._unnamed_items
        at = {place for number in equipment.goods_item_numbers for place in self._places.get(number, ())}
        return tuple(self.goods_items[place] for place in sorted(at))

    def shares(self, equipment: TransportEquipment) -> bool:
        """Some of the goods items in this container may lie, wholly or partly, in another one."""
        if not equipment.goods_item_numbers:
            return self._name_no_items > 1 and bool(self._unnamed_items)
        declared = (number for number in equipment.goods_item_numbers if number in self._places)
        return any(self._times_named[number] > 1 for number in declared)

    def is_empty(self, equipment: TransportEquipment) -> bool:
        """Declared as empty: its items say so, or it has none and a packed status.

        The letters of the packed status are not relied on: their meaning differs between systems, and goods
        that are declared speak for themselves.
        """
        items = self.items_in(equipment)
        if not items:
            return equipment.container_packed_status is not None
        if items is self._unnamed_items:
            return self._unnamed_are_empty
        return all(item.means_empty for item in items)

    # Kept, so that ten thousand items in ten thousand containers take no hundred million steps.

    @cached_property
    def _places(self) -> dict[int, list[int]]:
        places: dict[int, list[int]] = {}
        for place, item in enumerate(self.goods_items):
            places.setdefault(item.goods_item_number, []).append(place)
        return places

    @cached_property
    def _times_named(self) -> Counter[int]:
        return Counter(number for part in self.transport_equipment for number in set(part.goods_item_numbers))

    @cached_property
    def _name_no_items(self) -> int:
        return sum(not part.goods_item_numbers for part in self.transport_equipment)

    @cached_property
    def _unnamed_items(self) -> tuple[GoodsItem, ...]:
        return tuple(item for item in self.goods_items if not self._times_named[item.goods_item_number])

    @cached_property
    def _unnamed_are_empty(self) -> bool:
        return all(item.means_empty for item in self._unnamed_items)

    @property
    def in_words(self) -> Wording:
        """The declared goods in a few words: `Newsprint in rolls (480100) and 2 more items, 12.0 t`."""
        if self.declared_empty and not self.goods_items:
            return said("empty")
        first = self.goods_items[0]
        hs = f"({first.hs})" if first.hs else ""
        more = len(self.goods_items) - 1
        masses = [item.gross_mass for item in self.goods_items]
        known = [mass for mass in masses if mass is not None]
        mass_kg = self.total_gross_mass if len(known) < len(masses) else sum(known)
        goods = " ".join(part for part in (first.description_of_goods, hs) if part)
        words = said("{goods}", goods=goods)
        if more and goods:
            words = said("{goods} and {count} more {count:plural|item|items}", goods=goods, count=more)
        elif more:
            words = said("and {count} more {count:plural|item|items}", count=more)
        if mass_kg is None:
            return words
        return said("{goods}, {mass_t:.1f}\u00a0t", goods=words, mass_t=mass_kg / 1000)

    def items_of(self, unit_mark: str | None) -> tuple[GoodsItem, ...]:
        """The goods items in the container of that number; all of them where it is not known."""
        for equipment in self.transport_equipment:
            number = equipment.container_identification_number
            if unit_mark and number and normal_mark(number) == normal_mark(unit_mark):
                return self.items_in(equipment)
        return self.goods_items


def normal_mark(mark: str) -> str:
    """A container number or plate as it is compared: upper case, letters and digits only, Latin where it looks so."""
    upper = unicodedata.normalize("NFKC", mark).upper().translate(_LIKE_LATIN)
    return "".join(character for character in upper if character.isalnum())


@dataclass(frozen=True)
class Declared:
    """What a document declares: a manifest may hold many declarations, of which some cannot be used."""

    declarations: tuple[Declaration, ...]
    refused: tuple[InvalidDeclaration, ...] = ()

    def of_unit(self, marks: Iterable[str]) -> Declaration | None:
        """The only one, or the only one that names a container number or plate among `marks`; else None."""
        if len(self.declarations) == 1 and not self.refused:
            return self.declarations[0]
        seen = {normal_mark(mark) for mark in marks}
        named = [each for each in self.declarations if seen & set(each.unit_marks)]
        return named[0] if len(named) == 1 else None

    def one(self, marks: Iterable[str] = ()) -> Declaration:
        """The same. Raises `InvalidDeclaration` where it cannot be told which one is meant."""
        found = self.of_unit(marks)
        if found is None:
            count = len(self.declarations) + len(self.refused)
            raise InvalidDeclaration(
                f"The document holds {count} declarations, and which one is meant cannot be told.",
                remedy="Send that one, or all of them by POST /v1/declarations.",
            )
        return found

    @property
    def refused_in_part(self) -> InvalidDeclaration | None:
        """The first reasons of those that cannot be used, as one; None where all can."""
        if not self.refused:
            return None
        count = len(self.declarations) + len(self.refused)
        first = " ".join(error.detail for error in self.refused[:5])
        return InvalidDeclaration(
            f"{len(self.refused)} of {count} declarations in it cannot be used. {first}"
        )


ReadDeclarations = Callable[[bytes, str | None], Declared]
"""Reads a document in any format that is known; the text is its character set, where the sender names that."""


def parse_declaration(data: bytes) -> Declaration:
    """Declaration from its canonical JSON. Raises `InvalidDeclaration` with every field that is wrong."""
    try:
        return checked_declaration(strict_json(data))
    except ValueError as error:
        raise InvalidDeclaration(
            f"The declaration is not valid JSON: {error}.", remedy="Send JSON in UTF-8, and all of it."
        ) from error


def canonical_only(data: bytes, _: str | None = None) -> Declared:
    """`ReadDeclarations` of nothing but the canonical JSON."""
    return Declared((parse_declaration(data),))


def checked_declaration(document: Any) -> Declaration:
    """Declaration from what JSON gives. Raises `InvalidDeclaration` with every field that is wrong."""
    try:
        return Declaration.model_validate(document)
    except ValidationError as error:
        raise InvalidDeclaration(
            f"The declaration does not follow its schema: {wrong_fields(error)}.",
            remedy="See docs/reference/declaration.schema.json.",
        ) from error


def _printable(value: Any, depth: int = 0) -> Any:
    """The same with `UNREADABLE` for every sign that cannot be printed. Raises `ValueError` for what is too deep."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(UNREADABLE, value)
    if depth > MOST_DEPTH:
        raise ValueError(f"it is nested deeper than {MOST_DEPTH} levels")
    if isinstance(value, dict):
        return {_printable(key): _printable(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(inner, depth + 1) for inner in value]
    return value
