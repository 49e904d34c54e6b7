"""What moves the weights: Muon for the 3 x 3 convolutions, AdamW for the rest.

Muon (Jordan et al. 2024) makes every direction of an update equally long, so that rare features are learned as fast
as common ones. It is made for matrices: a convolution is one of (outputs, inputs x taps).
"""

import torch
from torch import Tensor, nn

MUON_RATE, ADAM_RATE = (
    0.01,
    1e-3,
)  # at the peak: at twice that, what is hidden stops being learned after an hour
WEIGHT_DECAY = 0.02


def as_matrix(weight: Tensor) -> Tensor:
    """A view (outputs, inputs x taps) of the weight of a convolution in channels-last memory."""
    return weight.permute(0, 2, 3, 1).flatten(1)


class Optimisers:
    """Both optimisers of a network whose memory format is channels-last."""

    def __init__(self, network: nn.Module) -> None:
        self.convolutions = [p for p in network.parameters() if p.ndim == 4 and p.shape[2:] == (3, 3)]
        mine = {id(p) for p in self.convolutions}
        self.matrices = [nn.Parameter(as_matrix(p.detach())) for p in self.convolutions]
        for matrix, weight in zip(self.matrices, self.convolutions, strict=True):
            if matrix.data_ptr() != weight.data_ptr():
                raise ValueError("the weights of a convolution are not in channels-last memory")
        self.muon = torch.optim.Muon(self.matrices, MUON_RATE, weight_decay=WEIGHT_DECAY)
        others = [p for p in network.parameters() if id(p) not in mine]
        self.adam = torch.optim.AdamW(others, ADAM_RATE, weight_decay=WEIGHT_DECAY)

    def step(self, share: float) -> None:
        """Take one step at a share of the peak rates, along the gradients that the network holds."""
        for matrix, weight in zip(self.matrices, self.convolutions, strict=True):
            matrix.grad = None if weight.grad is None else as_matrix(weight.grad)
        for optimiser, rate in ((self.muon, MUON_RATE), (self.adam, ADAM_RATE)):
            for group in optimiser.param_groups:
                group["lr"] = share * rate
            optimiser.step()

    def state_dict(self) -> dict[str, object]:
        """For a checkpoint."""
        return {"muon": self.muon.state_dict(), "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict[str, dict[str, object]]) -> None:
        """From a checkpoint."""
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
