"""A small made day through the service process: every kind and every format comes, joins, and is counted once."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.made_day import CHANCE, MadeDay, made_day
from tests.soak_day import page_of
from training.made_day.plan import FORMATS, KINDS, Consignment, planned_day
from training.made_day.record import ScanRecord
from training.made_day.tables import SHOULD_CATCH, WHAT, at_random, rules_table

SEED, COUNT, WRONG, LOT = 3, 20, 15, 2


@pytest.fixture(scope="module")
def day() -> tuple[Consignment, ...]:
    return planned_day(COUNT, WRONG, SEED, lot=LOT)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("day")


@pytest.fixture(scope="module")
def made(day: tuple[Consignment, ...], work: Path, tiny_models_dir: Path) -> MadeDay:
    half = made_day(tiny_models_dir, work, day, SEED, first=COUNT // 2)
    assert {record.number for record in half.records} == set(range(COUNT // 2))
    return made_day(tiny_models_dir, work, day, SEED)


def test_the_day_is_the_same_whenever_it_is_planned() -> None:
    assert planned_day(500, 50, 1) == planned_day(500, 50, 1)
    assert planned_day(500, 50, 1) != planned_day(500, 50, 2)


def test_wrong_ones_are_spread_evenly_over_the_kinds() -> None:
    kinds = Counter(each.kind for each in planned_day(500, 50, 1))
    lot, honest = kinds.pop("odd_one_of_a_lot"), kinds.pop("honest")
    assert (lot, honest, kinds.total()) == (1, 450, 49)
    assert set(kinds.values()) == {3, 4}
    assert set(kinds) | {"honest", "odd_one_of_a_lot"} == set(KINDS)


def test_a_day_with_nothing_honest_in_it_is_refused() -> None:
    with pytest.raises(ValueError, match="20 of 20 consignments cannot be wrong"):
        planned_day(20, 20, 1)


def test_every_kind_and_every_format_arrives_and_is_read(made: MadeDay, day: tuple[Consignment, ...]) -> None:
    assert {record.kind for record in made.records} == set(KINDS)
    assert {record.format for record in made.records} == set(FORMATS)
    assert len(made.records) == sum(each.units for each in day) == COUNT + LOT - 1
    assert {record.status for record in made.records} == {"read"}
    assert made.events >= len(made.records)


def test_all_join_by_their_marks_but_those_whose_mark_is_wrong(made: MadeDay) -> None:
    by_person = {record.kind for record in made.records if record.join == "person"}
    assert by_person == {"wrong_number", "check_digit"}
    read = [record for record in made.records if record.join in ("container_number", "plate")]
    assert {record.format for record in read} == set(FORMATS)


def test_what_needs_no_trained_model_is_caught_in_every_format(made: MadeDay) -> None:
    of_papers = {
        "wrong_number": "container_number",
        "check_digit": "container_number",
        "total_not_the_sum": "declaration",
        "code_against_description": "description",
        "reused_image": "reused_image",
    }
    for record in made.records:
        if record.kind in of_papers:
            assert record.said[of_papers[record.kind]] == "differs", record
        elif record.kind == "honest":
            assert {record.said[rule] for rule in of_papers.values()} <= {"agrees", "undetermined"}, record


def test_the_tables_add_up(made: MadeDay) -> None:
    wrong = sum(record.wrong for record in made.records)
    assert wrong == WRONG
    for row in rules_table(made.records).splitlines()[2:]:
        _, name, reach, caught, missed, open_, _, others, nothing, *_ = (
            cell.strip() for cell in row.split("|")
        )
        assert int(caught) + int(missed) + int(open_) == int(reach), name
        assert int(reach) + int(others.split(" of ")[1]) == wrong, name
        assert int(nothing.split(" of ")[1]) == len(made.records) - wrong, name


def test_each_scan_is_in_one_shift_and_budgets_state_their_bound(made: MadeDay) -> None:
    listed = [scan["scan"] for shift in made.shifts for scan in shift.worklist["scans"]]
    assert len(listed) == len(set(listed))
    of_scans = Counter(one for record in made.records for one in record.ids)
    assert set(listed) <= set(of_scans)
    assert sum(shift.wrong for shift in made.shifts) == sum(record.wrong for record in made.records)
    for shift in made.shifts:
        bound = shift.worklist["bound"]
        # the small model calls every load urgent, and that is above any budget
        assert bound is None or bound["over_at_most"] <= CHANCE or bound["above_risk"] is None


def test_a_day_that_was_interrupted_goes_on_and_sends_nothing_twice(
    made: MadeDay, day: tuple[Consignment, ...], work: Path, tiny_models_dir: Path
) -> None:
    state = json.loads((work / "state.json").read_text())
    last = str(day[-1].number)
    state["sent"].pop(last)  # it ended after the scan was kept and before that was written down
    (work / "state.json").write_text(json.dumps(state))
    again = made_day(tiny_models_dir, work, day, SEED)
    assert [record.ids for record in again.records] == [record.ids for record in made.records]
    assert again.events == made.events


def test_the_page_names_its_numbers_and_its_command(made: MadeDay) -> None:
    page = page_of(made, consignments=COUNT, wrong=WRONG, seed=SEED)
    assert f"--consignments {COUNT} --wrong {WRONG} --seed {SEED}" in page
    assert made.read_with.startswith("tallyscan ")
    assert made.read_with in page
    assert all(f"`{kind}`" in page for kind in KINDS)


def test_every_kind_has_its_words_and_its_rules() -> None:
    assert set(WHAT) == set(KINDS)
    assert set(SHOULD_CATCH) == set(KINDS) - {"honest"}


def test_a_rule_that_is_not_heard_of_leaves_the_scan_open() -> None:
    silent = ScanRecord(1, 0, "half_mass", True, "csv", ("a",), "read", "plate", "green", 0.01, "green")
    row = next(row for row in rules_table([silent]).splitlines() if row.startswith("| `mass`"))
    assert [cell.strip() for cell in row.split("|")][2:6] == ["1", "0", "0", "1"]


def test_the_chance_of_a_random_choice_is_the_hypergeometric_tail() -> None:
    assert at_random(0, 3, 2, 10) == 1.0
    assert at_random(2, 3, 2, 10) == pytest.approx(8 / 120)  # both in three of ten
    assert at_random(3, 3, 2, 10) == 0.0
