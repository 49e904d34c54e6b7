"""NCTS: the declaration data of the common transit system (CC015C), and its amendment (CC013C).

Element names are those of the technical documentation of NCTS phases 5 and 6, which differ in what they require, not
in what is taken over here. docs/reference/declaration-formats.md lists each.
"""

from typing import Any

from tallyscan.declaration import Declared
from tallyscan.declare.eu_elements import goods_item, party, transport_means
from tallyscan.declare.mappings import Mappings
from tallyscan.declare.taking import Taking, assembled, numbered
from tallyscan.declare.xml_message import Element, message
from tallyscan.errors import InvalidDeclaration
from tallyscan.xml_document import root_name

FORMAT = "ncts"
ROOTS = ("CC015C", "CC013C")
_AMOUNTS = {
    field: (f"Commodity/GoodsMeasure/{field}", field)
    for field in ("grossMass", "netMass", "supplementaryUnits")
}
LEVELS = ("Consignment", "Consignment/HouseConsignment")
ITEMS = "Consignment/HouseConsignment/ConsignmentItem"
_OFFICES = ("CustomsOfficeOfTransitDeclared", "CustomsOfficeOfExitForTransitDeclared")


def recognises(head: bytes) -> bool:
    """By the name of its root element."""
    return (root_name(head) or "").upper() in ROOTS


def mapped(data: bytes, mappings: Mappings, _: str | None = None) -> Declared:
    """The declaration. Raises `InvalidDeclaration` with the XPath of what is missing."""
    root, taking = message(data, mappings.most_bytes), Taking()
    if root.text("TransitOperation/LRN", "TransitOperation/MRN") is None:
        raise InvalidDeclaration(
            "The NCTS message has no identity: TransitOperation/LRN and TransitOperation/MRN are missing or empty."
        )
    items = root.all(ITEMS)
    if not items:
        raise InvalidDeclaration(f"The NCTS message has no goods: there is no {ITEMS}.")
    numbers = _numbers(items, taking)
    document = {
        "LRN": root.text("TransitOperation/LRN"),
        "MRN": root.text("TransitOperation/MRN"),
        "declarationType": taking.code(root.text("TransitOperation/declarationType"), "declarationType", 5),
        "referenceNumberUCR": root.text(
            "Consignment/referenceNumberUCR", "Consignment/HouseConsignment/referenceNumberUCR"
        ),
        "transportDocument": _transport_document(root, taking),
        "borderTransportMeans": _border_means(root, taking),
        "placeOfLoading": taking.text(
            root.text("Consignment/PlaceOfLoading/UNLocode", "Consignment/PlaceOfLoading/location"),
            "Consignment/PlaceOfLoading",
            35,
        ),
        "countriesOfRouting": _route(root, taking),
        "customsOffices": [
            {
                "referenceNumber": office.text("referenceNumber"),
                "arrivalDateAndTimeEstimated": taking.time(
                    office.text("arrivalDateAndTimeEstimated"), f"{name}/arrivalDateAndTimeEstimated"
                ),
            }
            for name in _OFFICES
            for office in root.all(name)
            if office.text("referenceNumber")
        ],
        "consignor": party(root, [f"{level}/Consignor" for level in LEVELS], taking),
        "consignee": party(root, [f"{level}/Consignee" for level in LEVELS], taking),
        "totalGrossMass": taking.number(root.text("Consignment/grossMass"), "Consignment/grossMass"),
        "transportEquipment": [
            _equipment(found, taking) for found in root.all("Consignment/TransportEquipment")
        ],
        "transportMeans": transport_means(
            root, [f"{level}/DepartureTransportMeans" for level in LEVELS], taking
        ),
        "goodsItems": [
            goods_item(item, "ConsignmentItem", number, taking, _AMOUNTS)
            for item, number in zip(items, numbers, strict=True)
        ],
    }
    where = (
        "The cargo unit is looked for at Consignment/TransportEquipment/containerIdentificationNumber and "
        "Consignment/DepartureTransportMeans/identificationNumber, the goods at "
        f"{ITEMS}/Commodity/descriptionOfGoods and .../CommodityCode/harmonizedSystemSubHeadingCode."
    )
    return Declared((assembled(document, taking, what="The NCTS message", lacks=where),))


def _numbers(items: list[Element], taking: Taking) -> list[int]:
    """Those of the whole declaration, to which the containers refer; else those within a house consignment."""
    of_declaration = [item.text("declarationGoodsItemNumber") for item in items]
    if all(of_declaration):
        return numbered(of_declaration, taking)
    return numbered([item.text("goodsItemNumber") for item in items], taking)


def _transport_document(root: Element, taking: Taking) -> dict[str, Any] | None:
    for path in (f"{level}/TransportDocument" for level in LEVELS):
        for found in root.all(path):
            number = taking.text(found.text("referenceNumber"), f"{path}/referenceNumber", 70)
            return {"documentNumber": number, "type": taking.code(found.text("type"), f"{path}/type", 4)}
    return None


def _border_means(root: Element, taking: Taking) -> dict[str, Any] | None:
    path = "Consignment/ActiveBorderTransportMeans/identificationNumber"
    number = taking.text(root.text(path), path, 35)
    mode = taking.code(root.text("Consignment/modeOfTransportAtTheBorder"), "modeOfTransportAtTheBorder", 2)
    return {"identificationNumber": number, "mode": mode} if number or mode else None


def _route(root: Element, taking: Taking) -> list[str]:
    """The countries of routing; where none is declared, the country of dispatch as the start of the route."""
    route = root.texts("Consignment/CountryOfRoutingOfConsignment/country")
    path = "countryOfDispatch"
    said = root.text(f"Consignment/{path}", f"Consignment/HouseConsignment/{path}", f"{ITEMS}/{path}")
    start = None if route else taking.code(said, path, 2)
    return [start] if start else route


def _equipment(found: Element, taking: Taking) -> dict[str, Any]:
    path = "Consignment/TransportEquipment"
    named = found.texts("GoodsReference/declarationGoodsItemNumber")
    numbers = [taking.count(text, f"{path}/GoodsReference/declarationGoodsItemNumber") for text in named]
    return {
        "containerIdentificationNumber": taking.code(
            found.text("containerIdentificationNumber"), f"{path}/containerIdentificationNumber", 17
        ),
        "seals": [taking.text(seal, f"{path}/Seal/identifier") for seal in found.texts("Seal/identifier")],
        "goodsItemNumbers": [number for number in numbers if number is not None],
    }
