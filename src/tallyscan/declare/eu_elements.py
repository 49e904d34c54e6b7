"""Elements that the messages of the EU share, so that NCTS and ICS2 take them over alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from tallyscan.declare.taking import Taking
from tallyscan.declare.xml_message import Element


def party(root: Element, paths: Iterable[str], taking: Taking) -> dict[str, Any] | None:
    """Name and number of the first consignor or consignee that is there."""
    for path in paths:
        for found in root.all(path):
            name = taking.text(found.text("name"), f"{path}/name")
            number = taking.code(found.text("identificationNumber"), f"{path}/identificationNumber", 35)
            return {"name": name, "identificationNumber": number}
    return None


def transport_means(root: Element, paths: Iterable[str], taking: Taking) -> list[dict[str, Any]]:
    """Vehicles and trailers with their registrations, each once."""
    means: dict[str, dict[str, Any]] = {}
    for path in paths:
        for found in root.all(path):
            number = taking.text(found.text("identificationNumber"), f"{path}/identificationNumber", 35)
            if number is not None and number not in means:
                means[number] = {
                    "typeOfIdentification": taking.code(
                        found.text("typeOfIdentification"), f"{path}/typeOfIdentification", 2
                    ),
                    "identificationNumber": number,
                    "nationality": taking.code(found.text("nationality"), f"{path}/nationality", 2),
                }
    return list(means.values())


def goods_item(
    item: Element, name: str, number: int, taking: Taking, amounts: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """A goods item, called `name` in remarks; `amounts` has the path of each mass or quantity, and its name in them."""

    def where(what: str) -> str:
        return f"{name} {number} {what}"

    code = "Commodity/CommodityCode"
    return {
        "goodsItemNumber": number,
        "descriptionOfGoods": taking.text(
            item.text("Commodity/descriptionOfGoods"), where("descriptionOfGoods"), item=number
        ),
        "commodityCode": taking.commodity(
            item.text(f"{code}/harmonizedSystemSubHeadingCode"),
            item.text(f"{code}/combinedNomenclatureCode"),
            where("CommodityCode"),
            number,
        ),
        **{
            field: taking.number(item.text(path), where(called), number)
            for field, (path, called) in amounts.items()
        },
        "packaging": [
            _packaging(found, where("Packaging"), number, taking) for found in item.all("Packaging")
        ],
        "dangerousGoods": _dangerous_goods(
            item.texts("Commodity/DangerousGoods/UNNumber"), where("UNNumber"), number, taking
        ),
    }


def _packaging(found: Element, where: str, number: int, taking: Taking) -> dict[str, Any]:
    """How many packages of which kind."""
    return {
        "typeOfPackages": taking.code(found.text("typeOfPackages"), f"{where}/typeOfPackages", 4, number),
        "numberOfPackages": taking.count(found.text("numberOfPackages"), f"{where}/numberOfPackages", number),
        "shippingMarks": taking.text(found.text("shippingMarks"), f"{where}/shippingMarks", item=number),
    }


def _dangerous_goods(un_numbers: list[str], where: str, number: int, taking: Taking) -> list[dict[str, str]]:
    """UN numbers, as far as they can be any."""
    codes = [taking.code(text, where, 8, number) for text in un_numbers]
    return [{"UNNumber": code} for code in codes if code is not None]
