"""Query loss: class, L1 and IoU terms on matched queries (DETR)."""

import torch
from torch import Tensor, nn
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
    logits, boxes = class_logits[..., 0], torch.sigmoid(box_logits)
    device = logits.device
    wanted = [torch.as_tensor(tile.wanted) for tile in lesions]
    tiles, queries, found = match(logits.detach(), boxes, wanted, iou_aware=iou_aware)
    at = (tiles.to(device), queries.to(device))
    target = torch.zeros_like(logits)
    weight = torch.full_like(logits, NO_OBJECT_WEIGHT)
    weight = weight * ~_on_ignored(boxes.detach(), lesions)
    target[at], weight[at] = 1, 1
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    loss = ((entropy * weight).sum(1) / weight.sum(1).clamp_min(1e-6)).mean()
    if not len(tiles):
        return loss + box_logits.sum() * 0
    counts = torch.tensor([len(w) for w in wanted], dtype=torch.float32)
    # Each tile's mean over its own lesions, then the mean over all tiles.
    share = (1 / counts[tiles] / len(lesions)).to(device)
    matched = boxes[at]
    truth = torch.cat([w[found[tiles == i]] for i, w in enumerate(wanted)]).to(device)
    distance = 5 * (matched - truth).abs().sum(1)
    if iou_aware:
        distance = distance + 2 * (1 - generalised_iou(matched, truth))
    return loss + (distance * share).sum()


def _on_ignored(boxes: Tensor, lesions: list[LesionBoxes]) -> Tensor:
    """[B, Q] bool: the box's centre lies in a lesion that is no target."""
    ignored = [torch.as_tensor(tile.ignored) for tile in lesions]
    # A padded row is a box of no size far outside every tile.
    padded = nn.utils.rnn.pad_sequence(ignored, batch_first=True, padding_value=-1.0)
    padded = padded.to(boxes.device)
    dx = (boxes[:, :, None, 0] - padded[:, None, :, 0]).abs() <= padded[:, None, :, 2] / 2
    dy = (boxes[:, :, None, 1] - padded[:, None, :, 1]).abs() <= padded[:, None, :, 3] / 2
    return (dx & dy).any(2)
