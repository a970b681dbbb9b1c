"""Pooled Dice on held-out photos during a run: quick, whole photos, plain tiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
import torch

from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.photo_cache import TrainPhoto, Uint8
from plantseg_gui.training.precision import Precision


@dataclass
class PixelCounts:
    """True positives, false positives and false negatives, added up over photos."""

    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0

    def add(
        self,
        predicted: npt.NDArray[np.bool_],
        truth: npt.NDArray[np.bool_],
        valid: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Count one photo, where the truth is known (`valid`; None = everywhere)."""
        if valid is not None:
            predicted, truth = predicted[valid], truth[valid]
        self.tp += float(np.count_nonzero(predicted & truth))
        self.fp += float(np.count_nonzero(predicted & ~truth))
        self.fn += float(np.count_nonzero(~predicted & truth))

    @property
    def dice(self) -> float:
        """2TP / (2TP + FP + FN); 1 when there is nothing to find and nothing was found."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0


@dataclass
class DevPhoto:
    """A held-out photo at network scale, cut into tiles."""

    source: str
    height: int
    width: int
    tiles: list[tuple[int, int]]
    padded: Uint8
    truth: npt.NDArray[np.bool_] = field(repr=False)
    valid: npt.NDArray[np.bool_] = field(repr=False)


def prepare_dev(photo: TrainPhoto, tile_px: int) -> DevPhoto:
    """Bring a photo to network scale and lay a grid of tiles with the least overlap over it."""
    height, width = photo.mask.shape
    share = photo.network_long / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    flag = cv2.INTER_AREA if share <= 1 else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(photo.image, size, interpolation=flag), np.uint8)
    truth = np.asarray(cv2.resize(photo.mask, size, interpolation=flag)) >= 128
    if photo.valid is None:
        valid = np.ones(truth.shape, np.bool_)
    else:
        valid = np.asarray(cv2.resize(photo.valid, size, interpolation=cv2.INTER_NEAREST)) > 0
    bottom, right = max(0, tile_px - size[1]), max(0, tile_px - size[0])
    padded = np.pad(image, [(0, bottom), (0, right), (0, 0)], mode="symmetric")
    tiles = [
        (y, x) for y in _starts(padded.shape[0], tile_px) for x in _starts(padded.shape[1], tile_px)
    ]
    return DevPhoto(photo.source, size[1], size[0], tiles, padded, truth, valid)


def _starts(length: int, tile_px: int) -> list[int]:
    count = -(-length // tile_px)
    return [round(k * (length - tile_px) / max(1, count - 1)) for k in range(count)]


@torch.no_grad()
def predict_dev(
    network: PlantSegNet, photo: DevPhoto, precision: Precision, tile_px: int, batch: int
) -> npt.NDArray[np.float32]:
    """Lesion probability [height, width] at network scale; overlapping tiles are averaged."""
    total = np.zeros(photo.padded.shape[:2], np.float32)
    count = np.zeros_like(total)
    for start in range(0, len(photo.tiles), batch):
        places = photo.tiles[start : start + batch]
        stack = np.stack([photo.padded[y : y + tile_px, x : x + tile_px] for y, x in places])
        rgb = torch.from_numpy(stack).permute(0, 3, 1, 2).to(precision.device)
        # Batches of any size come here, and measuring the card's convolutions for each of them
        # takes longer than it saves.
        with precision.autocast(), torch.backends.cudnn.flags(enabled=True, benchmark=False):
            logits = network(network.normalise(rgb)).segmentation
        probability = torch.sigmoid(logits.float())[:, 0].cpu().numpy()
        for (y, x), tile in zip(places, probability, strict=True):
            total[y : y + tile_px, x : x + tile_px] += tile
            count[y : y + tile_px, x : x + tile_px] += 1
    return (total / count)[: photo.height, : photo.width]


def measure_dice(
    network: PlantSegNet,
    photos: Sequence[DevPhoto],
    precision: Precision,
    *,
    tile_px: int,
    batch: int,
    threshold: float = 0.5,
    between: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Pooled Dice by source.

    Args:
        network: In eval mode.
        photos: From `prepare_dev`.
        precision: Of the forward pass.
        tile_px: Side of a tile.
        batch: Tiles per forward pass.
        threshold: Probability from which a pixel is lesion.
        between: Called after each photo; may raise to stop.
    """
    counts: dict[str, PixelCounts] = {}
    for photo in photos:
        probability = predict_dev(network, photo, precision, tile_px, batch)
        counts.setdefault(photo.source, PixelCounts()).add(
            probability >= threshold, photo.truth, photo.valid
        )
        between()
    return {source: c.dice for source, c in sorted(counts.items())}
