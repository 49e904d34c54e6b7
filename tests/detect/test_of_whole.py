"""Nothing that the whole scan showed vanishes when its units are read by themselves."""

from dataclasses import replace

import pytest

from tallyscan.detect.of_whole import with_findings_of_whole
from tallyscan.finding import Anomaly, Detection, Finding, ModelIdentity
from tallyscan.scan import Box, ScanUnit

FIRST, SECOND = ScanUnit(1, Box(0, 0, 600, 200)), ScanUnit(2, Box(700, 0, 600, 200))
WHOLE = Anomaly("alarm", True, 0.9, 0.5)
CLEAR = Detection(
    (), Anomaly("clear", False, 0.1, 0.6), (), (), None, None, ModelIdentity("m", "1", "0" * 64), "whole"
)


def finding(name: str, unit: int | None, box: Box, score: float = 0.8) -> Finding:
    return Finding(name, unit, "void", score, box, None, None, None, "a hollow")


IN_FIRST = finding("F1", 1, Box(100, 50, 50, 50))
IN_SECOND = finding("F2", 2, Box(900, 50, 50, 50), 0.9)
CHASSIS = finding("F3", None, Box(640, 210, 30, 20), 0.7)
ACROSS = finding("F4", 1, Box(500, 0, 300, 100))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (FIRST, [("W1", 1, 0.8), ("W2", None, 0.7), ("W3", 1, 0.8)]),
        (SECOND, [("W1", 2, 0.9), ("W2", None, 0.7), ("W3", 2, 0.8)]),
    ],
)
def test_a_unit_gets_what_is_in_it_and_what_is_in_none(
    unit: ScanUnit, expected: list[tuple[str, int | None, float]]
) -> None:
    found = with_findings_of_whole(CLEAR, unit, WHOLE, (IN_FIRST, IN_SECOND, CHASSIS, ACROSS))
    assert [(each.id, each.unit, each.score) for each in found.findings] == expected
    assert found.anomaly == replace(WHOLE, score=max(score for *_, score in expected))


def test_what_it_has_itself_is_not_there_twice_and_its_own_alarm_stays() -> None:
    own = finding("F1", 1, Box(105, 55, 50, 50), 0.95)
    alarm = replace(CLEAR, findings=(own,), anomaly=Anomaly("alarm", True, 0.95, 0.6))
    assert with_findings_of_whole(alarm, FIRST, WHOLE, (IN_FIRST,)) is alarm
    more = with_findings_of_whole(alarm, FIRST, WHOLE, (IN_FIRST, CHASSIS))
    assert [each.id for each in more.findings] == ["F1", "W1"]
    assert more.anomaly == alarm.anomaly


@pytest.mark.parametrize("decision", ["clear", "not_assessed"])
def test_a_find_in_the_chassis_makes_every_unit_an_alarm(decision: str) -> None:
    detection = replace(CLEAR, anomaly=replace(CLEAR.anomaly, decision=decision))
    for unit in (FIRST, SECOND):
        found = with_findings_of_whole(detection, unit, WHOLE, (CHASSIS,))
        assert (found.anomaly.decision, found.anomaly.alarm, found.anomaly.score) == ("alarm", True, 0.7)
        assert found.findings[0].explanation.startswith("Outside of every cargo unit, in the whole scan: ")


def test_what_is_in_another_unit_alone_changes_nothing() -> None:
    assert with_findings_of_whole(CLEAR, FIRST, WHOLE, (IN_SECOND,)) is CLEAR
    assert with_findings_of_whole(CLEAR, FIRST, Anomaly("clear", False, 0.1, 0.5), ()) is CLEAR
