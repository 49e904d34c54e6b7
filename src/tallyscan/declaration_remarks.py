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


def _remark(code: RemarkCode, text: str, item: GoodsItem | None = None) -> Remark:
    return Remark(code=code, text=text[:512], goods_item_number=item.goods_item_number if item else None)


def _of_text(declaration: Declaration) -> Iterator[Remark]:
    whole = declaration.model_dump(
        mode="json", by_alias=True, exclude={"goods_items", "extensions", "remarks"}
    )
    for name, value in whole.items():
        if UNREADABLE in str(value):
            yield _remark("unreadable_text", f"{name} has signs that cannot be read.")
    for item in declaration.goods_items:
        if UNREADABLE in str(item):
            yield _remark(
                "unreadable_text", f"Item {item.goods_item_number} has signs that cannot be read.", item
            )


def _of_containers(declaration: Declaration) -> Iterator[Remark]:
    for container in declaration.transport_equipment:
        number = normal_mark(container.container_identification_number or "")
        if not number or iso6346.is_valid(number):
            continue
        if iso6346.has_form(number):
            why = f"has the check digit {number[10]}; its other characters ask for {iso6346.check_digit(number)}"
        else:
            why = "is not built like a container number"
        yield _remark("container_number", f"The container number {number} {why}.")


def _of_numbering(declaration: Declaration) -> Iterator[Remark]:
    times = Counter(item.goods_item_number for item in declaration.goods_items)
    for number, count in times.items():
        if count > 1:
            yield _remark("item_number", f"The goods item number {number} is used {count} times.")
    for container in declaration.transport_equipment:
        missing = [number for number in container.goods_item_numbers if number not in times]
        if missing:
            named = ", ".join(map(str, missing[:5]))
            mark = container.container_identification_number or "a container without number"
            yield _remark("item_number", f"{mark} names goods items that are not declared: {named}.")


def _of_item(item: GoodsItem, nomenclature: Nomenclature) -> Iterator[Remark]:
    number, code, country = f"Item {item.goods_item_number}", item.written_code, item.country_of_origin
    if code and not item.means_empty:
        fault = nomenclature.fault_of(code)
        if fault:
            yield _remark("unknown_code", f"{number}: the commodity code {code} {fault}.", item)
        elif nomenclature.lacks_subheading(code):
            text = f"{number}: there is no subheading {code[:6]} in the imported edition of the Harmonized System."
            yield _remark("unknown_subheading", text, item)
    if country and not is_country(country):
        yield _remark("unknown_country", f"{number}: there is no country {country!r}.", item)
    for goods in item.dangerous_goods:
        if not (len(goods.un_number) == 4 and goods.un_number.isascii() and goods.un_number.isdigit()):
            yield _remark("un_number", f"{number}: {goods.un_number!r} is no UN number.", item)
    yield from _of_item_masses(item)


def _of_item_masses(item: GoodsItem) -> Iterator[Remark]:
    number, gross, net = f"Item {item.goods_item_number}", item.gross_mass, item.net_mass
    if min(gross or 0.0, net or 0.0) < 0:
        yield _remark("negative_mass", f"{number} declares a mass below zero.", item)
        return
    if not gross:
        return
    if net is not None and net > gross:
        if _is_thousandfold(net, gross):
            text = f"{number}: net {_kg(net)}, gross {_kg(gross)}: the gross mass looks like tonnes."
            yield _remark("mass_unit", text, item)
        else:
            yield _remark("net_above_gross", f"{number}: net {_kg(net)} is above gross {_kg(gross)}.", item)
    elif net and _is_thousandfold(gross, net):
        text = f"{number}: net {_kg(net)}, gross {_kg(gross)}: the net mass looks like tonnes."
        yield _remark("mass_unit", text, item)
    counted = [part for part in item.packaging if part.number_of_packages and part.number_of_packages > 0]
    packages = sum(part.number_of_packages or 0 for part in counted)
    kinds = {part.type_of_packages for part in counted}
    kind = (next(iter(kinds)) or "") if len(kinds) == 1 else ""
    least = LEAST_OF_KIND_KG.get(kind, LEAST_PACKAGE_KG)
    if packages >= FEW_PACKAGES and gross / packages < least:
        what = f"packages {kind}" if kind in LEAST_OF_KIND_KG else "packages"
        text = f"{number}: {packages:,} {what} weigh together {_kg(gross)}: under {least:g} kg each."
        tonnes = gross * 1000 <= MOST_PER_UNIT_KG
        yield _remark("mass_unit" if tonnes else "package_mass", text + " Tonnes?" * tonnes, item)
    most = MOST_PACKAGE_KG.get(kind)
    if most is not None and gross / packages > most:
        text = f"{number}: {packages:,} packages {kind} weigh {_kg(gross)}: over {_kg(most)} each."
        yield _remark("package_mass", text, item)


def _of_masses(declaration: Declaration) -> Iterator[Remark]:
    """The total against the goods items, and against what the declared units can carry."""
    total, items = declaration.total_gross_mass, declaration.goods_items
    masses = [item.gross_mass for item in items if item.gross_mass is not None]
    whole = sum(masses) if items and len(masses) == len(items) else None
    if total is not None and total < 0:
        yield _remark("negative_mass", f"The declared total is {_kg(total)}.")
    elif total is not None and whole is not None and abs(total - whole) > max(SAME_TOTAL * abs(whole), 1.0):
        said = f"The declared total is {_kg(total)}; the goods items are together {_kg(whole)}"
        mixed = total > 0 and whole > 0 and (_is_thousandfold(total, whole) or _is_thousandfold(whole, total))
        yield _remark(
            "mass_unit" if mixed else "mass_total", said + (": one of them in tonnes?" if mixed else ".")
        )
    elif total is not None and whole is None and masses and total < sum(masses) - 1.0:
        yield _remark(
            "mass_total",
            f"The declared total is {_kg(total)}; some goods items alone are {_kg(sum(masses))}.",
        )
    heaviest = max(total or 0.0, whole or 0.0)
    units = max(len(declaration.transport_equipment), 1)
    if heaviest > MOST_PER_UNIT_KG * units:
        text = f"{_kg(heaviest)} is more than {units} cargo unit{'s' if units > 1 else ''} can carry."
        yield _remark("too_heavy", text)
    containers = len(declaration.transport_equipment)
    if containers and not declaration.declared_empty and 0 < heaviest * 1000 <= MOST_PER_UNIT_KG * containers:
        text = (
            f"The goods in {containers} container{'s' if containers > 1 else ''} are {_kg(heaviest)}: tonnes?"
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
        mark = container.container_identification_number or "The container"
        text = f"{mark} has some {room_m3:.0f} m3 inside; such goods of that mass need {needed_m3:.0f} m3 at the least."
        yield _remark("too_dense", text)


def _inside_m3(container: TransportEquipment) -> float:
    size = container_size(container.container_size_and_type)
    length_mm, height_mm = (size.length_mm, size.height_mm) if size else _LARGEST_MM
    return length_mm * _WIDTH_MM * (height_mm or _LARGEST_MM[1]) * 1e-9 * _WALLS


def _is_thousandfold(more: float, less: float) -> bool:
    return less > 0 and THOUSANDFOLD[0] <= more / less <= THOUSANDFOLD[1]


def _kg(mass_kg: float) -> str:
    return f"{mass_kg:,.0f} kg" if abs(mass_kg) >= 100 else f"{mass_kg:g} kg"
