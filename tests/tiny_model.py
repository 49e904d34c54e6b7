"""A small real ONNX model with a card: its maps follow from transmission by rules that a test can foresee.

Cargo space is where less than 95 % comes through, goods where less than 75 %, a shielded object where less
than 2 %. It runs in onnxruntime through `tallyscan.detect` like any model.
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tallyscan.detect.card import (
    CALIBRATION_GROUPS,
    LAYOUT_CLASSES,
    MODEL_FILE,
    EmptyCalibration,
    Head,
    MassCalibration,
    ModelCard,
    Threshold,
    write_card,
)
from tallyscan.detect.inputs import declaration_size

COMMODITIES = ("cigarettes", "steel_products", "textiles_garments")
FAMILIES = ("shielded_nuclear", "weapons_ammunition")


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
        numpy_helper.from_array(np.array([v], np.int64), n) for n, v in (("zero", 0), ("one", 1), ("axis", 1))
    ]
    heads = {
        "anomaly": ("at_4", [-400.0, 0.0], [8.0, -9.0], "Sigmoid"),
        "layout": ("at_8", [80.0, -80.0, 0.0, 0.0], [-76.0, 76.0, -30.0, -30.0], "Softmax"),
        "loaded": ("at_8", [-60.0], [45.0], "Sigmoid"),
        "goods": ("at_8", [-40.0], [31.4], "Sigmoid"),
        "commodity": ("at_8", [8.0, -20.0, 0.0], [0.0, 5.0, 1.0], "Softmax"),
    }
    outputs = []
    for name, (source, slopes, biases, activation) in heads.items():
        more, parts = _linear(name, source, slopes, biases)
        nodes += more
        tensors += parts
        axis = {"axis": 1} if activation == "Softmax" else {}
        nodes.append(helper.make_node(activation, [f"{name}_logit"], [name], **axis))
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
    alarm = Threshold(threshold=0.9, false_alarm_rate=0.05, basis="simulated", benign_scans=100)
    return ModelCard(
        format=1,
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
            "anomaly": Head(output="anomaly", stride=4, channels=FAMILIES),
            "layout": Head(output="layout", stride=8, channels=LAYOUT_CLASSES),
            "loaded": Head(output="loaded", stride=8, channels=("loaded",)),
            "goods": Head(output="goods", stride=8, channels=("goods_share",)),
            "commodity": Head(output="commodity", stride=8, channels=COMMODITIES),
        },
        empty=EmptyCalibration(share=0.02, weight=1.0, bias=0.0),
        mass=MassCalibration(
            max_goods_share=1.25, scale=1.0, relative_low=-0.2, relative_high=0.2, scans=100
        ),
        thresholds_id="tiny",
        thresholds=dict.fromkeys(CALIBRATION_GROUPS, alarm),
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
