"""The scans and the declaration of a consignment, with what is wrong about it; made once and kept in a folder."""

import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from tallyscan.commodity import class_of_hs
from tallyscan.iso6346 import check_digit
from training.made_day.plan import GATES, Consignment
from training.simulate.manifest import DECLARED_HS, INVENTED_OWNER, SCENARIOS, other_commodity
from training.simulate.render import SimulatedScan, draw_framing, encoded, render
from training.simulate.scanner import Rng, Scanner, at_pitch, draw_scanner
from training.simulate.scene import Wish, build_scene

Document = dict[str, Any]
PITCH_MM = 7.0  # within what scanners have, and a day is drawn in minutes
MOST_ATTEMPTS = 40
BESIDE_MM = 700.0  # shown beside the cargo, where there is air or the cab: units end within the image
OFFICE = "XX000002"
OTHER_SIZE = {"2": "45G1", "4": "22G1", "L": "22G1"}
WRONG_TOTAL = 1.12
COPY_GAIN = 0.97


def kept(day: tuple[Consignment, ...], number: int, seed: int, folder: Path) -> Path:
    """The folder of a consignment: `0.tif`, `0.json` (sidecar without a time), ..., `declaration.json`, `truth.json`.

    What is there is not made again; `truth.json` is written last.
    """
    consignment = day[number]
    where = folder / f"{number:04d}"
    if (where / "truth.json").exists():
        return where
    where.mkdir(parents=True, exist_ok=True)
    if consignment.source is not None:
        _write_copy(consignment, kept(day, consignment.source, seed, folder), where, seed)
        return where
    scans = [_scan(consignment, unit, seed) for unit in range(consignment.units)]
    declaration = _one_declaration(consignment, [scan.declaration or {} for scan in scans])
    rng = np.random.default_rng([seed, number, 1])
    for place, scan in enumerate(scans):
        (where / f"{place}.tif").write_bytes(encoded(scan))
        sidecar = _sidecar(consignment, scan.sidecar)
        if consignment.kind == "wrong_number":
            sidecar["units"] = [{"container_number": _number(rng)}]
        _write(where / f"{place}.json", sidecar)
    _write(where / "declaration.json", _altered(rng, consignment, declaration))
    last = consignment.units - 1
    wrong = [
        consignment.kind != "honest" and (consignment.units == 1 or unit == last)
        for unit in range(consignment.units)
    ]
    truth = {"kind": consignment.kind, "wrong_scans": wrong, "scans": [scan.truth for scan in scans]}
    _write(where / "truth.json", truth)
    return where


@cache
def machine(gate: int, seed: int) -> Scanner:
    """The scanner of a gate, the same the whole day."""
    return at_pitch(draw_scanner(np.random.default_rng([seed, gate, 9]), GATES[gate]), PITCH_MM, PITCH_MM)


def _scan(consignment: Consignment, unit: int, seed: int) -> SimulatedScan:
    """Drawn until it is what it should be. Raises `ValueError` when it never is."""
    kind = consignment.kind
    declared = (
        kind if kind in SCENARIOS else {"declared_empty": "empty", "declared_loaded": "loaded"}.get(kind)
    )
    odd = kind == "odd_one_of_a_lot" and unit == consignment.units - 1
    commodity = "machinery" if odd else consignment.commodity
    families = (consignment.family,) if consignment.family else ()
    scanner = machine(consignment.gate, seed)
    for attempt in range(MOST_ATTEMPTS):
        rng = np.random.default_rng([seed, consignment.number, unit, attempt, 3])
        wish = Wish(consignment.vehicle, consignment.load, commodity, families)
        scene = build_scene(rng, wish)
        tight = draw_framing(rng, scene, scanner, tight=True)
        framing = replace(tight, x0_mm=tight.x0_mm - BESIDE_MM, x1_mm=tight.x1_mm + BESIDE_MM)
        scan = render(rng, scene, scanner, declared=declared or "truth", framing=framing)
        found = tuple(anomaly["family"] for anomaly in scan.truth["anomalies"])
        if scan.truth["declared"] == (declared or "truth") and found == families and len(scene.units) == 1:
            return scan
    raise ValueError(f"{MOST_ATTEMPTS} scenes, and none is {kind} with {families or 'nothing hidden'}")


