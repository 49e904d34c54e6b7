"""A canonical declaration as its sender writes it: JSON, NCTS, ASYCUDA World, or a row or more of a CSV manifest.

Only what the made day declares; what a format has no place for (sizes of containers in NCTS, numbers of parties in CSV)
is left out.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from training.made_day.plan import Format

Document = dict[str, Any]
Tree = dict[str, Any]
COLUMNS = (
    "LRN", "Declaration type", "Place of loading", "Customs office", "Expected at", "Consignor", "Consignee",
    "Total gross mass kg", "Container", "Container size and type", "Vehicle", "Trailer", "Item number", "Description",
    "HS code", "Gross mass kg",
)  # fmt: skip


def canonical(declaration: Document) -> bytes:
    """The service's own form."""
    return json.dumps(declaration).encode()


def ncts(declaration: Document) -> bytes:
    """A declaration of common transit, CC015C."""
    of_consignment: list[Tree] = [{"grossMass": declaration["totalGrossMass"]}]
    of_consignment += [{"Consignor": [{"name": declaration["consignor"]["name"]}]}]
    consignee = declaration["consignee"]
    of_consignment += [
        {
            "Consignee": [
                {"identificationNumber": consignee["identificationNumber"]},
                {"name": consignee["name"]},
            ]
        }
    ]
    for box in declaration.get("transportEquipment", []):
        goods = [
            {"GoodsReference": [{"declarationGoodsItemNumber": each}]} for each in box["goodsItemNumbers"]
        ]
        number = {"containerIdentificationNumber": box["containerIdentificationNumber"]}
        of_consignment.append({"TransportEquipment": [number, *goods]})
    for means in declaration.get("transportMeans", []):
        said = [{name: means[name]} for name in ("typeOfIdentification", "identificationNumber")]
        of_consignment.append({"DepartureTransportMeans": said})
    of_consignment.append({"PlaceOfLoading": [{"UNLocode": declaration["placeOfLoading"]}]})
    items: list[Tree] = [{"ConsignmentItem": _ncts_item(item)} for item in declaration["goodsItems"]]
    of_consignment.append({"HouseConsignment": items})
    offices: list[Tree] = [
        {"CustomsOfficeOfTransitDeclared": [{name: value} for name, value in office.items()]}
        for office in declaration["customsOffices"]
    ]
    operation = [{"LRN": declaration["LRN"]}, {"declarationType": declaration["declarationType"]}]
    root = etree.Element("{http://ncts.dgtaxud.ec}CC015C", nsmap={"ncts": "http://ncts.dgtaxud.ec"})
    _fill(root, [{"TransitOperation": operation}, *offices, {"Consignment": of_consignment}])
    return _written(root)


def asycuda(declaration: Document) -> bytes:
    """A single administrative document of ASYCUDA World."""
    declarant, number = declaration["LRN"].split("-")
    vehicles = " / ".join(each["identificationNumber"] for each in declaration.get("transportMeans", []))
    consignee = declaration["consignee"]
    office = declaration["customsOffices"][0]["referenceNumber"]
    parts: list[Tree] = [
        {
            "Identification": [
                {"Type": [{"Type_of_declaration": "T"}, {"Declaration_gen_procedure_code": "1"}]}
            ]
        },
        {
            "Traders": [
                {"Exporter": [{"Exporter_name": declaration["consignor"]["name"]}]},
                {
                    "Consignee": [
                        {"Consignee_code": consignee["identificationNumber"]},
                        {"Consignee_name": consignee["name"]},
                    ]
                },
            ]
        },
        {"Declarant": [{"Declarant_code": declarant}, {"Reference": [{"Number": number}]}]},
        {
            "Transport": [
                {
                    "Means_of_transport": [
                        {"Departure_arrival_information": [{"Identity": vehicles}]},
                        {"Border_information": [{"Mode": "3"}]},
                    ]
                },
                {"Border_office": [{"Code": office}]},
                {"Place_of_loading": [{"Code": declaration["placeOfLoading"]}]},
            ]
        },
        {"Valuation": [{"Weight": [{"Gross_weight": declaration["totalGrossMass"]}]}]},
    ]
    for box in declaration.get("transportEquipment", []):
        for item in box["goodsItemNumbers"]:
            said = [
                {"Item_Number": item},
                {"Container_identity": box["containerIdentificationNumber"]},
                {"Container_type": box["containerSizeAndType"]},
            ]
            parts.append({"Container": said})
    parts += [{"Item": _asycuda_item(item)} for item in declaration["goodsItems"]]
    root = etree.Element("ASYCUDA")
    _fill(root, parts)
    return _written(root)


