"""What is done once at the end of a transaction, however often it is asked for, and in this order."""

from collections.abc import Callable
from typing import Literal

from sqlalchemy import event
from sqlalchemy.orm import Session

Step = Literal["lines", "jobs"]
_ORDER: tuple[Step, ...] = ("lines", "jobs")  # what a line is made of says how pressing a job is
_ASKED = "before_commit"


def once_before_commit(session: Session, step: Step, call: Callable[[Session], None]) -> None:
    """Call it in this transaction, right before it is committed; never when it is rolled back."""
    asked: dict[Step, Callable[[Session], None]] = session.info.setdefault(_ASKED, {})
    if not asked:
        event.listen(session, "before_commit", _run, once=True)
    asked[step] = call


def _run(session: Session) -> None:
    asked: dict[Step, Callable[[Session], None]] = session.info[_ASKED]
    for step in _ORDER:
        if step in asked:
            asked[step](session)
    session.info.pop(_ASKED)
