"""An endless stream of labelled crops, made as training asks for them: no scene is seen twice."""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from training.crops import Crop, CropShape, crop_of, crop_pair, in_a_batch
from training.labels import DeclaredGoods, Vocabulary, declared_by_trader, labels
from training.simulate.scene import ANY_WISH, Rng, Scene, Wish, build_scene

PAIRS_OF_SCENE = 2
Example = dict[str, torch.Tensor]


def example(
    crop: Crop, declared: DeclaredGoods, vocabulary: Vocabulary, *, mirrored: bool = False
) -> Example:
    """One training example: network inputs and the target of each head."""
    arrays = {"image": crop.image, "scanner": crop.scanner, "declaration": declared.vector}
    arrays |= labels(crop, declared, vocabulary)
    if mirrored:
        keep = ("scanner", "declaration")
        arrays = {n: v if n in keep else np.ascontiguousarray(v[..., ::-1]) for n, v in arrays.items()}
    return {name: torch.from_numpy(value) for name, value in arrays.items()}


def pair(
    rng: Rng, scene: Scene, vocabulary: Vocabulary, shape: CropShape | None = None, *, held_out: bool = False
) -> list[Example]:
    """Two examples that differ in one thing only: what is hidden. Of a benign scene, two of its windows.

    The same scanner looks at the same place with the same noise and the same declaration, so all that the network
    can learn from the pair is what makes the difference.
    """
    declared = declared_by_trader(rng, scene.without_hidden(), vocabulary)
    if scene.concealments:
        crops = crop_pair(rng, scene, shape, held_out=held_out, declared=declared.scene)
    else:
        first, second = (
            crop_of(rng, scene, shape, held_out=held_out, declared=declared.scene) for _ in range(2)
        )
        crops = first, second
    mirrored = bool(rng.random() < 0.5)
    return [example(crop, declared, vocabulary, mirrored=mirrored) for crop in crops]


class SimulatedBatches(IterableDataset[Example]):
    """An endless stream of batches of one shape each; pairs of a scene are spread by a small shuffle buffer.

    `batch` is the number of wide crops in a batch; of narrow ones there are twice as many.
    """

    def __init__(
        self, vocabulary: Vocabulary, seed: int, batch: int, *, buffer: int = 16, wish: Wish = ANY_WISH
    ) -> None:
        if batch % 2:
            raise ValueError("a batch is made of pairs: its size must be even")
        self.vocabulary, self.seed, self.batch, self.buffer, self.wish = vocabulary, seed, batch, buffer, wish

    def __iter__(self) -> Iterator[Example]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(1)
        kept: dict[tuple[int, ...], list[Example]] = {}
        while True:
            scene = build_scene(rng, self.wish)
            for _ in range(PAIRS_OF_SCENE):
                for one in pair(rng, scene, self.vocabulary):  # mostly of one shape, and so of one batch
                    kept.setdefault(tuple(one["image"].shape), []).append(one)
            for (_, height, width), crops in kept.items():
                count = in_a_batch(CropShape(height, width), self.batch)
                while len(crops) >= self.buffer + count:
                    chosen: list[Example] = []
                    while len(chosen) < count:
                        start = 2 * int(rng.integers(len(crops) // 2))
                        chosen += [crops.pop(start), crops.pop(start)]
                    yield {name: torch.stack([one[name] for one in chosen]) for name in chosen[0]}
