"""What a retraining must not unlearn: drawn leaves, and what the base model says about them.

No photo of anybody may be shipped to remind a network of what it knew. Leaves drawn by code may be:
the network that learns is held to what the base model says about them (learning without forgetting,
Li & Hoiem 2016, arXiv 1606.09282), and the masks that they were drawn with tell what it unlearned.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.photo_maps import FrozenEncoder, lesion_logits

FIRST_SEED = 7000
_PER_LEAF = 4


@dataclass(frozen=True)
class Reminders:
    """Encoded crops of drawn leaves.

    Attributes:
        features: Per stride, [n, C, h, w] float16.
        teacher: [n, T, T] float32, logits of the base model.
        truth: [n, T, T] bool.
    """

    features: list[Tensor]
    teacher: Tensor
    truth: Tensor

    def __len__(self) -> int:
        return len(self.teacher)

    def batch(self, number: int, size: int) -> tuple[list[Tensor], Tensor]:
        """Features and teacher's logits of the crops whose turn it is at update `number`."""
        chosen = [(number * size + k) % len(self) for k in range(min(size, len(self)))]
        return [f[chosen] for f in self.features], self.teacher[chosen]

    def dice(self, network: PlantSegNet, encoder: FrozenEncoder, meta: ModelMeta) -> float:
        """Dice of the network's masks with the drawn ones, pixels of all crops pooled."""
        both = total = 0
        for start in range(0, len(self), _PER_LEAF):
            part = [f[start : start + _PER_LEAF] for f in self.features]
            logits = lesion_logits(network, part, encoder.precision).cpu().numpy()
            mask = torch.from_numpy(to_probability(logits, meta) >= meta.threshold)
            truth = self.truth[start : start + _PER_LEAF]
            both += int((mask & truth).sum())
            total += int(mask.sum()) + int(truth.sum())
        return 2 * both / total if total else 1.0


def draw_reminders(
    base: PlantSegNet,
    encoder: FrozenEncoder,
    count: int,
    *,
    between: Callable[[int, int], None] = lambda done, total: None,
) -> Reminders:
    """Draw leaves, encode them and ask the base model about them.

    Args:
        base: The model that is held to.
        encoder: Its encoder.
        count: Crops wanted, four of each leaf.
        between: Told (done, total) after each leaf; may raise to stop.
    """
    tile = base.config.tile_px
    leaves = max(1, count // _PER_LEAF)
    features: list[list[Tensor]] = []
    teacher, truth = [], []
    for number in range(leaves):
        leaf = draw_leaf(FIRST_SEED + number, 2 * tile)
        corners = [(y, x) for y in (0, tile) for x in (0, tile)]
        crops = np.stack([leaf.image[y : y + tile, x : x + tile] for y, x in corners])
        features.append(encoder(crops))
        teacher.append(lesion_logits(base, features[-1], encoder.precision).cpu())
        truth += [torch.from_numpy(leaf.labels[y : y + tile, x : x + tile] > 0) for y, x in corners]
        between(number + 1, leaves)
    strides = [torch.cat(stride) for stride in zip(*features, strict=True)]
    return Reminders(strides, torch.cat(teacher), torch.stack(truth))


def distillation(logits: Tensor, teacher: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits [B, 1, T, T] with the teacher's probabilities."""
    wanted = torch.sigmoid(teacher.to(logits.device)).unsqueeze(1)
    return functional.binary_cross_entropy_with_logits(logits.float(), wanted)
