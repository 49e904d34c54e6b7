"""Every rule, and the one call that judges a scan against its declaration."""

from collections.abc import Callable

from tallyscan.declaration import Declaration
from tallyscan.finding import Detection, NotAssessed
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.known_consignment import UNKNOWN_CONSIGNMENT, KnownConsignment
from tallyscan.reconcile.case import Case, cases
from tallyscan.reconcile.earlier import NO_EARLIER, Earlier
from tallyscan.reconcile.rule_commodity import rule_commodity
from tallyscan.reconcile.rule_container_number import rule_container_number
from tallyscan.reconcile.rule_conveyance import rule_conveyance
from tallyscan.reconcile.rule_declaration import rule_declaration
from tallyscan.reconcile.rule_description import rule_description
from tallyscan.reconcile.rule_empty import rule_empty
from tallyscan.reconcile.rule_expectation import rule_expectation
from tallyscan.reconcile.rule_fill import rule_fill
from tallyscan.reconcile.rule_homogeneity import rule_homogeneity
from tallyscan.reconcile.rule_hs_code import rule_hs_code
from tallyscan.reconcile.rule_lot import rule_lot
from tallyscan.reconcile.rule_mass import rule_mass
from tallyscan.reconcile.rule_material import rule_material
from tallyscan.reconcile.rule_vehicle import rule_vehicle
from tallyscan.scan import Quality, Scan
from tallyscan.verdict import Verdict

Rule = Callable[[Case], Verdict]

RULES: dict[str, Rule] = {
    "container_number": rule_container_number,
    "conveyance": rule_conveyance,
    "empty": rule_empty,
    "mass": rule_mass,
    "commodity": rule_commodity,
    "material": rule_material,
    "homogeneity": rule_homogeneity,
    "fill": rule_fill,
    "expectation": rule_expectation,
    "hs_code": rule_hs_code,
    "declaration": rule_declaration,
    "description": rule_description,
    "lot": rule_lot,
    "vehicle": rule_vehicle,
}


def judge(
    scan: Scan | None,
    quality: Quality,
    detection: Detection | NotAssessed,
    declaration: Declaration | None,
    known: KnownConsignment = UNKNOWN_CONSIGNMENT,
    earlier: Earlier = NO_EARLIER,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
) -> tuple[Verdict, ...]:
    """Every rule for every cargo unit, units by number, rules in the order of `RULES`.

    `known` are the other units of the consignment and what was weighed of it, `earlier` this scan's units in numbers
    and the memory of earlier ones.

    One set with unit None when nothing was detected or the scan was not read. Never raises on what a
    declaration says; whatever is missing gives an undetermined verdict with its reason.
    """
    of_each = cases(scan, quality, detection, declaration, known, earlier, nomenclature)
    return tuple(rule(case) for case in of_each for rule in RULES.values())
