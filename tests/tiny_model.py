"""A small real ONNX model with a card: its maps follow from transmission by rules that a test can foresee.

Cargo space is where less than 95 % comes through, goods where less than 75 %, an anomaly (a shielded object) where
less than 2 %; below 0.2 % it calls a cell unreadable. It expects the same attenuation everywhere, and takes whatever
is declared as steel for something else. It runs in onnxruntime through `tallyscan.detect` like any model.
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tallyscan.detect.card import (
    AT_ANOMALY_STRIDE,
    FIXED_CHANNELS,
    MODEL_FILE,
    SCANNER_TYPES,
    Head,
    ModelCard,
    write_card,
)
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
)
from tallyscan.detect.inputs import declaration_size

COMMODITIES = ("cigarettes", "steel_products", "textiles_garments")
FAMILIES = ("shielded_nuclear", "weapons_ammunition")
EXPECTED_ALPHA, EXPECTED_DECLARED_ALPHA = (0.5, 1.0, 1.5), (0.75, 1.25, 1.75)


def _linear(
    name: str, source: str, slopes: list[float], biases: list[float]
) -> tuple[list[onnx.NodeProto], list]:
    """A 1 x 1 convolution of one plane."""
    weight = np.array(slopes, np.float32).reshape(-1, 1, 1, 1)
    tensors = [
        numpy_helper.from_array(weight, f"{name}_w"),
        numpy_helper.from_array(np.array(biases, np.float32), f"{name}_b"),
    ]
    node = helper.make_node(
        "Conv", [source, f"{name}_w", f"{name}_b"], [f"{name}_logit"], kernel_shape=[1, 1]
    )
    return [node], tensors


def tiny_graph() -> onnx.ModelProto:
    """The graph."""
    nodes = [
        helper.make_node("Slice", ["image", "zero", "one", "axis"], ["high"]),
        helper.make_node("AveragePool", ["high"], ["at_4"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("AveragePool", ["high"], ["at_8"], kernel_shape=[8, 8], strides=[8, 8]),
    ]
    tensors = [
        numpy_helper.from_array(np.array([v], np.int64), n)
        for n, v in (("zero", 0), ("one", 1), ("two", 2), ("axis", 1))
    ]
    tensors.append(numpy_helper.from_array(np.float32(8), "eight"))
    heads = {
        "anomaly": ("at_4", [-400.0], [8.0], "Sigmoid"),
        "family": ("at_4", [-100.0, 0.0], [2.0, 0.0], "Softmax"),
        "layout": ("at_8", [80.0, -80.0, 0.0, 0.0], [-76.0, 76.0, -30.0, -30.0], "Softmax"),
        "loaded": ("at_8", [-60.0], [45.0], "Sigmoid"),
        "goods": ("at_8", [-40.0], [31.4], "Sigmoid"),
        "commodity": ("at_8", [8.0, -20.0, 0.0], [0.0, 5.0, 1.0], "Softmax"),
        "material": ("at_8", [10.0, 0.0, -10.0], [-2.0, 0.0, 0.0], "Softmax"),
        "quality": ("at_8", [2000.0], [-4.0], "Sigmoid"),
        "expected": ("at_8", [0.0] * 3, list(EXPECTED_ALPHA), "Identity"),
        "expected_declared": ("at_8", [0.0] * 3, list(EXPECTED_DECLARED_ALPHA), "Identity"),
        "mismatch": ("at_8", [0.0], [-4.0], "Sigmoid"),
    }
    outputs = []
    for name, (source, slopes, biases, activation) in heads.items():
        more, parts = _linear(name, source, slopes, biases)
        nodes += more
        tensors += parts
        logit = f"{name}_logit"
        if name == "mismatch":
            nodes += [
                helper.make_node("Slice", ["declaration", "one", "two", "axis"], ["steel"]),
                helper.make_node("Mul", ["steel", "eight"], ["steel_logit"]),
                helper.make_node("Add", [logit, "steel_logit"], ["declared_logit"]),
            ]
            logit = "declared_logit"
        axis = {"axis": 1} if activation == "Softmax" else {}
        nodes.append(helper.make_node(activation, [logit], [name], **axis))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, len(slopes), None, None]))
    size = declaration_size(COMMODITIES)
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, None, None]),
        helper.make_tensor_value_info("scanner", TensorProto.FLOAT, [1, 8]),
        helper.make_tensor_value_info("declaration", TensorProto.FLOAT, [1, size]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def tiny_card(sha256: str) -> ModelCard:
    """Its card."""
    by_rate = {"0.001": None, "0.004": None, "0.01": 0.9, "0.05": 0.6}
    alarm = Threshold(
        threshold=0.9, false_alarm_rate=0.01, basis="simulated", benign_scans=100, by_rate=by_rate
    )
    channels = FIXED_CHANNELS | {"family": FAMILIES, "commodity": COMMODITIES}
    strides = {name: 4 if name in AT_ANOMALY_STRIDE else 8 for name in channels}
    return ModelCard(
        format=2,
        name="tiny",
        version="1",
        sha256=sha256,
        created="2026-01-01",
        licence="Apache-2.0",
        description="Rules on transmission, for tests.",
        commodities=COMMODITIES,
        declaration_size=declaration_size(COMMODITIES),
        halo_px=32,
        receptive_field_px=8,
        heads={
            name: Head(output=name, stride=strides[name], channels=planes)
            for name, planes in channels.items()
        },
        score=ScoreCalibration(temperature=1.0, bias=0.0),
        empty=EmptyCalibration(share=0.02, weight=1.0, bias=0.0),
        mass=MassCalibration(
            max_goods_share=1.25,
            scale=1.0,
            intervals=(
                MassInterval(max_mean_alpha=3.0, relative_low=-0.2, relative_high=0.2, scans=70),
                MassInterval(max_mean_alpha=None, relative_low=-0.3, relative_high=0.5, scans=30),
            ),
        ),
        mismatch=MismatchCalibration(weight=1.0, bias=0.0),
        thresholds_id="tiny",
        thresholds=dict.fromkeys(SCANNER_TYPES, alarm),
        trained_on={"data": "nothing"},
        figures={},
        limits=("for tests only",),
    )


def write_tiny_model(folder: Path) -> Path:
    """Write model and card into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    data = tiny_graph().SerializeToString()
    (folder / MODEL_FILE).write_bytes(data)
    write_card(folder, tiny_card(hashlib.sha256(data).hexdigest()))
    return folder


def write_tiny_models_dir(folder: Path) -> Path:
    """A models folder whose active model is the tiny one."""
    write_tiny_model(folder / "tiny" / "1")
    (folder / "active.toml").write_text('name = "tiny"\nversion = "1"\n', encoding="utf-8")
    return folder
