"""Two readings are held against each other: bit for bit, or within a tolerance where the runtime is another one."""

from copy import deepcopy
from typing import Any

import pytest

from tallyscan.integrity_check import IntegrityCheck
from tallyscan.on_record import OnRecord
from tallyscan.replayed import compare
from tallyscan.verdict import Verdict

RECORDED: dict[str, Any] = {
    "status": "read",
    "grade": "transmission",
    "anomaly": {"decision": "clear", "alarm": False, "score": 0.12, "threshold": 0.9},
    "containers": [
        {"unit": 1, "box": [10.0, 20.0, 600.0, 200.0], "mass_kg": {"estimate": 9000.0, "low": 8000.0}}
    ],
    "verdicts": [
        {"rule": "mass", "outcome": "agrees", "score": 0.02, "reason": "9,000 kg, and 8,950 kg are declared."}
    ],
    "quality": {"reasons": ["pitch: the container CSQU3054383 is 12.2 m long."]},
    "risk": {"lane": "green", "score": 0.01, "indicators": [{"code": "XR-MASS", "weight": -0.5}]},
    "findings": [],
    "seconds": {"total": 1.0},
    "provenance": {
        "software": "tallyscan 1",
        "runtime": {"onnxruntime": "1.32.0", "threads": 2},
        "tiling": "whole",
        "read_with": {"profile_asked_for": None, "nomenclature_sha256": "aa"},
    },
}
ANOTHER_RUNTIME = {"provenance.runtime.onnxruntime": "1.33.0"}


def changed(**paths: Any) -> dict[str, Any]:
    """The same with other values at dotted paths."""
    document = deepcopy(RECORDED)
    for path, value in paths.items():
        *parents, last = (int(name) if name.isdigit() else name for name in path.split("."))
        place: Any = document
        for name in parents:
            place = place[name]
        place[last] = value
    return document


def test_the_same_reading_is_the_same_however_long_it_took() -> None:
    replayed = compare("s", 1, RECORDED, changed(**{"seconds.total": 7.0}))
    assert (replayed.answer, replayed.same, replayed.differences, replayed.circumstances) == (
        "same",
        True,
        (),
        (),
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("anomaly.score", 0.1249),
        ("containers.0.box", [13.0, 20.0, 592.5, 200.0]),
        ("containers.0.mass_kg.estimate", 9050.0),
        ("verdicts.0.score", 0.0201),
        ("verdicts.0.reason", "9,050 kg, and 8,950 kg are declared."),
        ("quality.reasons", ["pitch: the container CSQU3054383 is 12.3 m long."]),
        ("risk.indicators.0.weight", -0.52),
    ],
)
def test_what_is_near_is_within_the_tolerance_of_another_runtime_and_differs_in_the_same_one(
    path: str, value: Any
) -> None:
    elsewhere = compare("s", 1, RECORDED, changed(**{path: value}, **ANOTHER_RUNTIME))
    assert (elsewhere.answer, elsewhere.same) == ("same_within_tolerance", True)
    assert all(each.within_tolerance for each in elsewhere.differences)
    assert [each.path for each in elsewhere.circumstances] == ["provenance.runtime.onnxruntime"]
    here = compare("s", 1, RECORDED, changed(**{path: value}))
    assert (here.answer, here.same) == ("differs", False)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("status", "not_readable", "status"),
        ("anomaly.decision", "alarm", "anomaly.decision"),
        ("anomaly.alarm", True, "anomaly.alarm"),
        ("anomaly.threshold", 0.901, "anomaly.threshold"),
        ("anomaly.score", 0.126, "anomaly.score"),
        ("containers.0.box", [10.0, 20.0, 600.0, 209.0], "containers[0].box[3]"),
        ("containers.0.mass_kg.estimate", 9100.0, "containers[0].mass_kg.estimate"),
        ("containers.0.mass_kg", None, "containers[0].mass_kg"),
        ("containers.0.unit", 2, "containers[0].unit"),
        ("verdicts.0.outcome", "differs", "verdicts[0].outcome"),
        ("verdicts.0.rule", "empty", "verdicts[0].rule"),
        ("verdicts.0.reason", "9,200 kg, and 8,950 kg are declared.", "verdicts[0].reason"),
        ("verdicts.0.reason", "9,000 kg, and 8,950 t are declared.", "verdicts[0].reason"),
        ("quality.reasons", ["pitch: the container CSQU3054384 is 12.2 m long."], "quality.reasons[0]"),
        ("quality.reasons", [], "quality.reasons[0]"),
        ("risk.lane", "yellow", "risk.lane"),
        ("risk.indicators.0.code", "XR-EMPTY", "risk.indicators[0].code"),
        ("findings", [{"id": "F1"}], "findings[0]"),
    ],
)
def test_a_decision_and_what_is_far_off_differ_in_every_runtime(path: str, value: Any, said: str) -> None:
    replayed = compare("s", 1, RECORDED, changed(**{path: value}, **ANOTHER_RUNTIME))
    assert (replayed.answer, replayed.same) == ("differs", False)
    assert [each.path for each in replayed.differences if not each.within_tolerance] == [said]


