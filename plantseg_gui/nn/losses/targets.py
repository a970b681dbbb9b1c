"""What the loss compares the network's output with."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

MAX_QUERY_TARGETS = 32
MIN_LESION_PX = 16


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
        ignored: [m, 4] float32, further or tiny lesions: neither target nor "no object".
    """

    wanted: Tensor
    ignored: Tensor


def disease_present(targets: LossTargets) -> Tensor:
    """[B, 1] float32: the tile holds at least 16 lesion px."""
    lesion_px = (targets.mask * targets.valid).sum((1, 2, 3))
    return (lesion_px >= MIN_LESION_PX).float().unsqueeze(1)


def lesion_boxes(instances: Tensor) -> list[LesionBoxes]:
    """Boxes of every lesion of a batch.

    Args:
        instances: [B, H, W] int32.
    """
    return [_boxes_of_tile(tile) for tile in instances.cpu().numpy()]


def _boxes_of_tile(labels: np.ndarray) -> LesionBoxes:
    height, width = labels.shape
    found: list[tuple[int, list[float]]] = []
    ids, dense = np.unique(labels, return_inverse=True)
    if len(ids) > 1:
        # find_objects is linear in the largest id, so ids are made dense first.
        dense = dense.reshape(labels.shape) + (0 if ids[0] == 0 else 1)
        areas = np.bincount(dense.ravel())
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
            found.append((int(areas[label]), cxcywh))
    found.sort(key=lambda item: -item[0])
    large = [box for area, box in found if area >= MIN_LESION_PX]
    tiny = [box for area, box in found if area < MIN_LESION_PX]
    wanted, ignored = large[:MAX_QUERY_TARGETS], large[MAX_QUERY_TARGETS:] + tiny
    return LesionBoxes(_rows(wanted), _rows(ignored))


def _rows(boxes: list[list[float]]) -> Tensor:
    return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
