"""The batches that a run draws from its photos."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.losses.targets import LossTargets
from plantseg_gui.training.augment import augment, sample_rng
from plantseg_gui.training.crops import Crop, choose_place, cut
from plantseg_gui.training.photo_cache import THUMB_PX, TrainPhoto

PREFETCH = 2


@dataclass(frozen=True)
class Sampling:
    """How crops are drawn.

    Attributes:
        seed: Of the run.
        tile_px: Side of a crop in network px.
        source_weights: Share by source; a source not named counts 0.1.
        lesion_share: Share of crops placed on a lesion.
        scale: Range of the photo's scale in multiples of N.
        strength: Of the colour augmentation.
        exact: Cut only once, without augmentation (a test of overfitting).
    """

    seed: int
    tile_px: int
    source_weights: dict[str, float]
    lesion_share: float
    scale: tuple[float, float]
    strength: float


@dataclass
class Batch:
    """One micro-batch.

    Attributes:
        images: [B, 3, T, T] uint8, channels-last.
        targets: Truth for the loss.
        thumbs: [B, 3, 256, 256] uint8 whole photos for the tile scorer.
        thumb_masks: [B, 1, 256, 256] float32 lesion share per cell.
        thumb_valid: [B, 1, 256, 256] float32, 0 in the padding.
    """

    images: Tensor
    targets: LossTargets
    thumbs: Tensor
    thumb_masks: Tensor
    thumb_valid: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        if device.type == "cpu":
            return self
        return Batch(
            self.images.to(device, non_blocking=True),
            self.targets.to(device),
            self.thumbs.to(device, non_blocking=True),
            self.thumb_masks.to(device, non_blocking=True),
            self.thumb_valid.to(device, non_blocking=True),
        )


class CropSampler:
    """Draws training crops; sample i of a run is the same whoever draws it, and when."""

    def __init__(self, photos: Sequence[TrainPhoto], sampling: Sampling) -> None:
        self._photos = list(photos)
        self._sampling = sampling
        sources = sorted({p.source for p in photos})
        weights = np.array([sampling.source_weights.get(s, 0.1) for s in sources], np.float64)
        if weights.sum() <= 0:
            raise InputError("All sources have the weight 0.", "Give one of them a share.")
        self._shares = weights / weights.sum()
        self._all = [[i for i, p in enumerate(photos) if p.source == s] for s in sources]
        self._sick = [[i for i in group if self._photos[i].diseased] for group in self._all]
        self.epoch_length = len(self._photos)

    def draw(self, index: int) -> tuple[Crop, TrainPhoto]:
        """Sample `index` of the run, counted over all epochs."""
        s = self._sampling
        rng = sample_rng(s.seed, *divmod(index, self.epoch_length))
        group = int(rng.choice(len(self._shares), p=self._shares))
        on_lesion = bool(rng.random() < s.lesion_share) and bool(self._sick[group])
        choices = self._sick[group] if on_lesion else self._all[group]
        photo = self._photos[choices[int(rng.integers(len(choices)))]]
        place = choose_place(photo, rng, tile_px=s.tile_px, on_lesion=on_lesion, scale=s.scale)
        return augment(cut(photo, place, s.tile_px), rng, s.strength), photo

    def batch(self, first: int, size: int) -> Batch:
        """Samples first to first + size - 1."""
        drawn = [self.draw(first + k) for k in range(size)]
        return collate([c for c, _ in drawn], [p for _, p in drawn])


def collate(crops: Sequence[Crop], photos: Sequence[TrainPhoto]) -> Batch:
    """Crops and the photos that they come from, as tensors."""
    images = torch.from_numpy(np.stack([c.image for c in crops])).permute(0, 3, 1, 2)
    targets = LossTargets(
        torch.from_numpy(np.stack([c.mask for c in crops])[:, None].astype(np.float32)),
        torch.from_numpy(np.stack([c.instances for c in crops])),
        torch.from_numpy(np.stack([c.valid for c in crops])[:, None].astype(np.float32)),
    )
    count = len(photos)
    thumbs = np.zeros((count, THUMB_PX, THUMB_PX, 3), np.uint8)
    masks = np.zeros((count, 1, THUMB_PX, THUMB_PX), np.float32)
    valid = np.zeros_like(masks)
    for k, photo in enumerate(photos):
        height, width = photo.thumb_mask.shape
        thumbs[k, :height, :width] = photo.thumb
        masks[k, 0, :height, :width] = photo.thumb_mask / np.float32(255)
        valid[k, 0, :height, :width] = 1
    return Batch(
        images,
        targets,
        torch.from_numpy(thumbs).permute(0, 3, 1, 2),
        torch.from_numpy(masks),
        torch.from_numpy(valid),
    )


class BatchFeed:
    """Gives micro-batches in order and prepares the next ones in other threads."""

    def __init__(self, sampler: CropSampler, workers: int) -> None:
        self._sampler = sampler
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="crops")
        self._ahead = max(PREFETCH, 2 * workers)
        self._waiting: dict[tuple[int, int], Future[Batch]] = {}

    def get(self, first: int, size: int) -> Batch:
        """Samples first to first + size - 1; the following ones are begun."""
        wanted = [(first + k * size, size) for k in range(self._ahead)]
        for key in [k for k in self._waiting if k not in wanted]:
            self._waiting.pop(key).cancel()
        for key in wanted:
            if key not in self._waiting:
                self._waiting[key] = self._pool.submit(self._sampler.batch, *key)
        return self._waiting.pop((first, size)).result()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
