"""Selections, profiles and traders in the store, through the same calls as the service. All of it is invented."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.orm import Session

from tallyscan.bootstrap import Store, open_store, profile_book
from tallyscan.control_result import ControlResultSaid
from tallyscan.decision import DecisionSaid, UndoSaid
from tallyscan.declaration import Declaration
from tallyscan.errors import Conflict, NotFound, Unavailable
from tallyscan.inspection import InspectionSaid
from tallyscan.interview import InterviewSaid
from tallyscan.profile_book import ProfileBook
from tallyscan.recorder import Recorder
from tallyscan.risk_profile import ReleaseSaid, RetireSaid, RiskProfileSaid
from tallyscan.risk_score import RiskScoreSaid
from tallyscan.select.judge import judge
from tallyscan.selection import JUDGED_LATER, Selection
from tallyscan.selection_key import selection_key
from tallyscan.selector import Reconsideration, Selector
from tallyscan.settings import Settings
from tallyscan.store.database import migrate, open_database
from tallyscan.store.evidence import evidence_of
from tallyscan.store.live_lines import lines_after, position_before, put_lines
from tallyscan.store.outbox_rows import OutboxRows
from tallyscan.store.past_cases import past_evidence
from tallyscan.store.readings import Shown, save_reading
from tallyscan.store.selection_tables import DeclaredOfficeRow, LiveRow, SelectionReasonRow
from tallyscan.store.selections import selections, standing
from tallyscan.store.tables import AlertBudgetRow
from tallyscan.store.traders import trader_history
from tallyscan.store.waiting_lists import listed
from tests.review.builders import clear
from tests.store.builders import reading_of, scan_files, sidecar_json

HEAVY = "declaration.gross_mass_kg > 5000"
LATER = datetime(2200, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def book(store: Store) -> ProfileBook:
    return profile_book(store)


def release(book: ProfileBook, name: str = "heavy", **more: Any) -> None:
    said: dict[str, Any] = {
        "title": "Heavy goods",
        "by": "officer-1",
        "stage": "before_scan",
        "expression": HEAVY,
        "action": "scan",
    }
    draft = book.save(name, RiskProfileSaid.model_validate(said | more))
    book.release(name, draft.version, ReleaseSaid(by="officer-2"))


def declare(
    store: Store, name: str, *, mass_kg: float = 9000, container: str = "CSQU3054383", **more: Any
) -> None:
    item = {"goodsItemNumber": 1, "descriptionOfGoods": "Paper", "grossMass": mass_kg}
    document: dict[str, Any] = {
        "LRN": name,
        "transportEquipment": [{"containerIdentificationNumber": container}],
        "goodsItems": [item],
        **more,
    }
    store.intake.accept_declaration(json.dumps(document).encode(), origin="test", consignment=name)


def scan(store: Store, consignment: str, image: bytes = b"pixels", container: str = "CSQU3054383") -> str:
    sidecar = sidecar_json(container)
    accepted = store.intake.accept_scan(scan_files(image, sidecar), origin="test", consignment=consignment)
    return accepted.scan_id


def read(store: Store, *, score: float = 0.4) -> None:
    """The next scan, as the worker saves it."""
    claim = store.queue.claim()
    assert claim is not None
    reading = reading_of(claim.scan_id, score=score, version=claim.declaration_version)
    with store.database.write() as session:
        saved = save_reading(session, claim, reading, state="read", shown=Shown())
        assert claim.consignment is not None
        store.selector.after_scan(session, claim.consignment, saved.at)


def steps(store: Store, consignment: str) -> tuple[Selection, ...]:
    with store.database.read() as session:
        return selections(session, consignment)


def events(store: Store) -> list[tuple[str, str]]:
    return [
        (each.event["type"].removeprefix("org.tallyscan."), each.event["subject"])
        for each in OutboxRows(store.database).due(100)
    ]


def test_declaration_selection_and_event_are_kept_together_or_not_at_all(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(book)

    def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("tallyscan.selector.put_event", power_cut)
        with pytest.raises(RuntimeError, match="power cut"):
            declare(store, "C-1")
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM declarations")).scalar() == 0
    assert (steps(store, "C-1"), events(store)) == ((), [])
    declare(store, "C-1")
    assert [step.selected for step in steps(store, "C-1")] == [True]
    assert events(store) == [("selection.made.v1", "selection/before_scan/C-1")]


def test_what_is_as_it_was_makes_no_step_and_what_is_withdrawn_is_told(
    store: Store, book: ProfileBook
) -> None:
    release(book)
    declare(store, "C-1")
    declare(store, "C-1", mass_kg=9001)  # another version, the same answer
    declare(store, "C-1", mass_kg=1)
    declare(store, "C-1", mass_kg=2)
    assert [(step.sequence, step.supersedes, step.actions) for step in steps(store, "C-1")] == [
        (1, None, ("scan",)),
        (2, 1, ()),
    ]
    assert [kind for kind, _ in events(store)] == ["selection.made.v1", "selection.withdrawn.v1"]
    made, withdrawn = OutboxRows(store.database).due(10)
    assert withdrawn.event["data"]["supersedes"] == made.event_id


def test_a_hit_that_is_not_drawn_is_on_record_with_its_chance_and_nobody_is_told(
    store: Store, book: ProfileBook
) -> None:
    release(book, random_share=1e-6)
    declare(store, "C-1")
    (step,) = steps(store, "C-1")
    assert (step.selected, step.chances) == (False, {"scan": pytest.approx(1e-6)})
    with store.database.read() as session:
        (row,) = session.execute(select(SelectionReasonRow)).scalars()
        assert (row.profile_id, row.profile_version, row.chance, row.drawn) == ("heavy", 1, 1e-6, False)
    assert events(store) == []


def test_a_consignment_without_any_reason_leaves_no_trace(store: Store) -> None:
    declare(store, "C-1")
    assert steps(store, "C-1") == ()


def test_the_random_share_of_the_site_draws_the_same_at_every_start(settings: Settings) -> None:
    half = settings.model_copy(update={"random_scan_share": 0.5})
    with open_store(half) as store:
        for number in range(20):
            declare(store, f"C-{number}")
        first = {name: standing_of(store, name) for name in map("C-{}".format, range(20))}
    with open_store(half) as again:
        for number in range(20):
            declare(again, f"C-{number}", mass_kg=1)
        assert {name: standing_of(again, name) for name in first} == first
    assert 0 < sum(first.values()) < 20


def standing_of(store: Store, consignment: str) -> bool:
    with store.database.read() as session:
        found = standing(session, consignment, "before_scan")
    return found is not None and found.selected


def test_what_is_scanned_already_is_not_selected_for_a_scan(store: Store, book: ProfileBook) -> None:
    scan(store, "C-1")
    release(book)
    declare(store, "C-1")
    assert (steps(store, "C-1"), events(store)) == ((), [])


def test_a_consignment_is_judged_after_the_scan_when_none_of_its_scans_waits(
    store: Store, book: ProfileBook
) -> None:
    release(book, "score", stage="after_scan", action="open", expression="scans.exists(s, s.score > 0.3)")
    declare(store, "C-1")
    scan(store, "C-1")
    scan(store, "C-1", b"other pixels")
    read(store)
    assert steps(store, "C-1") == ()
    read(store, score=0.01)
    (step,) = steps(store, "C-1")
    assert (step.stage, step.actions) == ("after_scan", ("open",))


def test_what_a_scan_that_left_had_shown_is_withdrawn(store: Store, book: ProfileBook) -> None:
    release(book, "any", stage="after_scan", action="open", expression="scans.exists(s, s.status == 'read')")
    declare(store, "C-1")
    declare(store, "C-2", container="TGHU7599330")
    moving = scan(store, "C-1")
    read(store)
    with store.database.write() as session:
        store.joins.decide(session, moving, "C-2", by="officer", reason="The doors.", now=datetime.now(UTC))
    assert [step.selected for step in steps(store, "C-1")] == [True, False]
    read(store)
    assert [step.selected for step in steps(store, "C-2")] == [True]


def test_what_people_and_other_systems_say_of_the_risk_reaches_the_selection(
    store: Store, book: ProfileBook
) -> None:
    release(book, "red", stage="after_scan", action="open", expression="risk.lane == 'red'")
    declare(store, "C-1")
    scanned = scan(store, "C-1")
    read(store, score=0.01)
    assert steps(store, "C-1") == ()
    recorder = Recorder(store.database, "urn:test", on_risk=store.selector.after_scan)
    high = {"by": "engine", "score": 0.99}
    recorder.receive("C-1", RiskScoreSaid.model_validate(high))
    assert [step.selected for step in steps(store, "C-1")] == [True]
    recorder.receive("C-1", RiskScoreSaid.model_validate(high | {"score": 0.001}))
    assert [step.selected for step in steps(store, "C-1")] == [True, False]
    suspect = DecisionSaid.model_validate(
        clear(decision="suspicious", reason="people", by="o", comment="Two of them, behind the cab.")
    )
    decision = recorder.decide(scanned, suspect).entry
    recorder.undo(scanned, str(decision.id), UndoSaid(by="o"))
    assert [step.selected for step in steps(store, "C-1")] == [True, False, True, False]
    found = {"by": "i-1", "opened": "wholly", "found": True, "items": [{"description": "Cigarettes"}]}
    recorder.inspect(scanned, InspectionSaid.model_validate(found))
    assert steps(store, "C-1")[-1].selected
    recorder.receive("C-9", RiskScoreSaid.model_validate(high))
    assert steps(store, "C-9") == (), "it has no scan that could be opened"


def test_the_list_of_a_site_is_ordered_by_priority_and_expected_arrival(
    store: Store, book: ProfileBook
) -> None:
    release(book)
    release(book, "urgent", priority=1, expression="declaration.gross_mass_kg > 50000.0", title="Urgent")
    office = {"referenceNumber": "XXOFF001"}

    def expected(day: int) -> dict[str, Any]:
        return {"customsOffices": [office | {"arrivalDateAndTimeEstimated": f"2026-02-0{day}T10:00:00Z"}]}

    declare(store, "late", **expected(3))
    declare(store, "soon", **expected(2))
    declare(store, "anywhere")
    declare(store, "urgent", mass_kg=60_000, **expected(4))
    declare(store, "elsewhere", customsOffices=[{"referenceNumber": "XXOFF002"}])
    since = datetime.now(UTC) - timedelta(days=1)
    with store.database.read() as session:
        found = listed(session, "xxoff001", "before_scan", since=since, limit=10)
        assert [each.consignment for each in found] == ["urgent", "soon", "late", "anywhere"]
        assert len(listed(session, "XXOFF001", "before_scan", since=since, limit=2)) == 2
        assert listed(session, "XXOFF001", "before_scan", since=LATER, limit=10) == ()
        assert listed(session, "XXOFF001", "after_scan", since=since, limit=10) == ()


def test_a_trader_s_history_counts_earlier_consignments_in_any_role(store: Store) -> None:
    trader = {"identificationNumber": "XX 123-45"}
    declare(store, "C-1", consignee=trader)
    declare(store, "C-2", consignor={"identificationNumber": "xx12345"}, container="TGHU7599330")
    declare(store, "C-3", consignee={"identificationNumber": "XX999"})
    declare(store, "C-4", consignee=trader, consignor={"name": "Nobody knows the number"})
    scanned = scan(store, "C-1")
    read(store)
    found = {"by": "i-1", "opened": "in_part", "found": True, "items": [{"description": "Cigarettes"}]}
    recorder = Recorder(store.database, "urn:test")
    said = InspectionSaid.model_validate(found)
    inspection = recorder.inspect(scanned, said).entry
    with store.database.read() as session:
        evidence = evidence_of(session, "C-4", "before_scan", datetime.now(UTC))
    assert evidence is not None
    assert evidence.consignor is None, "a name alone is nobody's history"
    history = evidence.consignee
    assert history is not None
    assert (history.consignments, history.scanned, history.opened, history.finds) == (2, 1, 1, 1)
    assert history.days_since_last == pytest.approx(0, abs=0.01)
    nothing = {"by": "i-1", "opened": "wholly", "found": False, "corrects": inspection.id}
    recorder.inspect(scanned, InspectionSaid.model_validate(nothing))
    with store.database.read() as session:
        party = evidence.declaration.consignee if evidence.declaration else None
        now = datetime.now(UTC)
        after = trader_history(session, party, consignment="C-4", before=now, as_of=now)
        then = trader_history(session, party, consignment="C-4", before=now, as_of=inspection.received_at)
    assert after is not None
    assert then is not None
    assert ((after.opened, after.finds), (then.opened, then.finds)) == ((1, 0), (1, 1))


def test_what_customs_found_in_a_load_that_was_never_scanned_here_is_a_find(store: Store) -> None:
    trader = {"identificationNumber": "XX12345"}
    for name in ("C-1", "C-2", "C-3", "C-4"):
        declare(store, name, consignee=trader)
    recorder = Recorder(store.database, "urn:test")
    first = recorder.receive("C-1", ControlResultSaid(by="i-1", code="B1")).entry
    recorder.receive("C-2", ControlResultSaid(by="i-1", code="A1"))
    recorder.receive("C-3", ControlResultSaid(by="i-1", code="A2"))  # without a look inside
    corrected = ControlResultSaid(by="i-1", code="A1", corrects=first.id)

    def history() -> tuple[int, int, int]:
        with store.database.read() as session:
            evidence = evidence_of(session, "C-4", "before_scan", datetime.now(UTC))
        assert evidence is not None
        assert evidence.consignee is not None
        return evidence.consignee.scanned, evidence.consignee.opened, evidence.consignee.finds

    assert history() == (0, 2, 1)
    recorder.receive("C-1", corrected)
    assert history() == (0, 2, 0)


def test_a_corrected_declaration_changes_who_trades(store: Store) -> None:
    declare(store, "C-1", consignee={"identificationNumber": "XX1"})
    declare(store, "C-1", consignee={"identificationNumber": "XX2"})
    with store.database.read() as session:
        rows = session.execute(text("SELECT role, party FROM declared_parties")).all()
    assert [tuple(row) for row in rows] == [("consignee", "XX2")]


def test_what_is_pending_is_judged_again_when_other_profiles_are_in_force(
    store: Store, book: ProfileBook
) -> None:
    again = Reconsideration(store.database, store.selector, within=timedelta(days=30))

    def all_again() -> int:
        done = 0
        while again.step():
            done += 1
        return done

    declare(store, "C-1")
    declare(store, "C-2", container="TGHU7599330")
    scan(store, "C-2", container="TGHU7599330")
    read(store)
    all_again()
    release(book)
    assert all_again() > 0
    assert [step.selected for step in steps(store, "C-1")] == [True]
    assert steps(store, "C-2") == (), "it is scanned already"
    assert all_again() == 0
    book.retire("heavy", 1, RetireSaid(by="officer-2", because="The season is over."))
    all_again()
    assert [step.selected for step in steps(store, "C-1")] == [True, False]


@pytest.mark.parametrize("broken", ["evidence_of", "facts_of"])
def test_a_declaration_that_cannot_be_judged_is_kept_and_a_person_looks(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("not foreseen")

    release(book)
    with monkeypatch.context() as patch:
        patch.setattr(f"tallyscan.selector.{broken}", fails)
        declare(store, "C-1", mass_kg=1)
    (step,) = steps(store, "C-1")
    assert (step.selected, step.actions, step.declaration_version) == (True, ("scan",), 1)
    assert [(each.kind, each.profile) for each in step.reasons] == [("undetermined", None)]
    assert step.in_words == "No risk profile could be judged (ZeroDivisionError: not foreseen)"
    assert events(store) == [("selection.made.v1", "selection/before_scan/C-1")]
    again = Reconsideration(store.database, store.selector, within=timedelta(days=30))
    while again.step():
        pass
    assert [step.selected for step in steps(store, "C-1")] == [True, False], "judged again at the next start"


def test_a_consignment_that_cannot_be_judged_again_holds_up_no_other_and_no_new_profile(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(store, "C-1")
    declare(store, "C-2", container="TGHU7599330")
    release(book)
    select = Selector.select

    def fails(selector: Selector, session: Any, consignment: str, *more: Any) -> Selection | None:
        if consignment == "C-2":
            raise ZeroDivisionError("not foreseen")
        return select(selector, session, consignment, *more)

    again = Reconsideration(store.database, store.selector, within=timedelta(days=30))

    def steps_made(most: int) -> int:
        failed = 0
        for _ in range(most):
            try:
                again.step()
            except ZeroDivisionError:
                failed += 1
        return failed

    with monkeypatch.context() as patch:
        patch.setattr(Selector, "select", fails)
        assert steps_made(5) >= 2, "it is tried again"
        assert [step.selected for step in steps(store, "C-1")] == [True]
        release(book, "any", expression="declaration.items.size() > 0")
        steps_made(8)
        assert [len(step.reasons) for step in steps(store, "C-1")] == [1, 2]
    steps_made(4)
    assert [step.selected for step in steps(store, "C-2")] == [True]


def test_what_takes_long_to_judge_is_selected_until_it_is_judged_while_others_write(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(book)
    monkeypatch.setattr("tallyscan.selector.MOST_AT_ONCE", 0)
    declare(store, "C-1")
    (step,) = steps(store, "C-1")
    assert (step.actions, step.in_words) == (("scan",), JUDGED_LATER)
    corrections = iter([4000, 3000])

    def corrected_meanwhile(*given: Any) -> Any:
        if (mass_kg := next(corrections, None)) is not None:
            declare(store, "C-1", mass_kg=mass_kg)  # waits for ever where this is inside of a write
        return judge(*given)

    monkeypatch.setattr("tallyscan.selector.judge", corrected_meanwhile)
    again = Reconsideration(store.database, store.selector, within=timedelta(days=30))
    for _ in range(8):
        again.step()
    judged = steps(store, "C-1")
    assert [(each.selected, each.declaration_version) for each in judged] == [(True, 1), (False, 3)]
    assert not again.step(), "nothing is left"


def test_a_scanned_load_that_takes_long_to_judge_is_looked_at_until_it_is_judged(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(book, "score", stage="after_scan", action="open", expression="scans.exists(s, s.score > 0.3)")
    monkeypatch.setattr("tallyscan.selector.MOST_AT_ONCE", 0)
    declare(store, "C-1")
    scan(store, "C-1")
    read(store)
    again = Reconsideration(store.database, store.selector, within=timedelta(days=30))
    while again.step():
        pass
    assert [each.actions for each in steps(store, "C-1")] == [("second_reading",), ("open",)]


def test_a_dry_run_knows_only_what_was_known_then_and_what_others_selected(
    store: Store, book: ProfileBook
) -> None:
    trader = {"identificationNumber": "XX1"}
    release(book, "other", expression="declaration.gross_mass_kg > 8999")
    declare(store, "C-1", consignee=trader)
    declare(store, "C-2", consignee=trader, mass_kg=100)
    known = "consignee.earlier_consignments > 0"
    said = {"title": "Known", "by": "officer-1", "stage": "before_scan", "action": "scan"}
    draft = book.save("known", RiskProfileSaid.model_validate(said | {"expression": known}))
    begin = datetime.now(UTC) - timedelta(days=1)
    run = book.dry_run("known", draft.version, begin, LATER)
    assert (run.considered, run.hit, run.selected_already) == (2, ("C-2",), 0)
    heavy = book.save("heavy", RiskProfileSaid.model_validate(said | {"expression": HEAVY}))
    assert book.dry_run("heavy", heavy.version, begin, LATER).selected_already == 1
    assert book.dry_run("other", 1, begin, LATER).selected_already == 0, "its own selections are not others'"
    assert book.dry_run("heavy", heavy.version, begin - timedelta(days=9), begin).considered == 0
    elsewhere = book.save(
        "heavy", RiskProfileSaid.model_validate(said | {"expression": HEAVY, "sites": ["XXOFF009"]})
    )
    declare(store, "C-3", customsOffices=[{"referenceNumber": "XXOFF001"}])
    assert book.dry_run("heavy", elsewhere.version, begin, LATER).considered == 2
    with pytest.raises(Conflict):
        book.dry_run("heavy", heavy.version, LATER, begin)
    with pytest.raises(NotFound):
        book.dry_run("heavy", 7, begin, LATER)


def test_a_dry_run_after_the_scan_does_not_see_what_inspections_found_later(
    store: Store, book: ProfileBook
) -> None:
    declare(store, "C-1")
    scanned = scan(store, "C-1")
    read(store)
    found = {"by": "i-1", "opened": "wholly", "found": True, "items": [{"description": "Cigarettes"}]}
    Recorder(store.database, "urn:test").inspect(scanned, InspectionSaid.model_validate(found))
    said = {"title": "Certain", "by": "o", "stage": "after_scan", "action": "open"}
    draft = book.save("certain", RiskProfileSaid.model_validate(said | {"expression": "risk.score > 0.9"}))
    run = book.dry_run("certain", draft.version, datetime.now(UTC) - timedelta(days=1), LATER)
    assert (run.considered, run.hits, run.finds_missed) == (1, 0, 1)


def test_a_draft_that_is_saved_again_has_all_of_its_authors_and_one_version(book: ProfileBook) -> None:
    said = {"title": "T", "stage": "before_scan", "action": "scan", "expression": "true"}
    for by in ("officer-1", "officer-2", "officer-1"):
        draft = book.save("p", RiskProfileSaid.model_validate(said | {"by": by}))
    assert (draft.version, draft.authors) == (1, ("officer-1", "officer-2"))


def test_the_key_of_the_draws_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    key = selection_key(settings)
    path = settings.data_dir / "selection.key"
    assert (len(key), path.stat().st_mode & 0o777) == (32, 0o600)
    assert selection_key(settings) == key
    assert [each.name for each in settings.data_dir.iterdir()] == ["selection.key"]
    path.write_bytes(b"cut")
    with pytest.raises(Unavailable, match="not whole"):
        selection_key(settings)


def test_a_key_in_the_settings_is_used_and_no_file_made(tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path, selection_key="sixteen signs or more")  # type: ignore[arg-type]
    assert selection_key(given) == b"sixteen signs or more"
    assert "sixteen" not in repr(given)
    assert list(tmp_path.iterdir()) == []


def test_live_lines_are_of_their_site_or_of_all_and_old_ones_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallyscan.store.live_lines.MOST_KEPT", 5)
    monkeypatch.setattr("tallyscan.store.live_lines._PRUNE_EVERY", 10)

    def tell(site: str | None, words: str) -> None:
        with store.database.write() as session:
            put_lines(
                session,
                sites=[site],
                at=datetime.now(UTC),
                kind="scan.arrived",
                consignment=None,
                scan=None,
                lane=None,
                in_words=words,
            )

    for number in range(4):
        tell("XXOFF001", f"here {number}")
        tell("XXOFF002", f"there {number}")
    tell(None, "anywhere")
    with store.database.read() as session:
        lines = lines_after(session, "xxoff001", 0, 100)
        assert [line.in_words for line in lines] == [*(f"here {n}" for n in range(4)), "anywhere"]
        begin = position_before(session, "XXOFF001", 2)
        assert [line.in_words for line in lines_after(session, "XXOFF001", begin, 100)] == [
            "here 3",
            "anywhere",
        ]
        assert lines_after(session, "XXOFF001", position_before(session, "XXOFF001", 0), 100) == ()
    tell("XXOFF001", "the tenth")
    with store.database.read() as session:
        assert session.execute(select(LiveRow.position)).scalars().all() == [6, 7, 8, 9, 10]


def test_parties_of_declarations_that_came_before_are_filled_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "0009")
        connection.execute(
            text(
                "INSERT INTO consignments (id, created_at, declaration_version) VALUES ('C', '2026-01-01', 2)"
            )
        )
        for version, number in ((1, "XX 1"), (2, "xx-2")):
            document = json.dumps(
                {
                    "consignee": {"identificationNumber": number},
                    "consignor": None,
                    "customsOffices": [
                        {
                            "referenceNumber": "xx-1",
                            "arrivalDateAndTimeEstimated": f"2026-02-0{day}T10:00+02:00",
                        }
                        for day in (9, version + 3)
                    ],
                }
            )
            connection.execute(
                text(
                    "INSERT INTO declarations (consignment_id, version, received_at, origin, blob_key, "
                    "content_sha256, document) VALUES ('C', :version, '2026-01-01', 't', 'k', 's', :document)"
                ),
                {"version": version, "document": document},
            )
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        rows = session.execute(text("SELECT consignment_id, role, party FROM declared_parties")).all()
        offices = session.execute(select(DeclaredOfficeRow.office, DeclaredOfficeRow.expected_at)).all()
    assert [tuple(row) for row in rows] == [("C", "consignee", "XX2")]
    assert [tuple(row) for row in offices] == [("XX1", datetime(2026, 2, 5, 8, tzinfo=UTC))]
    database.close()


def test_priorities_of_selections_that_were_made_before_are_filled_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "0014")
        for statement in (
            "INSERT INTO consignments (id, created_at, declaration_version, weighings) "
            "VALUES ('C', '2026-01-01', 0, 0)",
            "INSERT INTO selections VALUES ('C', 'before_scan', 1, '2026-01-01', 1, 0, "
            'json(\'{"reasons": [{"priority": 2}, {"priority": 4}]}\'))',
            "INSERT INTO selection_reasons VALUES ('C', 'before_scan', 1, 0, 'p', 1, 'hit', 'scan', 1, 1)",
            "INSERT INTO selection_reasons VALUES ('C', 'before_scan', 1, 1, 'q', 1, 'hit', 'scan', 1, 1)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        ordered = select(SelectionReasonRow.priority).order_by(SelectionReasonRow.position)
        assert session.execute(ordered).scalars().all() == [2, 4]
    database.close()


def test_sites_are_compared_and_budgets_of_one_site_in_two_spellings_are_numbered_as_they_were_set(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "0014")
        for site, version, day in (("GATE-1", 1, 1), ("gate 1", 1, 2), ("GATE-1", 2, 3), ("unnamed", 1, 1)):
            connection.execute(
                text("INSERT INTO alert_budgets VALUES (:site, :version, :at, 'by', :document)"),
                {
                    "site": site,
                    "version": version,
                    "at": f"2026-01-0{day} 00:00:00",
                    "document": json.dumps({"site": site, "version": version}),
                },
            )
    engine.dispose()
    database = open_database(url)
    with database.read() as session:
        rows = session.execute(select(AlertBudgetRow).order_by(AlertBudgetRow.set_at)).scalars().all()
        found = [(row.site, row.version, row.set_at.day, row.document["version"]) for row in rows]
    assert sorted(found) == [
        ("GATE1", 1, 1, 1),
        ("GATE1", 2, 2, 2),
        ("GATE1", 3, 3, 3),
        ("UNNAMED", 1, 1, 1),
    ]
    database.close()


def queries_of(store: Store, ask: Callable[[Session], Any]) -> int:
    """How many questions the database is asked."""
    asked: list[str] = []
    with store.database.read() as session:
        engine = session.get_bind()
        count = lambda *said: asked.append(said[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", count)
        try:
            ask(session)
        finally:
            event.remove(engine, "before_cursor_execute", count)
    return len(asked)


def test_a_list_takes_as_many_queries_and_parses_as_much_however_much_waits(
    store: Store, book: ProfileBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(book)
    since = datetime.now(UTC) - timedelta(days=1)
    read_in_full: list[object] = []
    parse = Declaration.model_validate
    monkeypatch.setattr(
        Declaration, "model_validate", lambda said, **more: read_in_full.append(said) or parse(said, **more)
    )

    def list_two(session: Session) -> None:
        read_in_full.clear()
        assert len(listed(session, "XXOFF001", "before_scan", since=since, limit=2)) == 2

    declare(store, "C-1")
    declare(store, "C-2")
    few = queries_of(store, list_two)
    for number in range(3, 30):
        declare(store, f"C-{number}")
    assert queries_of(store, list_two) == few <= 5
    assert len(read_in_full) == 2


def test_a_dry_run_takes_no_query_for_a_declaration_without_known_traders(
    store: Store, book: ProfileBook
) -> None:
    release(book)
    since = datetime.now(UTC) - timedelta(days=1)

    def run(session: Session) -> None:
        found = tuple(past_evidence(session, "before_scan", since=since, until=LATER, besides="", now=LATER))
        assert all(each.selected for each in found)

    declare(store, "C-1")
    few = queries_of(store, run)
    for number in range(2, 30):
        declare(store, f"C-{number}")
    assert queries_of(store, run) == few


def test_a_corrected_declaration_moves_what_is_expected_in_the_list(store: Store, book: ProfileBook) -> None:
    release(book)
    since = datetime.now(UTC) - timedelta(days=1)
    for name, day in (("C-1", 2), ("C-2", 3), ("C-1", 4)):
        office = {"referenceNumber": "xx-off001", "arrivalDateAndTimeEstimated": f"2026-02-0{day}T10:00:00Z"}
        declare(store, name, customsOffices=[office])
    with store.database.read() as session:
        found = listed(session, "XXOFF001", "before_scan", since=since, limit=9)
    assert [(each.consignment, each.expected_at and each.expected_at.day) for each in found] == [
        ("C-2", 3),
        ("C-1", 4),
    ]


def test_questions_that_were_asked_leave_the_list_until_the_interview_is_corrected(
    store: Store, book: ProfileBook
) -> None:
    release(book, interview=["Who loaded the goods?"])
    release(book, "any", expression="true", interview=["Where?", "Who loaded the goods?"])
    declare(store, "C-1")
    recorder = Recorder(store.database, "urn:test")

    def questions() -> tuple[str, ...]:
        since = datetime.now(UTC) - timedelta(days=1)
        with store.database.read() as session:
            (waits,) = listed(session, "XXOFF001", "before_scan", since=since, limit=9)
        assert waits.actions == ("scan",), "an answer is never a reason of its own, for or against"
        return waits.interview

    def answered(profile: str | None, **more: Any) -> Any:
        answers = ({"question": "Who?", "answer": "Me."},)
        return recorder.receive("C-1", InterviewSaid(by="o", answers=answers, profile=profile, **more)).entry

    answered(None)
    assert set(questions()) == {"Who loaded the goods?", "Where?"}
    first = answered("any")
    assert questions() == ("Who loaded the goods?",), "the other profile asks that still"
    answered("heavy", corrects=first.id)
    assert set(questions()) == {"Who loaded the goods?", "Where?"}
    with pytest.raises(Conflict, match="no risk profile 'never-was'"):
        answered("never-was")
