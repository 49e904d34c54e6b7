"""The facts as an editor offers them: each by the whole way to it, with type, values and meaning."""

from collections.abc import Iterator
from dataclasses import dataclass

from tallyscan.select.fact_types import FactType, ListOf, Plain, Record


@dataclass(frozen=True)
class FactOffered:
    """`path` is the way to it, `[]` after each list that has to be looked into: `declaration.items[].hs_code`.

    `type` is as CEL calls it, `values` are the only ones that a text has, if they are fixed. `has_more`: it has facts
    of its own, whose paths begin with this one.
    """

    path: str
    type: str
    values: tuple[str, ...]
    meaning: str
    has_more: bool


def facts_offered(facts: Record) -> tuple[FactOffered, ...]:
    """All of a stage, each after what it belongs to."""
    return tuple(_of_record(facts, ""))


def _of_record(record: Record, before: str) -> Iterator[FactOffered]:
    for name, kind in record.facts.items():
        path = f"{before}{name}"
        inner = kind.of if isinstance(kind, ListOf) else kind
        yield FactOffered(
            path, str(kind), _values(inner), record.says.get(name, ""), isinstance(inner, Record)
        )
        if isinstance(inner, Record):
            yield from _of_record(inner, f"{path}{'[]' if isinstance(kind, ListOf) else ''}.")


def _values(kind: FactType | None) -> tuple[str, ...]:
    return kind.values if isinstance(kind, Plain) else ()
