import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.detect.card import ModelCard
from tallyscan.detect.card_calibration import ScoreCalibration
from tallyscan.detect.detector import Detector, whole_mass
from tallyscan.detect.session import FloatMap, ModelSession
from tallyscan.errors import ModelContractError
from tallyscan.finding import CargoUnit, Interval
from tallyscan.physics.attenuation import Material
from tallyscan.physics.beam import EAGLE_R60_6_MEV, beams_of
from tallyscan.physics.forward import forward_model, project
from tallyscan.physics.inversion import areal_density_g_cm2
from tallyscan.physics.materials import CELLULOSE, STEEL
from tallyscan.scan import Box
from tests.detect.scans import DENSE, GOODS, WALL, flat_scan
from tests.tiny_model import EXPECTED_ALPHA, EXPECTED_DECLARED_ALPHA, write_tiny_model


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    folder: Path = write_tiny_model(tmp_path_factory.mktemp("model"))
    return Detector.load(folder, threads=1, whole_image_megapixels=4)


def test_an_empty_container_is_found_and_clear(detector: Detector) -> None:
    detection = detector.detect(flat_scan(), None)
    (unit,) = detection.units
    assert np.abs(np.subtract(unit.box, Box(40, 30, 560, 150))).max() <= 8
    assert unit.empty is not None
    assert unit.empty.probability > 0.9
    assert detection.anomaly.decision == "clear"
    assert detection.anomaly.alarm is False
    assert detection.findings == ()
    assert detection.commodities == ()


def test_goods_are_seen_weighed_and_named(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:, 80:176, 104:504] = GOODS
    detection = detector.detect(scan, None)
    assert detection.empty is not None
    assert detection.empty.probability < 0.1
    alpha = -np.log(GOODS)
    areal = float(areal_density_g_cm2(alpha, EAGLE_R60_6_MEV))
    expected_kg = areal * 96 * 400 * 0.25 / 1000 * 1.25
    assert detection.mass_kg is not None
    assert detection.mass_kg.estimate == pytest.approx(expected_kg, rel=0.03)
    assert detection.mass_kg.low < expected_kg < detection.mass_kg.high
    # at 30 % transmission the logits of the tiny model are 2.4, -1 and 1
    assert [c.commodity for c in detection.commodities[0].candidates][:1] == ["cigarettes"]


@pytest.mark.parametrize("caution", ["unknown_colours", "orientation_unsure"])
def test_no_alarm_on_a_picture_that_was_not_understood_is_no_answer(detector: Detector, caution: str) -> None:
    scan = flat_scan(grade="display")
    unsure = replace(scan, cautions=(f"{caution}: what is seen in it leaves that open.",))
    assert detector.detect(scan, None).anomaly.decision == "clear"
    said = detector.detect(unsure, None).anomaly
    assert (said.decision, said.alarm) == ("not_assessed", None)


def test_where_nothing_was_measured_nothing_is_found(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:, 120:144, 240:272] = DENSE
    assert detector.detect(scan, None).anomaly.decision == "alarm"
    scan.valid[116:148, 236:276] = False
    detection = detector.detect(scan, None)
    assert detection.anomaly.decision == "clear"
    assert detection.findings == ()


