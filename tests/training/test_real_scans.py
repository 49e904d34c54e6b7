"""Threats in real scans: geometry, display curve, what is inserted, the figures; on real scans where there are any."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest

from tallyscan.detect.card import read_card, write_card
from tallyscan.detect.card_calibration import RATES
from tallyscan.detect.detector import Detector
from tallyscan.physics.forward import forward_model, project
from tallyscan.physics.materials import CELLULOSE, STEEL
from tallyscan.scan import NoiseModel
from tests.tiny_model import write_tiny_model
from training.composites import (
    Background,
    backgrounds,
    composed,
    composite_figures,
    composites,
    detection_of,
    encoded,
    equipment_of,
    jpeg_quality,
)
from training.display_curve import BEAM, DisplayCurve, Grey, fitted_curve, steel_alpha, structure_g_cm2
from training.eagle_composites import composites as eagle_composites
from training.eagle_composites import eagle_figures, eagle_scans
from training.insertions import (
    Insertion,
    View,
    can_be_shown,
    changed_signal,
    draw_insertion,
    matter_before,
    measured_goods,
    projected,
    structure_of,
    transmission_ratio,
)
from training.real_scans import REPOSITORY, outside_repository, real_figures
from training.real_trucks import TruckPicture, truck_figures, truck_pictures
from training.simulate.containers import draw_container
from training.simulate.parts import Concealment, Load
from training.simulate.solids import Box3, box

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_scans"
needs_real = pytest.mark.skipif(not (REAL / "trucks.csv").is_file(), reason="no real scans here")

SHAPE = (420, 900)
VIEW = View((60, 40, 840, 340), "22G1", 0.4)
NO_LOAD = Load()


def picture_of_walls(gamma: float, bright: float = 250.0) -> Grey:
    """An empty container as the assumed display shows it, with a little noise."""
    transmission = np.exp(-steel_alpha(structure_of(VIEW, SHAPE).ravel())).reshape(SHAPE)
    grain = np.random.default_rng(5).normal(0, 1.0, SHAPE)
    return np.clip(np.rint(bright * transmission**gamma + grain), 0, 255).astype(np.uint8)


def plate(areal_g_cm2: float) -> Concealment:
    """A steel plate upright in the middle of the container, so thick that it has this areal density."""
    thick = areal_g_cm2 / 7.87 * 10
    place = Box3(2500, 3500, 1000, 1800, -thick / 2, thick / 2)
    return Concealment("weapons_ammunition", (box(STEEL, place, 7.87),))


def plate_in_walls(areal_g_cm2: float) -> tuple[Insertion, np.ndarray]:
    """The plate and the ratio of transmissions that it makes behind nothing but walls."""
    insertion = projected(plate(areal_g_cm2), NO_LOAD, VIEW, SHAPE)
    assert insertion is not None
    ratio = transmission_ratio(insertion, structure_of(VIEW, SHAPE), np.zeros(SHAPE, np.float32), BEAM)
    return insertion, ratio


def background(grey: Grey, *, empty: bool = True) -> Background:
    curve = DisplayCurve(250.0, 0.7, 0.4, 0.0)
    truck = TruckPicture(Path("truck.jpg"), (VIEW.box,), empty)
    return Background(truck, grey, 80, curve, (VIEW,), NoiseModel(0.004, 0.0))


@pytest.mark.parametrize("below_mm", [0.0, 1200.0])
def test_the_box_ends_at_the_near_top_and_the_far_bottom_rail(below_mm: float) -> None:
    view = View((60, 40, 840, 340), "45G1", 0.4, below_mm)
    assert view.row_of(2896, -1219) == pytest.approx(40)
    assert view.row_of(0, 1219) == pytest.approx(340)
    assert view.row_of(2896, 1219) == pytest.approx(40 + 0.4 * 300)


def test_the_fan_sees_a_point_in_the_row_that_the_view_says() -> None:
    beam = VIEW.beam(SHAPE[0])
    row = beam.row_of(1500.0, 800.0 + beam.centre_mm)
    assert float(row) + 0.5 == pytest.approx(VIEW.row_of(1500.0, 800.0), abs=0.01)


def test_a_ray_through_the_roof_meets_more_steel_than_one_through_both_walls() -> None:
    band, wall = structure_g_cm2(0.4, 2591.0, np.array([0.36, 0.44]))
    assert 2.7 < wall < 3.5
    assert 1.3 < band / wall < 2.2


@pytest.mark.parametrize("gamma", [0.5, 0.7, 1.0])
def test_the_curve_of_a_known_display_is_found(gamma: float) -> None:
    curve = fitted_curve(picture_of_walls(gamma), VIEW.box, VIEW.height_mm)
    assert curve is not None
    assert curve.gamma == pytest.approx(gamma, rel=0.1)
    assert curve.far_rail == pytest.approx(0.4, abs=0.02)
    assert curve.misfit_grey is not None
    assert curve.misfit_grey < 2


def test_no_curve_is_made_up_where_goods_hide_the_walls() -> None:
    grey = picture_of_walls(0.7)
    grey[60:340, 60:840] = 20
    assert fitted_curve(grey, VIEW.box, VIEW.height_mm) is None


def test_a_curve_undoes_itself() -> None:
    curve = DisplayCurve(240.0, 0.6, 0.4, None)
    t = np.array([0.9, 0.5, 0.1], np.float32)
    np.testing.assert_allclose(curve.transmission(240 * t**0.6), t, rtol=1e-5)


def test_a_plate_attenuates_as_the_forward_model_says() -> None:
    insertion, ratio = plate_in_walls(20.0)
    inner = cv2.erode(insertion.mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    walls = float(structure_of(VIEW, SHAPE)[insertion.rows, insertion.columns][inner].mean())
    oblique = float(insertion.added_g_cm2.sum(axis=0)[inner].mean())
    assert 20 < oblique < 23
    steel, model = project(STEEL, BEAM), forward_model(BEAM)
    expected = float(model.attenuation(steel * (walls + oblique)) - model.attenuation(steel * walls))
    assert float(-np.log(ratio[inner]).mean()) == pytest.approx(expected, rel=0.01)
    assert abs(float(ratio[0, 0]) - 1) < 1e-3


def test_behind_goods_the_beam_is_harder_and_the_plate_takes_less() -> None:
    insertion, alone = plate_in_walls(20.0)
    goods = np.full(SHAPE, 60.0, np.float32)
    behind = transmission_ratio(insertion, structure_of(VIEW, SHAPE), goods, BEAM)
    assert (-np.log(behind[insertion.mask])).mean() < 0.97 * (-np.log(alone[insertion.mask])).mean()


def test_matter_is_found_again_from_its_transmission() -> None:
    steel = structure_of(VIEW, SHAPE)
    transmission = np.exp(-steel_alpha(steel.ravel())).reshape(SHAPE).astype(np.float32)
    found, goods = matter_before(transmission, VIEW, BEAM)
    np.testing.assert_allclose(found, steel)
    # at the rails the median mixes what is above and below
    assert np.quantile(goods[60:330, 70:830], 0.95) < 0.5


def test_measured_goods_weigh_what_the_scan_shows() -> None:
    goods = np.zeros(SHAPE, np.float32)
    goods[200:330, 100:500] = 40.0
    unit = draw_container(np.random.default_rng(1), "22G1", 0.0, 0.0)
    load = measured_goods(goods, VIEW, unit)
    low, high = (VIEW.row_of(y) for y in (unit.room.y0, unit.room.y1))
    rows = min(330, low) - max(200, high)
    pitch_x, pitch_y = VIEW.pitch_mm
    expected_kg = 40.0 * rows * pitch_y * 400 * pitch_x / 100 / 1000
    assert load.goods[0].solids[0].mass_kg == pytest.approx(expected_kg, rel=0.05)
    assert measured_goods(np.zeros(SHAPE, np.float32), VIEW, unit).goods == ()


def test_what_is_taken_out_of_a_load_makes_it_brighter_but_never_brighter_than_the_walls() -> None:
    goods = np.zeros(SHAPE, np.float32)
    goods[160:320, 100:800] = 50.0
    rng = np.random.default_rng(3)
    insertion = None
    while insertion is None:
        insertion = draw_insertion(rng, VIEW, goods, "void", loaded=True)
    steel = structure_of(VIEW, SHAPE)
    ratio = transmission_ratio(insertion, steel, goods, BEAM)
    window = (insertion.rows, insertion.columns)
    both = project(STEEL, BEAM)[:, None, None] * steel[window]
    walls = forward_model(BEAM).transmission(both)
    full = forward_model(BEAM).transmission(both + a_gram_of_cellulose() * goods[window])
    assert float(ratio[insertion.mask].mean()) > 1.01
    assert float((ratio * full / walls).max()) < 1.001


def a_gram_of_cellulose() -> np.ndarray:
    """Basis areal densities of 1 g/cm2 of cellulose, (3, 1, 1)."""
    return project(CELLULOSE, BEAM)[:, None, None]


def test_the_same_seed_hides_the_same_thing() -> None:
    goods = np.zeros(SHAPE, np.float32)
    one, other = (
        draw_insertion(np.random.default_rng(7), VIEW, goods, "rip_off_bags", loaded=False) for _ in range(2)
    )
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.added_g_cm2, other.added_g_cm2)
    assert one.box == other.box
    x, y, width, height = one.box
    assert 55 <= x < x + width <= 845
    assert 35 <= y < y + height <= 345


def test_a_weaker_signal_gets_the_noise_of_fewer_photons() -> None:
    noise = NoiseModel(0.0, 1e-4)
    rng = np.random.default_rng(1)
    signal = (0.8 + rng.normal(0, np.sqrt(0.8e-4), (400, 400))).astype(np.float32)
    ratio = np.full(signal.shape, 0.25, np.float32)
    new = changed_signal(rng, signal, ratio, noise)
    assert float(new.mean()) == pytest.approx(0.2, rel=1e-3)
    assert float(new.std()) == pytest.approx(np.sqrt(0.2e-4), rel=0.05)


def test_where_nothing_is_put_nothing_changes() -> None:
    signal = np.random.default_rng(2).uniform(0.1, 0.9, (50, 60)).astype(np.float32)
    ratio = np.ones((50, 60), np.float32)
    ratio[:, 30:] = 0.5
    new = changed_signal(np.random.default_rng(3), signal, ratio, NoiseModel(0.01, 1e-3))
    np.testing.assert_array_equal(new[:, :30], signal[:, :30])
    assert (new[:, 30:] != signal[:, 30:]).mean() > 0.99


def test_nothing_hangs_in_the_open_air_and_nothing_leaves_an_opaque_load() -> None:
    mask, weaker = np.ones((20, 20), np.bool_), np.full((20, 20), 0.5, np.float32)
    behind_walls, opaque = (np.full((20, 20), level, np.float32) for level in (0.85, 0.001))
    assert can_be_shown(behind_walls, weaker, mask, 0.01, 0.97)
    assert not can_be_shown(np.ones((20, 20), np.float32), weaker, mask, 0.01, 0.97)
    assert can_be_shown(opaque, weaker, mask, 0.01, 0.97)
    assert not can_be_shown(opaque, np.float32(4) * weaker, mask, 0.01, 0.97)


def test_a_plate_darkens_the_picture_only_where_it_stands_and_is_visible() -> None:
    insertion, ratio = plate_in_walls(20.0)
    grey = picture_of_walls(0.7)
    made = composed(np.random.default_rng(0), background(grey), VIEW, insertion, ratio ** np.float32(0.7))
    x, y, width, height = (round(v) for v in insertion.box)
    inner = (slice(y + 5, y + height - 5), slice(x + 5, x + width - 5))
    darker = grey[inner].astype(int) - made.picture[inner]
    assert float(darker.mean()) == pytest.approx(made.change_grey, rel=0.1)
    outside = np.ones(SHAPE, np.bool_)
    outside[y - 4 : y + height + 4, x - 4 : x + width + 4] = False
    np.testing.assert_array_equal(made.picture[outside], grey[outside])
    assert made.visible


def test_two_things_far_apart_can_each_be_found() -> None:
    thing = box(STEEL, Box3(1000, 1300, 1000, 1300, -20, 20), 7.87)
    other = box(STEEL, Box3(4500, 4800, 1000, 1300, -20, 20), 7.87)
    insertion = projected(Concealment("weapons_ammunition", (thing, other)), NO_LOAD, VIEW, SHAPE)
    assert insertion is not None
    whole, left, right = insertion.boxes
    assert whole == insertion.box
    assert (left[0], right[0] + right[2]) == (whole[0], whole[0] + whole[2])
    assert left[2] == pytest.approx(300 / VIEW.pitch_mm[0], abs=2)
    assert right[2] == pytest.approx(left[2], abs=1)
    plate_alone, _ = plate_in_walls(20.0)
    assert plate_alone.boxes == [plate_alone.box] * 2


def test_a_sheet_of_metal_foil_is_not_visible() -> None:
    insertion, ratio = plate_in_walls(0.3)
    made = composed(
        np.random.default_rng(0), background(picture_of_walls(0.7)), VIEW, insertion, ratio ** np.float32(0.7)
    )
    assert not made.visible


@pytest.mark.parametrize("quality", [60, 75, 92])
def test_a_picture_is_stored_with_the_quality_that_it_came_with(quality: int) -> None:
    data = encoded(picture_of_walls(0.7), quality)
    assert jpeg_quality(data) == quality


def test_a_file_without_tables_has_no_quality() -> None:
    with pytest.raises(ValueError, match="JPEG"):
        jpeg_quality(b"\x89PNG")


def test_two_boxes_on_a_truck_are_short_ones_and_a_long_one_fills_the_picture() -> None:
    assert equipment_of((100, 0, 1400, 600), 4000, 2) == "22G1"
    assert equipment_of((100, 0, 900, 600), 1800, 1) == "22G1"
    assert equipment_of((50, 0, 1600, 650), 1900, 1) == "45G1"


def on_wheels(picture: Grey) -> Grey:
    """The picture with wheels under the container and posts in its walls: so it is seen which way it stands."""
    x0, y0, x1, y1 = (int(side) for side in VIEW.box)
    driven = picture.copy()
    driven[y1 : y1 + 8, x0:x1] = 30
    for x in range(x0 + 30, x1 - 30, 60):
        driven[y0:y1, x : x + 3] = driven[y0:y1, x : x + 3] // 4 * 3
    for x in range(x0 + 60, x1 - 40, 110):
        cv2.circle(driven, (x, SHAPE[0] - 2), 28, (60, 60, 60), -1)
        cv2.circle(driven, (x, SHAPE[0] - 2), 14, (15, 15, 15), -1)
    return driven


def trucks_folder(folder: Path) -> Path:
    """A folder like that of the real trucks, with one simulated empty container."""
    (folder / "trucks").mkdir()
    (folder / "trucks" / "truck-000.jpg").write_bytes(encoded(on_wheels(picture_of_walls(0.7)), 80))
    x0, y0, x1, y1 = VIEW.box
    row = f"truck-000.jpg,0,{x0},{y0},{x1},{y1},{SHAPE[1]},{SHAPE[0]},empty\n"
    (folder / "trucks.csv").write_text("file,box,x0,y0,x1,y1,width,height,visual\n" + row)
    return folder


def test_figures_of_a_folder_have_their_three_parts(tmp_path: Path) -> None:
    model, folder, out = write_tiny_model(tmp_path / "model"), trucks_folder(tmp_path), tmp_path / "out"
    figures = real_figures(model, folder, out, a_truck=4, threads=1)
    assert set(figures) == {"real_trucks", "real_trucks_composites", "real_eagle_composites"}
    assert figures["real_trucks"]["alarms_on_empty"] == [0, 1]
    made = figures["real_trucks_composites"]
    assert made["composites"] == 4
    assert made["curves"]["measured_in"] == [1, 1]
    assert figures["real_eagle_composites"] == {}
    assert len(list((out / "trucks").iterdir())) == 4
    assert figures == real_figures(model, folder, None, a_truck=4, threads=1)


def test_a_model_without_a_threshold_for_such_pictures_gets_no_merit_of_its_silence(tmp_path: Path) -> None:
    model, folder = write_tiny_model(tmp_path / "model"), trucks_folder(tmp_path)
    card = read_card(model)
    never = card.thresholds["display"].model_copy(update={"threshold": 1.0, "by_rate": dict.fromkeys(RATES)})
    write_card(model, card.model_copy(update={"thresholds": {**card.thresholds, "display": never}}))
    detector = Detector.load(model, threads=1, whole_image_megapixels=4.0)
    figures = truck_figures(detector, truck_pictures(folder))
    assert figures["alarms_on_empty"] is figures["alarms_on_loaded"] is None
    assert figures["trucks"] == 1


def test_what_the_picture_had_before_is_no_hit() -> None:
    insertion, ratio = plate_in_walls(20.0)
    made = composed(np.random.default_rng(0), background(picture_of_walls(0.7)), VIEW, insertion, ratio)
    assert made.visible
    rows = [(made, True, False, True), (made, False, True, False), (made, False, False, False)]
    figures = detection_of(rows)
    assert figures["found_of_visible"][3:] == [1, 3]
    assert figures["there_before"] == 1
    assert figures["visible_in"]["loaded"]["found"][3:] == [0, 2]
    assert figures["visible_by_family"]["weapons_ammunition"]["count"] == 3


def test_pictures_of_real_scans_stay_out_of_the_repository(tmp_path: Path) -> None:
    assert outside_repository(str(tmp_path)) == tmp_path.resolve()
    with pytest.raises(argparse.ArgumentTypeError):
        outside_repository(str(REPOSITORY / "runs"))


@needs_real
def test_display_curves_of_real_trucks_fit_two_known_thicknesses() -> None:
    pictures = backgrounds([truck for truck in truck_pictures(REAL) if truck.empty][:8])
    misfits = [p.curve.misfit_grey for p in pictures if p.curve.misfit_grey is not None]
    assert len(misfits) >= 6
    assert float(np.median(misfits)) < 4  # of 255


@needs_real
def test_threats_in_real_trucks_are_drawn_again_from_their_seed(tmp_path: Path) -> None:
    trucks = truck_pictures(REAL)[5:6]
    detector = Detector.load(write_tiny_model(tmp_path), threads=1, whole_image_megapixels=4.0)
    first, second = (list(composites(backgrounds(trucks)[0], 5, 2)) for _ in range(2))
    assert len(first) == 2
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)
    assert composite_figures(detector, trucks, count=1)["composites"] == 1
    assert truck_figures(detector, trucks)["trucks"] == 1


@needs_real
def test_real_counts_change_only_around_what_is_inserted(tmp_path: Path) -> None:
    eagle = eagle_scans(REAL)[1]
    made = next(iter(eagle_composites(eagle, 1, 1)))
    changed = (made.raw.pixels != eagle.raw.pixels).any(axis=0)
    window = np.zeros_like(changed)
    window[made.insertion.rows, made.insertion.columns] = True
    assert changed[window].any()
    assert not changed[~window].any()
    assert (
        made.raw.pixels[:, -1] == eagle.raw.pixels[:, -1]
    ).all()  # below the last module: no signal at all
    assert made.contrast_to_noise > 0
    detector = Detector.load(write_tiny_model(tmp_path), threads=1, whole_image_megapixels=4.0)
    figures = eagle_figures(detector, REAL, count=1)
    assert figures["scans"] == 2
    assert sum(row["count"] for row in figures["by_contrast_to_noise"].values()) == figures["composites"]
