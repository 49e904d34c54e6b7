"""Which scans an officer has referred to somebody else, and what came of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from tallyscan.decision import Decision, DecisionHistory, Undo
from tallyscan.disposition import Disposition
from tallyscan.errors import Conflict
from tallyscan.inspection import Inspection, InspectionHistory
from tallyscan.referral import ReferralState, ReferralStep, ReferralStepSaid
from tallyscan.review.clock import check_time

ReferralChange = Literal["opened", "forwarded", "answered", "withdrawn"]


def open_referrals(
    decisions: DecisionHistory, inspections: InspectionHistory, closed: Collection[UUID] = ()
) -> tuple[Decision, ...]:
    """The decisions that refer the scan and stand, and that nobody has answered since: neither the other reader, nor a
    control that looked inside, nor the office that was asked. `closed` are those with an answer of their own, or taken
    back."""
    looked = [each.received_at for each in inspections.standing if each.result != "not_opened"]
    return tuple(
        referral
        for referral in decisions.standing
        if referral.decision == "refer"
        and referral.id not in closed
        and not any(at >= referral.received_at for at in looked)
        and not any(
            each.reader != referral.reader and each.received_at >= referral.received_at
            for each in decisions.standing
        )
    )


def check_step(
    said: ReferralStepSaid, referral: Decision | Disposition, state: ReferralState, now: datetime
) -> None:
    """Raises `Conflict` with the reason when it does not fit: who refers withdraws, and another answers."""
    check_time(said.at, now)
    if state != "open":
        raise Conflict(
            f"Referral {referral.id} is {state}.",
            remedy="If more is to be asked, refer it again.",
        )
    own = said.by == referral.by
    if said.step == "withdrawn" and not own:
        raise Conflict(
            f"{referral.by} referred it, and nobody else withdraws that.",
            remedy="Answer it instead; not_competent says that it is not for you.",
        )
    if said.step == "answered" and own:
        raise Conflict(f"{said.by} referred it: another person answers.", remedy="Withdraw it instead.")


def what_closed(referral: Decision, by: Decision | Undo | Inspection | ReferralStep) -> ReferralChange:
    """Who made it takes it back, by an undo or a correction: `withdrawn`. Anybody else answers it."""
    if isinstance(by, ReferralStep):
        return by.step
    own = isinstance(by, Undo) or (by.corrects == referral.id and by.by == referral.by)
    return "withdrawn" if own else "answered"
