"""Go on from a released model: its ONNX graph holds every weight, with batch norm folded into the convolutions."""

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.networks import TallyNet


def load_released(network: TallyNet, path: Path, batches: Iterable[tuple[Tensor, ...]]) -> None:
    """Fill a network with the weights of a graph that `training.export` wrote, as far as it has them.

    Layers that the graph lacks, or has in another shape, keep their first weights: new heads on a known trunk.
    ValueError when not even the stem fits. Folding lost the statistics of batch norm. They are measured again on
    `batches` (image, scanner, declaration), so that the network answers as the graph does and training can go on.
    """
    held = {item.name: item for item in onnx.load(str(path)).graph.initializer}

    def fits(parameter: Tensor, name: str) -> bool:
        return name in held and tuple(held[name].dims) == tuple(parameter.shape)

    def fill(parameter: Tensor, name: str) -> None:
        parameter.data.copy_(torch.tensor(numpy_helper.to_array(held[name])))

    # A norm is folded into the convolution before it: both come from the graph, or neither does.
    norms = {name: part for name, part in network.named_modules() if isinstance(part, nn.BatchNorm2d)}
    convolution_of = {name: before(name) for name in norms}
    folded = {f"{name}.{kind}" for name in norms for kind in ("weight", "bias")}
    parameters = dict(network.named_parameters())
    if not fits(parameters["stem.0.weight"], "network.stem.0.weight"):
        raise ValueError(f"{path} holds a model of another network: its stem does not fit")
    taken = [
        name for name, value in parameters.items() if name not in folded and fits(value, f"network.{name}")
    ]
    for name in taken:
        fill(parameters[name], f"network.{name}")
    known = {name: norm for name, norm in norms.items() if f"{convolution_of[name]}.weight" in taken}
    for name, norm in known.items():
        fill(norm.bias, f"network.{convolution_of[name]}.weight_bias")
        nn.init.ones_(norm.weight)
        norm.running_mean = torch.zeros_like(norm.bias.data)
        norm.running_var = torch.ones_like(norm.bias.data) - norm.eps
    for norm, (mean, variance) in moments(network, batches).items():
        if norm not in known.values():
            continue
        norm.running_mean, norm.running_var = mean, variance
        norm.weight.data.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.data.add_(mean)


def before(norm: str) -> str:
    """Name of the convolution before a norm: `conv()` puts the norm at 1 behind it at 0, `Residual` names them."""
    return f"{norm[:-1]}0" if norm.endswith(".1") else norm.replace(".norm", ".second")


def moments(
    network: TallyNet, batches: Iterable[tuple[Tensor, ...]]
) -> dict[nn.BatchNorm2d, tuple[Tensor, Tensor]]:
    """Mean and variance of what comes into each batch norm, by channel."""
    seen: dict[nn.BatchNorm2d, list[Tensor]] = {}

    def note(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        x = inputs[0].double()
        seen.setdefault(norm, []).append(torch.stack([x.mean((0, 2, 3)), (x * x).mean((0, 2, 3))]))

    hooks = [m.register_forward_pre_hook(note) for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    network.eval()
    with torch.no_grad():
        for batch in batches:
            network(*batch)
    for hook in hooks:
        hook.remove()
    result = {}
    for norm, parts in seen.items():
        mean, square = torch.stack(parts).mean(0)
        result[norm] = (mean.float(), (square - mean * mean).clamp(min=0).float())
    return result
