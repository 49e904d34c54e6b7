"""A graph is held to its card before it is used: outputs, channels, strides, and that probabilities are served."""

import numpy as np

from tallyscan.detect.card import QUANTILES, ModelCard
from tallyscan.detect.inputs import SCANNER_INPUTS, STRIDE
from tallyscan.detect.session import OnnxSession
from tallyscan.errors import ModelContractError

ROUNDING = 1e-3


def check_heads(card: ModelCard, session: OnnxSession) -> None:
    """Run one small image: the outputs are those of the card, each with its channels, stride and range.

    Raises `ModelContractError`. A card that counts the families wrong would call a weapon by another name, and
    logits in place of probabilities would alarm on everything or on nothing.
    """
    described = {head.output for head in card.heads.values()}
    if missing := described - set(session.outputs):
        raise ModelContractError(f"The graph lacks the outputs {', '.join(sorted(missing))}.")
    if more := set(session.outputs) - described:
        raise ModelContractError(f"The card does not describe the outputs {', '.join(sorted(more))}.")
    side = 2 * STRIDE
    image = np.ones((1, 3, side, side), np.float32)
    image[0, :2, side // 4 : side // 2, side // 4 : side // 2] = 0.05
    scanner = np.zeros((1, len(SCANNER_INPUTS)), np.float32)
    outputs = session.run(image, scanner, np.zeros((1, card.declaration_size), np.float32))
    for name, head in card.heads.items():
        maps, cells = outputs[head.output], side // head.stride
        if maps.shape != (1, len(head.channels), cells, cells):
            raise ModelContractError(
                f"The card says {len(head.channels)} channels at stride {head.stride} for {name}; the graph gives "
                f"{maps.shape[1]} at {side // maps.shape[-1]}."
            )
        if head.channels == QUANTILES:
            if (np.diff(maps, axis=1) < -ROUNDING).any():
                raise ModelContractError(f"The quantiles of {name} are not in their order.")
        elif maps.min() < -ROUNDING or maps.max() > 1 + ROUNDING:
            raise ModelContractError(
                f"The map {name} is not made of probabilities: {maps.min():.3g} to {maps.max():.3g}."
            )
