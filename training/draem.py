"""A baseline network after DRAEM (Zavrtanik, Kristan and Skocaj 2021), trained on benign pictures alone.

A reconstructive part learns to give back the benign picture under a synthetic anomaly, a discriminative part
to mark where the two differ. It never sees a simulated threat: how far that goes is what it is here to tell.
Both work on pixels of 10 mm, half of the cells that are scored.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import sigmoid_focal_loss

from tallyscan.detect.inputs import MAX_ALPHA
from tallyscan.scan import Float32Array, Scan
from training.baselines import CELL_PX, measured_cells, over_cells

WIDTHS = (16, 32, 64, 96)
ALPHA_SCALE = 4.0
PIXEL_PX = 2  # canonical pixels to a side of the network's
STRIP_PX = 512
ANOMALOUS_SHARE = 0.5


def block(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3 x 3 convolutions, each with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for width in (inputs, outputs):
        layers += [
            nn.Conv2d(width, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class EncoderDecoder(nn.Module):
    """Halves the picture once a width and doubles it back; `skips` hand the fine planes across, as in a U-net."""

    def __init__(self, inputs: int, widths: tuple[int, ...], *, skips: bool) -> None:
        super().__init__()
        self.skips = skips
        sources = (inputs, *widths[:-1])
        self.down = nn.ModuleList(block(a, b) for a, b in zip(sources, widths, strict=True))
        pairs = [(widths[i], widths[i - 1]) for i in range(len(widths) - 1, 0, -1)]
        self.up = nn.ModuleList(block(a + b if skips else a, b) for a, b in pairs)
        self.out = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, 1, H, W); H and W are multiples of 2 ** (len(widths) - 1)."""
        planes: list[Tensor] = []
        for i, layer in enumerate(self.down):
            x = layer(F.max_pool2d(x, 2) if i else x)
            planes.append(x)
        for layer, fine in zip(self.up, planes[-2::-1], strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = layer(torch.cat([x, fine], dim=1) if self.skips else x)
        return self.out(x)


class Draem(nn.Module):
    """Attenuation (N, 1, H, W) in pixels of 10 mm in; benign attenuation and logits of an anomaly out, as large."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.multiple = 2 ** (len(widths) - 1)
        # One part sees less than 8 * multiple to a side: two convolutions at each level on each way.
        self.halo = 16 * self.multiple
        self.reconstructive = EncoderDecoder(1, widths, skips=False)
        self.discriminative = EncoderDecoder(2, widths, skips=True)

    def forward(self, alpha: Tensor) -> tuple[Tensor, Tensor]:
        scaled = alpha / ALPHA_SCALE
        benign = self.reconstructive(scaled)
        return benign * ALPHA_SCALE, self.discriminative(torch.cat([scaled, benign], dim=1))

    @torch.no_grad()
    def score_map(self, scan: Scan) -> Float32Array:
        """Probability of an anomaly in cells of 4 x 4 pixels, as every scorer in `training.baselines` gives it.

        Read in strips of full height whose halo is wider than what the convolutions see. Sets evaluation mode.
        """
        self.eval()
        device = next(self.parameters()).device
        plane = over_cells(
            np.where(scan.valid, np.clip(scan.attenuation, 0, MAX_ALPHA), np.float32(0)), PIXEL_PX
        )
        height, width = plane.shape
        # Strips begin and end at multiples, so that pooling falls as it does over the whole image.
        pad = [(0, -side % self.multiple) for side in plane.shape]
        padded = torch.from_numpy(np.pad(plane, pad, mode="edge"))[None, None]
        strips = []
        for start in range(0, padded.shape[3], STRIP_PX):
            end = min(start + STRIP_PX, padded.shape[3])
            left, right = max(start - self.halo, 0), min(end + self.halo, padded.shape[3])
            logits = self(padded[..., left:right].to(device))[1][..., start - left : end - left]
            strips.append(torch.sigmoid(logits)[0, 0].cpu().numpy())
        probability = np.concatenate(strips, axis=1)[:height, :width]
        return np.where(measured_cells(scan), over_cells(probability, CELL_PX // PIXEL_PX), np.float32(0))


def smooth_noise(rng: np.random.Generator, count: int, height: int, width: int, octaves: int = 3) -> Tensor:
    """(count, 1, height, width): normal noise on coarse grids, drawn smooth and added up; in the manner of Perlin's."""
    total = torch.zeros(count, 1, height, width)
    cells = float(rng.uniform(2, 6))
    for octave in range(octaves):
        rows, columns = (
            max(2, round(cells * 2**octave * side / max(height, width))) for side in (height, width)
        )
        grid = torch.from_numpy(rng.standard_normal((count, 1, rows + 1, columns + 1)).astype(np.float32))
        total += 0.5**octave * F.interpolate(grid, (height, width), mode="bicubic", align_corners=True)
    return total


def with_anomalies(benign: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Benign attenuation (N, 1, H, W) with something in about half of the pictures, and its mask in {0, 1}.

    Under a mask of thresholded smooth noise, one of: matter before or behind (attenuations add), matter missing,
    another picture's content, texture.
    """
    count, _, height, width = benign.shape
    noise = smooth_noise(rng, count, height, width)
    area = torch.from_numpy(rng.uniform(0.01, 0.12, count).astype(np.float32))
    limit = torch.stack(
        [
            torch.quantile(n.flatten()[:: max(1, n.numel() >> 16)], 1 - a)
            for n, a in zip(noise, area, strict=True)
        ]
    )
    mask = (noise > limit[:, None, None, None]).float()
    mask *= torch.from_numpy((rng.random(count) < ANOMALOUS_SHARE).astype(np.float32))[:, None, None, None]
    amount = torch.from_numpy(
        np.exp(rng.uniform(np.log(0.03), np.log(1.5), (count, 1, 1, 1))).astype(np.float32)
    )
    other = torch.flip(torch.roll(benign, 1, 0), (3,))
    texture = smooth_noise(rng, count, height, width, octaves=5)
    kind = torch.from_numpy(rng.choice(4, count, p=(0.45, 0.2, 0.2, 0.15)))[:, None, None, None]
    blend = (amount * 0.6).clamp(0.1, 0.9)
    changed = torch.where(kind == 0, benign + amount, benign * (1 - blend))
    changed = torch.where(kind == 2, (1 - blend) * benign + blend * other, changed)
    changed = torch.where(kind == 3, benign + 0.5 * amount * texture, changed).clamp(0, MAX_ALPHA)
    # What changes nothing, such as matter taken out of air, cannot be asked for.
    mask = mask * ((changed - benign).abs() > 0.01).float()
    return torch.where(mask > 0, changed, benign), mask


def structural_difference(a: Tensor, b: Tensor, size: int = 11) -> Tensor:
    """1 - SSIM (Wang et al. 2004) with box windows, mean over the pictures; values are of the order of 1."""
    mean_a, mean_b = F.avg_pool2d(a, size, 1), F.avg_pool2d(b, size, 1)
    variance_a = F.avg_pool2d(a * a, size, 1) - mean_a**2
    variance_b = F.avg_pool2d(b * b, size, 1) - mean_b**2
    covariance = F.avg_pool2d(a * b, size, 1) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    similar = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return 1 - (similar / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))).mean()


def loss(network: Draem, benign: Tensor, anomalous: Tensor, mask: Tensor) -> Tensor:
    """Squared error and structure of what is given back, focal loss of what is marked, as in the paper."""
    restored, logits = network(anomalous)
    a, b = restored / ALPHA_SCALE, benign / ALPHA_SCALE
    focal = sigmoid_focal_loss(logits, mask, alpha=0.75, gamma=2, reduction="mean")
    return F.mse_loss(a, b) + 0.5 * structural_difference(a, b) + 10 * focal


def train(
    stream: Iterator[Float32Array],
    steps: int,
    *,
    seed: int = 0,
    learning_rate: float = 1e-3,
    widths: tuple[int, ...] = WIDTHS,
    device: str = "cpu",
) -> tuple[Draem, list[float]]:
    """A network trained on `steps` batches of benign attenuation (N, 1, H, W) at 5 mm, and the loss at each step.

    H and W are multiples of 2 ** len(widths), and at least 32. The rate falls by half a cosine. Raises
    `ValueError` when the stream ends before the steps do, or its batches are no such pictures.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Draem(widths).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1), 0.01 * learning_rate)
    side = PIXEL_PX * network.multiple
    network.train()
    history = []
    for step in range(steps):
        crops = next(stream, None)
        if crops is None:
            raise ValueError(f"the stream ended at step {step} of {steps}")
        if crops.ndim != 4 or crops.shape[1] != 1 or any(s % side or s < 32 for s in crops.shape[2:]):
            raise ValueError(f"crops must be (N, 1, H, W) with sides of {side}n, are {crops.shape}")
        alpha = torch.from_numpy(np.clip(crops, 0, MAX_ALPHA).astype(np.float32))
        benign = F.avg_pool2d(alpha, PIXEL_PX)
        anomalous, mask = with_anomalies(benign, rng)
        value = loss(network, benign.to(device), anomalous.to(device), mask.to(device))
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        history.append(float(value.detach()))
    return network.eval(), history
