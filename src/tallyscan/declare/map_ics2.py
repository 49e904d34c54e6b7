"""ICS2: the goods shipment of an entry summary declaration (IE3F10 to IE3F51, amended by IE3A10 and on).

Element names are those of the harmonised trader interface 2.02; docs/reference/declaration-formats.md lists each. Goods
are those of the house consignments, of the master consignment where there are none; containers are named at each level.
"""

import re
from dataclasses import dataclass
from typing import Any

from tallyscan.declaration import Declared, normal_mark
from tallyscan.declare.eu_elements import goods_item, party, transport_means
from tallyscan.declare.mappings import Mappings
from tallyscan.declare.taking import Taking, assembled, numbered
from tallyscan.declare.xml_message import Element, message
from tallyscan.errors import InvalidDeclaration
from tallyscan.xml_document import root_name

FORMAT = "ics2"
MASTER = "ConsignmentMasterLevel"
_AMOUNTS = {field: (f"Weight/{field}", f"Weight/{field}") for field in ("grossMass", "netMass")}
HOUSE = "ConsignmentMasterLevel/ConsignmentHouseLevel"
_ROOT = re.compile(r"IE3[FA]\d\d", re.IGNORECASE)
_BORDER = "ActiveBorderTransportMeans"


@dataclass(frozen=True)
class _Goods:
    item: Element
    number: int


def recognises(head: bytes) -> bool:
    """By the name of its root element."""
    return _ROOT.fullmatch(root_name(head) or "") is not None


def mapped(data: bytes, mappings: Mappings, _: str | None = None) -> Declared:
    """The declaration. Raises `InvalidDeclaration` with the XPath of what is missing."""
    root, taking = message(data, mappings.most_bytes), Taking()
    if root.text("LRN", "MRN") is None:
        raise InvalidDeclaration("The ICS2 message has no identity: LRN and MRN are missing or empty.")
    if not root.all(MASTER):
        raise InvalidDeclaration(f"The ICS2 message has no goods shipment: there is no {MASTER}.")
    items = root.all(f"{HOUSE}/GoodsItem") or root.all(f"{MASTER}/GoodsItem")
    if not items:
        raise InvalidDeclaration(
            f"The ICS2 message has no goods: there is neither {HOUSE}/GoodsItem nor {MASTER}/GoodsItem.",
            remedy="Send the filing that has the goods; a master filing alone does not.",
        )
    numbers = numbered([item.text("goodsItemNumber") for item in items], taking)
    goods = [_Goods(item, number) for item, number in zip(items, numbers, strict=True)]
    document = {
        "LRN": root.text("LRN"),
        "MRN": root.text("MRN"),
        "referenceNumberUCR": root.text(
            *(
                f"{level}/referenceNumberUCR{inner}"
                for level in (MASTER, HOUSE)
                for inner in ("", "/referenceNumberUCR")
            )
        ),
        "transportDocument": _transport_document(root, taking),
        "borderTransportMeans": _border_means(root, taking),
        "placeOfLoading": taking.text(
            root.text(
                *(
                    f"{level}/PlaceOfLoading/{name}"
                    for level in (MASTER, HOUSE)
                    for name in ("UNLOCODE", "location")
                )
            ),
            "PlaceOfLoading",
            35,
        ),
        "countriesOfRouting": _routing(root),
        "customsOffices": _first_entry(root, taking),
        "consignor": party(root, (f"{HOUSE}/Consignor", f"{MASTER}/Consignor"), taking),
        "consignee": party(root, (f"{HOUSE}/Consignee", f"{MASTER}/Consignee"), taking),
        "totalGrossMass": _total(root, taking),
        "transportEquipment": _equipment(root, goods, taking),
        "transportMeans": _vehicles(root, goods, taking),
        "goodsItems": [goods_item(each.item, "GoodsItem", each.number, taking, _AMOUNTS) for each in goods],
    }
    where = (
        "The cargo unit is looked for at TransportEquipment/containerIdentificationNumber of the goods items and "
        f"consignments, and at PassiveBorderTransportMeans; the goods at {HOUSE}/GoodsItem/Commodity."
    )
    return Declared((assembled(document, taking, what="The ICS2 message", lacks=where),))


