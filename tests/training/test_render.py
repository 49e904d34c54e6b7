"""A scene through a scanner: the files parse as the service parses them, and their truth lies in their pixels."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.iso6346 import is_valid
from tallyscan.physics import materials
from tallyscan.scan import Grade
from tallyscan.sidecar import Sidecar, parse_sidecar
from tests.training.scenes import CARGO, by_hand, coarse, drawn, lead_block, side_fan, still
from training.simulate.artefacts import noise_free
from training.simulate.cargo.classes import PACKINGS_BY_CLASS
from training.simulate.display_style import draw_style
from training.simulate.manifest import (
    DECLARED_HS,
    SCENARIOS,
    cameras_read,
    declaration_of,
    declared_shares,
    invented_mark,
    is_true,
)
from training.simulate.parts import Goods, UnitKind
from training.simulate.render import SimulatedScan, draw_framing, encoded, render, write_case
from training.simulate.scanner import draw_scanner
from training.simulate.scanner_models import MODELS
from training.simulate.scene import NO_GOODS, LoadedUnit, Scene
from training.simulate.shadow import cast
from training.simulate.solids import box
from training.simulate.truth import anomaly_truth
from training.simulate.vehicles import VEHICLES


def rendered(seed: int, grade: Grade = "transmission", declared: str = "truth", **wish: Any) -> SimulatedScan:
    scene = drawn(seed, **wish)
    return render(np.random.default_rng(seed), scene, coarse(seed), grade, declared, with_twin=True)


def assert_sound(scan: SimulatedScan) -> None:
    height, width = scan.pixels.shape[-2:] if scan.grade == "transmission" else scan.pixels.shape[:2]
    assert min(height, width) > 40
    assert np.ptp(scan.pixels.astype(int)) > 50
    for entry in (*scan.truth["units"], *scan.truth["anomalies"]):
        x, y, w, h = entry["box"]
        assert 0 <= x < x + w <= width + 1
        assert 0 <= y < y + h <= height + 1
    parse_sidecar(json.dumps(scan.sidecar).encode())
    if scan.declaration is not None:
        parse_declaration(json.dumps(scan.declaration).encode())


@pytest.mark.parametrize("vehicle", [name for name, _ in VEHICLES])
def test_every_vehicle_is_rendered(vehicle: str) -> None:
    scan = rendered(3, vehicle=vehicle, families=())
    assert_sound(scan)
    assert scan.truth["vehicle"] == vehicle
    assert scan.truth["anomalies"] == []
    assert scan.twin is not None
    assert (scan.twin == scan.pixels).all()


def test_every_loaded_class_has_its_packings_and_a_code() -> None:
    loaded = [name for name in CLASS_BY_NAME if name != "empty"]
    assert len(loaded) == 34
    assert set(PACKINGS_BY_CLASS) == set(DECLARED_HS) == set(loaded)


@pytest.mark.parametrize("commodity", PACKINGS_BY_CLASS)
def test_every_class_of_goods_is_rendered(commodity: str) -> None:
    scan = rendered(7, load="full", commodity=commodity, families=())
    assert_sound(scan)
    (unit,) = scan.truth["units"]
    assert commodity in unit["commodities"]
    assert not unit["empty"]
    assert 300 < unit["mass_kg"] < 35_000


@pytest.mark.parametrize("family", ANOMALY_FAMILIES)
def test_every_family_is_rendered_in_either_grade(family: str) -> None:
    vehicle = "truck_reefer" if family == "reefer_insulation" else "truck_20"
    found = []
    for seed in range(6):
        grade: Grade = "display" if seed % 2 else "transmission"
        scan = rendered(seed, grade, vehicle=vehicle, load="partial", families=(family,), amount=0.8)
        assert_sound(scan)
        found += [entry["family"] for entry in scan.truth["anomalies"]]
    assert set(found) == {family}
    assert len(found) >= 2


@pytest.mark.parametrize("grade", ["transmission", "display"])
def test_the_same_seed_gives_the_same_bytes(grade: Grade) -> None:
    first, again = (rendered(17, grade) for _ in range(2))
    assert encoded(first) == encoded(again)
    assert [first.truth, first.sidecar, first.declaration] == [again.truth, again.sidecar, again.declaration]
    assert encoded(rendered(18, grade)) != encoded(first)


def test_the_twin_differs_only_where_something_is_hidden() -> None:
    """The same noise: but for scatter, which reaches everywhere, what lies beside the block is the same to the bit."""
    scene = by_hand(lead_block())
    scan = render(
        np.random.default_rng(1), scene, replace(still(), scatter=0.0, background=0.0), with_twin=True
    )
    assert scan.twin is not None
    changed = (scan.pixels != scan.twin).any(axis=0)
    (hidden,) = scan.truth["anomalies"]
    x, y, w, h = (round(v) for v in hidden["box"])
    assert changed[y + 1 : y + h - 1, x + 1 : x + w - 1].mean() > 0.9
    changed[y - 5 : y + h + 5, x - 5 : x + w + 5] = False
    assert not changed.any()


def test_boxes_hold_their_masks() -> None:
    for seed, families in enumerate(
        [("rip_off_bags",), ("false_wall",), ("people",), ("people", "cash_gold")]
    ):
        scan = rendered(seed, load="partial", families=families)
        family = scan.labels["family"]
        assert scan.truth["anomalies"]
        held = np.zeros(family.shape, bool)
        for entry in scan.truth["anomalies"]:
            x, y, w, h = (round(v) for v in entry["box"])
            own = family[y : y + h, x : x + w] == ANOMALY_FAMILIES.index(entry["family"]) + 1
            held[y : y + h, x : x + w] = True
            assert own.any() or len(families) > 1  # of two in one place the map shows the last
        assert not family[~held].any()


def test_units_lie_in_their_boxes() -> None:
    scan = rendered(2, load="full", families=())
    x, y, w, h = (round(v) for v in scan.truth["units"][0]["box"])
    unit = np.isin(scan.labels["layout"], (1, 3))
    assert unit[y : y + h, x : x + w].mean() > 0.97
    unit[max(y - 2, 0) : y + h + 2, x - 2 : x + w + 2] = False
    assert not unit.any()


@pytest.mark.parametrize("seed", range(3))
def test_contrast_to_noise_rises_with_what_is_hidden(seed: int) -> None:
    scanner = still(seed)
    beam = side_fan(20.0, source_mm=scanner.geometry.source_mm, centre_mm=scanner.geometry.centre_mm)
    columns = np.arange(-100.0, 6200.0, 20.0)
    contrasts, clutters = [], []
    for density in (0.35, 0.5, 0.9, 1.7, 3.3):
        shadow = cast(by_hand(lead_block(density)), beam, columns)
        primary = noise_free(shadow.basis, scanner)[0]
        truth = anomaly_truth(shadow.hidden[0], shadow, primary, scanner)
        contrasts.append(truth["contrast_to_noise"])
        clutters.append(truth["clutter_ratio"])
    assert contrasts == sorted(contrasts)
    assert contrasts[-1] > 10 * contrasts[0] > 0
    assert clutters == sorted(clutters)
    assert truth["mass_kg"] == pytest.approx(330.0)


def test_contrast_to_noise_is_of_pixels_of_five_millimetres() -> None:
    """The same machine, written at another pitch, sees neither more nor less."""
    values = []
    for pitch in (10.0, 20.0):
        scanner = replace(still(3, pitch), geometry=replace(still(3, pitch).geometry, mirrored=False))
        beam = side_fan(pitch, source_mm=scanner.geometry.source_mm, centre_mm=scanner.geometry.centre_mm)
        shadow = cast(by_hand(lead_block()), beam, np.arange(-100.0, 6200.0, pitch))
        primary = noise_free(shadow.basis, scanner)[0]
        values.append(anomaly_truth(shadow.hidden[0], shadow, primary, scanner)["contrast_to_noise"])
    assert values[0] == pytest.approx(values[1], rel=0.1)


def test_truth_says_what_the_unit_weighs_and_holds() -> None:
    scan = rendered(5, load="full", commodity="tyres", families=())
    (unit,) = scan.truth["units"]
    assert unit["commodities"] == ["tyres"]
    assert scan.truth["mass_kg"] == unit["mass_kg"]
    empty = rendered(5, load="empty", families=())
    assert empty.truth["units"][0]["empty"]
    assert empty.truth["units"][0]["mass_kg"] == 0


@pytest.mark.parametrize("declared", SCENARIOS)
def test_declarations_say_what_they_should(declared: str) -> None:
    load = "empty" if declared == "loaded" else "full"
    scan = rendered(21, declared=declared, load=load, commodity="tyres", families=())
    assert scan.truth["declared"] == declared
    if declared == "none":
        assert scan.declaration is None
        return
    assert scan.declaration is not None
    declaration = parse_declaration(json.dumps(scan.declaration).encode())
    assert all(is_valid(mark) for mark in declaration.unit_marks)
    assert declaration.declared_empty == (declared == "empty")
    true_kg = scan.truth["mass_kg"]
    kg = sum(item.gross_mass or 0.0 for item in declaration.goods_items)
    if declared == "loaded":
        assert true_kg == 0
        assert kg > 1000
        return
    ratio = {"half_mass": 0.5, "double_mass": 2.0, "empty": 0.0}.get(declared, 1.0)
    assert kg == pytest.approx(ratio * true_kg, rel=0.03, abs=2)
    said_tyres = [str(item.hs).startswith("4011") for item in declaration.goods_items]
    assert any(said_tyres) == (declared in ("truth", "half_mass", "double_mass", "partly_other"))
    assert all(said_tyres) == (declared in ("truth", "half_mass", "double_mass"))


@pytest.mark.parametrize(
    ("declared", "of_goods", "of_empty", "of_empty_with_hidden"),
    [
        ("truth", "truth", "truth", "truth"),
        ("none", "none", "none", "none"),
        ("other_commodity", "other_commodity", "truth", "other_commodity"),
        ("partly_other", "partly_other", "truth", "partly_other"),
        ("half_mass", "half_mass", "truth", "half_mass"),
        ("double_mass", "double_mass", "truth", "double_mass"),
        ("empty", "empty", "truth", "empty"),
        ("loaded", "truth", "loaded", "loaded"),
    ],
)
def test_what_should_be_wrong_but_is_true_is_called_true(
    declared: str, of_goods: str, of_empty: str, of_empty_with_hidden: str
) -> None:
    scenes = (by_hand(), by_hand(goods=False), by_hand(lead_block(), goods=False))
    said = [declaration_of(np.random.default_rng(3), scene, ["ZZZU0000000"], declared)[1] for scene in scenes]
    assert said == [of_goods, of_empty, of_empty_with_hidden]


@pytest.mark.parametrize(
    ("kind", "equipment", "means"),
    [
        ("container", "22G1", None),
        ("trailer", "curtain_trailer", "31"),
        ("van", "panel_van", "30"),
        ("wagon", "covered_wagon", "20"),
    ],
)
def test_containers_go_by_their_number_and_all_else_by_its_registration(
    kind: UnitKind, equipment: str, means: str | None
) -> None:
    scene = by_hand()
    unit = replace(scene.units[0].unit, kind=kind, equipment=equipment)
    scene = replace(scene, units=(replace(scene.units[0], unit=unit),))
    mark = invented_mark(np.random.default_rng(5), unit)
    assert is_valid(mark) == (means is None)
    (read,) = Sidecar.model_validate({"units": [cameras_read(unit, mark)]}).units
    assert read.legible == mark
    for declared in ("truth", "empty"):
        said, _ = declaration_of(np.random.default_rng(3), scene, [mark], declared)
        declaration = Declaration.model_validate(said)
        assert declaration.unit_marks == (mark,)
        assert [m.type_of_identification for m in declaration.transport_means] == ([means] if means else [])
        assert declaration.declared_empty == (declared == "empty")


def test_one_wrong_unit_of_two_makes_a_declaration_wrong() -> None:
    loaded, empty = by_hand(), by_hand(goods=False)
    both = Scene(loaded.vehicle, (*loaded.units, *empty.units))
    numbers = ["ZZZU0000000", "ZZZU0000016"]
    for declared in ("empty", "loaded", "half_mass", "other_commodity"):
        assert declaration_of(np.random.default_rng(3), both, numbers, declared)[1] == declared


def test_another_class_of_the_same_group_is_no_other_commodity() -> None:
    """Nobody can tell by X-rays, so nobody can be expected to."""
    unit = by_hand().units[0]
    kg = unit.goods_kg["textiles_garments"]
    group = CLASS_BY_NAME["textiles_garments"].group
    alike = [c.name for c in CLASS_BY_NAME.values() if c.group == group and c.name != "textiles_garments"]
    assert alike
    assert is_true(unit, {alike[0]: 1.0}, 1.019 * kg)
    assert not is_true(unit, {alike[0]: 1.0}, 1.03 * kg)
    assert not is_true(unit, {"steel_products": 1.0}, kg)
    assert not is_true(unit, {alike[0]: 0.5, "steel_products": 0.5}, kg)


def test_a_case_is_written_as_it_arrives(tmp_path: Path) -> None:
    counts, picture = rendered(4, families=("cash_gold",)), rendered(4, "display")
    write_case(tmp_path / "counts", counts, with_labels=True)
    write_case(tmp_path / "picture", picture, with_labels=True)
    documents = {"scan.json", "scan.declaration.json", "scan.expected.json"}
    assert {p.name for p in (tmp_path / "counts").iterdir()} == documents | {
        "scan.tif",
        "twin.tif",
        "labels.npz",
    }
    assert {p.name for p in (tmp_path / "picture").iterdir()} == documents | {
        "scan.jpg",
        "twin.jpg",
        "labels.npz",
    }
    pages = tifffile.imread(io.BytesIO((tmp_path / "counts" / "scan.tif").read_bytes()))
    assert pages.dtype == np.uint16
    assert (pages == counts.pixels).all()
    jpeg = imagecodecs.jpeg_decode((tmp_path / "picture" / "scan.jpg").read_bytes())
    assert jpeg.shape == picture.pixels.shape
    for name, shape in (("counts", counts.pixels.shape[1:]), ("picture", picture.pixels.shape[:2])):
        with np.load(tmp_path / name / "labels.npz") as maps:
            assert set(maps) == {"layout", "commodity", "family", "added_g_cm2"}
            assert all(plane.shape == shape for plane in maps.values())


def test_a_picture_has_its_boxes_where_the_counts_have_them() -> None:
    """Display frames and scales the same image: the hidden block is dark inside its box, in either grade."""
    scene = by_hand(lead_block(11.0), goods=True)
    scan = render(np.random.default_rng(2), scene, still(), "display", with_twin=True)
    assert scan.twin is not None
    x, y, w, h = (round(v) for v in scan.truth["anomalies"][0]["box"])
    gap = np.abs(scan.pixels.astype(int) - scan.twin.astype(int))
    gap = gap if gap.ndim == 2 else gap.max(axis=2)
    inside = gap[y + 2 : y + h - 2, x + 2 : x + w - 2].mean()
    assert inside > 5 * max(gap.mean(), 0.2)


@pytest.mark.parametrize("keep_size", [False, True])
def test_label_maps_lie_on_a_picture_that_was_resampled_and_framed(keep_size: bool) -> None:
    style = replace(
        draw_style(np.random.default_rng(0), plain=True), scale_x=0.7, scale_y=1.4, margins=(11, 23, 37, 53),
        margin_grey=255, keep_size=keep_size,
    )  # fmt: skip
    scene, scanner = by_hand(lead_block(11.0)), still()
    counts, picture = (
        render(np.random.default_rng(2), scene, scanner, grade, style=style, with_twin=True)
        for grade in ("transmission", "display")
    )
    assert picture.twin is not None
    maps = picture.labels
    assert {name: plane.dtype for name, plane in maps.items()} == {
        name: plane.dtype for name, plane in counts.labels.items()
    }
    assert all(plane.shape == picture.pixels.shape[:2] for plane in maps.values())
    for plane, entry in ((maps["family"] > 0, "anomalies"), (np.isin(maps["layout"], (1, 3)), "units")):
        rows, columns = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
        x, y, width, height = picture.truth[entry][0]["box"]
        assert (columns[0], rows[0]) == pytest.approx((x, y), abs=1.5)
        assert (columns[-1] + 1, rows[-1] + 1) == pytest.approx((x + width, y + height), abs=1.5)
    assert picture.truth["anomalies"][0]["boxes"] == [picture.truth["anomalies"][0]["box"]]
    gap = np.abs(picture.pixels.astype(int) - picture.twin.astype(int))
    assert gap[maps["family"] > 0].mean() > 20 * gap[maps["family"] == 0].mean()
    outside = np.ones(gap.shape, np.bool_)
    outside[11:-37, 53:-23] = False
    assert (maps["commodity"][outside] == NO_GOODS).all()
    assert not any(maps[name][outside].any() for name in ("layout", "family", "added_g_cm2"))
    added = [one.labels["added_g_cm2"].astype(np.float32) for one in (counts, picture)]
    assert added[1].max() == pytest.approx(added[0].max(), rel=0.05)


def test_a_view_from_above_shows_the_roof_which_is_nearest_to_the_source() -> None:
    rng = np.random.default_rng(6)
    kinds = [kind.name for kind in MODELS.values() if kind.view == "top"]
    for seed in range(8):
        scanner = draw_scanner(np.random.default_rng(seed), kinds[seed % len(kinds)])
        scene = drawn(seed)
        framing = draw_framing(rng, scene, scanner)
        roof = scene.vehicle.extent
        source, near = scanner.geometry.source_mm, scanner.plane_mm / (scanner.geometry.centre_mm - roof.y1)
        for z, inside in ((roof.z1, framing.top_mm), (roof.z0, framing.bottom_mm)):
            place = source + (z - source) * near
            assert abs(inside) > abs(place) or np.sign(inside - place) == np.sign(z)


def test_a_true_declaration_weighs_the_goods_and_nothing_that_is_hidden() -> None:
    scene = by_hand(lead_block(5.0))
    unit = scene.units[0]
    (name,) = unit.goods_kg
    assert unit.mass_kg > 1.1 * unit.goods_kg[name]
    declaration, _ = declaration_of(np.random.default_rng(1), scene, ["ZZZU0000000"], "truth")
    assert declaration is not None
    declared = sum(item["grossMass"] for item in declaration["goodsItems"])
    assert declared == pytest.approx(unit.goods_kg[name], rel=0.021)
    mixed = LoadedUnit(
        unit.unit,
        replace(
            unit.load,
            goods=(*unit.load.goods, Goods("tyres", "by_hand", (box(materials.RUBBER, CARGO, 0.1),))),
        ),
    )
    shares = declared_shares(np.random.default_rng(1), mixed, "truth")
    assert shares["textiles_garments"] == pytest.approx(0.75, abs=0.01)
