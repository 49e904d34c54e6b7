import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
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
        ({"thresholds": {}}, "thresholds are missing: display, dual, single"),
        ({"declaration_size": 99}, "declaration_size is not 11"),
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


def test_thresholds_of_a_group_that_does_not_exist_are_refused(model_dir: Path) -> None:
    thresholds = json.loads((model_dir / CARD_FILE).read_text())["thresholds"]
    change(model_dir, thresholds=thresholds | {"dual/lorry": thresholds["dual"]})
    with pytest.raises(ModelContractError, match="unknown calibration groups: dual/lorry"):
        read_card(model_dir)


def test_a_group_without_a_threshold_falls_back_to_its_parent(model_dir: Path) -> None:
    thresholds = json.loads((model_dir / CARD_FILE).read_text())["thresholds"]
    by_rate = {"0.001": None, "0.004": None, "0.01": 0.7, "0.05": 0.7}
    own = thresholds["dual"] | {"threshold": 0.7, "by_rate": by_rate}
    change(model_dir, thresholds=thresholds | {"dual/container": own})
    card = read_card(model_dir)
    used, threshold = card.threshold_of("dual/container")
    assert (used, threshold.threshold) == ("dual/container", 0.7)
    used, threshold = card.threshold_of("dual/other")
    assert (used, threshold.threshold) == ("dual", 0.9)


@pytest.mark.parametrize(("head", "stride"), [("goods", 4), ("mismatch", 16), ("family", 8)])
def test_heads_that_are_read_together_share_a_stride(model_dir: Path, head: str, stride: int) -> None:
    contradict(model_dir, head, stride=stride)
    with pytest.raises(ModelContractError, match="must share one stride"):
        read_card(model_dir)


@pytest.mark.parametrize(
    "values",
    [
        {"channels": ["shielded_nuclear"]},  # one too few: a weapon would go by another name
        {"channels": ["shielded_nuclear", "weapons_ammunition", "void"]},
        {"stride": 2},
    ],
)
def test_a_card_that_counts_channels_or_cells_otherwise_than_the_graph_is_refused(
    model_dir: Path, values: dict[str, Any]
) -> None:
    contradict(model_dir, "family", **values)
    if "stride" in values:
        contradict(model_dir, "anomaly", **values)
    with pytest.raises(ModelContractError, match=r"the graph gives \d at 4"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


@pytest.mark.parametrize("head", ["quality", "mismatch", "expected_declared", "family"])
def test_every_head_is_needed(model_dir: Path, head: str) -> None:
    heads = json.loads((model_dir / CARD_FILE).read_text())["heads"]
    change(model_dir, heads={name: value for name, value in heads.items() if name != head})
    with pytest.raises(ModelContractError, match=f"heads are missing: {head}"):
        read_card(model_dir)


def test_channels_with_a_fixed_meaning_cannot_be_turned(model_dir: Path) -> None:
    contradict(model_dir, "material", channels=["lead_like", "iron_like", "organic_like"])
    with pytest.raises(
        ModelContractError, match="material head must have the channels organic_like, iron_like"
    ):
        read_card(model_dir)


@pytest.mark.parametrize("written", [1, 3, "2"])
def test_a_card_of_another_format_is_refused_and_says_which(model_dir: Path, written: Any) -> None:
    change(model_dir, format=written, surprise="of another time")
    with pytest.raises(ModelContractError, match=f"has format {written}; .* reads format 2") as refused:
        read_card(model_dir)
    assert "surprise" not in str(refused.value)


def rewritten(model_dir: Path, change_graph: Callable[[onnx.ModelProto], None]) -> None:
    """The model after a change to its graph, with a card that knows its new bytes."""
    model = onnx.load(model_dir / MODEL_FILE)
    change_graph(model)
    data = model.SerializeToString()
    (model_dir / MODEL_FILE).write_bytes(data)
    change(model_dir, sha256=hashlib.sha256(data).hexdigest())


def test_an_output_that_the_card_does_not_describe_is_refused(model_dir: Path) -> None:
    def add(model: onnx.ModelProto) -> None:
        model.graph.output.append(onnx.helper.make_tensor_value_info("at_8", onnx.TensorProto.FLOAT, None))

    rewritten(model_dir, add)
    with pytest.raises(ModelContractError, match="does not describe the outputs at_8"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def test_a_graph_that_serves_logits_is_refused(model_dir: Path) -> None:
    def without_sigmoid(model: onnx.ModelProto) -> None:
        (node,) = (node for node in model.graph.node if node.output == ["anomaly"])
        node.op_type = "Identity"

    rewritten(model_dir, without_sigmoid)
    with pytest.raises(ModelContractError, match="anomaly is not made of probabilities"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def test_quantiles_that_cross_are_refused(model_dir: Path) -> None:
    def turned(model: onnx.ModelProto) -> None:
        (bias,) = (tensor for tensor in model.graph.initializer if tensor.name == "expected_b")
        bias.CopyFrom(onnx.numpy_helper.from_array(np.float32([1.5, 1.0, 0.5]), "expected_b"))

    rewritten(model_dir, turned)
    with pytest.raises(ModelContractError, match="quantiles of expected are not in their order"):
        Detector.load(model_dir, threads=1, whole_image_megapixels=4)


def test_what_is_no_graph_is_refused(model_dir: Path) -> None:
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
