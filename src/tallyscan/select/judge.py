"""Which profiles hit a consignment: each expression over the facts, undetermined where it needs what is not known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import cel

from tallyscan.risk_profile import RiskProfile
from tallyscan.select.facts import Before, as_known

MOST_PROGRAMS = 8192
_MOST_TRIES = 4
ProgramOf = Callable[[str, int, str], cel.Program]
_LISTS = (("declaration", "items"), ("scans",))


@dataclass(frozen=True)
class Judged:
    """`why` says what is missing where it is undetermined."""

    profile: RiskProfile
    outcome: Literal["hit", "miss", "undetermined"]
    why: str | None = None


@dataclass(frozen=True)
class Known:
    """The facts of one consignment, ready for the engine."""

    values: dict[str, Any]
    _contexts: dict[frozenset[str], cel.Context] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Before) -> "Known":
        """Once for all profiles."""
        return cls(as_known(facts))

    def context(self, missed: frozenset[str] = frozenset()) -> cel.Context:
        """With those items and scans last that lack any of these facts."""
        if missed not in self._contexts:
            self._contexts[missed] = cel.Context(variables=_reordered(self.values, missed))
        return self._contexts[missed]


@lru_cache(MOST_PROGRAMS)
def _program(_profile: str, _version: int, expression: str) -> cel.Program:
    return cel.compile(expression)


def judge(
    profiles: Iterable[RiskProfile],
    facts: Before,
    program_of: ProgramOf = _program,
) -> tuple[Judged, ...]:
    """Each of them, in their order. A profile is compiled once, not for each consignment."""
    known = Known.of(facts)
    return tuple(_judge(profile, program_of, known) for profile in profiles)


def _judge(profile: RiskProfile, program_of: ProgramOf, known: Known) -> Judged:
    """`exists` stops at the first item that lacks a fact, though one behind it may hit: such items are asked last."""
    try:
        program = program_of(profile.id, profile.version, profile.expression)
    except Exception as error:  # noqa: BLE001 - as below: one that this engine does not take hides no other
        return Judged(profile, "undetermined", _in_words(error))
    missed: frozenset[str] = frozenset()
    for _ in range(_MOST_TRIES):
        try:
            answer = program.execute(known.context(missed))
        except KeyError as error:
            name = str(error.args[0])
            if name in missed:
                return Judged(profile, "undetermined", f"{name} is not known")
            missed |= {name}
            continue
        except Exception as error:  # noqa: BLE001 - whatever the engine says, it is no answer, and never a miss
            return Judged(profile, "undetermined", _in_words(error))
        if isinstance(answer, bool):
            return Judged(profile, "hit" if answer else "miss")
        return Judged(profile, "undetermined", f"it gives {type(answer).__name__}, not true or false")
    return Judged(profile, "undetermined", f"{' and '.join(sorted(missed))} are not known")


def _in_words(error: Exception) -> str:
    return str(error).partition(". ")[0].rstrip(".") or type(error).__name__


def _reordered(values: dict[str, Any], missed: frozenset[str]) -> dict[str, Any]:
    if not missed:
        return values
    turned = dict(values)
    for path in _LISTS:
        *outer, name = path
        holder = turned.get(outer[0]) if outer else turned
        if not isinstance(holder, dict) or name not in holder:
            continue
        last = sorted(holder[name], key=lambda record: _lacks(record, missed))
        if outer:
            turned[outer[0]] = {**holder, name: last}
        else:
            turned[name] = last
    return turned


def _lacks(record: dict[str, Any], missed: frozenset[str]) -> bool:
    has = set(record).union(*(value for value in record.values() if isinstance(value, dict)))
    return not missed <= has
