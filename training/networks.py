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
    groups: tuple[int, ...]
    """Confusable group of each commodity, as a number: what X-rays cannot tell apart."""
    declaration_size: int
    widths: tuple[int, int, int, int, int] = (24, 32, 64, 128, 192)
    blocks: tuple[int, int, int, int] = (2, 3, 2, 2)
    neck: int = 64


LEAST_SPREAD = 0.015  # of an expected quantile around the median, in attenuation
NEAR_CELLS, FAR_CELLS = (7, 14), (14, 28)  # of 4 cm: two rings of taps each
CURVE_DOUBT = 0.03  # in attenuation: how well the steel curve of a scanner is known


class Features(nn.Module):
    """Transmission, validity and the scanner's numbers become eight feature planes.

    image (N, 3, H, W): transmission of the high and the low energy, validity in {0, 1}.
    scanner (N, 8): see `tallyscan.detect.inputs.SCANNER_INPUTS`.
    """

    planes = 8

    def forward(self, image: Tensor, scanner: Tensor) -> tuple[Tensor, Tensor]:
        """The planes, and attenuation of the high energy alone, both as large as the image."""
        high, low, valid = image[:, 0:1], image[:, 1:2], image[:, 2:3]
        s = scanner[:, :, None, None]
        electronic_2, photon, electronic_2_low, photon_low, k1, k2, dual, display = s.split(1, dim=1)
        alpha_high = torch.clamp(-torch.log(high), 0.0, MAX_ALPHA)
        alpha_low = torch.clamp(-torch.log(low), 0.0, MAX_ALPHA)
        steel_curve = alpha_high * (k1 + k2 * alpha_high)
        sigma_high = torch.sqrt(electronic_2 + photon * high) / high
        sigma_low = torch.sqrt(electronic_2_low + photon_low * low) / low
        slope = k1 + 2 * k2 * alpha_high
        doubt = torch.sqrt(sigma_low**2 + (slope * sigma_high) ** 2 + CURVE_DOUBT**2)
        residual = torch.clamp((alpha_low - steel_curve) / doubt, -4.0, 4.0)
        sigma = torch.clamp(sigma_high, max=1.0)
        plane = torch.ones_like(high)
        planes = torch.cat(
            [
                alpha_high / 4.0,
                high,
                torch.sqrt(alpha_high),
                residual * dual * 0.5,
                sigma * (1 - display),
                valid,
                plane * dual,
                plane * display,
            ],
            dim=1,
        )
        return planes, alpha_high


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3 x 3 convolutions around which the input passes; at first it passes unchanged (Goyal et al. 2017)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

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


class Expectation(nn.Module):
    """10, 50 and 90 % quantiles of attenuation at every cell: what would be there if nothing were hidden."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.middle = nn.Conv2d(width, 1, 1)
        self.spread = nn.Conv2d(width, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        # In half precision an attenuation of 4 has steps of 0.03, as much as what is looked for.
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            middle, spread = self.middle(x), F.softplus(self.spread(x)) + LEAST_SPREAD
            return torch.cat([middle - spread[:, :1], middle, middle + spread[:, 1:]], dim=1)


def doubled(x: Tensor) -> Tensor:
    """A map on a grid twice as fine."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def split(maps: Tensor, heads: dict[str, int]) -> dict[str, Tensor]:
    """The planes of each head, which lie behind one another."""
    return dict(zip(heads, maps.split(list(heads.values()), dim=1), strict=True))


def departure(alpha: Tensor, expected: Tensor, stride: int) -> Tensor:
    """How far attenuation (N, 1, H, W) is from what is expected in a cell, plainly and in its own spread.

    (N, 2, H / stride, W / stride); `expected` are quantiles on that grid.
    """
    with torch.autocast(alpha.device.type, enabled=False):
        low, middle, high = expected.float().split(1, dim=1)
        away = F.avg_pool2d(alpha.float(), stride) - middle
        return torch.cat([away.clamp(-2.0, 2.0), (away / (high - low)).clamp(-4.0, 4.0)], dim=1)


