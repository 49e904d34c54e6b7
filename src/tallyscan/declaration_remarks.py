"""What cannot be right about a declaration as it stands, before any scan is looked at.

Nothing here makes a declaration unusable. The limits are wide: a remark is a reason to look, and most are slips.
"""

from collections import Counter
from collections.abc import Iterator

from tallyscan import iso6346
from tallyscan.commodity import class_of_hs
from tallyscan.container_size import container_size
from tallyscan.countries import is_country
from tallyscan.declaration import UNREADABLE, Declaration, GoodsItem, TransportEquipment, normal_mark
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.remark import Remark, RemarkCode
from tallyscan.wording import Wording, said, together

MOST_PER_UNIT_KG = 50_000.0
"""More than any container (36 t gross by ISO 668) or semi-trailer carries."""

SAME_TOTAL = 0.005
"""Share by which a total may differ from its sum: masses are rounded."""

THOUSANDFOLD = (900.0, 1100.0)
"""A ratio between two masses of the same goods that says tonnes beside kilograms."""

LEAST_PACKAGE_KG, FEW_PACKAGES = 0.01, 10
"""No shipping package is lighter than ten grams; of a few packages the mass may be rounded to nothing."""

LEAST_OF_KIND_KG = {"BA": 2.0, "BX": 0.05, "CR": 0.5, "CT": 0.05, "DR": 0.5, "PX": 5.0, "SA": 0.1, "WA": 20.0}
"""By kind (UNECE Recommendation 21), little more than the package itself: barrels, boxes, crates, cartons, drums,
pallets, sacks, intermediate bulk containers. Of others, and of several kinds together, `LEAST_PACKAGE_KG`."""

MOST_PACKAGE_KG = {"BA": 2000.0, "BG": 3000.0, "BX": 5000.0, "CT": 2000.0, "DR": 2000.0, "SA": 200.0}
"""By kind (UNECE Recommendation 21): barrels, bags, boxes, cartons, drums, sacks. Others are not judged."""

DENSEST = 2.5
"""So many times as dense as such goods are stowed: classes are broad, a denser kind is not rare."""

_WIDTH_MM, _WALLS = 2438.0, 0.88  # share of the outer volume that is inside: 33.2 of 38.2 m3, 67.7 of 76.9 m3
_LARGEST_MM = (13716.0, 2896.0)  # what an unknown container is taken for


def remarks(declaration: Declaration, nomenclature: Nomenclature = CHAPTERS_ONLY) -> tuple[Remark, ...]:
    """Every remark on a declaration: what its mapper could not take over, then what contradicts itself."""
    found = (
        *declaration.remarks,
        *_of_text(declaration),
        *_of_containers(declaration),
        *_of_numbering(declaration),
        *(remark for item in declaration.goods_items for remark in _of_item(item, nomenclature)),
        *_of_masses(declaration),
        *(
            remark
            for container in declaration.transport_equipment
            for remark in _of_load(declaration, container)
        ),
    )
    return tuple(dict.fromkeys(found))


def _remark(code: RemarkCode, text: Wording, item: GoodsItem | None = None) -> Remark:
    return Remark.worded(code, text, item.goods_item_number if item else None)


def _of_text(declaration: Declaration) -> Iterator[Remark]:
    whole = declaration.model_dump(
        mode="json", by_alias=True, exclude={"goods_items", "extensions", "remarks"}
    )
    for name, value in whole.items():
        if UNREADABLE in str(value):
            yield _remark("unreadable_text", said("{name} has signs that cannot be read.", name=name))
    for item in declaration.goods_items:
        if UNREADABLE in str(item):
            text = said("Item {number} has signs that cannot be read.", number=item.goods_item_number)
            yield _remark("unreadable_text", text, item)


def _of_containers(declaration: Declaration) -> Iterator[Remark]:
    for container in declaration.transport_equipment:
        number = normal_mark(container.container_identification_number or "")
        if not number or iso6346.is_valid(number):
            continue
        if iso6346.has_form(number):
            why = said(
                "has the check digit {digit}; its other characters ask for {right}",
                digit=number[10],
                right=str(iso6346.check_digit(number)),
            )
        else:
            why = said("is not built like a container number")
        text = said("The container number {number} {why}.", number=number, why=why)
        yield _remark("container_number", text)