def manifest(declarations: Sequence[Document]) -> bytes:
    """Several declarations as one CSV manifest, a row for each goods item."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for declaration in declarations:
        office = declaration["customsOffices"][0]
        marks: Document = {}
        for means in declaration.get("transportMeans", []):
            column = "Vehicle" if means["typeOfIdentification"] == "30" else "Trailer"
            marks[column] = means["identificationNumber"]
        for item in declaration["goodsItems"]:
            boxes = [
                box
                for box in declaration.get("transportEquipment", [])
                if item["goodsItemNumber"] in box["goodsItemNumbers"]
            ]
            of_box = {
                "Container": ";".join(box["containerIdentificationNumber"] for box in boxes),
                "Container size and type": boxes[0]["containerSizeAndType"] if boxes else "",
            }
            writer.writerow(
                marks
                | of_box
                | {
                    "LRN": declaration["LRN"],
                    "Declaration type": declaration["declarationType"],
                    "Place of loading": declaration["placeOfLoading"],
                    "Customs office": office["referenceNumber"],
                    "Expected at": office["arrivalDateAndTimeEstimated"],
                    "Consignor": declaration["consignor"]["name"],
                    "Consignee": declaration["consignee"]["name"],
                    "Total gross mass kg": declaration["totalGrossMass"],
                    "Item number": item["goodsItemNumber"],
                    "Description": item["descriptionOfGoods"],
                    "HS code": _code(item),
                    "Gross mass kg": item["grossMass"],
                }
            )
    return text.getvalue().encode()


WRITERS: dict[Format, Callable[[Document], bytes]] = {
    "canonical": canonical,
    "ncts": ncts,
    "asycuda": asycuda,
    "csv": lambda declaration: manifest([declaration]),
}
CONTENT_TYPES: dict[Format, str] = {
    "canonical": "application/json",
    "ncts": "application/xml",
    "asycuda": "application/xml",
    "csv": "text/csv",
}


def _ncts_item(item: Document) -> list[Tree]:
    code = [{"CommodityCode": [{"harmonizedSystemSubHeadingCode": _code(item)}]}] if _code(item) else []
    goods = [
        {"descriptionOfGoods": item["descriptionOfGoods"]},
        *code,
        {"GoodsMeasure": [{"grossMass": item["grossMass"]}]},
    ]
    number = item["goodsItemNumber"]
    return [{"goodsItemNumber": number}, {"declarationGoodsItemNumber": number}, {"Commodity": goods}]


def _asycuda_item(item: Document) -> list[Tree]:
    code = [{"Tarification": [{"HScode": [{"Commodity_code": _code(item)}]}]}] if _code(item) else []
    return [
        *code,
        {"Goods_description": [{"Commercial_Description": item["descriptionOfGoods"]}]},
        {"Valuation_item": [{"Weight_itm": [{"Gross_weight_itm": item["grossMass"]}]}]},
    ]


def _code(item: Document) -> str:
    return str(item.get("commodityCode", {}).get("harmonizedSystemSubHeadingCode", ""))


def _fill(parent: etree._Element, parts: Sequence[Tree]) -> None:
    for part in parts:
        for name, inner in part.items():
            child = etree.SubElement(parent, name)
            if isinstance(inner, list):
                _fill(child, inner)
            elif inner != "":
                child.text = str(inner)


def _written(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
