"""The network: transmission in, maps out. Physics features are computed inside the graph, so that training and
serving cannot differ in them.

Fully convolutional; no pooling or normalisation over the image (batch norm folds into the convolutions, and what
is pooled is a column), so a strip of full height with enough halo gives the same maps as the whole image.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tallyscan.detect.inputs import MAX_ALPHA, SCANNER_INPUTS


@dataclass(frozen=True)
class NetworkConfig:
    """What fixes the shape of the weights."""

    families: tuple[str, ...]
    commodities: tuple[str, ...]
    declaration_size: int
    widths: tuple[int, int, int, int, int] = (24, 32, 64, 128, 192)
    blocks: tuple[int, int, int, int] = (1, 2, 2, 2)
    neck: int = 64


class Features(nn.Module):
    """Transmission, validity and the scanner's numbers become eight feature planes.

    image (N, 3, H, W): transmission of the high and the low energy, validity in {0, 1}.
    scanner (N, 8): see `tallyscan.detect.inputs.SCANNER_INPUTS`.
    """

    planes = 8

    def forward(self, image: Tensor, scanner: Tensor) -> Tensor:
        high, low, valid = image[:, 0:1], image[:, 1:2], image[:, 2:3]
        s = scanner[:, :, None, None]
        electronic_2, photon, k1, k2 = s[:, 0:1], s[:, 1:2], s[:, 4:5], s[:, 5:6]
        dual, display = s[:, 6:7], s[:, 7:8]
        alpha_high = torch.clamp(-torch.log(high), 0.0, MAX_ALPHA)
        alpha_low = torch.clamp(-torch.log(low), 0.0, MAX_ALPHA)
        steel_curve = alpha_high * (k1 + k2 * alpha_high)
        residual = torch.clamp((alpha_low - steel_curve) / (0.1 + 0.05 * alpha_high), -3.0, 3.0)
        sigma = torch.clamp(torch.sqrt(electronic_2 + photon * high) / high, max=1.0)
        plane = torch.ones_like(high)
        return torch.cat(
            [
                alpha_high / 4.0,
                high,
                torch.sqrt(alpha_high),
                residual * dual,
                sigma * (1 - display),
                valid,
                plane * dual,
                plane * display,
            ],
            dim=1,
        )


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3 x 3 convolutions around which the input passes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.norm(self.second(self.first(x))))


class ColumnContext(nn.Module):
    """What stands anywhere in a column, told to every cell of it: a roof and a floor far apart make a unit.

    Strips are of full height, so a column is the same in a strip and in the whole image.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.summary = nn.Conv2d(2 * width, width, (1, 3), padding=(0, 1))
        self.told = nn.Conv2d(width, width, 1, bias=False)
        nn.init.zeros_(self.told.weight)

    def forward(self, x: Tensor) -> Tensor:
        column = torch.cat([x.amax(dim=2, keepdim=True), x.mean(dim=2, keepdim=True)], dim=1)
        return x + self.told(F.relu(self.summary(column)))


class TallyNet(nn.Module):
    """Trunk to 1/32, a top-down neck to 1/4, and a head for each map.

    The declaration (zeros = unknown) scales and shifts the anomaly features without a bias, so that "unknown"
    changes nothing; commodity, goods and layout never see it: they are evidence against it.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        stem, *widths = config.widths
        self.features = Features()
        self.stem = conv(Features.planes, stem, stride=2)
        stages, previous = [], stem
        for width, blocks in zip(widths, config.blocks, strict=True):
            stages.append(
                nn.Sequential(conv(previous, width, stride=2), *[Residual(width) for _ in range(blocks)])
            )
            previous = width
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(nn.Conv2d(width, config.neck, 1) for width in widths)
        self.columns = ColumnContext(config.neck)
        self.smooth_8 = conv(config.neck, config.neck)
        self.smooth_4 = conv(config.neck, config.neck)
        self.film = nn.Linear(config.declaration_size, 2 * config.neck, bias=False)
        self.anomaly = nn.Sequential(
            conv(config.neck, config.neck), nn.Conv2d(config.neck, len(config.families), 1)
        )
        self.context = conv(config.neck, 2 * config.neck)
        self.layout = nn.Conv2d(2 * config.neck, 4, 1)
        self.loaded = nn.Conv2d(2 * config.neck, 1, 1)
        self.goods = nn.Conv2d(2 * config.neck, 1, 1)
        self.commodity = nn.Conv2d(2 * config.neck, len(config.commodities), 1)
        nn.init.zeros_(self.film.weight)
        final = self.anomaly[-1]
        assert isinstance(final, nn.Conv2d)
        assert final.bias is not None
        nn.init.constant_(final.bias, -4.6)  # a prior of 1 % for every family

    def forward(self, image: Tensor, scanner: Tensor, declaration: Tensor) -> dict[str, Tensor]:
        """Logits by head: `anomaly` at 1/4, `layout`, `loaded`, `goods` and `commodity` at 1/8."""
        x = self.stem(self.features(image, scanner))
        pyramid = []
        for stage in self.stages:
            x = stage(x)
            pyramid.append(x)
        top = self.columns(self.laterals[-1](pyramid[-1]))
        neck = {}
        for level in (2, 1, 0):
            top = self.laterals[level](pyramid[level]) + F.interpolate(top, scale_factor=2.0, mode="nearest")
            neck[level] = top
        eighth, quarter = self.smooth_8(neck[1]), self.smooth_4(neck[0])
        scale, shift = self.film(declaration)[:, :, None, None].chunk(2, dim=1)
        quarter = quarter * (1 + scale) + shift
        context = self.context(eighth)
        return {
            "anomaly": self.anomaly(quarter),
            "layout": self.layout(context),
            "loaded": self.loaded(context),
            "goods": self.goods(context),
            "commodity": self.commodity(context),
        }


class Exported(nn.Module):
    """The network as it is served: probabilities instead of logits, in a fixed order."""

    outputs = ("anomaly", "layout", "loaded", "goods", "commodity")

    def __init__(self, network: TallyNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, scanner: Tensor, declaration: Tensor) -> tuple[Tensor, ...]:
        maps = self.network(image, scanner, declaration)
        return (
            torch.sigmoid(maps["anomaly"]),
            torch.softmax(maps["layout"], dim=1),
            torch.sigmoid(maps["loaded"]),
            torch.sigmoid(maps["goods"]),
            torch.softmax(maps["commodity"], dim=1),
        )


assert len(SCANNER_INPUTS) == 8
