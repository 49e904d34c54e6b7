"""Whether what a person decided can still be taken back: within seconds, by who decided it, while it stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tallyscan.decision import UNDO_SECONDS, Decision
from tallyscan.disposition import Disposition
from tallyscan.errors import Conflict, NotFound

Entry = TypeVar("Entry", Decision, Disposition)


def undoable(
    entry_id: str,
    by: str,
    entries: Sequence[Entry],
    standing: Sequence[Entry],
    now: datetime,
    *,
    kind: str,
    of: str,
) -> Entry:
    """The entry that can be undone. Raises `NotFound`, or `Conflict` with the reason.

    `kind` is what such entries are called, `of` where they stand: `decision`, `on this scan`.
    """
    entry = next((each for each in entries if str(each.id) == entry_id), None)
    if entry is None:
        raise NotFound(f"There is no {kind} {entry_id!r} {of}.")
    name, correct = f"{kind.capitalize()} {entry_id}", f"Correct it: send a {kind} that `corrects` it."
    if entry not in standing:
        raise Conflict(f"{name} does not stand any more: it was corrected or undone.")
    if entry.by != by:
        raise Conflict(f"{name} was made by somebody else.", remedy=correct)
    if now - entry.received_at > timedelta(seconds=UNDO_SECONDS):
        raise Conflict(f"{name} was made more than {UNDO_SECONDS:g} seconds ago.", remedy=correct)
    return entry
