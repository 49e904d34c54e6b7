"""Of what type each fact is, by which an expression is checked and the reference is written."""

import types
from collections.abc import Collection
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from tallyscan.risk_profile import Stage
from tallyscan.select.facts import After, Before


@dataclass(frozen=True)
class Plain:
    """`bool`, `int`, `double` or `string`; of a text, the only values that it has, if they are fixed."""

    name: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As it is called in CEL."""
        return self.name


@dataclass(frozen=True)
class ListOf:
    """A list; `of` is None for one that is empty."""

    of: "FactType | None"

    def __str__(self) -> str:
        """As it is called in CEL."""
        return f"list({self.of})" if self.of else "list"


@dataclass(frozen=True)
class Record:
    """Facts by name. `says` explains each of them, for people."""

    title: str
    facts: dict[str, "FactType"]
    says: dict[str, str]

    def __str__(self) -> str:
        """For people."""
        return self.title


FactType = Plain | ListOf | Record
BOOL, INT, DOUBLE, STRING = map(Plain, ("bool", "int", "double", "string"))
_PLAIN: dict[Any, Plain] = {bool: BOOL, int: INT, float: DOUBLE, str: STRING}
_OF_STAGE: dict[Stage, type[Before]] = {"before_scan": Before, "after_scan": After}


def facts_known(stage: Stage, rules: Collection[str]) -> Record:
    """All that a profile of that stage may ask of; `rules` are those that give verdicts."""
    return _record(_OF_STAGE[stage], tuple(rules))


def _record(kind: type[Any], rules: tuple[str, ...]) -> Record:
    hints = get_type_hints(kind, include_extras=True)
    facts, says = {}, {}
    for each in fields(kind):
        hint = hints[each.name]
        told = hint.__metadata__[0] if get_origin(hint) is Annotated else (hint.__doc__ or "")
        says[each.name] = told.split("\n")[0]
        facts[each.name] = _type(hint, rules)
    return Record(kind.__name__.removesuffix("Facts").lower(), facts, says)


def _type(hint: Any, rules: tuple[str, ...]) -> FactType:
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(inside[0], rules)
    if origin in (types.UnionType, Union):
        return _type(next(each for each in inside if each is not type(None)), rules)
    if origin is Literal:
        return Plain("string", inside)
    if origin is tuple:
        return ListOf(_type(inside[0], rules))
    if origin is dict:
        names = get_args(inside[0]) or rules
        return Record("map", {name: _type(inside[1], rules) for name in names}, {})
    return _record(hint, rules) if isinstance(hint, type) and is_dataclass(hint) else _PLAIN[hint]