class Around(nn.Conv2d):
    """A 3 x 3 convolution that never sees its own place: its eight taps lie `distance` cells away.

    The ninth is zero and has no gradient, so it stays zero; the graph then holds a plain convolution.
    """

    eight: Tensor

    def __init__(self, inputs: int, outputs: int, distance: int) -> None:
        super().__init__(inputs, outputs, 3, padding=distance, dilation=distance)
        eight = torch.ones(1, 1, 3, 3)
        eight[..., 1, 1] = 0
        self.weight.data.mul_(eight)
        self.register_buffer("eight", eight, persistent=False)
        self.weight.register_hook(lambda gradient: gradient * self.eight)


class Surroundings(nn.Module):
    """What attenuation stands to reason at a cell of 1/8, from what is around it and never from itself.

    Every cell of every scan teaches this, hidden things or not: where a load is regular its neighbours foretell it
    well, where it is a jumble they do not, and the spread says so. The features that it is given reach 2 cells far
    and serving averages over 3 x 3, so with taps at a distance of 7 cells all within 3 cells (12 cm) is left out.
    """

    def __init__(self, width: int, inner: int, distances: tuple[int, int]) -> None:
        super().__init__()
        self.rings = nn.ModuleList(Around(width, inner, distance) for distance in distances)
        self.mixed = nn.Conv2d(inner, inner, 1)
        self.expected = Expectation(inner)

    def forward(self, pooled: Tensor) -> Tensor:
        ring = sum(ring(pooled) for ring in self.rings)
        return self.expected(F.relu(self.mixed(F.relu(ring))))


