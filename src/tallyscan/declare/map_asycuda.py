"""ASYCUDA World: the single administrative document as XML.

Countries change it, so every place is an XPath from the mappings. `<null/>` stands for a field that is empty.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lxml import etree

from tallyscan.declaration import Declared, normal_mark
from tallyscan.declare.mappings import AsycudaPlaces, ContainerPlaces, Mappings, Place
from tallyscan.declare.taking import Taking, assembled
from tallyscan.declare.xml_message import plain_root
from tallyscan.errors import InvalidDeclaration, TallyscanError
from tallyscan.xml_document import root_name

FORMAT = "asycuda"


def recognises(head: bytes) -> bool:
    """By the name of its root element, whatever prefix a country gives it."""
    return (root_name(head) or "").upper() in ("ASYCUDA", "SAD")


def mapped(data: bytes, mappings: Mappings, _: str | None = None) -> Declared:
    """The declaration. Raises `InvalidDeclaration` with the XPath of what is missing."""
    places, taking = mappings.asycuda, Taking()
    root = plain_root(data, mappings.most_bytes)
    if root.tag not in places.roots:
        raise InvalidDeclaration(
            f"The SAD has the root {root.tag!r}; the mappings name {' and '.join(places.roots)}.",
            remedy="Add it to asycuda.roots.",
        )
    lrn, mrn = _text(root, places.lrn), _text(root, places.mrn)
    if lrn is None and mrn is None:
        raise InvalidDeclaration(
            f"The SAD has no identity: nothing at {_in_words(places.lrn)}.",
            remedy="Correct asycuda.lrn, or the SAD.",
        )
    items = _nodes(root, places.items.each)
    if not items:
        raise InvalidDeclaration(f"The SAD has no goods: nothing at {places.items.each}.")
    document = {
        "LRN": lrn,
        "MRN": mrn,
        "declarationType": taking.code(
            _text(root, places.declaration_type), "the type of the declaration", 5
        ),
        "transportDocument": _document(root, places, taking),
        "borderTransportMeans": _border_means(root, places, taking),
        "placeOfLoading": taking.text(_text(root, places.place_of_loading), "the place of loading", 35),
        "countriesOfRouting": [
            country
            for place in (places.country_of_dispatch, places.country_of_destination)
            if (country := taking.code(_text(root, place), "the country of dispatch or destination", 2))
        ],
        "customsOffices": [
            {"referenceNumber": office} for office in [_text(root, places.customs_office)] if office
        ],
        "consignor": _party(root, places.consignor_name, places.consignor_number, "the exporter", taking),
        "consignee": _party(root, places.consignee_name, places.consignee_number, "the consignee", taking),
        "totalGrossMass": taking.number(_text(root, places.total_gross_mass), "the total gross mass"),
        "transportEquipment": _containers(root, places.containers, taking),
        "transportMeans": list(_vehicles(root, places, taking)),
        "goodsItems": [_item(item, number, places, taking) for number, item in enumerate(items, 1)],
    }
    where = (
        f"The cargo unit is looked for at {places.containers.each}/{_in_words(places.containers.number)} and "
        f"{_in_words(places.vehicles)}, the goods at {places.items.each} with "
        f"{_in_words(places.items.description)} and {_in_words(places.items.commodity_code)}."
    )
    return Declared((assembled(document, taking, what="The SAD", lacks=where),))


def _document(root: etree._Element, places: AsycudaPlaces, taking: Taking) -> dict[str, Any] | None:
    number = taking.text(_text(root, places.transport_document), "the transport document", 70)
    return {"documentNumber": number, "type": None} if number else None


def _border_means(root: etree._Element, places: AsycudaPlaces, taking: Taking) -> dict[str, Any] | None:
    number = taking.text(_text(root, places.border_means), "the means of transport at the border", 35)
    mode = taking.code(_text(root, places.border_mode), "the mode of transport at the border", 2)
    return {"identificationNumber": number, "mode": mode} if number or mode else None


def _party(
    root: etree._Element, name_at: Place, number_at: Place, who: str, taking: Taking
) -> dict[str, Any] | None:
    name = taking.text(_text(root, name_at), f"the name of {who}")
    number = taking.code(_text(root, number_at), f"the number of {who}", 35)
    return {"name": name, "identificationNumber": number} if name or number else None


def _containers(root: etree._Element, places: ContainerPlaces, taking: Taking) -> list[dict[str, Any]]:
    """Each container once; a SAD repeats it for every goods item in it."""
    containers: dict[str, dict[str, Any]] = {}
    for found in _nodes(root, places.each):
        mark = taking.code(_text(found, places.number), "a container number", 17)
        if mark is None:
            continue
        empty = (_text(found, places.empty_indicator) or "").upper() in places.empty_values
        known = containers.setdefault(
            normal_mark(mark),
            {
                "containerIdentificationNumber": mark,
                "containerSizeAndType": taking.code(
                    _text(found, places.size_and_type), f"the type of container {mark}", 4
                ),
                "containerPackedStatus": "E" if empty else None,
                "seals": [seal for seal in [taking.text(_text(found, places.seals), "a seal")] if seal],
                "goodsItemNumbers": [],
            },
        )
        number = taking.count(_text(found, places.item_number), f"the item number of container {mark}")
        if number is not None and number not in known["goodsItemNumbers"][-1:]:
            known["goodsItemNumbers"].append(number)
    return list(containers.values())


def _vehicles(root: etree._Element, places: AsycudaPlaces, taking: Taking) -> Iterator[dict[str, Any]]:
    """The lorry first, then its trailers; none where the means of transport is a ship, a train or an aircraft."""
    if (_text(root, places.border_mode) or "") not in places.vehicle_modes:
        return
    nationality = taking.code(_text(root, places.vehicle_nationality), "the nationality of the vehicle", 2)
    named = _text(root, places.vehicles) or ""
    plates = (
        re.split(f"[{re.escape(places.vehicle_separators)}]", named) if places.vehicle_separators else [named]
    )
    for place, plate in enumerate(text for raw in plates if (text := taking.text(raw, "a plate", 35))):
        kind = "30" if place == 0 else "31"
        yield {"typeOfIdentification": kind, "identificationNumber": plate, "nationality": nationality}


def _item(item: etree._Element, number: int, places: AsycudaPlaces, taking: Taking) -> dict[str, Any]:
    of, name = places.items, f"Item {number}"
    kind = taking.code(_text(item, of.kind_of_packages), f"{name}: the kind of packages", 4, number)
    count = taking.count(_text(item, of.number_of_packages), f"{name}: the number of packages", number)
    marks = taking.text(_text(item, of.shipping_marks), f"{name}: the marks", item=number)
    packaging = {"typeOfPackages": kind, "numberOfPackages": count, "shippingMarks": marks}
    return {
        "goodsItemNumber": number,
        "descriptionOfGoods": taking.text(
            _text(item, of.description), f"{name}: the description", item=number
        ),
        "commodityCode": taking.commodity(
            _text(item, of.commodity_code), None, f"{name}: the commodity code", number
        ),
        "grossMass": taking.number(_text(item, of.gross_mass), f"{name}: the gross mass", number),
        "netMass": taking.number(_text(item, of.net_mass), f"{name}: the net mass", number),
        "supplementaryUnits": taking.number(
            _text(item, of.supplementary_units), f"{name}: the supplementary units", number
        ),
        "packaging": [packaging] if any(value is not None for value in packaging.values()) else [],
        "countryOfOrigin": taking.code(
            _text(item, of.country_of_origin), f"{name}: the country of origin", 2, number
        ),
    }


def _text(node: etree._Element, place: Place) -> str | None:
    """The first alternative that gives a text."""
    if isinstance(place, str):
        return _at(node, place)
    for alternative in place:
        if isinstance(alternative, str):
            text = _at(node, alternative)
        else:
            texts = [_at(node, path) for path in alternative]
            text = "".join(each for each in texts if each) if all(texts) else None
        if text is not None:
            return text
    return None


def _at(node: etree._Element, path: str) -> str | None:
    found = _found(node, path)
    if isinstance(found, list):
        texts = (
            ((each.text or "") if isinstance(each, etree._Element) else str(each)).strip() for each in found
        )
        return next((text for text in texts if text), None)
    return str(found).strip() or None


def _nodes(node: etree._Element, path: str) -> list[etree._Element]:
    found = _found(node, path)
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def _found(node: etree._Element, path: str) -> Any:
    try:
        return _compiled(path)(node)
    except etree.XPathError as error:
        raise TallyscanError(
            f"The XPath {path!r} of the mappings failed: {error}.", remedy="Correct it."
        ) from error


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path)


def _in_words(place: Place) -> str:
    if isinstance(place, str):
        return place
    return " or ".join(each if isinstance(each, str) else " with ".join(each) for each in place)
