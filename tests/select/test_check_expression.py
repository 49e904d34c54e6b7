import cel
import pytest

from tallyscan.errors import InvalidRiskProfile
from tallyscan.risk_profile import Stage
from tallyscan.select.check_expression import check_expression
from tallyscan.select.fact_types import FactType, ListOf, Plain, Record, facts_known
from tallyscan.select.facts import as_known
from tests.select.builders import full_facts

RULES = ("empty", "mass")

BEFORE = [
    "declaration.gross_mass_kg > 1000",
    "declaration.gross_mass_kg > 1000.0 || consignee.earlier_finds >= 1",
    "declaration.items.exists(i, i.hs_code.startsWith('24') && i.gross_mass_kg > 10.5)",
    "declaration.items.all(i, i.country_of_origin in ['CN', 'VN'])",
    "declaration.items.filter(i, i.hs_chapter == '24').size() > 1",
    "declaration.items.map(i, i.gross_mass_kg).exists(m, m > 1.0)",
    "declaration.items.exists_one(i, i.packages > 2)",
    "'CN' in declaration.countries_of_routing && !declaration.empty",
    "has(declaration.mrn) ? size(declaration.mrn) > 3 : false",
    "declaration.items.exists(i, i.description.matches('(?i)goods'))",
    "declaration.gross_mass_kg / double(declaration.packages) < 5.0 // light packages",
    "-1 < 2 && 7 % 2 == 1 && 1e3 > 5.0 && 0x10 == 16",
    "declaration.vehicles.exists(v, v.nationality != 'XX')",
    "consignor.id == 'XX123'",
]
AFTER = [
    *BEFORE,
    "risk.lane in ['red', 'not_assessed']",
    "scans.exists(s, s.findings.people > 0.5)",
    "scans.exists(s, s.findings['people'] > 0.5 && s.grade == 'transmission')",
    "scans.exists(s, s.verdicts.empty == 'agrees')",
    "scans.all(s, 'mass' in s.verdicts || has(s.verdicts.mass))",
    "scans.exists(s, s.mass_low_kg > declaration.gross_mass_kg)",
    "scans.exists(s, s.status != 'read')",
]

WRONG = [
    ("declaration.gros_mass_kg > 1", 1, 13, "did you mean gross_mass_kg"),
    ("declared.gross_mass_kg > 1", 1, 1, "did you mean declaration"),
    ("scans.exists(s, true)", 1, 1, "scans is not known"),
    ("true &&\n  declaration.items.exists(i, i.hs == '24')", 2, 33, "there is no hs here"),
    ("false && declaration.nothing", 1, 22, "there is no nothing here"),
    ("has(declaration.nothing)", 1, 17, "there is no nothing here"),
    ("declaration.gross_mass_kg", 1, 1, "it gives a double"),
    ("declaration.items.map(i, i.packages)", 1, 1, "it gives a list(int)"),
    ("declaration.gross_mass_kg + 1 > 2.0", 1, 1, "double + int is not done"),
    ("declaration.gross_mass_kg > '3'", 1, 1, "a double cannot be compared with a string"),
    ("declaration.empty > false", 1, 1, "not more or less"),
    ("declaration.mrn == null", 1, 20, "never null"),
    ("declaration.items[0].hs_code == '24'", 1, 1, "the order in a list means nothing"),
    ("declaration.items.hs_code == '2'", 1, 19, "look into a list with exists"),
    ("declaration.items == declaration.items", 1, 1, "cannot be compared"),
    ("declaration.mrn.startsWith(3)", 1, 28, "must be a string"),
    ("declaration.mrn.exists(c, true)", 1, 1, "looks into a list"),
    ("'a' in declaration.mrn", 1, 1, "never in a string"),
    ("1 in declaration.countries_of_routing", 1, 1, "never in a list(string)"),
    ("true && 1", 1, 9, "must be a bool"),
    ("declaration.empty ? 1 : 'x'", 1, 1, "both must be alike"),
    ("lowerAscii('A') == 'a'", 1, 1, "there is no function lowerAscii"),
    ("'A'.lower() == 'a'", 1, 5, "there is no function lower"),
    ("{'a': 1}.a == 1", 1, 1, "no expression that a profile may have"),
    ("b'x' == b'x'", 1, 2, "no expression that a profile may have"),
    ("declaration.items.exists(i, declaration.items.exists(j, true))", 1, 29, "takes too long"),
    ("declaration.items.exists(i, i.description.matches('('))", 1, 51, "no regular expression"),
    ("declaration.items.exists(i, i.description.matches(i.hs_code))", 1, 51, "written out"),
    ("[1, 'a'].exists(x, true)", 1, 5, "all of one kind"),
    ("-declaration.mrn == 'x'", 1, 1, "has no sign"),
    ("1.5 % 2.5 > 0.0", 1, 1, "whole numbers alone"),
    ("size(3) > 1", 1, 1, "has no size"),
]


