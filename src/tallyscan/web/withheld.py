"""Whoever still has to read a scan is told by no other route what it was read to be, or what another reader said.

The desk, scans beside a scan, the board and the live lines say of each scan what is withheld, whoever asks. All other
routes do so for those who do nothing but read scans: operators without another role.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Literal

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from tallyscan.access.caller import Caller
from tallyscan.errors import Forbidden, NotFound
from tallyscan.statement import consignment_named
from tallyscan.store import desk as rows
from tallyscan.store.consignment_referrals import refers_consignment
from tallyscan.store.referrals import scan_of_referral
from tallyscan.web.gate import CallerDep
from tallyscan.web.service import Service, ServiceDep

Told = Literal["reading", "words"]
"""What a route tells: what the machine, or a control, found; what officers said."""

_IN_WORDS: dict[Told, str] = {
    "reading": "is read blind: what was read and found of it is hidden from you",
    "words": "waits for a further reader: what others said of it is hidden from you",
}


def reads_alone(caller: Caller) -> bool:
    """Whether whoever asks does nothing but read scans."""
    return caller.kind == "person" and caller.roles == {"operator"}


def hidden_readings(session: Session, service: Service, caller: Caller, scans: Collection[str]) -> set[str]:
    """Those of these scans of which whoever asks is not told what they were read to be."""
    return service.desk.hides(session, caller.name, scans) if reads_alone(caller) else set()


def hidden_words(session: Session, service: Service, caller: Caller, scans: Collection[str]) -> set[str]:
    """Those of these scans of which whoever asks is not told what others said."""
    if not reads_alone(caller) or caller.name is None:
        return set()
    return service.desk.hides_words(session, caller.name, scans)


def hidden_scans(session: Session, service: Service, caller: Caller, scans: Collection[str]) -> set[str]:
    """Those of which something is withheld from whoever asks: what they were read to be, or what others said."""
    return hidden_readings(session, service, caller, scans) | hidden_words(session, service, caller, scans)


def hidden_consignments(
    session: Session, service: Service, caller: Caller, consignments: Collection[str]
) -> set[str]:
    """Those of these consignments of which whoever asks is told neither the risk nor what led to it."""
    if not reads_alone(caller):
        return set()
    scans = rows.scans_of(session, consignments)
    hidden = hidden_scans(session, service, caller, {scan for each in scans.values() for scan in each})
    return {consignment for consignment, each in scans.items() if each & hidden}


_HIDDEN = {"reading": hidden_readings, "words": hidden_words}


def tells(*what: Told) -> Callable[[Request, Service, Caller], None]:
    """For a route about one scan, consignment or referral that tells that. Raises `Forbidden` while it is hidden from
    whoever asks.
    """

    def check(request: Request, service: ServiceDep, caller: CallerDep) -> None:
        if not reads_alone(caller):
            return
        with service.database.read() as session:
            scans = _concerned(session, request.path_params)
            for kind in what:
                if hidden := _HIDDEN[kind](session, service, caller, scans):
                    raise Forbidden(
                        f"Scan {min(hidden)} {_IN_WORDS[kind]}.",
                        remedy="Read it at the desk: it is shown once you have decided, and what others said once "
                        "nobody is waited for.",
                    )

    return check


TELLS_READING = Depends(tells("reading"))
TELLS_WORDS = Depends(tells("words"))
TELLS_BOTH = Depends(tells("reading", "words"))


def _concerned(session: Session, address: dict[str, str]) -> set[str]:
    """The scans that an address is about; none of what is not here: the route says so."""
    if "scan_id" in address:
        return {address["scan_id"]}
    if "consignment" in address:
        consignment = consignment_named(address["consignment"])
    else:
        referral = str(address["referral_id"])
        consignment = refers_consignment(session, referral)
        if consignment is None:
            with suppress(NotFound):
                return {scan_of_referral(session, referral)}
    return rows.scans_of(session, [consignment])[consignment] if consignment is not None else set()
