"""One invented consignment in every format, and what each of them can say of it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from tallyscan.declare.mappings import load_mappings

MESSAGES = Path(__file__).parent / "messages"
MAPPINGS = load_mappings()

CANONICAL: dict[str, Any] = {
    "LRN": "EXAMPLE-000123",
    "declarationType": "T1",
    "referenceNumberUCR": "UCR-EXAMPLE-1",
    "transportDocument": {"documentNumber": "CMR-EXAMPLE-1", "type": "N730"},
    "borderTransportMeans": {"identificationNumber": "EXAMPLE 1", "mode": "3"},
    "placeOfLoading": "XXEXA",
    "countriesOfRouting": ["XA", "XX"],
    "customsOffices": [
        {"referenceNumber": "XX000002", "arrivalDateAndTimeEstimated": "2026-01-23T10:00:00Z"}
    ],
    "consignor": {"name": "Example sender"},
    "consignee": {"name": "Example receiver", "identificationNumber": "XX0000000001"},
    "totalGrossMass": 12000.5,
    "transportEquipment": [
        {
            "containerIdentificationNumber": "CSQU3054383",
            "seals": ["SEAL-EXAMPLE-1"],
            "goodsItemNumbers": [1, 2],
        }
    ],
    "transportMeans": [
        {"typeOfIdentification": "30", "identificationNumber": "EXAMPLE 1", "nationality": "XX"},
        {"typeOfIdentification": "31", "identificationNumber": "EXAMPLE 2", "nationality": "XX"},
    ],
    "goodsItems": [
        {
            "goodsItemNumber": 1,
            "descriptionOfGoods": "Wooden furniture & parts, білий дуб",
            "commodityCode": {
                "harmonizedSystemSubHeadingCode": "940360",
                "combinedNomenclatureCode": "10",
            },
            "grossMass": 11000.5,
            "netMass": 10500.0,
            "packaging": [
                {"typeOfPackages": "CT", "numberOfPackages": 480, "shippingMarks": "EXAMPLE 1-480"}
            ],
            "countryOfOrigin": "XA",
        },
        {
            "goodsItemNumber": 2,
            "descriptionOfGoods": "Paint",
            "commodityCode": {
                "harmonizedSystemSubHeadingCode": "320890",
                "combinedNomenclatureCode": "91",
            },
            "grossMass": 1000.0,
            "netMass": 900.0,
            "packaging": [{"typeOfPackages": "DR", "numberOfPackages": 20, "shippingMarks": "EXAMPLE A"}],
            "dangerousGoods": [{"UNNumber": "1263"}],
            "countryOfOrigin": "XA",
        },
    ],
}

UNSAID: dict[str, tuple[str, ...]] = {
    "canonical": (),
    "ncts": ("goodsItems.*.countryOfOrigin",),
    "ics2": ("declarationType", "goodsItems.*.countryOfOrigin", "goodsItems.*.netMass"),
    "asycuda": (
        "referenceNumberUCR",
        "transportDocument.type",
        "customsOffices.*.arrivalDateAndTimeEstimated",
        "goodsItems.*.dangerousGoods",
    ),
    "csv": (
        "transportDocument.type",
        "borderTransportMeans",
        "countriesOfRouting",
        "consignee.identificationNumber",
    ),
}
"""What a format has no place for."""


def canonical_json(**changes: Any) -> bytes:
    """The consignment as canonical JSON."""
    return json.dumps(CANONICAL | changes).encode()


def documents() -> dict[str, bytes]:
    """The consignment in every format, by the format's name."""
    files = {"ncts": "ncts.xml", "ics2": "ics2.xml", "asycuda": "asycuda.xml", "csv": "manifest.csv"}
    return {
        "canonical": canonical_json(),
        **{name: (MESSAGES / file).read_bytes() for name, file in files.items()},
    }


def said_by(name: str) -> dict[str, Any]:
    """The consignment as far as a format can say it."""
    document = deepcopy(CANONICAL)
    for path in UNSAID[name]:
        _leave_out(document, path.split("."))
    return document


def _leave_out(document: Any, path: list[str]) -> None:
    step, *rest = path
    if step == "*":
        for inner in document:
            _leave_out(inner, rest)
    elif rest:
        _leave_out(document[step], rest)
    else:
        document.pop(step, None)
