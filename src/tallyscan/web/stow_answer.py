"""The answer to STOW-RS: which objects were stored and which were not (PS3.18 10.5.3 and table I.2-1)."""

from collections.abc import Sequence
from typing import Any

from tallyscan.acquire.dicom_status import Outcome, Status

MEDIA_TYPE = "application/dicom+json"


def stow_status(outcomes: Sequence[Outcome]) -> int:
    """HTTP: 200 all are stored, 202 some, 409 none, 503 none for lack of room or of an answer from the store."""
    failed = [outcome for outcome in outcomes if outcome.status != Status.SUCCESS]
    if not failed:
        return 200
    if len(failed) < len(outcomes):
        return 202
    return 503 if {outcome.status for outcome in failed} == {Status.OUT_OF_RESOURCES} else 409


def stow_document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The data set in the DICOM JSON model. There is nothing to retrieve from, so no URL is given."""
    stored = [_named(each) for each in outcomes if each.status == Status.SUCCESS]
    failed = [each for each in outcomes if each.status != Status.SUCCESS]
    known = [_named(each) | _reason(each) for each in failed if each.sop_instance]
    unknown = [_reason(each) for each in failed if not each.sop_instance]
    sequences = {"00081198": known, "00081199": stored, "0008119A": unknown}
    return {"00081190": {"vr": "UR"}} | {
        tag: {"vr": "SQ", "Value": items} for tag, items in sequences.items() if items
    }


def _named(outcome: Outcome) -> dict[str, Any]:
    return {
        "00081150": {"vr": "UI", "Value": [outcome.sop_class]},
        "00081155": {"vr": "UI", "Value": [outcome.sop_instance]},
    }


def _reason(outcome: Outcome) -> dict[str, Any]:
    return {"00081197": {"vr": "US", "Value": [int(outcome.status)]}}