def _transport_document(root: Element, taking: Taking) -> dict[str, Any] | None:
    houses = root.all(f"{HOUSE}/TransportDocumentHouseLevel")
    for found in houses if len(houses) == 1 else root.all(f"{MASTER}/TransportDocumentMasterLevel"):
        number = taking.text(found.text("documentNumber"), "documentNumber", 70)
        return {"documentNumber": number, "type": taking.code(found.text("type"), "type of the document", 4)}
    return None


def _border_means(root: Element, taking: Taking) -> dict[str, Any] | None:
    number = taking.text(root.text(f"{_BORDER}/identificationNumber"), f"{_BORDER}/identificationNumber", 35)
    mode = taking.code(root.text(f"{_BORDER}/modeOfTransport"), f"{_BORDER}/modeOfTransport", 2)
    return {"identificationNumber": number, "mode": mode} if number or mode else None


def _routing(root: Element) -> list[str]:
    of_goods = root.texts(f"{HOUSE}/CountriesOfRoutingOfConsignment/country")
    means = f"{_BORDER}/CountriesOfRoutingOfMeansOfTransport/country"
    return list(dict.fromkeys(of_goods or root.texts(means)))


def _first_entry(root: Element, taking: Taking) -> list[dict[str, Any]]:
    office = root.text("CustomsOfficeOfFirstEntry/referenceNumber")
    path = f"{_BORDER}/estimatedDateAndTimeOfArrival"
    at = taking.time(root.text(path, f"{path}/DateTime"), path)
    return [{"referenceNumber": office, "arrivalDateAndTimeEstimated": at}] if office else []


def _total(root: Element, taking: Taking) -> float | None:
    total = taking.number(root.text(f"{MASTER}/totalGrossMass"), f"{MASTER}/totalGrossMass")
    if total is not None:
        return total
    of_houses = [house.text("totalGrossMass") for house in root.all(HOUSE)]
    masses = [taking.number(text, f"{HOUSE}/totalGrossMass") for text in of_houses]
    known = [mass for mass in masses if mass is not None]
    return sum(known) if known and len(known) == len(masses) else None


def _equipment(root: Element, goods: list[_Goods], taking: Taking) -> list[dict[str, Any]]:
    """Each container once, with what any level says of it and with the goods items that name it."""
    containers: dict[str, dict[str, Any]] = {}
    named_at = [
        (found, None) for level in (MASTER, HOUSE) for found in root.all(f"{level}/TransportEquipment")
    ]
    named_by = [(found, each.number) for each in goods for found in each.item.all("TransportEquipment")]
    for found, number in [*named_at, *named_by]:
        path = "TransportEquipment"
        mark = taking.code(
            found.text("containerIdentificationNumber"), f"{path}/containerIdentificationNumber", 17
        )
        if mark is None:
            continue
        known = containers.setdefault(
            normal_mark(mark), {"containerIdentificationNumber": mark, "seals": [], "goodsItemNumbers": []}
        )
        known["containerSizeAndType"] = known.get("containerSizeAndType") or taking.code(
            found.text("containerSizeAndType"), f"{path}/containerSizeAndType", 4
        )
        known["containerPackedStatus"] = known.get("containerPackedStatus") or taking.code(
            found.text("containerPackedStatus"), f"{path}/containerPackedStatus", 1
        )
        seals = (taking.text(seal, f"{path}/Seal/identifier") for seal in found.texts("Seal/identifier"))
        known["seals"] += [seal for seal in seals if seal not in known["seals"]]
        if number is not None and number not in known["goodsItemNumbers"][-1:]:
            known["goodsItemNumbers"].append(number)
    return list(containers.values())


def _vehicles(root: Element, goods: list[_Goods], taking: Taking) -> list[dict[str, Any]]:
    """What carries the goods over the border: the lorry itself, on the road, then trailers and wagons at any level."""
    name = "PassiveBorderTransportMeans"
    by_road = root.text(f"{_BORDER}/modeOfTransport") == "3"
    found = transport_means(root, (_BORDER,), taking) if by_road else []
    found += transport_means(root, (f"{MASTER}/{name}", f"{HOUSE}/{name}"), taking)
    for each in goods:
        found += transport_means(each.item, (name,), taking)
    once: dict[str, dict[str, Any]] = {}
    for vehicle in found:
        once.setdefault(vehicle["identificationNumber"], vehicle)
    return list(once.values())
