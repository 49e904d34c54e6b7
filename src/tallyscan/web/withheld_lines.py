"""Live lines as whoever watches may know them: what no other route tells them is not in the stream either."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from tallyscan.access.caller import Caller
from tallyscan.store.disposed_lines import DisposedLine, disposed_in
from tallyscan.store.live_lines import LiveLine
from tallyscan.web.service import Service
from tallyscan.web.withheld import Told, hidden_consignments, hidden_words
from tallyscan.wording import said

ToldLine = tuple[LiveLine, DisposedLine | None]
_OF_SCAN: dict[str, set[Told]] = {
    "reading": {"reading"},
    "inspection": {"reading"},
    "referral": {"reading", "words"},
    "decision": {"words"},
}
"""What a line of a scan tells in words, by what its kind begins with."""

_TELL_NOTHING = ("scan.", "declaration.")


def told_lines(
    session: Session, service: Service, caller: Caller, lines: Sequence[LiveLine]
) -> tuple[ToldLine, ...]:
    """What was read of a scan is hidden from whoever has not decided on it blind. What others said of it, and all that
    follows for its consignment, is from those who do nothing but read scans.
    """
    if not lines:  # most of the time: who watches asks twice a second
        return ()
    scans = {line.scan for line in lines if line.scan}
    unread = service.desk.hides(session, caller.name, scans)
    unsaid = hidden_words(session, service, caller, scans)
    whole = {line.consignment for line in lines if line.consignment and not line.scan}
    closed = hidden_consignments(session, service, caller, whole)
    disposed = disposed_in(session, lines)

    def told(line: LiveLine) -> ToldLine:
        if not line.scan:
            is_hidden = line.consignment in closed and not line.kind.startswith(_TELL_NOTHING)
            return (_withheld(line), None) if is_hidden else (line, disposed.get(line.position))
        lane = None if line.scan in unread else line.lane
        hidden: set[Told] = {"reading"} if line.scan in unread else set()
        hidden |= {"words"} if line.scan in unsaid else set()
        tells = _OF_SCAN.get(line.kind.partition(".")[0], set())
        return _withheld(line) if tells & hidden else replace(line, lane=lane), None

    return tuple(map(told, lines))


def _withheld(line: LiveLine) -> LiveLine:
    """That it happened, and no more."""
    read = line.kind.startswith("reading.")
    words = said("Read.") if read else said("Hidden while a reader is waited for.")
    return replace(line, lane=None, in_words=str(words), said=words.sentences)
