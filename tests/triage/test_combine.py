"""The combination is a pure function of the indicators, and what it adds can be read off a table."""

import itertools
import json
import random

import pytest
from pydantic import TypeAdapter

from tallyscan.risk import Group, Risk, RiskIndicator, RiskInputs, RiskShare
from tallyscan.triage.combine import CAPS, RELIEF_CAPS, combine, table, total_nats
from tallyscan.triage.consignment import UNSCANNED, consignment_risk
from tallyscan.triage.odds import PRIOR, RED_FROM, URGENT_SCORE, YELLOW_FROM, log_odds, probability

GROUPS: tuple[Group | None, ...] = ("contents", "papers", "anomaly", "integrity", "incoming", None)


def some(draw: random.Random) -> list[RiskIndicator]:
    """Indicators of any group and sign, with floors and notes among them."""
    given = [
        RiskIndicator(
            f"XR-{number}", round(draw.uniform(-2, 6), draw.randint(0, 9)), group=draw.choice(GROUPS)
        )
        for number in range(draw.randint(0, 9))
    ]
    lifts = [RiskIndicator("XR-F", 0.0, lifts_to=draw.choice((YELLOW_FROM, RED_FROM, URGENT_SCORE)))]
    return [*given, *lifts[: draw.randint(0, 1)], RiskIndicator("XR-N", 0.0, group="note")]


def test_the_total_is_the_prior_and_what_each_indicator_added() -> None:
    draw = random.Random(1)
    for _ in range(300):
        risk = combine(some(draw))
        assert risk.score == round(probability(total_nats(risk.indicators)), 4)
        rows = table(risk).rows
        assert sum(row.added_nats for row in rows) == pytest.approx(total_nats(risk.indicators), abs=2e-3)
        assert rows[0].score == PRIOR
        assert rows[-1].score == risk.score
        told = [each for row in rows for each in row.indicators]
        assert sorted(map(repr, told)) == sorted(map(repr, risk.indicators))


def test_no_group_adds_more_than_its_cap_and_none_is_cut_below_it() -> None:
    draw = random.Random(2)
    for _ in range(300):
        risk = combine(some(draw))
        for row in table(risk).rows:
            if row.cap_nats is not None:
                assert abs(row.added_nats) <= row.cap_nats + 1e-9
                assert row.added_nats == pytest.approx(
                    max(min(row.before_cap_nats, row.cap_nats), -row.cap_nats), abs=1e-9
                )


def test_what_it_gave_is_what_it_gives_again() -> None:
    draw, adapter = random.Random(3), TypeAdapter(Risk)
    for _ in range(300):
        given = some(draw)
        risk = combine(given)
        stored = adapter.validate_python(json.loads(adapter.dump_json(risk)))
        assert stored == risk
        assert combine(stored.indicators) == risk
        shuffled = draw.sample(given, len(given))
        assert combine(shuffled).score == pytest.approx(risk.score, abs=5e-4)  # a cap shares out thousandths


def test_a_floor_lifts_and_never_lowers() -> None:
    floor = RiskIndicator("XR-UNVERIFIED", 0.0, lifts_to=YELLOW_FROM)
    assert combine([floor]).lane == "yellow"
    assert combine([RiskIndicator("XR-X", 4.0), floor]).indicators[-1].weight == 0.0
    assert combine([RiskIndicator("XR-X", -3.0), floor]).score == pytest.approx(YELLOW_FROM, abs=1e-3)


def test_what_speaks_for_it_counts_only_where_nothing_speaks_against_it() -> None:
    relief = RiskIndicator("XR-MASS", -0.5, group="contents")
    assert combine([relief]).score == round(probability(log_odds(PRIOR) - 0.5), 4)
    assert combine([relief, RiskIndicator("XR-CLOCK", 1.0)]) == combine([RiskIndicator("XR-CLOCK", 1.0)])


def test_a_note_stays_on_record_and_changes_nothing() -> None:
    note = RiskIndicator("IN-INTERVIEW", 0.0, group="note")
    for others in ([], [RiskIndicator("XR-CLOCK", 1.0)], [RiskIndicator("XR-MASS", -0.5)]):
        assert combine([*others, note]).score == combine(others).score
        assert note in combine([*others, note]).indicators
        assert note in combine([*others, note], assessed=False).indicators


