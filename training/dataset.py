"""An endless stream of labelled crops, made as training asks for them: no scene is seen twice."""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from training.crops import Crop, CropShape, crop_of, crop_pair, in_a_batch
from training.labels import HIDDEN, DeclaredGoods, Vocabulary, declared_by_trader, labels
from training.simulate.scene import ANY_WISH, Rng, Scene, Wish, build_scene

PAIRS_OF_SCENE = 2
Example = dict[str, torch.Tensor]


def example(crop: Crop, declared: DeclaredGoods, vocabulary: Vocabulary) -> Example:
    """One training example: network inputs and the target of each head."""
    arrays = {"image": crop.image, "scanner": crop.scanner, "declaration": declared.vector}
    arrays |= labels(crop, declared, vocabulary)
    arrays["honest"] = np.zeros_like(arrays["anomaly"])  # see `pair`
    return {name: torch.from_numpy(value) for name, value in arrays.items()}


def pair(
    rng: Rng, scene: Scene, vocabulary: Vocabulary, shape: CropShape | None = None, *, held_out: bool = False
) -> list[Example]:
    """Two examples that differ in one thing only: what is hidden. Of a benign scene, two of its windows.

    The same scanner looks at the same place with the same noise and the same declaration, so all that the network
    can learn from the pair is what makes the difference. `honest` marks the cells of the twin in which the first
    shows something hidden.
    """
    declared = declared_by_trader(rng, scene.without_hidden(), vocabulary)
    if scene.concealments:
        crops = crop_pair(rng, scene, shape, held_out=held_out, declared=declared.scene)
    else:
        first, second = (
            crop_of(rng, scene, shape, held_out=held_out, declared=declared.scene) for _ in range(2)
        )
        crops = first, second
    two = [example(crop, declared, vocabulary) for crop in crops]
    if scene.concealments:
        seen = (two[0]["anomaly"] > HIDDEN) & (two[0]["anomaly_weight"] > 0)
        two[1]["honest"] = seen.float() * two[1]["anomaly_weight"]
    return [turned(one) for one in two] if rng.random() < 0.5 else two


def turned(one: Example) -> Example:
    """The same example from the other side of the scanner."""
    keep = ("scanner", "declaration")
    return {name: value if name in keep else value.flip(-1) for name, value in one.items()}


class SimulatedBatches(IterableDataset[Example]):
    """An endless stream of batches of one shape each; pairs of a scene are spread by a shuffle buffer.

    `batch` is the number of wide crops in a batch, or one more; of narrow ones there are twice as many. Every
    pair is shown `times`, the next time mirrored: where cores are few, simulating costs as much as learning.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        seed: int,
        batch: int,
        *,
        buffer: int = 24,
        times: int = 1,
        wish: Wish = ANY_WISH,
    ) -> None:
        if batch % 2:
            raise ValueError("a batch is made of pairs: its size must be even")
        self.vocabulary, self.seed, self.batch = vocabulary, seed, batch
        self.buffer, self.times, self.wish = buffer, times, wish

    def __iter__(self) -> Iterator[Example]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(1)
        kept: dict[tuple[int, ...], list[tuple[list[Example], int]]] = {}
        while True:
            scene = build_scene(rng, self.wish)
            for _ in range(PAIRS_OF_SCENE):
                first, second = pair(rng, scene, self.vocabulary)
                alike = first["image"].shape == second["image"].shape  # not all windows of a benign scene are
                for crops in [[first, second]] if alike else [[first], [second]]:
                    kept.setdefault(tuple(crops[0]["image"].shape), []).append((crops, self.times))
            for (_, height, width), pairs in kept.items():  # each with how often it is still to be shown
                count = in_a_batch(CropShape(height, width), self.batch)
                while sum(len(crops) for crops, _ in pairs) >= count + 2 * self.buffer:
                    chosen: list[Example] = []
                    again: list[tuple[list[Example], int]] = []
                    while len(chosen) < count:
                        crops, left = pairs.pop(int(rng.integers(len(pairs))))
                        chosen += crops
                        if left > 1:
                            again.append(([turned(one) for one in crops], left - 1))
                    pairs += again
                    yield {name: torch.stack([one[name] for one in chosen]) for name in chosen[0]}
