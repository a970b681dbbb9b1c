"""What the loss compares the network's output with."""

from dataclasses import dataclass

import numpy as np
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
    """

    mask: Tensor
    instances: Tensor
    valid: Tensor

    def to(self, device: torch.device | str) -> "LossTargets":
        """The same on another device."""
        return LossTargets(self.mask.to(device), self.instances.to(device), self.valid.to(device))


@dataclass
class LesionBoxes:
    """Boxes of one tile, cxcywh as fractions of the tile.

    Attributes:
        wanted: [n, 4] float32, the largest lesions that the queries should find.
        ignored: [m, 4] float32, further, tiny or mostly unknown lesions: neither target nor "no
            object".
    """

    wanted: Tensor
    ignored: Tensor


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
    return [_boxes_of_tile(*tile) for tile in zip(instances.cpu().numpy(), known, strict=True)]


def _boxes_of_tile(labels: np.ndarray, known: np.ndarray) -> LesionBoxes:
    height, width = labels.shape
    found: list[tuple[int, bool, list[float]]] = []
    ids, dense = np.unique(labels, return_inverse=True)
    if len(ids) > 1:
        # find_objects is linear in the largest id, so ids are made dense first.
        dense = dense.reshape(labels.shape) + (0 if ids[0] == 0 else 1)
        areas = np.bincount(dense.ravel())
        known_areas = np.bincount(dense.ravel(), weights=known.ravel())
        for label, box in enumerate(ndimage.find_objects(dense), start=1):
            if box is None:
                continue
            (y0, y1), (x0, x1) = ((s.start, s.stop) for s in box)
            cxcywh = [
                (x0 + x1) / 2 / width,
                (y0 + y1) / 2 / height,
                (x1 - x0) / width,
                (y1 - y0) / height,
            ]
            area, known_area = int(areas[label]), int(known_areas[label])
            fit = known_area >= max(MIN_LESION_PX, MIN_KNOWN_SHARE * area)
            found.append((area, fit, cxcywh))
    found.sort(key=lambda item: -item[0])
    targets = [box for _, fit, box in found if fit]
    others = [box for _, fit, box in found if not fit]
    wanted, ignored = targets[:MAX_QUERY_TARGETS], targets[MAX_QUERY_TARGETS:] + others
    return LesionBoxes(_rows(wanted), _rows(ignored))


def _rows(boxes: list[list[float]]) -> Tensor:
    return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
