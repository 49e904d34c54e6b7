"""Every type of event has an example that follows the published schema, and a line in the reference."""

import copy
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from tallyscan.disposition import Disposition, DispositionUndo
from tallyscan.incoming import ON_RECORD
from tallyscan.join.change import JoinChange
from tallyscan.report.disposition_event import disposition_event
from tallyscan.report.incoming_event import incoming_event
from tallyscan.report.join_event import join_event
from tallyscan.report.quarantine_event import quarantine_event
from tallyscan.report.referral_event import referral_event
from tallyscan.report.scanner_event import scanner_event
from tallyscan.report.selection_event import selection_event
from tallyscan.review.referrals import ReferralChange
from tallyscan.risk import Effect, Risk, RiskRecordEntry
from tallyscan.scanner_watch import Band, Change, ChangeKind, Seen, Watch
from tallyscan.store.queries import QuarantineView
from tests.contracts.test_incoming import SENT
from tests.report.builders import made_reading, made_unread
from tests.report.sink_reading import event_validator
from tests.report.test_review_events import EVENTS
from tests.report.test_selection_event import MADE, WITHDRAWN
from tests.report.threat_reports import event_of
from tests.review.builders import clear, decision, reviewed, step_of

PAGE = (Path(__file__).parents[2] / "docs/reference/events.md").read_text(encoding="utf-8")
AT = datetime(2026, 2, 1, 12, tzinfo=UTC)


def of_join() -> dict[str, Any]:
    entry = RiskRecordEntry(3, AT, "scan_moved_away", "s1", 1, Risk(None, "not_assessed"), 2)
    told = JoinChange("s1", "moved_away", "C1", None, "plate", 0.97, "It fits.", None, AT, entry)
    return join_event(told, source="urn:tallyscan:here")


def of_quarantine() -> dict[str, Any]:
    entry = QuarantineView("q1", AT, "stow", "image", "a.dcm", 3, "a" * 64, None, "too_large", "1 MB.", None)
    return quarantine_event(entry, source="urn:tallyscan:here")


def of_scanner(kind: ChangeKind) -> dict[str, Any]:
    band = Band(50_000.0, 49_000.0, 51_000.0, 100)
    watch = Watch("air_level", "6 MV")
    change = Change(kind, 47_800.0, Seen("s1", AT), band, band)
    return scanner_event(
        watch,
        change,
        event_id="w1",
        device="gate 1",
        sequence=2,
        scan_id="s5",
        at=AT,
        source="urn:tallyscan:here",
    )


def of_referral(change: ReferralChange) -> dict[str, Any]:
    referral = decision(1, **clear(decision="refer", reason="specialist"))
    how: dict[str, Any] = {"sequence": "2", "at": AT, "source": "urn:tallyscan:here"}
    return referral_event(change, referral, reviewed(), to=None, by_event="decision-1", **how)


def of_forwarding() -> dict[str, Any]:
    referral = decision(1, **clear(decision="refer", reason="specialist"))
    step = step_of("forwarded", to={"office": "XX000900", "authority": "border_guard"})
    how: dict[str, Any] = {"sequence": "2", "at": AT, "source": "urn:tallyscan:here"}
    return referral_event("forwarded", referral, reviewed(), to=step.to, step=step, **how)


def of_incoming() -> Iterator[dict[str, Any]]:
    effect = Effect("It stands on the record.")
    step = RiskRecordEntry(3, AT, "recorded", None, 1, Risk(None, "not_assessed"), 2)
    for kind, said in SENT.items():
        for corrects in (None, UUID(int=7)):
            told = {"id": UUID(int=8), "at": AT, "received_at": AT, "consignment": "C1", "corrects": corrects}
            outcome = {"outcome": "nothing"} if kind == "control_result" else {}
            entry = ON_RECORD[kind].model_validate(said | told | outcome)
            yield incoming_event(entry, effect, step, sites=("GATE-1",), source="urn:tallyscan:here")


def of_disposition() -> Iterator[dict[str, Any]]:
    step = RiskRecordEntry(3, AT, "disposition_open", None, 1, Risk(None, "not_assessed"), 2)
    said = {"id": UUID(int=9), "consignment": "C1", "by": "officer-7", "at": AT, "received_at": AT}
    made = Disposition.model_validate(said | {"disposition": "open", "ground": "anomaly", "record": 2})
    undo = DispositionUndo(id=UUID(int=10), consignment="C1", undoes=made.id, by="officer-7", at=AT)
    about: dict[str, Any] = {"step": step, "sites": ("GATE-1",), "source": "urn:tallyscan:here"}
    yield disposition_event(made, standing=made, **about)
    corrected = made.model_copy(update={"id": UUID(int=11), "corrects": made.id})
    yield disposition_event(corrected, standing=corrected, **about)
    yield disposition_event(made, undo=undo, standing=None, **about)
    for number, kind in enumerate(("forwarded", "answered", "withdrawn"), start=20):
        more = {"to": {"office": "XX000777"}} if kind == "forwarded" else {}
        answer = step_of(kind, number, **more).model_copy(update={"referral": made.id, "scan_id": None})
        yield disposition_event(made, answer=answer, standing=made, **about)


EXAMPLES = [
    event_of(made_reading()),
    event_of(made_reading(), revision=2, supersedes="r1"),
    event_of(made_unread()),
    *EVENTS.values(),
    *of_incoming(),
    *of_disposition(),
    of_quarantine(),
    of_join(),
    *map(of_referral, ("opened", "answered", "withdrawn")),
    of_forwarding(),
    *map(of_scanner, ("left", "returned", "settled")),
    selection_event(MADE, source="urn:tallyscan:here"),
    selection_event(WITHDRAWN, source="urn:tallyscan:here"),
]
BY_TYPE = {event["type"]: event for event in EXAMPLES}


def types_in_schema() -> set[str]:
    schema = event_validator().schema
    names = [part["$ref"].rsplit("/", 1)[-1] for part in schema["anyOf"]]
    kinds = [schema["$defs"][name]["properties"]["type"] for name in names]
    return {value for kind in kinds for value in kind.get("enum", [kind.get("const")])}


def test_every_type_has_an_example() -> None:
    assert set(BY_TYPE) == types_in_schema()


@pytest.mark.parametrize("event", BY_TYPE.values(), ids=list(BY_TYPE))
def test_every_type_follows_the_schema_and_not_that_of_another(event: dict[str, Any]) -> None:
    event_validator().validate(event)
    for other in BY_TYPE.values():
        if other["dataschema"] != event["dataschema"]:
            mixed = copy.deepcopy(event) | {"type": other["type"], "dataschema": other["dataschema"]}
            with pytest.raises(jsonschema.ValidationError):
                event_validator().validate(mixed)


def test_every_type_is_described_and_nothing_else() -> None:
    table = PAGE.split("## Types")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(org\.[^`]+)` \|", table, re.MULTILINE)) == types_in_schema()


def test_every_type_is_named_alike() -> None:
    for name in types_in_schema():
        assert re.fullmatch(r"org\.tallyscan\.[a-z]+(-[a-z]+)*\.[a-z]+\.v1", name)
