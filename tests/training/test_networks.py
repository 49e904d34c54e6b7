"""The network: its maps have their strides, and what is foretold from around never sees its own place."""

import pytest
import torch
from torch import Tensor

from training.networks import Around, TallyNet, departure
from training.optimisers import Optimisers
from training.train import network_config

CELL_PX = 8


@pytest.fixture(scope="module")
def network() -> TallyNet:
    torch.manual_seed(0)
    return TallyNet(network_config()).eval()


def maps_of(network: TallyNet, image: Tensor) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    scanner, declaration = (
        torch.rand(len(image), count, generator=generator) for count in (8, network.config.declaration_size)
    )
    return network(image, scanner, declaration)  # type: ignore[no-any-return]


def test_it_has_a_few_million_weights(network: TallyNet) -> None:
    assert 1e6 < sum(p.numel() for p in network.parameters()) < 6e6


@pytest.mark.parametrize(("name", "unseen_px", "seen_px"), [("near", 16, 120), ("far", 64, 240)])
def test_what_is_foretold_from_around_does_not_see_its_own_place(
    network: TallyNet, name: str, unseen_px: int, seen_px: int
) -> None:
    image = (
        torch.rand(1, 3, 512, 576, generator=torch.Generator().manual_seed(2)) * 0.9 + 0.05
    ).requires_grad_()
    row, column = 32, 36
    (gradient,) = torch.autograd.grad(maps_of(network, image)[name][0, :, row, column].sum(), image)
    y, x = row * CELL_PX + 4, column * CELL_PX + 4

    def reached(radius_px: int) -> float:
        return float(gradient[0, :, y - radius_px : y + radius_px, x - radius_px : x + radius_px].abs().sum())

    assert reached(unseen_px) == 0.0
    assert reached(seen_px) > 0.0


def test_a_ring_sees_its_eight_places_alone_also_after_training() -> None:
    ring = Around(4, 4, 2).to(memory_format=torch.channels_last)
    optimisers = Optimisers(ring)
    image = torch.zeros(1, 4, 9, 9)
    image[0, :, 4, 4] = 1.0
    for _ in range(3):
        seen = (ring(image) - ring(torch.zeros_like(image))).abs().sum(1)[0]
        assert set(zip(*torch.nonzero(seen > 0).T.tolist(), strict=True)) == {
            (y, x) for y in (2, 4, 6) for x in (2, 4, 6) if (y, x) != (4, 4)
        }
        ring.zero_grad()
        ring(torch.rand(2, 4, 9, 9)).square().sum().backward()
        optimisers.step(1.0)


def test_a_departure_is_told_plainly_and_in_its_spread() -> None:
    quantiles = torch.tensor([1.0, 1.5, 2.0])[None, :, None, None].expand(1, 3, 2, 2)
    alpha = torch.full((1, 1, 16, 16), 1.5)
    alpha[..., :8, :8] = 2.5
    plain, relative = departure(alpha, quantiles, 8)[0]
    assert plain.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert relative.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert departure(alpha * 100, quantiles, 8).abs().max() <= 4.0