def test_what_was_not_assessed_has_no_score_and_names_what_is_known_all_the_same() -> None:
    risk = combine([RiskIndicator("XR-REUSED-IMAGE", 4.0), RiskIndicator("XR-MASS", -0.5)], assessed=False)
    assert (risk.score, risk.lane) == (None, "not_assessed")
    assert [each.code for each in risk.indicators] == ["XR-REUSED-IMAGE"]
    assert [row.score for row in table(risk).rows[1:]] == [None]
    assert table(risk).calibrated is False


def test_the_table_ends_at_the_risk_where_that_is_no_estimate() -> None:
    found = table(Risk(1.0, "red", (RiskIndicator("CR-FOUND", 12.155, lifts_to=1.0),)))
    assert [(row.step, row.score) for row in found.rows] == [("prior", PRIOR), ("floor CR-FOUND", 1.0)]


CLEAR = combine([RiskIndicator("XR-ANOMALY", -1.0, group="anomaly")])
UNREAD = Risk(None, "not_assessed")


def of(*risks: Risk, incoming: tuple[RiskIndicator, ...] = ()) -> Risk:
    shares = tuple(RiskShare(f"scan/{number}", risk) for number, risk in enumerate(risks))
    shares = shares or (RiskShare(UNSCANNED, UNREAD),)
    return consignment_risk(RiskInputs(shares, incoming))


def incoming(nats: float) -> tuple[RiskIndicator, ...]:
    return (RiskIndicator("IN-RISK", nats, group="incoming"),)


def test_a_consignment_is_the_worst_of_its_scans_with_what_came_with_it() -> None:
    assert of(CLEAR) == CLEAR
    assert of() == UNREAD
    alarm = combine([RiskIndicator("XR-ANOMALY", 2.6, group="anomaly")])
    assert of(CLEAR, alarm, incoming=incoming(1.0)).score == round(probability(log_odds(PRIOR) + 3.6), 4)
    assert of(CLEAR, UNREAD, incoming=incoming(1.0)).lane == "not_assessed"
    assert of(CLEAR, UNREAD, alarm, incoming=incoming(1.0)).lane == "red"
    assert [each.code for each in of(incoming=incoming(1.0)).indicators] == ["IN-RISK"]


def test_a_floor_and_what_came_with_the_consignment_are_not_counted_twice() -> None:
    unverified = combine([RiskIndicator("XR-UNVERIFIED", 0.0, lifts_to=YELLOW_FROM)])
    assert of(unverified, incoming=incoming(0.5)).score == unverified.score
    assert of(unverified, incoming=incoming(2.0)).score == round(probability(log_odds(PRIOR) + 2.0), 4)


def test_what_people_said_counts_by_itself() -> None:
    said = RiskShare("decision/1", combine([RiskIndicator("OP-REFERRED", 0.0, lifts_to=YELLOW_FROM)]))
    both = RiskInputs((RiskShare("scan/1", CLEAR), said), incoming(0.3))
    assert consignment_risk(both) == said.risk


def test_more_that_speaks_against_it_never_lowers_a_consignment() -> None:
    lanes = ("green", "yellow", "not_assessed", "red")
    for nats, more in itertools.pairwise((-1.0, 0.0, 0.5, 1.0, 3.0, 9.0)):
        for shares in ((CLEAR,), (CLEAR, UNREAD), (UNREAD,), ()):
            less, worse = of(*shares, incoming=incoming(nats)), of(*shares, incoming=incoming(more))
            assert lanes.index(worse.lane) >= lanes.index(less.lane)
            assert (worse.score or 0) >= (less.score or 0)


def test_caps_are_of_both_signs() -> None:
    assert of(combine([]), incoming=incoming(99.0)).score == round(
        probability(log_odds(PRIOR) + CAPS["incoming"]), 4
    )
    least = round(probability(log_odds(PRIOR) - RELIEF_CAPS["incoming"]), 4)
    assert of(combine([]), incoming=incoming(-99.0)).score == least