def test_a_dense_block_alarms_with_its_place_and_physical_units(detector: Detector) -> None:
    scan = flat_scan(marks=("ZZZU0961595",))
    scan.transmission[:, 80:176, 104:504] = GOODS
    scan.transmission[:, 120:144, 240:272] = DENSE
    detection = detector.detect(scan, None)
    assert detection.anomaly.decision == "alarm"
    finding = detection.findings[0]
    assert finding.kind == "shielded_nuclear"
    assert finding.unit == 1
    assert detection.units[0].number == "ZZZU0961595"
    assert abs(finding.box.x - 240) <= 8
    assert abs(finding.box.y - 120) <= 8
    assert abs(finding.box.width - 32) <= 16
    beam = EAGLE_R60_6_MEV
    added = float(areal_density_g_cm2(-np.log(DENSE), beam) - areal_density_g_cm2(-np.log(GOODS), beam))
    assert finding.areal_density_g_cm2 == pytest.approx(added, rel=0.25)
    assert finding.contrast_to_noise is not None
    assert finding.contrast_to_noise > 100
    assert "shielded dense object" in finding.explanation
    # the tiny model expects an attenuation of 1 everywhere
    excess = float(areal_density_g_cm2(-np.log(DENSE), beam) - areal_density_g_cm2(1.0, beam))
    assert finding.expected_excess_g_cm2 == pytest.approx(excess, rel=0.05)
    assert (
        f"{finding.expected_excess_g_cm2:.1f} g/cm2 more than the model expects there" in finding.explanation
    )
    assert [family.kind for family in finding.families] == ["shielded_nuclear", "weapons_ammunition"]
    assert sum(family.probability for family in finding.families) == pytest.approx(1.0, abs=1e-3)


def test_the_score_is_calibrated_and_the_threshold_is_on_what_is_published(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:, 120:144, 240:272] = DENSE
    plain = detector.detect(scan, None).anomaly
    assert plain.score is not None
    milder = detector.card.model_copy(update={"score": ScoreCalibration(temperature=4.0, bias=-0.5)})
    detection = Detector(detector.session, milder, 4.0).detect(scan, None)
    published = milder.score.published(plain.score)
    assert detection.anomaly.score == pytest.approx(published, abs=2e-3)
    assert detection.anomaly.decision == "clear"
    low = {"dual": detector.card.thresholds["dual"].model_copy(update={"threshold": published - 0.01})}
    lowered = milder.model_copy(update={"thresholds": milder.thresholds | low})
    detection = Detector(detector.session, lowered, 4.0).detect(scan, None)
    assert detection.anomaly.decision == "alarm"
    assert detection.findings[0].score == pytest.approx(published, abs=2e-3)


def test_a_display_image_gives_no_physical_units(detector: Detector) -> None:
    scan = flat_scan(grade="display")
    scan.transmission[:, 80:176, 104:504] = GOODS
    scan.transmission[:, 120:144, 240:272] = DENSE
    detection = detector.detect(scan, None)
    assert detection.mass_kg is None
    assert detection.units[0].mass_kg is None
    assert detection.units[0].kind == "unknown"
    finding = detection.findings[0]
    assert (finding.areal_density_g_cm2, finding.contrast_to_noise, finding.mass_kg) == (None, None, None)
    assert finding.expected_excess_g_cm2 is None
    assert finding.explanation.endswith("the display grade gives no physical units.")
    assert detection.anomaly.calibration is not None
    assert detection.anomaly.calibration.group == "display"


def test_cargo_that_lets_nothing_through_is_not_weighed(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:, 40:176, 48:592] = 1e-5
    detection = detector.detect(scan, None)
    assert detection.mass_kg is None
    assert any(caution.startswith("not_penetrated") for caution in detection.cautions)
    assert detection.units[0].not_penetrated > 0.9


@pytest.mark.parametrize(("opaque_px", "decision"), [(40, "clear"), (300, "not_assessed")])
def test_a_load_that_lets_nothing_through_is_not_clear(
    detector: Detector, opaque_px: int, decision: str
) -> None:
    card = detector.card.model_copy(
        update={
            "thresholds": {
                k: v.model_copy(update={"threshold": 0.99999}) for k, v in detector.card.thresholds.items()
            }
        }
    )
    scan = flat_scan()
    scan.transmission[:, 80:176, 104:504] = GOODS
    scan.transmission[:, 80:176, 104 : 104 + opaque_px] = 1e-4
    anomaly = Detector(detector.session, card, 4.0).detect(scan, None).anomaly
    assert anomaly.decision == decision
    assert anomaly.alarm is (False if decision == "clear" else None)


