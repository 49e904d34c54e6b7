"""Every rule, and the one call that judges a scan against its declaration."""

from collections.abc import Callable

from tallyscan.declaration import Declaration
from tallyscan.finding import Detection, NotAssessed
from tallyscan.reconcile.case import Case, cases
from tallyscan.reconcile.rule_commodity import rule_commodity
from tallyscan.reconcile.rule_container_number import rule_container_number
from tallyscan.reconcile.rule_description import rule_description
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
    "description": rule_description,
}


def judge(
    scan: Scan | None, quality: Quality, detection: Detection | NotAssessed, declaration: Declaration | None
) -> tuple[Verdict, ...]:
    """Every rule for every cargo unit, units by number, rules in the order of `RULES`.

    One set with unit None when nothing was detected or the scan was not read. Never raises on what a
    declaration says; whatever is missing gives an undetermined verdict with its reason.
    """
    return tuple(
        rule(case) for case in cases(scan, quality, detection, declaration) for rule in RULES.values()
    )
