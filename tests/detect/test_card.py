import json
from pathlib import Path
from typing import Any

import pytest

from tallyscan.detect.card import CARD_FILE, MODEL_FILE, active_model_dir, read_card
from tallyscan.detect.detector import Detector
from tallyscan.errors import ModelContractError
from tests.tiny_model import write_tiny_model, write_tiny_models_dir


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "model")


def change(model_dir: Path, **values: Any) -> None:
    path = model_dir / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_model_with_its_card_is_accepted(model_dir: Path) -> None:
    assert read_card(model_dir).name == "tiny"


def test_a_model_without_a_card_is_refused(model_dir: Path) -> None:
    (model_dir / CARD_FILE).unlink()
    with pytest.raises(ModelContractError, match="does not hold"):
        read_card(model_dir)


def test_other_bytes_than_the_card_describes_are_refused(model_dir: Path) -> None:
    path = model_dir / MODEL_FILE
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelContractError, match="not the one that its card describes"):
        read_card(model_dir)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"halo_px": 0, "receptive_field_px": 8}, "halo is less than half"),
        ({"thresholds": {}}, "thresholds are missing: display, transmission_dual, transmission_single"),
        ({"declaration_size": 99}, "declaration_size is not 6"),
        ({"commodities": ["cigarettes", "gold_dust"]}, "unknown commodity classes: gold_dust"),
        ({"heads": {}}, "heads are missing"),
        ({"surprise": 1}, "surprise"),
        ({"sha256": "short"}, "sha256"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(
    model_dir: Path, values: dict[str, Any], says: str
) -> None:
    change(model_dir, **values)
    with pytest.raises(ModelContractError, match=says):
        read_card(model_dir)


def test_a_card_that_names_an_output_the_graph_lacks_is_refused(model_dir: Path) -> None:
    heads = json.loads((model_dir / CARD_FILE).read_text())["heads"]
    heads["goods"]["output"] = "elsewhere"
    change(model_dir, heads=heads)
    with pytest.raises(ModelContractError, match="lacks the outputs elsewhere"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def contradict(model_dir: Path, head: str, **values: Any) -> None:
    heads = json.loads((model_dir / CARD_FILE).read_text())["heads"]
    heads[head] |= values
    change(model_dir, heads=heads)


def test_heads_that_are_read_together_share_a_stride(model_dir: Path) -> None:
    contradict(model_dir, "goods", stride=4)
    with pytest.raises(ModelContractError, match="must share one stride"):
        read_card(model_dir)


@pytest.mark.parametrize(
    "values",
    [
        {"channels": ["shielded_nuclear"]},  # one too few: a weapon would go by another name
        {"channels": ["shielded_nuclear", "weapons_ammunition", "void"]},
        {"stride": 8},
    ],
)
def test_a_card_that_counts_channels_or_cells_otherwise_than_the_graph_is_refused(
    model_dir: Path, values: dict[str, Any]
) -> None:
    contradict(model_dir, "anomaly", **values)
    with pytest.raises(ModelContractError, match="anomaly; the graph gives 2 at 4"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def test_what_is_no_graph_is_refused(model_dir: Path) -> None:
    import hashlib

    (model_dir / MODEL_FILE).write_bytes(b"not onnx")
    change(model_dir, sha256=hashlib.sha256(b"not onnx").hexdigest())
    with pytest.raises(ModelContractError, match="cannot be loaded"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def test_active_names_a_folder(tmp_path: Path) -> None:
    models = write_tiny_models_dir(tmp_path / "models")
    assert active_model_dir(models) == models / "tiny" / "1"


def test_no_active_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelContractError, match="does not name an active model"):
        active_model_dir(tmp_path)
