"""Go on from a released model: its ONNX graph holds every weight, with batch norm folded into the convolutions."""

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.networks import TallyNet


def load_released(network: TallyNet, path: Path, batches: Iterable[tuple[Tensor, ...]]) -> None:
    """Fill a network with the weights of a graph that `training.export` wrote; ValueError when they do not fit.

    Folding lost the statistics of batch norm. They are measured again on `batches` (image, scanner,
    declaration), so that the network answers as the graph does and training can go on from there.
    """
    held = {item.name: item for item in onnx.load(str(path)).graph.initializer}

    def fill(parameter: Tensor, name: str) -> None:
        if name not in held:
            raise ValueError(f"{path} has no {name}: it is a model of another network")
        value = torch.tensor(numpy_helper.to_array(held[name]))
        if value.shape != parameter.shape:
            raise ValueError(f"{name} in {path} is {tuple(value.shape)}, here {tuple(parameter.shape)}")
        parameter.data.copy_(value)

    norms = [(name, part) for name, part in network.named_modules() if isinstance(part, nn.BatchNorm2d)]
    folded = {f"{name}.{kind}" for name, _ in norms for kind in ("weight", "bias")}
    for name, parameter in network.named_parameters():
        if name not in folded:
            fill(parameter, f"network.{name}")
    for name, norm in norms:
        # `conv()` puts the norm at 1 behind the convolution at 0; `Residual` calls them norm and second.
        convolution = f"{name[:-1]}0" if name.endswith(".1") else name.replace(".norm", ".second")
        fill(norm.bias, f"network.{convolution}.weight_bias")
        nn.init.ones_(norm.weight)
        norm.running_mean = torch.zeros_like(norm.bias.data)
        norm.running_var = torch.ones_like(norm.bias.data) - norm.eps
    for norm, (mean, variance) in moments(network, batches).items():
        norm.running_mean, norm.running_var = mean, variance
        norm.weight.data.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.data.add_(mean)


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
