import pytest

from tallyscan.select.judge import judge
from tallyscan.trader_history import TraderHistory
from tests.select.builders import after, before, hs, profile
from tests.store.builders import reading_of

TOBACCO = "declaration.items.exists(i, i.hs_chapter == '24')"


def outcome(expression: str, facts: object) -> tuple[str, str | None]:
    (judged,) = judge((profile(expression),), facts)  # type: ignore[arg-type]
    return judged.outcome, judged.why


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([hs("240220")], ("hit", None)),
        ([hs("480100")], ("miss", None)),
        ([{}], ("undetermined", "hs_chapter is not known")),
        ([hs("480100"), {}], ("undetermined", "hs_chapter is not known")),
        ([{}, hs("480100")], ("undetermined", "hs_chapter is not known")),
        ([{}, hs("240220")], ("hit", None)),
        ([hs("240220"), {}], ("hit", None)),
        ([{}, hs("480100"), {}, hs("240220"), {}], ("hit", None)),
    ],
)
def test_an_item_of_which_the_fact_is_missing_is_no_miss_and_hides_no_hit(
    items: list[dict[str, object]], said: tuple[str, str | None]
) -> None:
    assert outcome(TOBACCO, before(*items)) == said


def test_all_is_undetermined_where_an_item_lacks_the_fact_and_none_contradicts() -> None:
    every = "declaration.items.all(i, i.hs_chapter == '24')"
    assert outcome(every, before({}, hs("240220")))[0] == "undetermined"
    assert outcome(every, before({}, hs("480100"))) == ("miss", None)


def test_an_item_that_lacks_one_of_two_facts_hides_no_hit_of_another() -> None:
    both = "declaration.items.exists(i, i.hs_chapter == '24' && i.gross_mass_kg > 5.0)"
    heavy = {"grossMass": 9.0}
    assert outcome(both, before(hs("240220"), heavy, {**hs("240220"), **heavy})) == ("hit", None)
    assert outcome(both, before(hs("240220"), heavy))[0] == "undetermined"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("consignee.earlier_finds > 0", ("undetermined", "earlier_finds is not known")),
        ("consignee.earlier_finds == 0", ("undetermined", "earlier_finds is not known")),
        ("consignee.earlier_finds != 0", ("undetermined", "earlier_finds is not known")),
        ("!(consignee.earlier_finds > 0)", ("undetermined", "earlier_finds is not known")),
        ("has(consignee.earlier_finds)", ("miss", None)),
        ("!has(consignee.id)", ("hit", None)),
        ("consignee.earlier_finds > 0 || declaration.items.size() == 1", ("hit", None)),
        ("consignee.earlier_finds > 0 && declaration.items.size() == 2", ("miss", None)),
        ("'CN' in declaration.countries_of_routing", ("undetermined", "countries_of_routing is not known")),
        ("1 / (declaration.items.size() - 1) > 0", ("undetermined", "division by zero in CEL expression")),
    ],
)
def test_an_expression_that_needs_what_is_not_known_is_undetermined(
    expression: str, said: tuple[str, str | None]
) -> None:
    assert outcome(expression, before({})) == said


def test_a_trader_s_history_counts_once_it_is_known() -> None:
    history = TraderHistory(consignments=4, scanned=2, opened=1, finds=1, days_since_last=3.0)
    party = {"consignee": {"identificationNumber": "XX123"}}
    facts = before({}, history=history, **party)
    assert outcome("consignee.earlier_finds == 1 && consignee.days_since_last < 7.0", facts) == ("hit", None)
    assert outcome("consignee.earlier_finds > 0", before({}, **party))[0] == "undetermined"


def test_the_sum_of_masses_is_known_only_where_every_mass_is() -> None:
    heavy = "declaration.gross_mass_kg >= 10.0"
    assert outcome(heavy, before({"grossMass": 4.0}, {"grossMass": 6.0})) == ("hit", None)
    assert outcome(heavy, before({"grossMass": 40.0}, {})) == (
        "undetermined",
        "gross_mass_kg is not known",
    )


def test_what_a_scan_shows_is_judged_and_an_undetermined_verdict_is_not_known() -> None:
    facts = after(reading_of("s-1", score=0.4))
    assert outcome("scans.exists(s, s.score > 0.3 && s.findings.void > 0.3)", facts) == ("hit", None)
    assert outcome("scans.exists(s, s.findings.people > 0.0)", facts) == ("miss", None)
    assert outcome("scans.exists(s, s.verdicts.empty == 'agrees')", facts) == ("hit", None)
    assert outcome("scans.exists(s, s.verdicts.mass == 'differs')", facts) == (
        "undetermined",
        "mass is not known",
    )


def test_the_profiles_are_judged_each_for_itself_in_their_order() -> None:
    profiles = [profile("true", id="a"), profile("declaration.mrn == ''", id="b"), profile("false", id="c")]
    facts = before({}, MRN=None, LRN="L-1")
    judged = judge(profiles, facts)
    assert [each.profile.id for each in judged] == ["a", "b", "c"]
    assert [each.outcome for each in judged] == ["hit", "undetermined", "miss"]


def test_a_profile_asks_what_cannot_be_right_about_the_declaration() -> None:
    slips = "'net_above_gross' in declaration.remarks"
    assert outcome(slips, before({"grossMass": 900, "netMass": 950})) == ("hit", None)
    assert outcome(slips, before({"grossMass": 900, "netMass": 850})) == ("miss", None)


def test_a_profile_that_the_engine_does_not_take_hides_no_other() -> None:
    written = (profile("declaration.items.exists("), profile("declaration.items.size() == 1", id="other"))
    broken, other = judge(written, before())
    assert (broken.outcome, other.outcome) == ("undetermined", "hit")
    assert broken.why
