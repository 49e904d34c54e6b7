"""A scanner's own sidecar becomes the canonical one, by the table in its profile."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from tallyscan.acquire.sidecar_values import converted
from tallyscan.acquire.vendor_document import Node, parse_document
from tallyscan.errors import InvalidSidecar, wrong_fields
from tallyscan.sidecar import MarkRead, Sidecar, UnitMark, legible_mark
from tallyscan.sidecar_mapping import SIZE_AND_TYPE, SidecarMapping, UnitMapping, Value

_MOST_UNITS = 32
_MOST_MARK_CHARACTERS = 80
_MOST_CODE_CHARACTERS = 10


class MappedSidecar(NamedTuple):
    """The sidecar, and what of the scanner's document could not be taken over, as cautions of the scan."""

    sidecar: Sidecar
    cautions: tuple[str, ...] = ()


def map_sidecar(data: bytes, mapping: SidecarMapping, scanner: str) -> MappedSidecar:
    """The sidecar of a scan by the scanner of that profile.

    A value that is missing or not understood is left out, and said in a caution. Raises `InvalidSidecar` when the
    document cannot be read at all, or lacks a value that the profile requires.
    """
    return _Mapper(mapping).sidecar(parse_document(data, mapping), scanner)


class _Mapper:
    """One pass over one document; remembers what is missing and what was not understood."""

    def __init__(self, mapping: SidecarMapping) -> None:
        self._mapping = mapping
        self._missing: list[str] = []
        self._broken: list[str] = []

    def sidecar(self, document: Node, scanner: str) -> MappedSidecar:
        fields = {name: self._value(document, name, value) for name, value in self._mapping.fields.items()}
        said: dict[str, Any] = {"scanner": scanner}
        for name, value in _nested(
            {name: value for name, value in fields.items() if value is not None}
        ).items():
            try:
                Sidecar.model_validate({name: value})
            except ValidationError as error:
                self._drop(name, wrong_fields(error))
            else:
                said[name] = value
        units = [unit for mapped in self._mapping.units for unit in self._units(document, mapped)]
        if len(units) > _MOST_UNITS:
            self._broken.append(f"units ({len(units)} of them)")
        else:
            said["units"] = units
        return MappedSidecar(Sidecar.model_validate(said), tuple(self._cautions()))

    def _units(self, document: Node, mapped: UnitMapping) -> Iterator[UnitMark]:
        """A unit of a list is kept though nothing was read on it: the others keep their places."""
        if mapped.each is None:
            unit = self._unit(document, mapped)
            if unit != UnitMark():
                yield unit
            return
        try:
            places = document.nodes(mapped.each)
        except ValueError as error:
            self._broken.append(f"units ({error})")
            return
        if not places:
            self._missing.append("units")
        for place in places[: _MOST_UNITS + 1]:
            yield self._unit(place, mapped)

    def _unit(self, place: Node, mapped: UnitMapping) -> UnitMark:
        return UnitMark(
            container_number=self._mark(
                place, "container_number", mapped.container_number, mapped.container_number_confidence
            ),
            plate=self._mark(place, "plate", mapped.plate, mapped.plate_confidence),
            size_and_type=self._size_and_type(place, mapped.size_and_type),
        )

    def _size_and_type(self, place: Node, value: Value | None) -> str | None:
        """As the cameras read it; what is too long to be a code is none."""
        said = self._value(place, SIZE_AND_TYPE, value) if value is not None else None
        if said is not None and len(said) > _MOST_CODE_CHARACTERS:
            self._broken.append(f"{SIZE_AND_TYPE} ({len(said)} characters)")
            return None
        return said

    def _mark(self, place: Node, name: str, value: Value | None, confidence: Value | None) -> MarkRead | None:
        """What the cameras read, as it came. Nothing read is no caution: many units have only one of the two."""
        if value is None:
            return None
        try:
            as_read = " ".join(text.strip() for text in place.texts(value.path) if text.strip())
        except ValueError as error:
            self._broken.append(f"units.{name} ({error})")
            as_read = ""
        if len(as_read) > _MOST_MARK_CHARACTERS:
            self._broken.append(f"units.{name} ({len(as_read)} characters)")
            as_read = ""
        if not as_read and value.required:
            raise _lacks(f"units.{name}")
        if not as_read:
            return None
        sure = self._value(place, f"units.{name}_confidence", confidence) if confidence is not None else None
        if sure is not None and not 0 <= sure <= 1:
            self._broken.append(f"units.{name}_confidence ({sure:g})")
            sure = None
        text = None if as_read in value.empty else legible_mark(value.values.get(as_read, as_read))
        return MarkRead(as_read=as_read, text=text, confidence=sure)

    def _value(self, place: Node, name: str, value: Value) -> Any:
        try:
            found = converted(name, value, place.texts(value.path))
        except ValueError as error:
            if value.required:
                raise _lacks(name, str(error)) from error
            self._broken.append(f"{name} ({error})")
            return None
        if found is None:
            if value.required:
                raise _lacks(name)
            self._missing.append(name)
        return found

    def _drop(self, name: str, why: str) -> None:
        """A value that was understood, but that no sidecar can have."""
        parts = (value for field, value in self._mapping.fields.items() if field.partition(".")[0] == name)
        if any(value.required for value in parts):
            raise _lacks(name, why)
        self._broken.append(why)

    def _cautions(self) -> Iterator[str]:
        if self._missing:
            yield f"sidecar_missing: the scanner's document does not say {_listed(self._missing)}."
        if self._broken:
            yield f"sidecar_not_understood: in the scanner's document {_listed(self._broken)}."


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """`pitch_mm.x` and `pitch_mm.y` as one `pitch_mm`."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        first, _, rest = name.partition(".")
        if rest:
            nested.setdefault(first, {})[rest] = value
        else:
            nested[first] = value
    return nested


def _listed(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _lacks(name: str, why: str = "it is not there") -> InvalidSidecar:
    return InvalidSidecar(
        f"The scanner's document lacks {name}, without which the scan cannot be read: {why}.",
        remedy="Correct the scanner's configuration, or the path in its profile.",
    )