class TallyNet(nn.Module):
    """Trunk to 1/32, a top-down neck to 1/8, a fine branch to 1/4, and a head for each map.

    Two expectations come out of one run. The first knows only the image; what departs from it is a *density anomaly*.
    The second also knows the declaration (zeros = unknown), which scales and shifts its features without a bias, so
    that "unknown" changes nothing; what departs from it is a *mismatch*. All other heads never see the declaration:
    they are evidence against it.
    """

    same_group: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        stem, *widths = config.widths
        neck, context = config.neck, 2 * config.neck
        self.features = Features()
        self.stem = conv(Features.planes, stem, stride=2)
        stages, previous = [], stem
        for width, blocks in zip(widths, config.blocks, strict=True):
            stages.append(
                nn.Sequential(conv(previous, width, stride=2), *[Residual(width) for _ in range(blocks)])
            )
            previous = width
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(nn.Conv2d(width, neck, 1) for width in widths[1:])
        self.columns = ColumnContext(neck)
        self.smooth = conv(neck, neck)
        self.context = conv(neck, context)
        self.heads_8 = {
            "layout": 4, "loaded": 1, "goods": 1, "commodity": len(config.commodities), "material": 3, "quality": 1,
        }  # fmt: skip
        self.read_8 = nn.Conv2d(context, sum(self.heads_8.values()), 1)  # one is faster than six
        self.heads_4 = {"anomaly": 1, "family": len(config.families)}
        self.expected = Expectation(context)
        fine = neck // 2  # at 1/4 every channel is dear
        self.near = Surroundings(widths[1], neck, NEAR_CELLS)
        self.far = Surroundings(widths[1], neck, FAR_CELLS)
        self.unexpected_8 = nn.Sequential(conv(neck + 6, neck), conv(neck, neck), Residual(neck))
        self.from_8, self.from_4 = nn.Conv2d(neck, fine, 1), nn.Conv2d(widths[0], fine, 1)
        self.unexpected_4 = conv(fine + 4, fine)
        self.read_4 = nn.Conv2d(fine, sum(self.heads_4.values()), 1)
        self.declared = nn.Sequential(
            nn.Linear(config.declaration_size, neck, bias=False),
            nn.ReLU(),
            nn.Linear(neck, 2 * neck, bias=False),
        )
        self.to_declared = conv(context + 1, neck, size=1)
        self.expected_declared = Expectation(neck)
        self.mismatch = nn.Conv2d(neck, 1, 1)
        same = torch.tensor(config.groups)[:, None] == torch.tensor(config.groups)[None, :]
        self.register_buffer("same_group", same.float(), persistent=False)
        assert self.read_4.bias is not None
        nn.init.constant_(self.read_4.bias[:1], -4.6)  # an anomaly has a prior of 1 %

    def forward(self, image: Tensor, scanner: Tensor, declaration: Tensor) -> dict[str, Tensor]:
        """Logits by head: `anomaly` and `family` at 1/4, the others at 1/8; expectations in attenuation."""
        planes, alpha = self.features(image, scanner)
        x = self.stem(planes)
        quarter = self.stages[0](x)
        second = self.stages[1]
        assert isinstance(second, nn.Sequential)
        local = second[0](quarter)
        x = second[1:](local)
        coarser = [x]
        for stage in self.stages[2:]:
            x = stage(x)
            coarser.append(x)
        pooled = F.avg_pool2d(local, 5, 1, 2, count_include_pad=False)
        near, far = self.near(pooled), self.far(pooled)
        top = self.columns(self.laterals[-1](coarser[-1]))
        for lateral, level in zip(self.laterals[1::-1], coarser[1::-1], strict=True):
            top = lateral(level) + doubled(top)
        eighth = self.smooth(top)
        context = self.context(eighth)
        expected = self.expected(context)
        maps = split(self.read_8(context), self.heads_8)
        unexpected = self.unexpected(quarter, eighth, alpha, (expected, near, far))
        maps |= split(self.read_4(unexpected), self.heads_4)
        told = self.told(context, maps["commodity"], declaration)
        expected_declared, mismatch = self.expected_declared(told), self.mismatch(told)
        maps |= {"expected": expected, "expected_declared": expected_declared, "mismatch": mismatch}
        return maps | {"near": near, "far": far}

    def unexpected(
        self, quarter: Tensor, eighth: Tensor, alpha: Tensor, expectations: tuple[Tensor, Tensor, Tensor]
    ) -> Tensor:
        """Features at 1/4 that know what departs from each expectation, first at 1/8, then finely."""
        # Expectations are taught by losses of their own; here they are evidence.
        expected, near, far = (q.detach() if self.training else q for q in expectations)
        departures = [departure(alpha, quantiles, 8).to(eighth.dtype) for quantiles in (expected, near, far)]
        coarse = self.unexpected_8(torch.cat([eighth, *departures], dim=1))
        fine = F.relu(doubled(self.from_8(coarse)) + self.from_4(quarter))
        departures = [
            departure(alpha, doubled(quantiles), 4).to(fine.dtype) for quantiles in (expected, near)
        ]
        return self.unexpected_4(torch.cat([fine, *departures], dim=1))

    def told(self, context: Tensor, commodity: Tensor, declaration: Tensor) -> Tensor:
        """Features at 1/8 that know the declaration, and how likely its confusable groups are at each cell."""
        goods = (declaration[:, : len(self.config.commodities)] > 0).float()
        of_group = (goods @ self.same_group).clamp(max=1.0)[:, :, None, None]
        fits = (torch.softmax(commodity, dim=1) * of_group).sum(dim=1, keepdim=True)
        scale, shift = self.declared(declaration)[:, :, None, None].chunk(2, dim=1)
        return self.to_declared(torch.cat([context, fits.to(context.dtype)], dim=1)) * (1 + scale) + shift


class Exported(nn.Module):
    """The network as it is served: probabilities instead of logits, in a fixed order."""

    outputs = (
        "anomaly", "family", "layout", "loaded", "goods", "commodity", "material", "quality", "expected",
        "expected_declared", "mismatch",
    )  # fmt: skip
    shares = frozenset({"family", "layout", "commodity", "material"})
    probabilities = frozenset({"anomaly", "loaded", "goods", "quality", "mismatch"})

    def __init__(self, network: TallyNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, scanner: Tensor, declaration: Tensor) -> tuple[Tensor, ...]:
        maps = self.network(image, scanner, declaration)
        return tuple(self.served(name, maps[name]) for name in self.outputs)

    def served(self, name: str, value: Tensor) -> Tensor:
        """A head as it is served."""
        if name in self.shares:
            return torch.softmax(value, dim=1)
        return torch.sigmoid(value) if name in self.probabilities else value


assert len(SCANNER_INPUTS) == 8