def test_another_software_is_told_and_allows_for_the_tolerance() -> None:
    replayed = compare("s", 1, RECORDED, changed(**{"provenance.software": "tallyscan 2"}))
    assert replayed.answer == "same"
    (told,) = replayed.circumstances
    assert (told.path, told.recorded, told.now) == ("provenance.software", "tallyscan 1", "tallyscan 2")


def test_another_tiling_is_told_as_part_of_the_runtime() -> None:
    strips = {"provenance.tiling": "strips", "anomaly.score": 0.1201}
    assert compare("s", 1, RECORDED, changed(**strips)).answer == "same_within_tolerance"


def test_other_commodity_codes_are_told_and_allow_for_nothing() -> None:
    other = {"provenance.read_with.nomenclature_sha256": "bb"}
    told = compare("s", 1, RECORDED, changed(**other))
    assert (told.answer, len(told.circumstances)) == ("same", 1)
    assert compare("s", 1, RECORDED, changed(**other, **{"anomaly.score": 0.1201})).answer == "differs"


def test_a_reading_that_did_not_keep_what_it_was_read_with_is_not_held_against_it() -> None:
    old = changed(**{"provenance.read_with": None})
    assert compare("s", 1, old, RECORDED).answer == "same"


def test_how_a_reason_is_kept_for_other_languages_is_not_compared_but_the_reason_is() -> None:
    kept = {"verdicts.0.said": [{"template": "{mass_kg:,.0f} kg", "values": {"mass_kg": 9000.0}}]}
    assert compare("s", 1, RECORDED, changed(**kept)).answer == "same"
    other = changed(**kept, **{"verdicts.0.reason": "8,000 kg, and 8,950 kg are declared."})
    assert compare("s", 1, RECORDED, other).answer == "differs"


def test_what_rests_on_earlier_scans_is_taken_from_the_record_and_nothing_else() -> None:
    lot = Verdict(1, "lot", "agrees", 0.02, "alike")
    clock = IntegrityCheck("clock", "agrees", "as the last one")
    record = OnRecord((lot,), (clock,), ())
    mass, no_lot = Verdict(1, "mass", "agrees", 0.02, "m"), Verdict(1, "lot", "undetermined", None, "no")
    of_another_unit = Verdict(2, "lot", "undetermined", None, "no")
    assert record.verdicts_in((mass, no_lot, of_another_unit)) == (mass, lot, of_another_unit)
    cut, open_clock = IntegrityCheck("cut_short", "agrees", "whole"), IntegrityCheck("clock", "differs", "x")
    assert record.integrity_in((cut, open_clock)) == (cut, clock)
