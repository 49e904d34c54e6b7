"""Which scans an officer has referred to somebody else, and what came of it."""

from typing import Literal

from tallyscan.decision import Decision, DecisionHistory, Undo
from tallyscan.inspection import Inspection, InspectionHistory

ReferralChange = Literal["opened", "answered", "withdrawn"]


def open_referrals(decisions: DecisionHistory, inspections: InspectionHistory) -> tuple[Decision, ...]:
    """The decisions that refer the scan and stand, and that nobody has answered since: neither the other reader, nor a
    control that looked inside."""
    looked = [each.received_at for each in inspections.standing if each.result != "not_opened"]
    return tuple(
        referral
        for referral in decisions.standing
        if referral.decision == "refer"
        and not any(at >= referral.received_at for at in looked)
        and not any(
            each.reader != referral.reader and each.received_at >= referral.received_at
            for each in decisions.standing
        )
    )


def what_closed(referral: Decision, by: Decision | Undo | Inspection) -> ReferralChange:
    """Who made it takes it back, by an undo or a correction: `withdrawn`. Anybody else answers it."""
    own = isinstance(by, Undo) or (by.corrects == referral.id and by.by == referral.by)
    return "withdrawn" if own else "answered"