def _one_declaration(consignment: Consignment, parts: list[Document]) -> Document:
    """Of all units together, with parties and a total; an odd one of a lot is declared as the others are."""
    items: list[Document] = []
    equipment: list[Document] = []
    means: list[Document] = []
    for part in parts:
        shift = len(items)
        of_part = [item | {"goodsItemNumber": item["goodsItemNumber"] + shift} for item in part["goodsItems"]]
        if consignment.units > 1:
            first = (items or of_part)[0]
            of_part = [first | {"goodsItemNumber": shift + 1, "grossMass": _total(of_part)}]
        items += of_part
        numbers = [item["goodsItemNumber"] for item in of_part]
        equipment += [box | {"goodsItemNumbers": numbers} for box in part.get("transportEquipment", [])]
        means += part.get("transportMeans", [])
    if any(each["typeOfIdentification"] == "31" for each in means):
        lorry = f"ZZ{consignment.number:04d}TT"
        means = [{"typeOfIdentification": "30", "identificationNumber": lorry}, *means]
    trader = consignment.trader
    declaration = {
        "LRN": consignment.lrn,
        "declarationType": "T1",
        "placeOfLoading": f"XXP{trader % 26 + 65:c}A",
        "consignor": {"name": f"Invented sender {trader}"},
        "consignee": {
            "name": f"Invented receiver {trader}",
            "identificationNumber": consignment.trader_number,
        },
        "totalGrossMass": _total(items),
        "transportEquipment": equipment,
        "transportMeans": means,
        "goodsItems": items,
    }
    return {name: part for name, part in declaration.items() if part or part == 0.0}


def _total(items: list[Document]) -> float:
    return float(sum(item["grossMass"] for item in items))


def _altered(rng: Rng, consignment: Consignment, declaration: Document) -> Document:
    """The slips and lies that are in the papers alone."""
    kind = consignment.kind
    if kind == "total_not_the_sum":
        wrong = round(declaration["totalGrossMass"] * WRONG_TOTAL)
        return declaration | {"totalGrossMass": float(wrong or 1200)}
    if kind == "code_against_description":
        first, *others = declaration["goodsItems"]
        true = class_of_hs(first["commodityCode"]["harmonizedSystemSubHeadingCode"])
        if true is None:
            raise ValueError(f"{first['descriptionOfGoods']} is no class of goods")
        code = {"harmonizedSystemSubHeadingCode": DECLARED_HS[other_commodity(rng, true.name)]}
        return declaration | {"goodsItems": [first | {"commodityCode": code}, *others]}
    if kind in ("check_digit", "other_equipment"):
        (box,) = declaration["transportEquipment"]
        number, size = box["containerIdentificationNumber"], box["containerSizeAndType"]
        if kind == "check_digit":
            box = box | {"containerIdentificationNumber": f"{number[:-1]}{(int(number[-1]) + 1) % 10}"}
        else:
            box = box | {"containerSizeAndType": OTHER_SIZE[size[0]]}
        return declaration | {"transportEquipment": [box]}
    return declaration


def _sidecar(consignment: Consignment, said: Document) -> Document:
    gate = f"gate-{consignment.gate + 1}"
    return {name: value for name, value in said.items() if name != "acquired_at"} | {
        "device": gate,
        "site": OFFICE,
    }


def _write_copy(consignment: Consignment, source: Path, where: Path, seed: int) -> None:
    """The image of an earlier consignment under another number: the same bytes, or others with another gain."""
    rng = np.random.default_rng([seed, consignment.number, 1])
    number = _number(rng)
    image = (source / "0.tif").read_bytes()
    sidecar = json.loads((source / "0.json").read_text(encoding="utf-8"))
    if consignment.kind == "copied_image":
        buffer = io.BytesIO()
        with tifffile.TiffWriter(buffer) as writer:
            for page in np.atleast_3d(np.moveaxis(_pages(image), 0, -1)).transpose(2, 0, 1):
                writer.write((page * COPY_GAIN).astype(np.uint16), compression="zlib", metadata=None)
        image = buffer.getvalue()
        sidecar["air_level"] = [level * COPY_GAIN for level in sidecar["air_level"]]
    (where / "0.tif").write_bytes(image)
    _write(where / "0.json", sidecar | {"units": [{"container_number": number}]})
    earlier = json.loads((source / "declaration.json").read_text(encoding="utf-8"))
    (box,) = earlier["transportEquipment"]
    own = _one_declaration(
        consignment,
        [earlier | {"transportEquipment": [box | {"containerIdentificationNumber": number}]}],
    )
    _write(where / "declaration.json", own)
    truth = json.loads((source / "truth.json").read_text(encoding="utf-8"))
    copied = {"kind": consignment.kind, "wrong_scans": [True]}
    _write(where / "truth.json", truth | copied)


def _pages(image: bytes) -> np.ndarray[Any, np.dtype[np.uint16]]:
    pages = np.asarray(tifffile.imread(io.BytesIO(image)))
    return pages[None] if pages.ndim == 2 else pages


def _number(rng: Rng) -> str:
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 6))
    return f"{INVENTED_OWNER}{digits}{check_digit(INVENTED_OWNER + digits)}"


def _write(path: Path, document: Document) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
