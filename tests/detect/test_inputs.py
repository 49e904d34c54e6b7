import json

import numpy as np
import pytest

from tallyscan.declaration import parse_declaration
from tallyscan.detect.inputs import declaration_vector, image_tensor, scanner_vector, steel_curve
from tallyscan.physics.beam import EAGLE_R60_6_MEV, beam_of
from tallyscan.physics.forward import exact_attenuation
from tallyscan.physics.materials import STEEL
from tallyscan.scan import NoiseModel
from tests.detect.scans import flat_scan

CLASSES = ("tyres", "steel_products", "cigarettes")


def test_the_image_is_padded_with_invalid_air() -> None:
    scan = flat_scan(height=70, width=90)
    tensor = image_tensor(scan)
    assert tensor.shape == (1, 3, 96, 96)
    np.testing.assert_array_equal(tensor[0, :2, :70, :90], scan.transmission)
    assert (tensor[0, :2, 70:] == 1).all()
    assert (tensor[0, 2, 70:] == 0).all()
    assert (tensor[0, 2, :, 90:] == 0).all()
    assert (tensor[0, 2, :70, :90] == 1).all()


def test_a_single_energy_stands_twice_and_is_marked() -> None:
    scan = flat_scan(energies_mv=(6.0,))
    tensor = image_tensor(scan)
    np.testing.assert_array_equal(tensor[0, 0], tensor[0, 1])
    assert scanner_vector(scan.energies_mv, scan.noise, display=False)[0, 6] == 0.0
    dual = flat_scan()
    assert scanner_vector(dual.energies_mv, dual.noise, display=False)[0, 6] == 1.0
    assert scanner_vector((), (NoiseModel(0, 0),), display=True)[0, 7] == 1.0


def test_the_steel_curve_predicts_the_low_energy_of_steel() -> None:
    k1, k2 = steel_curve((6.0, 4.0))
    for areal in (5.0, 30.0, 90.0):
        high = exact_attenuation(EAGLE_R60_6_MEV, STEEL, np.array([areal]))[0]
        low = exact_attenuation(beam_of(4.0), STEEL, np.array([areal]))[0]
        assert high * (k1 + k2 * high) == pytest.approx(low, rel=0.004)


def declared(items: list[dict[str, object]], status: str = "A") -> bytes:
    unit = {"containerIdentificationNumber": "ZZZU0961595", "containerPackedStatus": status}
    return json.dumps({"LRN": "L", "transportEquipment": [unit], "goodsItems": items}).encode()


def test_unknown_is_zeros() -> None:
    np.testing.assert_array_equal(declaration_vector(None, CLASSES), np.zeros((1, 6)))


def test_declared_goods_share_by_mass() -> None:
    items = [
        {
            "goodsItemNumber": 1,
            "commodityCode": {"harmonizedSystemSubHeadingCode": "401120"},
            "grossMass": 3000,
        },
        {
            "goodsItemNumber": 2,
            "commodityCode": {"harmonizedSystemSubHeadingCode": "240220"},
            "grossMass": 1000,
        },
    ]
    vector = declaration_vector(parse_declaration(declared(items)), CLASSES)[0]
    np.testing.assert_allclose(vector, [0.75, 0.0, 0.25, np.log10(4000) / 5, 0.0, 1.0], rtol=1e-5)


def test_declared_empty_is_known() -> None:
    vector = declaration_vector(parse_declaration(declared([], "B")), CLASSES)[0]
    np.testing.assert_array_equal(vector, [0, 0, 0, 0, 1, 1])


def test_rounding_above_open_air_does_not_reach_the_network() -> None:
    scan = flat_scan()
    scan.transmission[:, :20] = np.nextafter(np.float32(1), np.float32(2))
    tensor = image_tensor(scan)
    assert tensor[0, :2].max() == 1.0
    assert np.isfinite(np.sqrt(-np.log(tensor[0, :2]))).all()
