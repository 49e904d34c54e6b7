import json
from pathlib import Path

import numpy as np
import pytest

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.declaration import parse_declaration
from tallyscan.reconcile.iso6346 import is_valid
from tallyscan.sidecar import parse_sidecar
from training.simulate.anomaly import FAMILIES
from training.simulate.artefacts import measured, noise_free
from training.simulate.canvas import Canvas
from training.simulate.cargo import PACKINGS, Packing, pack_goods
from training.simulate.render import encoded, render, write_case
from training.simulate.scanner import Scanner, draw_scanner
from training.simulate.scene import VEHICLES, Wish, build_scene


def quiet_scanner() -> Scanner:
    scanner = draw_scanner(np.random.default_rng(0), (6.0, 4.0))
    still = {
        "electronic": 1e-5,
        "offset": 0.0,
        "scatter": 0.0,
        "pulse_dose": 1e-9,
        "row_gain": 1e-9,
        "cross_talk": 0.0,
    }
    none = {"afterglow": 0.0, "dead_pixels": 0, "lost_pulses": 0, "masked_rows": 0, "interlace_shift_px": 0.0}
    return Scanner(**{**scanner.__dict__, **still, **none, "photons": 1e5, "pitch_mm": 5.0})


def test_the_same_seed_gives_the_same_bytes() -> None:
    def once() -> tuple[bytes, str]:
        rng = np.random.default_rng(17)
        scan = render(rng, build_scene(rng), draw_scanner(rng))
        return encoded(scan), json.dumps([scan.sidecar, scan.declaration, scan.truth])

    assert once() == once()


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_every_vehicle_has_its_units_inside_the_image(vehicle: str) -> None:
    rng = np.random.default_rng(3)
    scene = build_scene(rng, Wish(vehicle=vehicle))
    assert len(scene.units) == (2 if vehicle == "truck_2x20" else 1)
    for unit in scene.units:
        assert 0 <= unit.shape.x0 < unit.shape.x1 <= scene.canvas.width
        assert 0 <= unit.shape.y0 < unit.shape.y1 <= scene.canvas.height
    assert (scene.canvas.basis.sum(axis=0) > -1e-3).all()


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: p.commodity)
def test_goods_are_packed_at_their_stow_density(packing: Packing) -> None:
    rng = np.random.default_rng(5)
    shape, depth_mm = (440, 1100), 2330.0
    layers = pack_goods(rng, packing, shape, depth_mm, float(np.mean(packing.fill)))
    areal = np.sum([layer.areal_g_cm2 for layer in layers], axis=0)
    filled = areal > 0.3
    assert filled.mean() > 0.02
    density = float(areal[filled].mean()) / (depth_mm / 10) * 1000
    low, high = CLASS_BY_NAME[packing.commodity].stow_density_kg_m3
    assert 0.15 * low < density < 1.6 * high  # air between packages and voids count


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_can_be_hidden_and_its_truth_lies_on_the_canvas(family: str) -> None:
    drawn = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        scene = build_scene(rng, Wish(vehicle="truck_20", empty=False, families=(family,)))
        for anomaly in scene.canvas.anomalies:
            drawn += 1
            assert anomaly.family == family
            height, width = anomaly.mask.shape
            assert 0 <= anomaly.y0 <= anomaly.y0 + height <= scene.canvas.height
            assert 0 <= anomaly.x0 <= anomaly.x0 + width <= scene.canvas.width
            added = anomaly.added_g_cm2[anomaly.mask].mean()
            assert added < 0 if family == "void" else added > 0
    assert drawn >= 3


def test_an_anomaly_adds_its_mass_to_the_goods() -> None:
    def mass(families: tuple[str, ...]) -> tuple[float, float]:
        scene = build_scene(np.random.default_rng(9), Wish("truck_20", False, "cigarettes", families))
        hidden = sum(float(a.added_g_cm2.sum()) for a in scene.canvas.anomalies) * 0.25 / 1000
        return scene.units[0].mass_kg, hidden

    (without, nothing), (with_it, hidden) = mass(()), mass(("shielded_nuclear",))
    assert nothing == 0
    assert hidden > 1
    assert with_it - without == pytest.approx(hidden, rel=0.02)


def test_noise_has_the_spread_that_the_scanner_says() -> None:
    scanner = quiet_scanner()
    basis = np.zeros((3, 200, 300), np.float32)
    basis[1] = 20.0
    image, alive = measured(np.random.default_rng(1), basis, scanner)
    expected = noise_free(basis, scanner)
    assert alive.all()
    residual = (image - expected)[0]
    residual = residual - residual.mean(axis=0)  # the slow drift of the beam
    assert residual.std() == pytest.approx(np.sqrt(1.5 * expected[0].mean() / scanner.photons), rel=0.05)


def test_faults_are_marked() -> None:
    scanner = Scanner(**{**quiet_scanner().__dict__, "dead_pixels": 30, "lost_pulses": 2, "masked_rows": 1})
    _, alive = measured(np.random.default_rng(2), np.zeros((3, 100, 200), np.float32), scanner)
    assert (~alive).sum() >= 2 * 100 + 200 - 2


@pytest.mark.parametrize("declared", ["truth", "other_commodity", "half_mass", "empty", "none"])
def test_declarations_are_valid_and_say_what_they_should(declared: str) -> None:
    rng = np.random.default_rng(21)
    scene = build_scene(rng, Wish("truck_20", False, "tyres", ()))
    scan = render(rng, scene, draw_scanner(rng), declared=declared)  # type: ignore[arg-type]
    parse_sidecar(json.dumps(scan.sidecar).encode())
    if declared == "none":
        assert scan.declaration is None
        return
    declaration = parse_declaration(json.dumps(scan.declaration).encode())
    assert all(is_valid(mark) for mark in declaration.unit_marks)
    assert declaration.declared_empty == (declared == "empty")
    mass, code = declaration.goods_items[0].gross_mass, declaration.goods_items[0].hs
    assert mass is not None
    assert code is not None
    ratio = {"truth": 1.0, "other_commodity": 1.0, "half_mass": 0.5, "empty": 0.0}[declared]
    assert mass == pytest.approx(ratio * scene.units[0].mass_kg, rel=0.03, abs=1)
    assert code.startswith("4011") == (declared in ("truth", "half_mass"))


def test_a_case_has_its_four_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    write_case(tmp_path / "case", render(rng, build_scene(rng, Wish("truck_20")), draw_scanner(rng)))
    names = {path.name for path in (tmp_path / "case").iterdir()}
    assert names == {"scan.tif", "scan.json", "scan.declaration.json", "scan.expected.json"}


def test_what_is_drawn_outside_is_cut_off() -> None:
    from tallyscan.physics.materials import STEEL

    canvas = Canvas.empty(10, 10)
    canvas.add(STEEL, 2.0, -5, 8, 10, 10)
    assert canvas.basis.sum() == pytest.approx(2.0 * 5 * 2, rel=1e-4)
    canvas.add(STEEL, 2.0, 50, 50, 5, 5)
    assert canvas.basis.sum() == pytest.approx(20.0, rel=1e-4)