def test_dense_loads_are_weighed_less_well(detector: Detector) -> None:
    spreads = []
    for through in (GOODS, 0.01):
        scan = flat_scan()
        scan.transmission[:, 80:176, 104:504] = through
        detection = detector.detect(scan, None)
        assert detection.mass_kg is not None
        assert detection.units[0].goods_mean_alpha == pytest.approx(-np.log(through), rel=0.02)
        spreads.append((detection.mass_kg.high - 20) / detection.mass_kg.estimate)
    assert spreads == pytest.approx([1.2, 1.5], abs=0.01)


def test_what_the_model_calls_unreadable_is_said(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:, 80:176, 104:504] = GOODS
    assert not any(c.startswith("model_quality") for c in detector.detect(scan, None).cautions)
    scan.transmission[:, 30:180, 40:400] = 1e-4
    cautions = [c for c in detector.detect(scan, None).cautions if c.startswith("model_quality")]
    assert len(cautions) == 1
    assert "of unit 1" in cautions[0]


@pytest.mark.parametrize(
    ("hs", "mismatch"),
    [("720810", pytest.approx(0.982, abs=1e-3)), ("240220", pytest.approx(0.018, abs=1e-3))],
)
def test_goods_that_are_not_the_declared_ones(detector: Detector, hs: str, mismatch: float) -> None:
    scan = flat_scan()
    scan.transmission[:, 80:176, 104:504] = GOODS
    detection = detector.detect(scan, declaration_of(hs))
    assert detection.units[0].mismatch == mismatch
    assert detection.mismatch == mismatch


def test_without_recognisable_goods_there_is_no_mismatch(detector: Detector) -> None:
    loaded = flat_scan()
    loaded.transmission[:, 80:176, 104:504] = GOODS
    for scan, declaration in (
        (loaded, None),
        (loaded, declaration_of("520100")),  # cotton, which the tiny model does not know
        (loaded, declaration_of("720810", "520100")),
        (flat_scan(), declaration_of("720810")),  # empty: nothing to compare
    ):
        detection = detector.detect(scan, declaration)
        assert detection.units[0].mismatch is None
        assert detection.mismatch is None


def declaration_of(*codes: str) -> Declaration:
    items = [
        {
            "goodsItemNumber": number,
            "commodityCode": {"harmonizedSystemSubHeadingCode": hs},
            "grossMass": 1000,
        }
        for number, hs in enumerate(codes, start=1)
    ]
    unit = {"containerIdentificationNumber": "ZZZU0961595"}
    document = {"LRN": "L", "transportEquipment": [unit], "goodsItems": items}
    return parse_declaration(json.dumps(document).encode())


def test_the_expected_picture_comes_with_the_detection(detector: Detector) -> None:
    scan = flat_scan()
    expected = detector.detect(scan, declaration_of("720810")).expected
    assert expected is not None
    assert (expected.stride, expected.grid) == (8, scan.grid)
    assert expected.without_declaration.shape == (3, 28, 80)
    assert expected.without_declaration.dtype == np.float32
    np.testing.assert_allclose(expected.without_declaration[:, 3, 3], EXPECTED_ALPHA)
    assert expected.with_declaration is not None
    np.testing.assert_allclose(expected.with_declaration[:, 3, 3], EXPECTED_DECLARED_ALPHA)
    undeclared = detector.detect(scan, None).expected
    assert undeclared is not None
    assert undeclared.with_declaration is None


def test_the_reading_says_which_threshold_was_used(detector: Detector) -> None:
    def group(card: ModelCard) -> str:
        scan = flat_scan(height=620, width=1300)
        scan.transmission[:] = 1.0
        scan.transmission[:, 40:560, 40:1252] = WALL  # 2.6 m x 6.06 m
        detection = Detector(detector.session, card, 4.0).detect(scan, None)
        assert [unit.kind for unit in detection.units] == ["container"]
        assert detection.anomaly.calibration is not None
        return detection.anomaly.calibration.group

    assert group(detector.card) == "dual"
    thresholds = detector.card.thresholds | {"dual/container": detector.card.thresholds["dual"]}
    assert group(detector.card.model_copy(update={"thresholds": thresholds})) == "dual/container"


