import json

import numpy as np
import pytest

from tallyscan.declaration import parse_declaration
from tallyscan.detect.inputs import (
    CONTAINER_INPUTS,
    container_shares,
    declaration_vector,
    declared_goods_vector,
    goods_are_recognisable,
    image_tensor,
    scanner_vector,
    steel_curve,
)
from tallyscan.physics.beam import EAGLE_R60_6_MEV, beam_of
from tallyscan.physics.forward import exact_attenuation
from tallyscan.physics.materials import STEEL
from tallyscan.scan import NoiseModel
from tests.detect.scans import flat_scan

CLASSES = ("tyres", "steel_products", "cigarettes")
WEAR = ("textiles_garments", "footwear_bags")


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
    np.testing.assert_array_equal(declaration_vector(None, CLASSES), np.zeros((1, 11)))


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
    np.testing.assert_allclose(vector, [0.75, 0.0, 0.25, np.log10(4000) / 5, 0.0, 1.0, *[0.0] * 5], rtol=1e-5)


def test_declared_empty_is_known() -> None:
    vector = declaration_vector(parse_declaration(declared([], "B")), CLASSES)[0]
    np.testing.assert_array_equal(vector, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])


def item(number: int, hs: str | None, gross: float | None, words: str = "invented") -> dict[str, object]:
    code = {"commodityCode": {"harmonizedSystemSubHeadingCode": hs}} if hs else {}
    mass = {"grossMass": gross} if gross is not None else {}
    return {"goodsItemNumber": number, "descriptionOfGoods": words, **code, **mass}


def test_an_item_without_a_mass_is_declared_all_the_same() -> None:
    items = [item(1, "401120", 3000), item(2, "240220", None)]
    vector = declaration_vector(parse_declaration(declared(items)), CLASSES)[0]
    np.testing.assert_allclose(vector[:4], [0.5, 0.0, 0.5, np.log10(3000) / 5], rtol=1e-6)


def test_goods_are_declared_by_their_words_where_the_code_says_nothing() -> None:
    items = [
        item(1, None, 3000, "Opony używane"),
        item(2, "99", 1000, "Cigarettes"),
        item(3, None, 4000, "Gizmos"),
    ]
    vector = declaration_vector(parse_declaration(declared(items)), CLASSES)[0]
    np.testing.assert_allclose(vector[:3], [0.375, 0.0, 0.125])
    assert goods_are_recognisable(parse_declaration(declared(items[:2])), CLASSES) is True
    assert goods_are_recognisable(parse_declaration(declared(items)), CLASSES) is False


def test_words_that_name_two_classes_share_the_mass() -> None:
    vector = declaration_vector(parse_declaration(declared([item(1, None, 3000, "Shirts, shoes")])), WEAR)[0]
    np.testing.assert_allclose(vector[:2], [0.5, 0.5])


@pytest.mark.parametrize(
    ("codes", "shares"),
    [
        (["22G1"], {"container_20ft": 1.0}),
        (["45r1 "], {"container_40ft": 1.0, "reefer": 1.0}),
        (["L5G1"], {"container_45ft": 1.0}),
        (["22T6", "42G1"], {"container_20ft": 0.5, "container_40ft": 0.5, "tank": 0.5}),
        (["22G1", None, ""], {"container_20ft": 1.0}),
        (["12G1", "22G1"], {"container_20ft": 0.5}),
        (["2"], {"container_20ft": 1.0}),
        (["R?"], {}),
        ([None], {}),
        ([], {}),
    ],
)
def test_the_declared_containers_by_their_code(codes: list[str | None], shares: dict[str, float]) -> None:
    assert container_shares(codes) == shares


def test_the_vector_tells_the_declared_container() -> None:
    document = json.loads(declared([item(1, "401120", 3000)]))
    document["transportEquipment"][0]["containerSizeAndType"] = "45R1"
    vector = declaration_vector(parse_declaration(json.dumps(document).encode()), CLASSES)[0]
    assert dict(zip(CONTAINER_INPUTS, vector[-5:], strict=True)) == {
        "container_20ft": 0.0, "container_40ft": 1.0, "container_45ft": 0.0, "reefer": 1.0, "tank": 0.0
    }  # fmt: skip
    same = declared_goods_vector({"tyres": 1.0}, 3000, False, CLASSES, {"container_40ft": 1.0, "reefer": 1.0})
    np.testing.assert_array_equal(vector, same[0])


@pytest.mark.parametrize(
    ("items", "recognisable"),
    [
        ([item(1, "401120", 3000)], True),
        ([item(1, "401120", None), item(2, "240220", 1.0)], True),
        ([item(1, "401120", 3000), item(2, None, 10)], False),
        ([item(1, "401120", 3000), item(2, "520100", 10)], False),  # a class that this model does not know
        ([item(1, "860900", None)], False),
    ],
)
def test_goods_are_recognisable_when_all_of_them_are(
    items: list[dict[str, object]], recognisable: bool
) -> None:
    assert goods_are_recognisable(parse_declaration(declared(items)), CLASSES) is recognisable
    assert goods_are_recognisable(None, CLASSES) is False


def test_rounding_above_open_air_does_not_reach_the_network() -> None:
    scan = flat_scan()
    scan.transmission[:, :20] = np.nextafter(np.float32(1), np.float32(2))
    tensor = image_tensor(scan)
    assert tensor[0, :2].max() == 1.0
    assert np.isfinite(np.sqrt(-np.log(tensor[0, :2]))).all()
