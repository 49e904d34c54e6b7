"""The queue of targeting officers: its lines are never behind, and its pages lose and repeat nothing."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tallyscan.alert_budget import AlertBudgetSaid
from tallyscan.control_result import ControlResultSaid
from tallyscan.declaration import Declaration
from tallyscan.errors import InputError, TallyscanError
from tallyscan.risk_score import RiskScoreSaid
from tallyscan.selector import Selector
from tallyscan.store.alert_budgets import put_budget
from tallyscan.store.database import Database
from tallyscan.store.queue_rows import NO_DEADLINE, renew, renew_later, renew_some, renewals_waiting
from tallyscan.store.queue_words import MOST_WORDS, words_of
from tallyscan.store.tables import Consignment, ScanRow
from tallyscan.store.targeting_queue import QueueAsked, queue_counts, queue_page, sites_in_queue, words_asked
from tallyscan.store.targeting_tables import QueueRenewalRow, QueueRow, QueueWordRow
from tallyscan.triage.queue_place import PLACES
from tallyscan.weighing import WeighingSaid
from tests.contracts.test_dispositions import Office
from tests.review.builders import found, suspicious
from tests.select.builders import declaration
from tests.store.builders import CONTAINER, OTHER_CONTAINER, declaration_json

CONSIGNMENTS = ("C-1", "C-2", "C-3")


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database, tmp_path)


def lines(database: Database) -> dict[str, Any]:
    """Every line and its words, without the time of writing."""
    with database.read() as session:
        rows = session.execute(select(QueueRow)).scalars().all()
        told = {
            row.consignment_id: {
                each.key: getattr(row, each.key)
                for each in QueueRow.__mapper__.column_attrs
                if each.key != "changed_at"
            }
            for row in rows
        }
        for word in session.execute(select(QueueWordRow)).scalars():
            told[word.consignment_id].setdefault("words", set()).add((word.word, word.kind))
    return told


def renew_all(database: Database) -> None:
    with database.write() as session:
        for consignment in session.execute(select(Consignment.id)).scalars():
            renew(session, consignment)


def steps(office: Office, draw: random.Random) -> list[Callable[[], object]]:
    """What may happen at an office, each a transaction or several."""
    selector = Selector(b"key", {"before_scan": 0.5, "after_scan": 0.5}, "urn:tallyscan:invented")

    def consignment() -> str:
        return draw.choice(CONSIGNMENTS)

    def scan() -> str:
        with office.database.read() as session:
            ids = list(session.execute(select(ScanRow.id)).scalars())
        return draw.choice(sorted(ids)) if ids else "nobody"

    def declare() -> None:
        container = draw.choice((CONTAINER, OTHER_CONTAINER))
        data = declaration_json(container, mass_kg=draw.choice((1000, 9000)))
        name = consignment()
        office.intake.accept_declaration(data, origin="test", consignment=name)
        with office.database.write() as session:
            selector.before_scan(session, name, office.now)

    def arrives() -> None:
        container = f"CSQU{draw.randrange(10**7):07d}" if draw.random() < 0.5 else CONTAINER
        named = {"consignment": consignment()} if draw.random() < 0.5 else {}
        office.arrives(container, **named)

    def read_one() -> None:
        with suppress(AssertionError):
            office.read(draw.choice((0.02, 0.3, 0.9)))

    def select_after() -> None:
        name = consignment()
        with office.database.write() as session:
            if session.get(Consignment, name) is not None:
                selector.after_scan(session, name, office.now)

    def receive() -> None:
        said = draw.choice(
            (
                RiskScoreSaid(by="engine-1", score=draw.choice((0.1, 0.95)), lane="red"),
                ControlResultSaid(by="office", code=draw.choice(("A1", "B1"))),
                WeighingSaid(by="bridge-1", kg=draw.choice((5000, 9000)), covers="unit_gross"),
            )
        )
        office.recorder.receive(consignment(), said)

    def move() -> None:
        to = draw.choice((None, *CONSIGNMENTS))
        with office.database.write() as session:
            office.joins.decide(session, scan(), to, by="officer-7", reason="The doors.", now=office.now)

    def dispose() -> None:
        step = draw.choice(
            (
                {"disposition": "open", "ground": "anomaly"},
                {"disposition": "rescan", "ground": "image_poor"},
                {"disposition": "second_reading", "ground": "doubt"},
                {"disposition": "release", "ground": "not_assessed", "comment": "Ordered."},
                {"disposition": "release", "ground": "opened"},
            )
        )
        office.dispose(consignment(), **step)

    def undo() -> None:
        history = office.history(consignment())
        if history.standing:
            office.take_back(history.standing[-1])

    return [
        declare,
        arrives,
        read_one,
        read_one,
        select_after,
        receive,
        move,
        dispose,
        undo,
        lambda: office.decide(scan(), **suspicious()),
        lambda: office.decide(scan(), reader="second", by="officer-8"),
        lambda: office.decide(scan(), decision="not_readable", reason="image_cut"),
        lambda: office.inspect(scan(), **draw.choice((found(), {}))),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_each_line_says_what_is_on_record(office: Office, seed: int) -> None:
    draw = random.Random(seed)
    happened = 0
    for _ in range(30):
        office.now += timedelta(seconds=draw.choice((1, 5, 60)))
        with suppress(TallyscanError):
            draw.choice(steps(office, draw))()
            happened += 1
        written = lines(office.database)
        renew_all(office.database)
        assert written == lines(office.database)
    assert happened > 10
    with office.database.read() as session:
        known = set(session.execute(select(Consignment.id)).scalars())
        assert known == set(lines(office.database))


NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def made_line(draw: random.Random, name: str) -> dict[str, Any]:
    return {
        "consignment_id": name,
        "released": False,
        "place": draw.randrange(len(PLACES)),
        "deadline_at": draw.choice((NO_DEADLINE, NOON, NOON + timedelta(microseconds=draw.randrange(9)))),
        "score_key": draw.choice((0, 5000, 9999)),
        "lane": draw.choice(("red", "green", "not_assessed")),
        "waits_for": draw.choice(("disposition", "opening", "nothing")),
        "scanned": draw.random() < 0.5,
        "for_scan": draw.random() < 0.5,
        "for_opening": draw.random() < 0.5,
        "sites": draw.choice(("|", "|XXOFF001|", "|XXOFF001|XXOFF002|", "|XXOFF002|")),
        "changed_at": NOON,
        "shown": {"declared": None},
    }


def fill(session: Session, draw: random.Random, number: int) -> list[dict[str, Any]]:
    made = [made_line(draw, f"C{n:03d}") for n in range(number)]
    session.execute(
        insert(Consignment),
        [{"id": row["consignment_id"], "created_at": NOON, "declaration_version": 0} for row in made],
    )
    session.execute(insert(QueueRow), made)
    return made


@pytest.mark.parametrize("order", ["risk", "deadline"])
@pytest.mark.parametrize("seed", range(3))
def test_pages_give_every_line_that_stays_once_whatever_else_changes(
    database: Database, seed: int, order: Any
) -> None:
    draw = random.Random(seed)
    with database.write() as session:
        made = fill(session, draw, 60)
    moved: set[str] = set()
    seen: list[str] = []
    after, asked = None, QueueAsked()
    while True:
        with database.read() as session:
            page, after = queue_page(session, asked, order, after=after, limit=7)
        seen += [line.consignment for line in page]
        if after is None:
            break
        with database.write() as session:
            changed = draw.choice(made)["consignment_id"]
            moved.add(changed)
            fresh = made_line(draw, changed)
            session.execute(update(QueueRow).where(QueueRow.consignment_id == changed).values(**fresh))
    stayed = {row["consignment_id"] for row in made} - moved
    kept = [name for name in seen if name in stayed]
    assert len(kept) == len(set(kept))
    assert set(kept) == stayed
    with database.read() as session:
        keys = [
            (row.deadline_at, row.place, row.score_key, row.consignment_id)
            if order == "deadline"
            else (row.place, row.deadline_at, row.score_key, row.consignment_id)
            for row in session.execute(select(QueueRow).where(QueueRow.consignment_id.in_(stayed))).scalars()
        ]
    assert kept == [key[-1] for key in sorted(keys)]


def test_filters_let_through_what_they_say_and_counts_are_of_all_pages(database: Database) -> None:
    with database.write() as session:
        made = fill(session, random.Random(5), 80)
    asks: list[tuple[QueueAsked, Callable[[dict[str, Any]], bool]]] = [
        (QueueAsked(), bool),
        (QueueAsked(site="xxoff 001"), lambda row: "001" in row["sites"] or row["sites"] == "|"),
        (QueueAsked(site="unnamed"), lambda row: row["sites"] == "|"),
        (QueueAsked(lanes=("red", "green")), lambda row: row["lane"] in ("red", "green")),
        (QueueAsked(waits_for=("opening",)), lambda row: row["waits_for"] == "opening"),
        (QueueAsked(selected="scan"), lambda row: row["for_scan"]),
        (QueueAsked(selected="opening"), lambda row: row["for_opening"]),
        (QueueAsked(lanes=("not_assessed",), scanned=True), lambda r: r["lane"] == "not_assessed" and r["scanned"]),
        (QueueAsked(due_before=NOON + timedelta(seconds=1)), lambda row: row["deadline_at"] < NO_DEADLINE),
        (QueueAsked(consignments=("C001", "C002")), lambda row: row["consignment_id"] in ("C001", "C002")),
        (QueueAsked(state="released"), lambda row: row["released"]),
    ]  # fmt: skip
    with database.read() as session:
        for asked, fits in asks:
            wanted = [row for row in made if fits(row)]
            page, _ = queue_page(session, asked, "risk", after=None, limit=200)
            assert {line.consignment for line in page} == {row["consignment_id"] for row in wanted}
            assert queue_counts(session, asked).total == len(wanted)
        counts = queue_counts(session, QueueAsked(lanes=("red",)))
        assert sum(counts.lanes.values()) == len(made), "lanes that are not asked for are counted too"
        assert sum(counts.waits_for.values()) == counts.total
        assert sites_in_queue(session)["XXOFF002"] == sum("002" in row["sites"] for row in made)


def test_a_place_that_is_none_or_of_another_order_is_refused(database: Database) -> None:
    with database.write() as session:
        fill(session, random.Random(1), 20)
        _, after = queue_page(session, QueueAsked(), "risk", after=None, limit=5)
        assert after is not None
        for wrong, order in ((after, "deadline"), ("nonsense", "risk"), ("W10", "risk"), ("é", "risk")):
            with pytest.raises(InputError, match="leads to no page"):
                queue_page(session, QueueAsked(), order, after=wrong, limit=5)  # type: ignore[arg-type]


def test_it_is_found_by_the_beginnings_of_words_in_any_script(office: Office) -> None:
    declared = declaration(
        {
            "descriptionOfGoods": "Папір рулонний",
            "commodityCode": {"harmonizedSystemSubHeadingCode": "4801.00"},
        },
        consignee={"name": "Приклад Торгівля", "identificationNumber": "XX-123"},
    )
    data = declared.model_dump_json(by_alias=True).encode()
    office.intake.accept_declaration(data, origin="test", consignment="A/1")
    office.intake.accept_declaration(declaration_json(OTHER_CONTAINER), origin="test", consignment="B-2")

    def found_by(*words: tuple[str, Any]) -> set[str]:
        with office.database.read() as session:
            page, _ = queue_page(session, QueueAsked(found_by=words), "risk", after=None, limit=9)
        return {line.consignment for line in page}

    assert found_by(*words_asked("папір РУЛ")) == {"A/1"}
    assert found_by(*words_asked("торг", "trader")) == {"A/1"}
    assert found_by(*words_asked("торг", "goods")) == set()
    assert found_by(*words_asked("4801", "goods")) == {"A/1", "B-2"}
    assert found_by(*words_asked("TGHU759")) == {"B-2"}
    assert found_by(*words_asked("A/1", "mark")) == {"A/1"}
    assert found_by(*words_asked("%")) == {"A/1", "B-2"}, "signs are no words"


def test_words_of_a_long_declaration_are_bounded() -> None:
    items = [{"descriptionOfGoods": f"thing{n} part{n}"} for n in range(1000)]
    words = words_of("C-1", declaration(*items))
    assert len(words) == len(set(words)) == MOST_WORDS
    assert ("csqu3054383", "mark") in words
    assert words_of("C-1", None) == [("c1", "mark"), ("c", "mark"), ("1", "mark")]


def test_new_shifts_write_the_deadlines_of_their_site_anew(office: Office) -> None:
    office.arrives(consignment="C-1")
    assert office.line().shown["deadline_by"] == "arrival"
    budget = AlertBudgetSaid.model_validate(
        {"by": "supervisor-1", "shifts": [{"name": "all day", "starts": "00:00", "budget": 3}]}
    )
    with office.database.write() as session:
        put_budget(session, "unnamed", budget, office.now)
        renew_later(session, "UNNAMED")
        renew_later(session, "UNNAMED")
    with office.database.write() as session:
        assert renewals_waiting(session) == 1
        assert renew_some(session, 20) == 1
        assert renewals_waiting(session) == 0
    assert office.line().shown["deadline_by"] == "shift"


def test_lines_of_what_was_here_before_the_queue_are_written_when_it_is_asked(office: Office) -> None:
    office.arrives(consignment="C-1")
    with office.database.write() as session:
        session.delete(session.get_one(QueueRow, "C-1"))
        session.add(QueueRenewalRow(consignment_id="C-1"))
    with office.database.write() as session:
        renew_some(session, 20)
    assert office.line().lane == "not_assessed"


def test_a_declared_time_is_the_deadline_of_what_is_not_scanned(office: Office) -> None:
    office_said = {"referenceNumber": "XXOFF001", "arrivalDateAndTimeEstimated": "2026-02-03T14:00:00Z"}
    declared = Declaration.model_validate(
        declaration({"descriptionOfGoods": "Paper"}, customsOffices=[office_said]).model_dump(by_alias=True)
    )
    data = declared.model_dump_json(by_alias=True).encode()
    office.intake.accept_declaration(data, origin="test", consignment="C-1")
    line = office.line()
    assert (line.deadline_at, line.shown["deadline_by"]) == (datetime(2026, 2, 3, 14, tzinfo=UTC), "expected")
    assert (line.sites, PLACES[line.place]) == ("|XXOFF001|", "not_selected")