def test_no_container_is_said_and_nothing_is_empty(detector: Detector) -> None:
    scan = flat_scan()
    scan.transmission[:] = 1.0
    detection = detector.detect(scan, None)
    assert detection.units == ()
    assert detection.empty is None
    assert detection.mass_kg is None
    assert any(caution.startswith("no_unit") for caution in detection.cautions)


def test_two_units_and_a_scanner_that_names_one(detector: Detector) -> None:
    scan = flat_scan(marks=("ZZZU0961595",))
    scan.transmission[:, :, 290:350] = 1.0
    detection = detector.detect(scan, None)
    assert [unit.unit for unit in detection.units] == [1, 2]
    assert all(unit.number is None for unit in detection.units)
    assert any(caution.startswith("unit_count") for caution in detection.cautions)


def test_whole_image_and_strips_say_the_same(detector: Detector) -> None:
    scan = flat_scan(height=160, width=4000)
    rng = np.random.default_rng(1)
    scan.transmission[:, 30:150, 100:3900] = WALL * rng.uniform(0.1, 1.0, (120, 3800)).astype(np.float32)
    whole, strips = detector.maps(scan, None, "whole"), detector.maps(scan, None, "strips")
    for name, maps in whole.by_head.items():
        np.testing.assert_allclose(strips.by_head[name], maps, atol=1e-3)
    assert (whole.tiling, strips.tiling) == ("whole", "strips")


def test_the_tiling_follows_from_the_size_alone_and_is_recorded(detector: Detector) -> None:
    small = Detector(detector.session, detector.card, whole_image_megapixels=0.05)
    assert small.detect(flat_scan(), None).tiling == "strips"
    assert detector.detect(flat_scan(), None).tiling == "whole"


def test_a_whole_mass_needs_every_unit() -> None:
    weighed = CargoUnit(1, Box(0, 0, 1, 1), "container", None, Interval(10.0, 8.0, 12.0))
    unknown = CargoUnit(2, Box(2, 0, 1, 1), "container", None, None)
    assert whole_mass([weighed, weighed]) == Interval(20.0, 16.0, 24.0)
    assert whole_mass([weighed, unknown]) is None
    assert whole_mass([]) is None


class Broken:
    """The tiny model after a fault: its anomaly map holds what is no number."""

    def __init__(self, session: ModelSession) -> None:
        self.session = session
        self.runtime: dict[str, str | int | float] = {}

    def run(self, *inputs: FloatMap) -> dict[str, FloatMap]:
        maps = self.session.run(*inputs)
        maps["anomaly"][0, 0, 3, 3] = np.nan
        return maps


def test_maps_that_hold_no_numbers_are_never_clear(detector: Detector) -> None:
    broken = Detector(Broken(detector.session), detector.card, 4.0)
    with pytest.raises(ModelContractError, match="no numbers: anomaly"):
        broken.detect(flat_scan(), None)


@pytest.mark.parametrize(("material", "looks"), [(CELLULOSE, "organic"), (STEEL, "metal")])
def test_two_energies_tell_of_what_kind_the_added_matter_is(
    detector: Detector, material: Material, looks: str
) -> None:
    scan = flat_scan()
    cargo_g_cm2, added_g_cm2 = 30.0, 150.0
    for channel, beam in enumerate(beams_of(scan.energies_mv)):
        cargo = project(CELLULOSE, beam) * cargo_g_cm2
        model, hidden = forward_model(beam), cargo + project(material, beam) * added_g_cm2
        scan.transmission[channel, 80:176, 104:504] = np.exp(-model.attenuation(cargo))
        scan.transmission[channel, 120:144, 240:272] = np.exp(-model.attenuation(hidden))
    detection = detector.detect(scan, None)
    (finding,) = detection.findings
    assert f"looks {looks}" in finding.explanation


def test_one_energy_tells_no_material(detector: Detector) -> None:
    scan = flat_scan(energies_mv=(6.0,))
    scan.transmission[:, 120:144, 240:272] = DENSE
    (finding,) = detector.detect(scan, None).findings
    assert "g/cm2 more" in finding.explanation
    assert "organic" not in finding.explanation
