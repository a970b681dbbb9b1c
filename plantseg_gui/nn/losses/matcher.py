"""Hungarian matching of queries to lesions (DETR, Carion et al. 2020)."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


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
    class_logits: Tensor, boxes: Tensor, wanted: Tensor, *, iou_aware: bool = True
) -> tuple[Tensor, Tensor]:
    """Assign each wanted lesion one query at the least total cost.

    Args:
        class_logits: [Q] float32.
        boxes: [Q, 4] float32 cxcywh.
        wanted: [n, 4] float32 cxcywh, n <= Q.
        iou_aware: Add the IoU cost (november).

    Returns:
        Query indices [n] and lesion indices [n], int64.
    """
    with torch.no_grad():
        cost = -torch.sigmoid(class_logits)[:, None] + 5 * torch.cdist(boxes, wanted, p=1)
        if iou_aware:
            cost = cost - 2 * generalised_iou(boxes[:, None], wanted[None])
        rows, columns = linear_sum_assignment(cost.cpu().numpy())
    return torch.as_tensor(rows, dtype=torch.int64), torch.as_tensor(columns, dtype=torch.int64)
