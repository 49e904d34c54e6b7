"""The cargo units of a scan, as earlier ones are asked about them and later ones will be compared with them."""

from tallyscan.classify.hs import usable_code
from tallyscan.declaration import Declaration, normal_mark
from tallyscan.finding import CargoUnit, Detection, NotAssessed
from tallyscan.known_unit import SeenUnit
from tallyscan.reconcile.case import Case, cases
from tallyscan.reconcile.load_features import load_features
from tallyscan.reconcile.vehicle_shape import vehicle_shape
from tallyscan.scan import Quality, Scan


def see_units(
    scan: Scan, quality: Quality, detection: Detection | NotAssessed, declaration: Declaration | None
) -> tuple[SeenUnit, ...]:
    """Every unit that was found; without features and shape where physical units are a guess or unknown."""
    return tuple(
        _seen(scan, case, case.unit)
        for case in cases(scan, quality, detection, declaration)
        if case.unit is not None
    )


def scanner_kind(scan: Scan) -> str:
    """What makes images comparable: the scanner by its name or profile, its view of several, and its end points."""
    energies = "/".join(f"{energy:g}" for energy in scan.energies_mv)
    named = f"{scan.scanner}, view {scan.view}" if scan.view else scan.scanner
    return f"{named}, {energies} MV" if energies else f"{named}, {scan.grade}"


def _seen(scan: Scan, case: Case, unit: CargoUnit) -> SeenUnit:
    measured = not case.guessed_units
    return SeenUnit(
        unit=unit.unit,
        scanner=scanner_kind(scan),
        features=load_features(scan, unit.box) if measured else None,
        shape=vehicle_shape(scan, unit.box) if measured else None,
        loaded=case.declared is None or not case.declared.empty,
        heading=_main_heading(case),
        trader=_trader(case.declaration),
        route=_route(case.declaration, scan.sidecar.site),
        plate=_plate(case, unit),
        container=_container(case, unit),
    )


def _main_heading(case: Case) -> str | None:
    """The heading of the item with the largest gross mass; of a unit that is not joined, the only one declared."""
    if case.declaration is None or (case.declared is not None and case.declared.empty):
        return None
    items = case.declared.items if case.declared else case.declaration.goods_items
    coded = [(item.gross_mass or 0.0, code[:4]) for item in items if (code := usable_code(item))]
    if not coded or (case.declared is None and len({heading for _, heading in coded}) > 1):
        return None
    heading = max(coded, key=lambda weighed: weighed[0])[1]
    return heading if len(heading) == 4 else None


def _trader(declaration: Declaration | None) -> str | None:
    """The consignee by its identification number, else the consignor; the two are not mixed up."""
    for role in ("consignee", "consignor"):
        party = getattr(declaration, role, None)
        if party is not None and party.identification_number and party.identification_number.strip():
            return f"{role} {normal_mark(party.identification_number)}"
    return None


def _route(declaration: Declaration | None, site: str | None) -> str | None:
    """From the place of loading, else the first country, to the first office, else to the crossing point of the
    scanner; None unless both are known."""
    if declaration is None:
        return None
    start = declaration.place_of_loading or next(iter(declaration.countries_of_routing), None)
    offices = declaration.customs_offices
    office = offices[0].reference_number if offices else site
    return f"{normal_mark(start)} > {normal_mark(office)}" if start and office else None


def _plate(case: Case, unit: CargoUnit) -> str | None:
    """As it was read, else the declared one where there is only one."""
    if unit.plate:
        return normal_mark(unit.plate)
    registrations = case.declared.registrations if case.declared else ()
    return registrations[0] if len(registrations) == 1 else None


def _container(case: Case, unit: CargoUnit) -> str | None:
    declared = case.declared.number if case.declared else None
    return normal_mark(unit.number) if unit.number else declared
