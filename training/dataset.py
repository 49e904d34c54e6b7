"""An endless stream of labelled crops, made as training asks for them: no scene is seen twice."""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from training.crops import SHAPES, CropShape, crop_of
from training.labels import Vocabulary, declared_by_trader, labels
from training.simulate.scene import ANY_WISH, Rng, Scene, Wish, build_scene

CROPS_OF_SCENE = 4


def example(
    rng: Rng, scene: Scene, vocabulary: Vocabulary, shape: CropShape, *, held_out: bool = False
) -> dict[str, torch.Tensor]:
    """One training example: network inputs and the target of each head."""
    declared = declared_by_trader(rng, scene, vocabulary)
    crop = crop_of(rng, scene, shape, held_out=held_out, declared=declared.scene)
    arrays = {"image": crop.image, "scanner": crop.scanner, "declaration": declared.vector}
    arrays |= labels(crop, declared, vocabulary)
    if rng.random() < 0.5:
        keep = ("scanner", "declaration")
        arrays = {n: v if n in keep else np.ascontiguousarray(v[..., ::-1]) for n, v in arrays.items()}
    return {name: torch.from_numpy(value) for name, value in arrays.items()}


class SimulatedBatches(IterableDataset[dict[str, torch.Tensor]]):
    """An endless stream of batches of one shape each; crops of a scene are spread by a small shuffle buffer."""

    def __init__(
        self, vocabulary: Vocabulary, seed: int, batch: int, *, buffer: int = 24, wish: Wish = ANY_WISH
    ) -> None:
        self.vocabulary, self.seed, self.batch, self.buffer, self.wish = vocabulary, seed, batch, buffer, wish

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(1)
        kept: dict[CropShape, list[dict[str, torch.Tensor]]] = {shape: [] for shape in SHAPES}
        while True:
            scene = build_scene(rng, self.wish)
            for _ in range(CROPS_OF_SCENE):
                shape = SHAPES[int(rng.integers(len(SHAPES)))]
                kept[shape].append(example(rng, scene, self.vocabulary, shape))
            for crops in kept.values():
                while len(crops) >= self.buffer + self.batch:
                    chosen = [crops.pop(int(rng.integers(len(crops)))) for _ in range(self.batch)]
                    yield {name: torch.stack([crop[name] for crop in chosen]) for name in chosen[0]}