def _of_numbering(declaration: Declaration) -> Iterator[Remark]:
    times = Counter(item.goods_item_number for item in declaration.goods_items)
    for number, count in times.items():
        if count > 1:
            text = said("The goods item number {number} is used {count} times.", number=number, count=count)
            yield _remark("item_number", text)
    for container in declaration.transport_equipment:
        missing = [number for number in container.goods_item_numbers if number not in times]
        if missing:
            text = said(
                "{container} names goods items that are not declared: {items:,}.",
                container=container.container_identification_number or said("a container without number"),
                items=[str(each) for each in missing[:5]],
            )
            yield _remark("item_number", text)


def _of_item(item: GoodsItem, nomenclature: Nomenclature) -> Iterator[Remark]:
    number, code, country = item.goods_item_number, item.written_code, item.country_of_origin
    if code and not item.means_empty:
        fault = nomenclature.fault_of(code)
        if fault:
            text = said(
                "Item {number}: the commodity code {code} {fault}.", number=number, code=code, fault=fault
            )
            yield _remark("unknown_code", text, item)
        elif nomenclature.lacks_subheading(code):
            text = said(
                "Item {number}: there is no subheading {subheading} in the imported edition of the Harmonized System.",
                number=number,
                subheading=code[:6],
            )
            yield _remark("unknown_subheading", text, item)
    if country and not is_country(country):
        text = said("Item {number}: there is no country {country:quoted}.", number=number, country=country)
        yield _remark("unknown_country", text, item)
    for goods in item.dangerous_goods:
        if not (len(goods.un_number) == 4 and goods.un_number.isascii() and goods.un_number.isdigit()):
            text = said(
                "Item {number}: {un_number:quoted} is no UN number.", number=number, un_number=goods.un_number
            )
            yield _remark("un_number", text, item)
    yield from _of_item_masses(item)


def _of_item_masses(item: GoodsItem) -> Iterator[Remark]:
    number, gross, net = item.goods_item_number, item.gross_mass, item.net_mass
    if min(gross or 0.0, net or 0.0) < 0:
        yield _remark("negative_mass", said("Item {number} declares a mass below zero.", number=number), item)
        return
    if not gross:
        return
    if net is not None and net > gross:
        both = {"net": _kg(net), "gross": _kg(gross)}
        if _is_thousandfold(net, gross):
            text = said(
                "Item {number}: net {net}, gross {gross}: the gross mass looks like tonnes.",
                number=number,
                **both,
            )
            yield _remark("mass_unit", text, item)
        else:
            text = said("Item {number}: net {net} is above gross {gross}.", number=number, **both)
            yield _remark("net_above_gross", text, item)
    elif net and _is_thousandfold(gross, net):
        text = said(
            "Item {number}: net {net}, gross {gross}: the net mass looks like tonnes.",
            number=number,
            net=_kg(net),
            gross=_kg(gross),
        )
        yield _remark("mass_unit", text, item)
    counted = [part for part in item.packaging if part.number_of_packages and part.number_of_packages > 0]
    packages = sum(part.number_of_packages or 0 for part in counted)
    kinds = {part.type_of_packages for part in counted}
    kind = (next(iter(kinds)) or "") if len(kinds) == 1 else ""
    least = LEAST_OF_KIND_KG.get(kind, LEAST_PACKAGE_KG)
    if packages >= FEW_PACKAGES and gross / packages < least:
        text = said(
            "Item {number}: {count:,.0f} {what} weigh together {mass}: under {least_kg:g} kg each.",
            number=number,
            count=packages,
            what=_packages(kind if kind in LEAST_OF_KIND_KG else ""),
            mass=_kg(gross),
            least_kg=least,
        )
        if gross * 1000 <= MOST_PER_UNIT_KG:
            yield _remark("mass_unit", together(text, said("Tonnes?")), item)
        else:
            yield _remark("package_mass", text, item)
    most = MOST_PACKAGE_KG.get(kind)
    if most is not None and gross / packages > most:
        text = said(
            "Item {number}: {count:,.0f} {what} weigh {mass}: over {most} each.",
            number=number,
            count=packages,
            what=_packages(kind),
            mass=_kg(gross),
            most=_kg(most),
        )
        yield _remark("package_mass", text, item)


