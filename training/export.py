"""Export a trained network as ONNX, check it against PyTorch and in strips, and write its card.

    python -m training.export --run runs/first --out models/tallynet/0.1.0

The card's calibration is filled by `training.evaluate`; until then it raises no alarm at all.
"""

import argparse
import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

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
    RATES,
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
)
from tallyscan.detect.inputs import STRIDE, declaration_size
from tallyscan.detect.model_manifest import write_manifest
from tallyscan.detect.session import OnnxSession
from tallyscan.detect.tiles import STRIP_WIDTH_PX, run_tiled
from training.card_fit import SIMULATED_ONLY
from training.labels import MAX_GOODS_SHARE
from training.networks import Exported, NetworkConfig, TallyNet

PARITY_TOLERANCE = 1e-4
SEAM_TOLERANCE = 1e-3  # float32 sums of another order differ; what a seam changes is larger
HALO_PX = 384
LIMITS = (
    SIMULATED_ONLY,
    "Pictures of unknown grey scale give no physical units; their container boxes are less exact.",
    "Classes of one confusable group are not told apart with confidence.",
)


def load_network(run: Path) -> TallyNet:
    """The network of a training run, in evaluation mode."""
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in config.items()}
    network = TallyNet(NetworkConfig(**fields))
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network.load_state_dict(state["mean"])  # the running mean of the weights is better than any one of them
    return network.eval()


