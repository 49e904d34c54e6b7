"""The image of a scan over HTTP, from what is sent to the pixels of a tile."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from pydantic import TypeAdapter

from tallyscan.bootstrap import open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web.image_document import ImageDocument
from tallyscan.web.image_examples import IMAGE, MEASURED
from tallyscan.web.routes_measures import MeasuredOnScan
from tests.sample_images import (
    AIR,
    OTHER_CONTAINER,
    container_tiff,
    declaration_json,
    sidecar_json,
    two_container_tiff,
)
from tests.web.conftest import serving

SAMPLES = Path(__file__).parents[2] / "sample_scans"
Counts = NDArray[np.uint16]


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader
) -> Iterator[httpx.Client]:
    """One service for all of them: every test sends a scan of its own."""
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=data, models_dir=tiny_models_dir, inference_threads=1)
    with (
        open_store(settings) as store,
        running(settings, store, reader) as service,
        serving(service, settings) as opened,
    ):
        yield opened


def sent(client: httpx.Client, image: bytes, sidecar: bytes, *, name: str = "scan.tif") -> dict[str, Any]:
    """The reading of a scan, once it is there."""
    files = [("image", (name, image)), ("sidecar", ("scan.json", sidecar))]
    answer = client.post("/v1/scans?wait=60", files=files)
    assert answer.status_code in (200, 202), answer.text
    return dict(answer.json())


def sample(client: httpx.Client, name: str, file: str = "scan.tif") -> dict[str, Any]:
    folder = SAMPLES / name
    return sent(client, (folder / file).read_bytes(), (folder / "scan.json").read_bytes(), name=file)


def image_of(client: httpx.Client, scan: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/scans/{scan['id']}/image").raise_for_status().json())


def tile(client: httpx.Client, address: str, level: int, column: int, row: int, bands: int) -> Counts:
    answer = client.get(address.format(level=level, column=column, row=row)).raise_for_status()
    return np.frombuffer(answer.content, "<u2").reshape(260, 260, bands)


def whole(client: httpx.Client, image: dict[str, Any], level: int = 0, address: str | None = None) -> Counts:
    """All tiles of a level put together, without their gutters: (height, width, band)."""
    size, bands = image["levels"][level], image["bands"] if address is None else image["expected"]["bands"]
    columns, rows = (-(-size[side] // 256) for side in ("width", "height"))
    at = address or image["tiles"]
    lines = [
        np.concatenate(
            [tile(client, at, level, column, row, len(bands))[2:-2, 2:-2] for column in range(columns)],
            axis=1,
        )
        for row in range(rows)
    ]
    return np.asarray(np.concatenate(lines)[: size["height"], : size["width"]])


def band(image: dict[str, Any], pixels: Counts, name: str) -> Counts:
    return pixels[..., image["bands"].index(name)]


def test_a_tile_holds_the_calibrated_pixels_of_a_two_energy_scan(client: httpx.Client) -> None:
    image = image_of(client, sample(client, "05-bricks-in-load"))
    TypeAdapter(ImageDocument).validate_python(image)
    assert set(image) == set(IMAGE)
    said = json.loads((SAMPLES / "05-bricks-in-load" / "scan.json").read_bytes())
    counts = tifffile.imread(SAMPLES / "05-bricks-in-load" / "scan.tif").astype(np.float64)
    assert image["bands"] == ["high", "low", "material", "surround"]
    assert (image["grade"], image["energies_mv"], image["not_calibrated"]) == (
        "transmission",
        [6.0, 4.0],
        None,
    )
    assert (image["height"], image["width"]) == counts.shape[1:]
    pixels = whole(client, image)
    for name, channel, air in zip(("high", "low"), counts, said["air_level"], strict=True):
        shown = band(image, pixels, name)
        true = np.clip(channel / air * 65_535, 1, 65_535)
        measured = shown > 0
        assert measured.mean() > 0.99
        assert np.abs(shown - true)[measured].max() <= 0.51  # rounding, and float32


@pytest.mark.parametrize(
    ("turns", "mirrored"), [(0, False), (1, False), (3, False), (0, True), (1, True), (2, True)]
)
def test_the_image_stands_upright_and_its_boxes_with_it(
    client: httpx.Client, turns: int, mirrored: bool
) -> None:
    upright = tifffile.imread(io.BytesIO(container_tiff(lump=True)))
    stored = np.rot90(upright[:, ::-1] if mirrored else upright, -turns)
    target = io.BytesIO()
    tifffile.imwrite(target, stored, photometric="minisblack")
    orientation = {"quarter_turns": turns, "mirrored": mirrored}
    scan = sent(client, target.getvalue(), sidecar_json(orientation=orientation))
    image = image_of(client, scan)
    shown = band(image, whole(client, image), "high")
    assert np.abs(shown - np.clip(upright / AIR * 65_535, 1, 65_535)).max() <= 0.51
    a, b, c, d, e, f = image["original"]["to_image"]
    assert (image["original"]["height"], image["original"]["width"]) == stored.shape
    (finding,) = scan["findings"]
    x, y, width, height = finding["box"]
    corners = np.array([[x, y], [x + width, y + height]])
    across, down = np.sort(corners @ [a, b] + c), np.sort(corners @ [d, e] + f)
    lump = shown[round(down[0]) : round(down[1]), round(across[0]) : round(across[1])]
    dark = 0.02 * 65_535
    assert np.mean(lump < dark) > 0.9
    assert np.count_nonzero(lump < dark) > 0.7 * np.count_nonzero(shown < dark)


def test_each_level_is_the_mean_of_the_one_before(client: httpx.Client) -> None:
    image = image_of(client, sent(client, container_tiff(seed=1), sidecar_json()))
    assert [(one["width"], one["height"], one["scale"]) for one in image["levels"]] == [
        (800, 240, 1),
        (400, 120, 2),
        (200, 60, 4),
    ]
    full, half, quarter = (
        band(image, whole(client, image, level), "high").astype(float) for level in range(3)
    )
    assert np.abs(full.reshape(120, 2, 400, 2).mean(axis=(1, 3)) - half).max() <= 0.5
    assert np.abs(half.reshape(60, 2, 200, 2).mean(axis=(1, 3)) - quarter).max() <= 0.5


def test_a_gutter_holds_the_neighbours_and_repeats_the_edge(client: httpx.Client) -> None:
    image = image_of(client, sent(client, container_tiff(seed=2), sidecar_json()))
    first, second = (tile(client, image["tiles"], 0, column, 0, len(image["bands"])) for column in (0, 1))
    assert (first[:, -4:] == second[:, :4]).all()
    assert (first[:, :2] == first[:, 2:3]).all()
    assert (first[242:] == first[241]).all()  # below the last row


def test_a_unit_of_a_scan_has_its_own_columns(client: httpx.Client) -> None:
    scan = sent(client, two_container_tiff(seed=3), sidecar_json(container=None))
    parts = client.get(f"/v1/scans/{scan['id']}").json()["parts"]
    pixels = whole(client, image_of(client, scan))
    assert len(parts) == 2
    for part in parts:
        alone = read(client, part["scan"])
        image = image_of(client, alone)
        a, b, c, d, e, f = image["original"]["to_image"]
        assert (a, b, d, e, f) == (1, 0, 0, 1, 0)
        assert c <= 0
        seen = whole(client, image)
        of_whole = pixels[:, round(-c) : round(-c) + image["width"]]
        assert (seen[..., 0] == of_whole[..., 0]).all()
        left, right = part["box"][0] + c, part["box"][0] + part["box"][2] + c
        assert 0 <= left < right <= image["width"]


def read(client: httpx.Client, scan: str) -> dict[str, Any]:
    """A scan once its reading is there."""
    for _ in range(600):
        document = dict(client.get(f"/v1/scans/{scan}").json())
        if document["state"] not in ("received", "reading"):
            return document
        time.sleep(0.05)
    raise AssertionError(f"{scan} was not read")


def test_a_display_image_has_greys_and_no_units(client: httpx.Client) -> None:
    image = image_of(client, sample(client, "12-display-two-containers", "scan.jpg"))
    assert (image["grade"], image["areal_density"], image["material_bands"]) == ("display", [], None)
    assert image["bands"] == ["high", "surround"]
    assert np.unique(whole(client, image)[..., 0]).size > 100


def test_a_black_scan_is_shown_though_it_was_not_read(client: httpx.Client) -> None:
    scan = sample(client, "15-unreadable-black")
    assert scan["status"] == "not_readable"
    assert whole(client, image_of(client, scan))[..., 0].mean() < 0.05 * 65_535


def test_a_scan_that_cannot_be_calibrated_is_shown_in_plain_greys(client: httpx.Client) -> None:
    scan = sent(client, container_tiff(seed=4), sidecar_json(air_level=[10]))
    assert scan["status"] == "rejected"
    image = image_of(client, scan)
    assert (image["grade"], image["pitch_mm"], image["expected"]) == ("display", None, None)
    assert "air level" in image["not_calibrated"]
    counts = tifffile.imread(io.BytesIO(container_tiff(seed=4))).astype(float)
    shown = band(image, whole(client, image), "high").astype(float)
    assert np.corrcoef(shown.ravel(), counts.ravel())[0, 1] > 0.999


def test_the_material_band_tells_steel_from_goods(client: httpx.Client) -> None:
    image = image_of(client, sample(client, "19-scrap-as-garments"))
    goods = image_of(client, sample(client, "01-honest-garments"))
    shares = []
    for one in (image, goods):
        code = band(one, whole(client, one, 1), "material")
        metal = next(edge["below_code"] for edge in one["material_bands"]["edges"] if edge["below"] == 0.65)
        told = code[code > 0]
        assert told.size > 100
        shares.append(float(np.mean(told > metal)))
    scrap, garments = shares
    assert scrap > garments + 0.3


def test_the_expected_image_lies_pixel_over_pixel(client: httpx.Client) -> None:
    scan = sent(client, container_tiff(seed=6), sidecar_json())
    image = image_of(client, scan)
    expected = whole(client, image, 1, image["expected"]["tiles"])
    assert expected.shape[:2] == (image["levels"][1]["height"], image["levels"][1]["width"])
    median, low, high = np.moveaxis(expected.astype(int), -1, 0)
    assert image["expected"]["bands"] == ["p50", "p10", "p90"]
    assert (low >= median).all()
    assert (median >= high).all()
    assert high.min() < low.max()


def test_a_tile_is_kept_for_good_and_asked_for_once(client: httpx.Client) -> None:
    image = image_of(client, sent(client, container_tiff(seed=7), sidecar_json()))
    address = image["tiles"].format(level=0, column=0, row=0)
    first = client.get(address)
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["content-encoding"] == "gzip"
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address, headers={"If-None-Match": '"something else"'})
    assert other.status_code == 200


def test_an_image_stays_while_the_scan_is_read_again(client: httpx.Client) -> None:
    scan = sent(client, container_tiff(seed=8), sidecar_json(OTHER_CONTAINER))
    before = image_of(client, scan)
    client.post("/v1/declarations", content=declaration_json(OTHER_CONTAINER))
    read(client, scan["id"])
    after = image_of(client, scan)
    assert (before["revision"], after["revision"]) == (1, 2)
    for image in (before, after):
        assert client.get(image["tiles"].format(level=0, column=0, row=0)).status_code == 200


WRONG_PLACES = (
    ("1/9/0/0", 404), ("1/0/4/0", 404), ("1/0/0/1", 404), ("2/0/0/0", 404), ("0/0/0/0", 404),
    ("1/-1/0/0", 422), ("1/0/-1/0", 422), ("1/x/0/0", 422), ("1/0/0/1.5", 422), ("99999999999999999999/0/0/0", 422),
    ("1/expected/9/0/0", 404), ("1/expected/0/0/-1", 422), ("1/0/0/NaN", 422),
)  # fmt: skip


def test_a_tile_that_is_not_there_is_a_problem(client: httpx.Client) -> None:
    scan = sent(client, container_tiff(seed=9), sidecar_json())
    for place, status in WRONG_PLACES:
        answer = client.get(f"/v1/scans/{scan['id']}/image/{place}")
        said = (answer.status_code, answer.headers["content-type"])
        assert said == (status, "application/problem+json"), place


def test_a_scan_without_an_image_says_so(client: httpx.Client) -> None:
    assert client.get("/v1/scans/nothing/image").status_code == 404
    scan = sent(client, container_tiff(seed=10)[:2000], sidecar_json())
    assert scan["status"] == "rejected"
    answer = client.get(f"/v1/scans/{scan['id']}/image")
    assert answer.status_code == 404
    assert "could not be decoded" in answer.json()["remedy"]


def test_a_region_is_measured_in_physical_units(client: httpx.Client) -> None:
    scan = sample(client, "05-bricks-in-load")
    box = json.loads((SAMPLES / "05-bricks-in-load" / "scan.expected.json").read_bytes())["units"][0]["box"]
    image = image_of(client, scan)
    a, b, c, d, e, f = image["original"]["to_image"]
    corners = [[a * x + b * y + c, d * x + e * y + f] for x, y in (box[:2], box[2:])]
    answer = client.post(f"/v1/scans/{scan['id']}/measure", json={"shape": "box", "points": corners})
    measured = answer.json()
    TypeAdapter(MeasuredOnScan).validate_python(measured)
    assert answer.status_code == 200
    assert set(measured) == set(MEASURED)
    assert measured["area_mm2"]["estimate"] == pytest.approx(
        (box[2] - box[0]) * (box[3] - box[1]) * 6.4**2, rel=0.01
    )
    assert measured["mass_kg"]["low"] < measured["mass_kg"]["estimate"] < measured["mass_kg"]["high"]
    pixels = band(image, whole(client, image), "high")
    left, right = sorted(round(x) for x, _ in corners)
    top, bottom = sorted(round(y) for _, y in corners)
    seen = pixels[top:bottom, left:right]
    true = -np.log(seen[seen > 0] / 65_535).mean()
    assert measured["attenuation"]["mean"] == pytest.approx(true, rel=0.01)


def test_a_display_image_is_measured_in_pixels_alone(client: httpx.Client) -> None:
    scan = sample(client, "12-display-two-containers", "scan.jpg")
    line = {"shape": "line", "points": [[10, 50], [200, 60]]}
    measured = client.post(f"/v1/scans/{scan['id']}/measure", json=line).json()
    assert measured["areal_density"]["undetermined"] == "display_grade"
    assert measured["length_px"] == pytest.approx(190.26, abs=0.01)
    assert measured["profile"]["attenuation"] is None
    assert 0 <= min(measured["profile"]["transmission"]) <= 1


WRONG_SHAPES = (
    b'{"shape": "line", "points": [[0, 0]]}',
    b'{"shape": "box", "points": [[0, 0], [1, 1], [2, 2]]}',
    b'{"shape": "polygon", "points": [[0, 0], [1, 1]]}',
    b'{"shape": "circle", "points": [[0, 0], [1, 1]]}',
    b'{"shape": "box", "points": [[NaN, 0], [1, 1]]}',
    b'{"shape": "box", "points": [[1e999, 0], [1, 1]]}',
    b'{"shape": "box", "points": [[1e7, 0], [1, 1]]}',
    b'{"shape": "box", "points": [["a", 0], [1, 1]]}',
    b'{"shape": "box", "points": [[0, 0, 0], [1, 1]]}',
    b'{"shape": "box", "points": [[0, 0], [1, 1]], "revision": 99999999999999999999}',
    b'{"shape": "box", "points": [[0, 0], [1, 1]], "more": 1}',
    b'{"shape": "polygon", "points": [' + b",".join([b"[0, 1]"] * 1001) + b"]}",
    b"not json",
)


def test_a_shape_that_is_none_is_a_problem(client: httpx.Client) -> None:
    for body in WRONG_SHAPES:
        answer = client.post(
            "/v1/scans/any/measure", content=body, headers={"content-type": "application/json"}
        )
        said = (answer.status_code, answer.headers["content-type"])
        assert said == (422, "application/problem+json"), body


def test_a_measure_is_of_a_revision_that_is_there(client: httpx.Client) -> None:
    scan = sent(client, container_tiff(seed=11), sidecar_json())
    box = {"shape": "box", "points": [[0, 0], [1, 1]]}
    assert client.post(f"/v1/scans/{scan['id']}/measure", json={**box, "revision": 1}).json()["revision"] == 1
    assert client.post(f"/v1/scans/{scan['id']}/measure", json={**box, "revision": 2}).status_code == 404
    assert client.post("/v1/scans/nothing/measure", json=box).status_code == 404
