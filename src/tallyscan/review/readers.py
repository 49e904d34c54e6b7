"""Who reads a scan next: a first reader, another person where the two must agree, a third where they do not."""

from datetime import datetime
from typing import Any, Literal

from tallyscan.decision import READERS, Because, Decision, DecisionHistory, Reader, WaitsFor

MachineSays = Literal["alarm", "no_alarm", "not_assessed"]


def machine_says(reading: dict[str, Any] | None) -> MachineSays:
    """Of a reading as it is published: a red lane is an alarm, whatever it rests on."""
    if reading is None or reading["risk"]["lane"] == "not_assessed":
        return "not_assessed"
    return "alarm" if reading["anomaly"]["alarm"] or reading["risk"]["lane"] == "red" else "no_alarm"


def waits_for(
    history: DecisionHistory, machine: MachineSays, *, drawn: bool, selected: bool, asked: bool = False
) -> WaitsFor | None:
    """None where all has been said. `drawn`: it is in the share for a second reader; `selected`: a risk profile asks
    for one; `asked`: a targeting officer asks for a further one than have read it.
    """
    first, second, third = map(history.standing_of, READERS)
    if first is None:
        return WaitsFor("first", "undecided")
    if second is None:
        because = _why_second(first, machine, drawn=drawn, selected=selected, asked=asked)
        return WaitsFor("second", because) if because else None
    because = _why_third(first, second, machine) or ("asked_for" if asked else None)
    return WaitsFor("third", because) if third is None and because else None


def is_read_since(history: DecisionHistory, at: datetime) -> bool:
    """Whether another reader than the first decided after that."""
    return any(each.reader != "first" and each.received_at > at for each in history.standing)


def may_read(person: str, reader: Reader, history: DecisionHistory) -> bool:
    """Nobody is given a scan again on which they decided as another reader."""
    undone = {undo.undoes for undo in history.undos}
    return all(each.by != person or each.reader == reader or each.id in undone for each in history.decisions)


def shown_to(person: str, waiting: WaitsFor | None, history: DecisionHistory) -> tuple[Decision, ...]:
    """The decisions that a person sees: all, once nobody is waited for; until then their own."""
    return tuple(each for each in history.decisions if waiting is None or each.by == person)


def _why_second(
    first: Decision, machine: MachineSays, *, drawn: bool, selected: bool, asked: bool
) -> Because | None:
    if _is_against(first, machine):
        return "disagreement"
    if asked:
        return "asked_for"
    if (
        first.decision == "refer"
    ):  # whoever it is referred to answers; another officer only where that is asked
        return "asked_for" if first.reason == "second_opinion" else None
    if selected:
        return "selected"
    return "share" if drawn else None


def _why_third(first: Decision, second: Decision, machine: MachineSays) -> Because | None:
    """An answer to what was referred contradicts nobody; it is held against the machine as a first reader's is."""
    if (second.decision, second.reason) == ("refer", "second_opinion"):
        return "asked_for"
    if first.decision == "refer":
        return "disagreement" if _is_against(second, machine) else None
    return "readers_differ" if second.decision not in (first.decision, "refer") else None


def _is_against(said: Decision, machine: MachineSays) -> bool:
    return (said.decision, machine) in {("clear", "alarm"), ("suspicious", "no_alarm")}
