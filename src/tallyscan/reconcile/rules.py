"""Every rule, and the one call that judges a scan against its declaration."""

from collections.abc import Callable

from tallyscan.declaration import Declaration
from tallyscan.finding import Detection, NotAssessed
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.reconcile.case import Case, cases
from tallyscan.reconcile.rule_commodity import rule_commodity
from tallyscan.reconcile.rule_container_number import rule_container_number
from tallyscan.reconcile.rule_declaration import rule_declaration
from tallyscan.reconcile.rule_empty import rule_empty
from tallyscan.reconcile.rule_hs_code import rule_hs_code
from tallyscan.reconcile.rule_mass import rule_mass
from tallyscan.scan import Quality, Scan
from tallyscan.verdict import Verdict

Rule = Callable[[Case], Verdict]

RULES: dict[str, Rule] = {
    "container_number": rule_container_number,
    "empty": rule_empty,
    "mass": rule_mass,
    "commodity": rule_commodity,
    "hs_code": rule_hs_code,
    "declaration": rule_declaration,
}


def judge(
    scan: Scan | None,
    quality: Quality,
    detection: Detection | NotAssessed,
    declaration: Declaration | None,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
) -> tuple[Verdict, ...]:
    """Every rule for every cargo unit, units by number, rules in the order of `RULES`.

    One set with unit None when nothing was detected or the scan was not read. Never raises on what a
    declaration says; whatever is missing gives an undetermined verdict with its reason.
    """
    of_each = cases(scan, quality, detection, declaration, nomenclature)
    return tuple(rule(case) for case in of_each for rule in RULES.values())
