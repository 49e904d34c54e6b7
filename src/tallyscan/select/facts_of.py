"""From what is known of a consignment to the facts that a risk profile may ask of."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tallyscan.consignment_evidence import ConsignmentEvidence, ScanEvidence
from tallyscan.declaration import Declaration, GoodsItem, Party, TransportMeans, normal_mark
from tallyscan.declaration_remarks import remarks
from tallyscan.finding import ANOMALY_FAMILIES, Family
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.reading import Reading
from tallyscan.risk import Risk
from tallyscan.select.facts import (
    After,
    Before,
    DeclarationFacts,
    Determined,
    ItemFacts,
    RiskFacts,
    ScanFacts,
    TraderFacts,
    VehicleFacts,
)
from tallyscan.trader_history import TraderHistory
from tallyscan.verdict import Outcome


def facts_of(evidence: ConsignmentEvidence, nomenclature: Nomenclature = CHAPTERS_ONLY) -> Before:
    """`After` where there is evidence of scans. `nomenclature` are the commodity codes that there are."""
    declared, declaration = evidence.declaration, DeclarationFacts()
    if declared is not None:
        codes = tuple(dict.fromkeys(remark.code for remark in remarks(declared, nomenclature)))
        declaration = replace(_declaration(declared, evidence.declaration_version), remarks=codes)
    consignor = _trader(declared.consignor if declared else None, evidence.consignor)
    consignee = _trader(declared.consignee if declared else None, evidence.consignee)
    if evidence.scans is None:
        return Before(declaration, consignor, consignee)
    scans = tuple(map(_scan, evidence.scans))
    return After(declaration, consignor, consignee, scans, _risk(evidence.risk))


def _declaration(said: Declaration, version: int) -> DeclarationFacts:
    items = said.goods_items
    gross_kg = said.total_gross_mass
    border = said.border_transport_means
    return DeclarationFacts(
        version=version,
        mrn=said.mrn,
        lrn=said.lrn,
        declaration_type=said.declaration_type,
        transport_document=said.transport_document.document_number if said.transport_document else None,
        mode_of_transport=border.mode if border else None,
        place_of_loading=said.place_of_loading,
        countries_of_routing=said.countries_of_routing or None,
        offices=tuple(office.reference_number for office in said.customs_offices) or None,
        gross_mass_kg=gross_kg if gross_kg is not None else _sum(item.gross_mass for item in items),
        net_mass_kg=_sum(item.net_mass for item in items),
        packages=_whole(_sum(_packages(item) for item in items)),
        empty=said.declared_empty,
        containers=tuple(
            _plain(part.container_identification_number)
            for part in said.transport_equipment
            if part.container_identification_number
        ),
        seals=tuple(seal for part in said.transport_equipment for seal in part.seals),
        vehicles=tuple(map(_vehicle, said.transport_means)),
        items=tuple(map(_item, items)),
    )


def _item(item: GoodsItem) -> ItemFacts:
    hs = item.hs
    kinds = tuple(each.type_of_packages for each in item.packaging if each.type_of_packages)
    return ItemFacts(
        number=item.goods_item_number,
        description=item.description_of_goods,
        hs_code=hs,
        hs_chapter=hs[:2] if hs else None,
        gross_mass_kg=item.gross_mass,
        net_mass_kg=item.net_mass,
        packages=_packages(item),
        kinds_of_packages=kinds or None,
        un_numbers=tuple(each.un_number for each in item.dangerous_goods),
        country_of_origin=item.country_of_origin,
        means_empty=item.means_empty,
    )


def _vehicle(means: TransportMeans) -> VehicleFacts:
    return VehicleFacts(_plain(means.identification_number), means.nationality)


def _trader(party: Party | None, history: TraderHistory | None) -> TraderFacts:
    if party is None:
        return TraderFacts()
    number = _plain(party.identification_number or "") or None
    if history is None:
        return TraderFacts(number, party.name)
    return TraderFacts(
        number,
        party.name,
        history.consignments,
        history.scanned,
        history.opened,
        history.finds,
        history.days_since_last,
    )


def _scan(scan: ScanEvidence) -> ScanFacts:
    reading = scan.reading
    read = reading.status == "read"
    verdicts = [(verdict.rule, verdict.outcome) for verdict in reading.verdicts] if read else []
    return ScanFacts(
        status=reading.status,
        site=scan.site,
        grade=reading.grade,
        lane=reading.risk.lane,
        score=reading.risk.score,
        anomaly=reading.anomaly.decision,
        anomaly_score=reading.anomaly.score,
        findings=_findings(reading) if read and reading.anomaly.decision != "not_assessed" else None,
        verdicts=_worst(verdicts),
        integrity=_worst((check.check, check.outcome) for check in reading.integrity),  # type: ignore[arg-type]
        empty_probability=reading.empty.probability if reading.empty else None,
        mass_kg=reading.mass_kg.estimate if reading.mass_kg else None,
        mass_low_kg=reading.mass_kg.low if reading.mass_kg else None,
        mass_high_kg=reading.mass_kg.high if reading.mass_kg else None,
        mismatch=reading.mismatch,
        units=len(reading.containers) if read else None,
    )


def _findings(reading: Reading) -> dict[Family, float]:
    found: dict[Any, float] = dict.fromkeys(ANOMALY_FAMILIES, 0.0)
    for finding in reading.findings:
        found[finding.kind] = max(found[finding.kind], finding.score)
    return found


def _worst(outcomes: Iterable[tuple[str, Outcome]]) -> dict[str, Determined]:
    """Of each name: it differs if anything does; it agrees only if everything does."""
    of: dict[str, set[Outcome]] = {}
    for name, outcome in outcomes:
        of.setdefault(name, set()).add(outcome)
    worst: dict[str, Determined] = {}
    for name, seen in of.items():
        if "differs" in seen:
            worst[name] = "differs"
        elif "undetermined" not in seen:
            worst[name] = "agrees"
    return worst


def _risk(risk: Risk | None) -> RiskFacts:
    return RiskFacts(risk.lane, risk.score) if risk else RiskFacts()


def _packages(item: GoodsItem) -> int | None:
    return _whole(_sum(each.number_of_packages for each in item.packaging))


def _sum(numbers: Iterable[float | None]) -> float | None:
    """Of nothing, or where one is not known, nothing is known."""
    known = list(numbers)
    total = 0.0
    for number in known:
        if number is None:
            return None
        total += number
    return total if known else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def _plain(mark: str | None) -> str:
    return normal_mark(mark or "")