# The scanner's numbers of each calibration group: two energies, one, and a picture.
SCANNERS = {
    "dual": (1e-8, 1e-5, 1e-8, 1e-5, 1.15, 0.0, 1.0, 0.0),
    "single": (1e-8, 1e-5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "display": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
}


def inputs_of(
    height: int, width: int, size: int, seed: int = 0, scanner_type: str = "dual"
) -> tuple[torch.Tensor, ...]:
    """Random but plausible inputs."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=generator) * 0.9 + 0.05
    image[:, 2] = 1.0
    if scanner_type != "dual":
        image[:, 1] = image[:, 0]
    scanner = torch.tensor([SCANNERS[scanner_type]])
    return image, scanner, torch.rand(1, size, generator=generator)


def export_onnx(network: TallyNet, path: Path) -> None:
    """Write the graph; height and width are any multiples of the stride."""
    size = network.config.declaration_size
    height = STRIDE * torch.export.Dim("h", min=2, max=256)
    width = STRIDE * torch.export.Dim("w", min=2, max=1024)
    program = torch.onnx.export(
        Exported(network).eval(),
        inputs_of(128, 160, size),
        dynamo=True,
        dynamic_shapes=({2: height, 3: width}, None, None),
        input_names=["image", "scanner", "declaration"],
        output_names=list(Exported.outputs),
    )
    assert program is not None
    program.save(str(path))
    onnx.save(without_traces(onnx.load(str(path))), str(path))


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph without the exporter's notes, which name files and folders of the machine it ran on."""
    for holder in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del holder.metadata_props[:]
        holder.doc_string = ""
    return model


def parity(network: TallyNet, path: Path) -> float:
    """Largest difference between the maps of PyTorch and of ONNX, of each scanner type, in sizes not exported."""
    session = OnnxSession(path.read_bytes(), threads=2)
    worst = 0.0
    for seed, (kind, (height, width)) in enumerate(
        zip(SCANNERS, ((576, 640), (96, 1024), (320, 384)), strict=True)
    ):
        image, scanner, declaration = inputs_of(height, width, network.config.declaration_size, seed, kind)
        with torch.no_grad():
            expected = Exported(network)(image, scanner, declaration)
        maps = session.run(image.numpy(), scanner.numpy(), declaration.numpy())
        for name, value in zip(Exported.outputs, expected, strict=True):
            worst = max(worst, float(np.abs(maps[name] - value.numpy()).max()))
    return worst


def seams(network: TallyNet, path: Path, halo_px: int) -> float:
    """Largest difference between the maps of a whole image and of the same in strips, as serving reads long scans."""
    session = OnnxSession(path.read_bytes(), threads=2)
    inputs = inputs_of(96, 2 * STRIP_WIDTH_PX + 1024, network.config.declaration_size)
    image, scanner, declaration = (tensor.numpy() for tensor in inputs)
    whole = run_tiled(session, image, scanner, declaration, "whole", halo_px)
    strips = run_tiled(session, image, scanner, declaration, "strips", halo_px)
    return max(float(np.abs(whole[name] - strips[name]).max()) for name in whole)


def refusal(network: TallyNet, path: Path, field_px: int, halo_px: int = HALO_PX) -> str | None:
    """Why an exported file with this receptive field must not be used; None where it may."""
    if 2 * halo_px < field_px:
        return f"the halo of {halo_px} px is less than half of the receptive field of {field_px} px"
    difference = parity(network, path)
    if difference > PARITY_TOLERANCE:
        return f"PyTorch and ONNX differ by {difference:.2e} (allowed {PARITY_TOLERANCE:.0e})"
    difference = seams(network, path, halo_px)
    if difference > SEAM_TOLERANCE:
        return (
            f"the whole image and strips with a halo of {halo_px} px differ by {difference:.2e} "
            f"(allowed {SEAM_TOLERANCE:.0e})"
        )
    return None


def receptive_field_px(network: TallyNet) -> int:
    """Extent of the input that reaches one output, found by the gradient through positive weights.

    Every weight is made positive and every batch norm the identity, so that no path can cancel; the ReLU then
    passes everything. The widest of all heads counts, in the travel direction.
    """
    probe = TallyNet(network.config).eval()
    with torch.no_grad():
        for parameter in probe.parameters():
            parameter.copy_(torch.full_like(parameter, 0.01))
        for layer in probe.declared.children():
            if isinstance(layer, torch.nn.Linear):
                layer.weight.zero_()
    size = 1536
    image = torch.full((1, 3, STRIDE * 2, size), 0.5, requires_grad=True)
    _, scanner, declaration = inputs_of(STRIDE, STRIDE, network.config.declaration_size)
    maps = probe(image, scanner, declaration)
    widest = 0
    for output in maps.values():
        for at in range(8):  # the phase of the output against the stride changes the field
            (gradient,) = torch.autograd.grad(
                output[0, :, output.shape[2] // 2, output.shape[3] // 2 + at].sum(), image, retain_graph=True
            )
            reached = np.flatnonzero(gradient[0, 0].abs().sum(0).numpy())
            widest = max(widest, int(reached[-1] - reached[0] + 1))
    return widest


def card_of(network: TallyNet, name: str, version: str, sha256: str, run: Path, field: int) -> ModelCard:
    """A card whose calibration is still the identity and whose threshold lets nothing alarm."""
    config = network.config
    channels = {**FIXED_CHANNELS, "family": config.families, "commodity": config.commodities}
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    never = Threshold(
        threshold=1.0, false_alarm_rate=0.01, basis="simulated", benign_scans=0, by_rate=dict.fromkeys(RATES)
    )
    return ModelCard(
        format=2,
        name=name,
        version=version,
        sha256=sha256,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        licence="Apache-2.0",
        description=(
            "Fully convolutional multi-task network: layout, anomalies by family, goods and their mass, material, "
            "and what attenuation to expect with and without the declaration."
        ),
        commodities=config.commodities,
        declaration_size=declaration_size(config.commodities),
        halo_px=HALO_PX,
        receptive_field_px=field,
        heads={
            name: Head(output=name, stride=4 if name in AT_ANOMALY_STRIDE else 8, channels=channels[name])
            for name in Exported.outputs
        },
        score=ScoreCalibration(temperature=1.0, bias=0.0),
        empty=EmptyCalibration(share=0.02, weight=1.0, bias=0.0),
        mass=MassCalibration(
            max_goods_share=MAX_GOODS_SHARE,
            scale=1.0,
            intervals=(MassInterval(max_mean_alpha=None, relative_low=-0.5, relative_high=0.5, scans=0),),
        ),
        mismatch=MismatchCalibration(weight=1.0, bias=0.0),
        thresholds_id="uncalibrated",
        thresholds=dict.fromkeys(SCANNER_TYPES, never),
        trained_on={
            "data": "training/simulate only; no real scan was used",
            "steps": int(state["step"]),
            "without_families": state["without_families"],
            "started_from": state.get("started_from"),
            "recipe": state.get("recipe"),
        },
        figures={},
        limits=LIMITS,
    )


def main() -> None:
    """Export, check, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="models/<name>/<version>")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    network = load_network(arguments.run)
    path = arguments.out / MODEL_FILE
    export_onnx(network, path)
    field = receptive_field_px(network)
    if reason := refusal(network, path, field):
        path.unlink()
        raise SystemExit(f"not exported: {reason}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = card_of(network, arguments.out.parent.name, arguments.out.name, digest, arguments.run, field)
    write_card(arguments.out, card)
    write_manifest(arguments.out)
    print(f"{path}: receptive field {field} px, halo {HALO_PX} px")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
