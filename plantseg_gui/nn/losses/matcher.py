"""Hungarian matching of queries to lesions (DETR, Carion et al. 2020)."""

from collections.abc import Sequence

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn


def to_corners(boxes: Tensor) -> Tensor:
    """Boxes cxcywh [..., 4] → x0 y0 x1 y1."""
    cx, cy, w, h = boxes.unbind(-1)
    return torch.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], -1)


def generalised_iou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU (Rezatofighi et al. 2019) of a [..., 4] and b [..., 4], broadcast, cxcywh."""
    a, b = to_corners(a), to_corners(b)
    area_a = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])
    area_b = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    overlap = (high - low).clamp_min(0).prod(-1)
    union = area_a + area_b - overlap
    hull = (
        (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2]))
        .clamp_min(0)
        .prod(-1)
    )
    return overlap / union.clamp_min(1e-9) - (hull - union) / hull.clamp_min(1e-9)


def match(
    class_logits: Tensor, boxes: Tensor, wanted: Sequence[Tensor], *, iou_aware: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """Assign each wanted lesion of each tile one query at the least total cost.

    Runs on the CPU: the costs are tiny, and one transfer for the batch is cheaper than one a tile.

    Args:
        class_logits: [B, Q] float32.
        boxes: [B, Q, 4] float32 cxcywh.
        wanted: For each of the B tiles [n, 4] float32 cxcywh on the CPU, n <= Q.
        iou_aware: Add the IoU cost (november).

    Returns:
        Tile, query and lesion indices, each [sum of n] int64 on the CPU, tiles in order.
    """
    empty = torch.zeros(0, dtype=torch.int64)
    if not any(len(w) for w in wanted):
        return empty, empty, empty
    with torch.no_grad():
        scores, found = torch.sigmoid(class_logits).cpu(), boxes.detach().cpu()
        padded = nn.utils.rnn.pad_sequence(list(wanted), batch_first=True)
        cost = -scores[:, :, None] + 5 * torch.cdist(found, padded, p=1)
        if iou_aware:
            cost = cost - 2 * generalised_iou(found[:, :, None], padded[:, None])
    costs = cost.numpy()
    parts = [[empty, empty, empty]]
    for tile, boxes_of_tile in enumerate(wanted):
        rows, columns = linear_sum_assignment(costs[tile, :, : len(boxes_of_tile)])
        query, lesion = torch.as_tensor(rows), torch.as_tensor(columns)
        parts.append([torch.full_like(query, tile), query, lesion])
    tiles, queries, lesions = (torch.cat(part) for part in zip(*parts, strict=True))
    return tiles, queries, lesions
