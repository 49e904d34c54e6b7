"""Personal data in documents of the store, replaced by a fixed mark: pure functions, the document given is not
changed."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tallyscan.declaration import normal_mark

Rename = Callable[[str], str]
ERASED = "[erased]"
"""What stands for a name that was erased, and for what was deleted by retention."""

_PLATES = ("plate",)
_ROLES = ("consignor", "consignee")
_PEOPLE = (
    "by",
    "authors",
    "person",
    "released_by",
    "retired_by",
    "set_by",
    "told_by",
    "sender",
    "decided_by",
)


def plates_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Registrations in a declaration, as they are written."""
    means = [*(document.get("transportMeans") or ()), document.get("borderTransportMeans") or {}]
    return tuple(each["identificationNumber"] for each in means if each.get("identificationNumber"))


def numbers_of(document: Mapping[str, Any]) -> set[str]:
    """Container numbers in a declaration, as they are compared."""
    said = (each.get("containerIdentificationNumber") for each in document.get("transportEquipment") or ())
    return {normal_mark(number) for number in said if number}


def without_parties(document: Mapping[str, Any]) -> dict[str, Any]:
    """A declaration without parties, registrations and what no schema knows: the goods and containers stay."""
    changed = dict(document)
    for role in _ROLES:
        if changed.get(role):
            changed[role] = _erased_party()
    if changed.get("transportMeans"):
        changed["transportMeans"] = [
            {**each, "identificationNumber": ERASED} for each in changed["transportMeans"]
        ]
    border = changed.get("borderTransportMeans")
    if border and border.get("identificationNumber"):
        changed["borderTransportMeans"] = {**border, "identificationNumber": ERASED}
    return changed | {"extensions": {}, "remarks": []}


def names_party(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """In which roles a declaration names that party, by its name or identification number."""
    return tuple(role for role in _ROLES if _is_party(document.get(role) or {}, name))


def without_party(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The declaration with the mark for that party."""
    return {**document, **{role: _erased_party() for role in names_party(document, name)}}


def without_person(value: Any, name: str) -> Any:
    """Any document with the mark where it says that this person did it; what they wrote stays as it is."""
    if isinstance(value, Mapping):
        return {key: _of_person(key, each, name) for key, each in value.items()}
    return [without_person(each, name) for each in value] if isinstance(value, list) else value


def renamed(value: Any, person: Rename, party: Rename) -> Any:
    """Any document or row with other words for who did something and for parties, by a function of each."""
    if isinstance(value, Mapping):
        return {key: _renamed(key, each, person, party) for key, each in value.items()}
    return [renamed(each, person, party) for each in value] if isinstance(value, list) else value


def without_plates(seen: Mapping[str, Any]) -> dict[str, Any]:
    """What a scanner read, without registrations: `ScanRow.seen`."""
    return {
        **seen,
        **{
            kind: [{**unit, **{name: None for name in _PLATES if unit.get(name)}} for unit in seen[kind]]
            for kind in ("units", "beside")
            if kind in seen
        },
    }


def event_without_parties(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event without registrations that were read and what somebody answered."""
    data = event.get("data")
    return {**event, "data": _without_answers(data)} if isinstance(data, Mapping) else dict(event)


def without_answers(document: Mapping[str, Any]) -> dict[str, Any]:
    """An interview: that it was asked stays, and what."""
    answers = [{**each, "answer": ERASED if each.get("answer") else None} for each in document["answers"]]
    return {**document, "answers": answers}


def without_texts(value: Any, texts: Collection[str]) -> Any:
    """Any document with the mark wherever one of these texts stands."""
    if isinstance(value, str):
        for text in sorted(texts, key=len, reverse=True):
            value = value.replace(text, ERASED)
        return value
    if isinstance(value, Mapping):
        return {key: without_texts(each, texts) for key, each in value.items()}
    return [without_texts(each, texts) for each in value] if isinstance(value, list) else value


def holds_text(value: Any, text: str) -> bool:
    """Whether it stands in any text of a document, in whatever letters: it may be another one of that name."""
    if isinstance(value, str):
        return text.casefold() in value.casefold()
    if isinstance(value, Mapping):
        return any(holds_text(each, text) for each in value.values())
    return isinstance(value, list | tuple) and any(holds_text(each, text) for each in value)


def _renamed(key: str, value: Any, person: Rename, party: Rename) -> Any:
    if key in (*_PEOPLE, "claimed_by") and isinstance(value, str):
        return person(value)
    if key in _PEOPLE and isinstance(value, list):
        return [person(each) for each in value]
    if key in _ROLES and isinstance(value, Mapping):
        return {name: party(each) if each else None for name, each in value.items()}
    if key == "party" and isinstance(value, str):
        return party(value)
    return renamed(value, person, party)


def _of_person(key: str, value: Any, name: str) -> Any:
    if key in _PEOPLE and value == name:
        return ERASED
    if key in _PEOPLE and isinstance(value, list):
        return [ERASED if each == name else each for each in value]
    return without_person(value, name)


def _without_answers(value: Any) -> Any:
    if isinstance(value, Mapping):
        changed = {key: _without_answers(each) for key, each in value.items()}
        if changed.get("marks_read"):
            changed["marks_read"] = [ERASED for _ in changed["marks_read"]]
        if isinstance(changed.get("answers"), list):
            changed = without_answers(changed)
        return changed
    return [_without_answers(each) for each in value] if isinstance(value, list) else value


def _is_party(party: Mapping[str, Any], name: str) -> bool:
    said, number = party.get("name") or "", party.get("identificationNumber") or ""
    same_name = " ".join(said.split()).casefold() == " ".join(name.split()).casefold()
    return same_name or bool(number and normal_mark(number) == normal_mark(name))


def _erased_party() -> dict[str, str | None]:
    return {"name": ERASED, "identificationNumber": None}
