"""The batches that a run draws from its photos."""

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.losses.targets import LossTargets, tile_boxes
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
    """One micro-batch; `to` makes it what the learner wants.

    It travels between processes and to the card in bytes: as float32 it would be twice as large.

    Attributes:
        images: [B, 3, T, T] uint8, channels-last.
        targets: Truth for the loss.
        thumbs: [B, 3, 256, 256] uint8 whole photos for the tile scorer.
        thumb_masks: [B, 1, 256, 256] lesion share per cell: uint8 × 255, float32 after `to`.
        thumb_valid: [B, 1, 256, 256] uint8, float32 after `to`; 0 in the padding.
    """

    images: Tensor
    targets: LossTargets
    thumbs: Tensor
    thumb_masks: Tensor
    thumb_valid: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on a device; done once."""
        return Batch(
            self.images.to(device, non_blocking=True),
            self.targets.to(device),
            self.thumbs.to(device, non_blocking=True),
            self.thumb_masks.to(device, non_blocking=True).float() / 255,
            self.thumb_valid.to(device, non_blocking=True).float(),
        )

    def pin_memory(self) -> "Batch":
        """The same in page-locked memory, for a quicker way to the graphics card."""
        return Batch(
            self.images.pin_memory(),
            self.targets.pin_memory(),
            self.thumbs.pin_memory(),
            self.thumb_masks.pin_memory(),
            self.thumb_valid.pin_memory(),
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
        torch.from_numpy(np.stack([c.mask for c in crops])[:, None]),
        torch.from_numpy(np.stack([c.instances for c in crops])),
        torch.from_numpy(np.stack([c.valid for c in crops])[:, None]),
        [tile_boxes(c.instances, c.valid > 0) for c in crops],
    )
    count = len(photos)
    thumbs = np.zeros((count, THUMB_PX, THUMB_PX, 3), np.uint8)
    masks = np.zeros((count, 1, THUMB_PX, THUMB_PX), np.uint8)
    valid = np.zeros_like(masks)
    for k, photo in enumerate(photos):
        height, width = photo.thumb_mask.shape
        thumbs[k, :height, :width] = photo.thumb
        masks[k, 0, :height, :width] = photo.thumb_mask
        valid[k, 0, :height, :width] = 1
    return Batch(
        images,
        targets,
        torch.from_numpy(thumbs).permute(0, 3, 1, 2),
        torch.from_numpy(masks),
        torch.from_numpy(valid),
    )


class BatchFeed:
    """Gives micro-batches in order and prepares the next ones in threads or processes.

    Args:
        sampler: Draws the crops.
        workers: How many threads or processes.
        processes: Processes for a graphics card, which threads of one interpreter cannot keep
            busy. Only where a process can be forked: elsewhere each would need its own copy of
            all photos, and threads serve.
    """

    def __init__(self, sampler: CropSampler, workers: int, *, processes: bool = False) -> None:
        self._sampler = sampler
        self._workers = workers
        self._forked = processes and can_fork()
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="crops")
        self._ahead = max(PREFETCH, 2 * workers)
        self._waiting: dict[tuple[int, int], Future[Batch]] = {}
        self._stream: Iterator[Batch] | None = None
        self._next = (-1, -1)

    def get(self, first: int, size: int) -> Batch:
        """Samples first to first + size - 1; the following ones are begun."""
        return self._from_processes(first, size) if self._forked else self._queued(first, size)

    def _queued(self, first: int, size: int) -> Batch:
        wanted = [(first + k * size, size) for k in range(self._ahead)]
        for key in [k for k in self._waiting if k not in wanted]:
            self._waiting.pop(key).cancel()
        for key in wanted:
            if key not in self._waiting:
                self._waiting[key] = self._pool.submit(self._sampler.batch, *key)
        return self._waiting.pop((first, size)).result()

    def _from_processes(self, first: int, size: int) -> Batch:
        if self._stream is None or self._next != (first, size):
            self._stream = iter(
                DataLoader(
                    _Batches(self._sampler, first, size),
                    batch_size=None,
                    num_workers=self._workers,
                    prefetch_factor=PREFETCH,
                    pin_memory=torch.cuda.is_available(),
                    multiprocessing_context="fork",
                )
            )
        self._next = (first + size, size)
        return next(self._stream)

    def close(self) -> None:
        """End the threads and processes."""
        self._stream = None
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Batches(Dataset[Batch]):
    """The micro-batches of a run from sample `first` on, as torch's loader wants them."""

    def __init__(self, sampler: CropSampler, first: int, size: int) -> None:
        self._sampler, self._first, self._size = sampler, first, size

    def __len__(self) -> int:
        return sys.maxsize // self._size - self._first

    def __getitem__(self, number: int) -> Batch:
        return self._sampler.batch(self._first + number * self._size, self._size)


def can_fork() -> bool:
    """Whether a process can be forked safely here (macOS's libraries do not survive it)."""
    return sys.platform == "linux" and "fork" in multiprocessing.get_all_start_methods()