def _of_masses(declaration: Declaration) -> Iterator[Remark]:
    """The total against the goods items, and against what the declared units can carry."""
    total, items = declaration.total_gross_mass, declaration.goods_items
    masses = [item.gross_mass for item in items if item.gross_mass is not None]
    whole = sum(masses) if items and len(masses) == len(items) else None
    if total is not None and total < 0:
        yield _remark("negative_mass", said("The declared total is {total}.", total=_kg(total)))
    elif total is not None and whole is not None and abs(total - whole) > max(SAME_TOTAL * abs(whole), 1.0):
        masses_in_words = {"total": _kg(total), "whole": _kg(whole)}
        if total > 0 and whole > 0 and (_is_thousandfold(total, whole) or _is_thousandfold(whole, total)):
            text = said(
                "The declared total is {total}; the goods items are together {whole}: one of them in tonnes?",
                **masses_in_words,
            )
            yield _remark("mass_unit", text)
        else:
            text = said(
                "The declared total is {total}; the goods items are together {whole}.", **masses_in_words
            )
            yield _remark("mass_total", text)
    elif total is not None and whole is None and masses and total < sum(masses) - 1.0:
        text = said(
            "The declared total is {total}; some goods items alone are {sum}.",
            total=_kg(total),
            sum=_kg(sum(masses)),
        )
        yield _remark("mass_total", text)
    heaviest = max(total or 0.0, whole or 0.0)
    units = max(len(declaration.transport_equipment), 1)
    if heaviest > MOST_PER_UNIT_KG * units:
        text = said(
            "{mass} is more than {units} cargo {units:plural|unit|units} can carry.",
            mass=_kg(heaviest),
            units=units,
        )
        yield _remark("too_heavy", text)
    containers = len(declaration.transport_equipment)
    if containers and not declaration.declared_empty and 0 < heaviest * 1000 <= MOST_PER_UNIT_KG * containers:
        text = said(
            "The goods in {count} {count:plural|container|containers} are {mass}: tonnes?",
            count=containers,
            mass=_kg(heaviest),
        )
        yield _remark("mass_unit", text)


def _of_load(declaration: Declaration, container: TransportEquipment) -> Iterator[Remark]:
    """The least room that the goods of one container need, by how dense such goods are stowed at the most."""
    if declaration.shares(container):
        return  # how much of its goods is in another one is not declared
    needed_m3 = 0.0
    for item in declaration.items_in(container):
        of_class = class_of_hs(item.hs) if item.hs else None
        if of_class is not None and (item.gross_mass or 0.0) > 0:
            densest = of_class.stow_density_kg_m3[1] * DENSEST
            needed_m3 += (item.gross_mass or 0.0) / densest if densest else 0.0
    room_m3 = _inside_m3(container)
    if needed_m3 > room_m3:
        text = said(
            "{container} has some {room_m3:.0f} m3 inside; such goods of that mass need {needed_m3:.0f} m3 at the "
            "least.",
            container=container.container_identification_number or said("The container"),
            room_m3=room_m3,
            needed_m3=needed_m3,
        )
        yield _remark("too_dense", text)


def _inside_m3(container: TransportEquipment) -> float:
    size = container_size(container.container_size_and_type)
    length_mm, height_mm = (size.length_mm, size.height_mm) if size else _LARGEST_MM
    return length_mm * _WIDTH_MM * (height_mm or _LARGEST_MM[1]) * 1e-9 * _WALLS


def _is_thousandfold(more: float, less: float) -> bool:
    return less > 0 and THOUSANDFOLD[0] <= more / less <= THOUSANDFOLD[1]


def _packages(kind: str) -> Wording:
    """`kind` by UNECE Recommendation 21; empty where it is not told."""
    return said("packages {kind}", kind=kind) if kind else said("packages")


def _kg(mass_kg: float) -> Wording:
    if abs(mass_kg) >= 100:
        return said("{mass_kg:,.0f} kg", mass_kg=mass_kg)
    return said("{mass_kg:g} kg", mass_kg=mass_kg)
