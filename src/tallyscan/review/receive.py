"""Whether what comes in about a consignment fits what is on record of it."""

from datetime import datetime

from tallyscan.errors import Conflict
from tallyscan.incoming import IncomingHistory, IncomingSaid, kind_of
from tallyscan.review.clock import check_time


def check_incoming(said: IncomingSaid, consignment: str, history: IncomingHistory, now: datetime) -> None:
    """Raises `Conflict` with the reason when it does not fit."""
    check_time(said.at, now)
    if said.corrects is None:
        return
    kind = kind_of(said)
    if said.corrects not in {entry.id for entry in history.standing if kind_of(entry) == kind}:
        raise Conflict(
            f"No {kind.replace('_', ' ')} {said.corrects} of consignment {consignment!r} stands.",
            remedy="Name in `corrects` the one that is to be replaced; leave it out for a further one.",
        )
