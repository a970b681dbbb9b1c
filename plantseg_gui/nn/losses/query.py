"""Query loss: class, L1 and IoU terms on matched queries (DETR)."""

import torch
from torch import Tensor
from torch.nn import functional

from plantseg_gui.nn.losses.matcher import generalised_iou, match
from plantseg_gui.nn.losses.targets import LesionBoxes

# Most queries of most tiles find nothing; at full weight they would drown the others (DETR's
# value).
NO_OBJECT_WEIGHT = 0.1


def query_loss(
    class_logits: Tensor, box_logits: Tensor, lesions: list[LesionBoxes], *, iou_aware: bool = True
) -> Tensor:
    """Mean over tiles of class loss + 5 · L1 + 2 · (1 − IoU).

    Args:
        class_logits: [B, Q, 1] float32.
        box_logits: [B, Q, 4] float32, cxcywh before the sigmoid.
        lesions: Boxes of each tile.
        iou_aware: Use the IoU in matching and loss (november).
    """
    boxes = torch.sigmoid(box_logits)
    losses = [
        _tile_loss(class_logits[i, :, 0], boxes[i], tile, iou_aware)
        for i, tile in enumerate(lesions)
    ]
    return torch.stack(losses).mean()


def _tile_loss(logits: Tensor, boxes: Tensor, lesions: LesionBoxes, iou_aware: bool) -> Tensor:
    target = torch.zeros_like(logits)
    weight = torch.full_like(logits, NO_OBJECT_WEIGHT)
    if len(lesions.ignored):
        weight[_on_ignored(boxes.detach(), lesions.ignored.to(boxes.device))] = 0
    localisation = logits.sum() * 0
    if len(lesions.wanted):
        wanted = lesions.wanted.to(boxes.device)
        queries, found = match(logits, boxes, wanted, iou_aware=iou_aware)
        target[queries], weight[queries] = 1, 1
        matched, truth = boxes[queries], wanted[found]
        localisation = 5 * functional.l1_loss(matched, truth, reduction="sum") / len(wanted)
        if iou_aware:
            localisation = localisation + 2 * (1 - generalised_iou(matched, truth)).mean()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (entropy * weight).sum() / weight.sum().clamp_min(1e-6) + localisation


def _on_ignored(boxes: Tensor, ignored: Tensor) -> Tensor:
    """[Q] bool: the box's centre lies in a lesion that is no target."""
    dx = (boxes[:, None, 0] - ignored[None, :, 0]).abs() <= ignored[None, :, 2] / 2
    dy = (boxes[:, None, 1] - ignored[None, :, 1]).abs() <= ignored[None, :, 3] / 2
    return (dx & dy).any(1)