@pytest.mark.parametrize(
    ("stage", "expression"),
    [*(("before_scan", each) for each in BEFORE), *(("after_scan", each) for each in AFTER)],
)
def test_what_is_right_passes_and_the_engine_answers_it(stage: Stage, expression: str) -> None:
    check_expression(expression, facts_known(stage, RULES))
    values = as_known(full_facts(stage))
    if "verdicts" not in expression or "empty" in expression:  # no verdict on the mass in these facts
        assert isinstance(cel.evaluate(expression, values), bool)


@pytest.mark.parametrize(("expression", "line", "column", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_place(expression: str, line: int, column: int, said: str) -> None:
    with pytest.raises(InvalidRiskProfile) as refused:
        check_expression(expression, facts_known("before_scan", RULES))
    assert f"line {line}, column {column}: " in refused.value.detail
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("risk.lane == 'amber'", "'amber' is none of its values: green, yellow, red, not_assessed"),
        ("scans.exists(s, s.lane in ['red', 'amber'])", "'amber' is none of its values"),
        ("scans.exists(s, s.verdicts.masse == 'differs')", "did you mean mass"),
        ("scans.exists(s, s.verdicts.mass == 'undetermined')", "is none of its values: agrees, differs"),
        ("scans.exists(s, 'person' in s.findings)", "there is no person here"),
        ("scans.exists(s, s.findings['person'] > 0.5)", "there is no person here"),
    ],
)
def test_a_value_that_is_never_there_is_told(expression: str, said: str) -> None:
    with pytest.raises(InvalidRiskProfile, match=said):
        check_expression(expression, facts_known("after_scan", RULES))


@pytest.mark.parametrize(
    "expression",
    ["", "(", "declaration.mrn ==", "@", "'a", "'\\q' == 'x'", "(" * 900 + "1" + ")" * 900, "a b"],
)
def test_what_is_no_expression_is_told(expression: str) -> None:
    with pytest.raises(InvalidRiskProfile):
        check_expression(expression, facts_known("before_scan", RULES))


def test_what_is_nested_too_deeply_is_told() -> None:
    with pytest.raises(InvalidRiskProfile, match="nested too deeply"):
        check_expression("!" * 1900 + "true", facts_known("before_scan", RULES))


@pytest.mark.parametrize("stage", ["before_scan", "after_scan"])
def test_the_facts_are_of_the_types_that_are_said(stage: Stage) -> None:
    _compare("facts", as_known(full_facts(stage)), facts_known(stage, RULES))


def _compare(where: str, value: object, kind: FactType) -> None:
    if isinstance(kind, Plain):
        python = {"bool": bool, "int": int, "double": float, "string": str}[kind.name]
        assert type(value) is python, where
        assert not kind.values or value in kind.values, where
    elif isinstance(kind, ListOf):
        assert isinstance(value, list), where
        assert kind.of is not None
        for each in value:
            _compare(where, each, kind.of)
    else:
        assert isinstance(kind, Record)
        assert isinstance(value, dict), where
        open_map = kind.title == "map"  # of verdicts and checks only those that are determined
        assert set(value) == set(kind.facts) or (open_map and set(value) <= set(kind.facts)), where
        for name, each in value.items():
            _compare(f"{where}.{name}", each, kind.facts[name])
