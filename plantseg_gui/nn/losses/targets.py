"""What the loss compares the network's output with."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor

MAX_QUERY_TARGETS = 32
MIN_LESION_PX = 16
# A lesion with less than this share of its pixels known is no target: its box is a guess.
MIN_KNOWN_SHARE = 0.5


@dataclass
class LossTargets:
    """Truth of one batch; every other target is derived from it.

    Attributes:
        mask: [B, 1, H, W] float32, 1 = lesion.
        instances: [B, H, W] int32, 0 = background, n = lesion n.
        valid: [B, 1, H, W] float32, 0 where the truth is unknown (unsure, pad, untouched).
        boxes: Of each tile, where whoever cut the tiles has found them already.
    """

    mask: Tensor
    instances: Tensor
    valid: Tensor
    boxes: "list[LesionBoxes] | None" = None

    def to(self, device: torch.device | str) -> "LossTargets":
        """The same on another device, mask and valid as float32 (whatever type they travel in).

        Boxes stay on the CPU, where they are matched.
        """
        return LossTargets(
            self.mask.to(device, non_blocking=True).float(),
            self.instances.to(device, non_blocking=True),
            self.valid.to(device, non_blocking=True).float(),
            self.boxes,
        )

    def pin_memory(self) -> "LossTargets":
        """The same in page-locked memory, for a quicker way to the graphics card."""
        return LossTargets(
            self.mask.pin_memory(),
            self.instances.pin_memory(),
            self.valid.pin_memory(),
            self.boxes,
        )

    def lesion_boxes(self) -> "list[LesionBoxes]":
        """Boxes of each tile, found now unless they came with the tiles."""
        return lesion_boxes(self.instances, self.valid) if self.boxes is None else self.boxes


@dataclass
class LesionBoxes:
    """Boxes of one tile, cxcywh as fractions of the tile.

    Plain arrays: they are matched on the CPU, and cross processes as they are.

    Attributes:
        wanted: [n, 4] float32, the largest lesions that the queries should find.
        ignored: [m, 4] float32, further, tiny or mostly unknown lesions: neither target nor "no
            object".
    """

    wanted: npt.NDArray[np.float32]
    ignored: npt.NDArray[np.float32]


def disease_present(targets: LossTargets) -> Tensor:
    """[B, 1] float32: the tile holds at least 16 lesion px."""
    lesion_px = (targets.mask * targets.valid).sum((1, 2, 3))
    return (lesion_px >= MIN_LESION_PX).float().unsqueeze(1)


def presence_known(targets: LossTargets) -> Tensor:
    """[B, 1] float32, 0 where it cannot be told whether the tile holds disease.

    That is so when too little lesion is known and a part of the tile is not.
    """
    whole = targets.valid.flatten(1).min(1).values > 0
    return torch.maximum(disease_present(targets), whole.float().unsqueeze(1))


def lesion_boxes(instances: Tensor, valid: Tensor) -> list[LesionBoxes]:
    """Boxes of every lesion of a batch.

    Args:
        instances: [B, H, W] int32.
        valid: [B, 1, H, W] float32, 0 where the truth is unknown.
    """
    known = (valid[:, 0] > 0).cpu().numpy()
    return [tile_boxes(*tile) for tile in zip(instances.cpu().numpy(), known, strict=True)]


def tile_boxes(labels: npt.NDArray[np.int32], known: npt.NDArray[np.bool_]) -> LesionBoxes:
    """Boxes of the lesions of one tile.

    Args:
        labels: [H, W] int32 lesion ids, 0 = none.
        known: [H, W] bool, False where the truth is unknown.
    """
    height, width = labels.shape
    found: list[tuple[int, bool, list[float]]] = []
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    ids = np.flatnonzero(areas)
    if len(ids):
        # find_objects is linear in the largest id, so ids are made dense first.
        dense_of = np.zeros(len(areas), np.int32)
        dense_of[ids] = np.arange(1, len(ids) + 1)
        known_areas = np.bincount(labels.ravel(), weights=known.ravel())[ids]
        boxes = ndimage.find_objects(dense_of[labels])
        for area, known_area, box in zip(areas[ids], known_areas, boxes, strict=True):
            (y0, y1), (x0, x1) = ((s.start, s.stop) for s in box)
            cxcywh = [
                (x0 + x1) / 2 / width,
                (y0 + y1) / 2 / height,
                (x1 - x0) / width,
                (y1 - y0) / height,
            ]
            fit = known_area >= max(MIN_LESION_PX, MIN_KNOWN_SHARE * area)
            found.append((int(area), bool(fit), cxcywh))
    found.sort(key=lambda item: -item[0])
    targets = [box for _, fit, box in found if fit]
    others = [box for _, fit, box in found if not fit]
    wanted, ignored = targets[:MAX_QUERY_TARGETS], targets[MAX_QUERY_TARGETS:] + others
    return LesionBoxes(_rows(wanted), _rows(ignored))


def _rows(boxes: list[list[float]]) -> npt.NDArray[np.float32]:
    return np.array(boxes, np.float32).reshape(-1, 4)
