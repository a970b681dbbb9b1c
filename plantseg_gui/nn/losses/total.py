"""The seven terms and their weighted sum (specification 4).

To add a term: 1. a file in this folder with a pure function; 2. its weight in `LossConfig`;
3. a line in `TotalLoss._terms`; 4. a test in tests/nn/losses that it falls
when the output gets better.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from plantseg_gui.nn.config import Generation, NetworkConfig
from plantseg_gui.nn.losses.affinity import affinity_loss
from plantseg_gui.nn.losses.attention import attention_loss
from plantseg_gui.nn.losses.boundary import boundary_band, boundary_loss
from plantseg_gui.nn.losses.cross_entropy import WeightedCrossEntropy
from plantseg_gui.nn.losses.dice import soft_dice
from plantseg_gui.nn.losses.query import query_loss
from plantseg_gui.nn.losses.targets import (
    LossTargets,
    disease_present,
    presence_known,
)
from plantseg_gui.nn.losses.tversky import focal_tversky
from plantseg_gui.nn.outputs import NetworkOutput

RAMPED = ("boundary", "region", "affinity", "query", "attention")


@dataclass(frozen=True)
class LossConfig:
    """Weights and shapes of the terms.

    Attributes:
        tversky, boundary, cross_entropy, dice, region, affinity, query: Weights.
        w_fn: Tversky weight of missed lesion.
        w_fp: Tversky weight of false alarm.
        gamma: Tversky focus.
        smooth_share: ε of Tversky and Dice as a share of the tile's pixels.
        affinity_target: "instance" or "class".
        attention: Weight of an eighth term that the specification does not have, see
            `attention_loss`: without it the gates stay open everywhere and the attention
            maps show nothing; 0 = the specification's loss.
        ramp: Shares of the updates between which auxiliary terms and boundary rise from 0 to full.
    """

    tversky: float = 0.40
    boundary: float = 0.20
    cross_entropy: float = 0.15
    dice: float = 0.15
    region: float = 0.05
    affinity: float = 0.05
    query: float = 0.05
    w_fn: float = 0.7
    w_fp: float = 0.3
    gamma: float = 1.2
    smooth_share: float = 0.01
    affinity_target: str = "instance"
    attention: float = 0.0
    ramp: tuple[float, float] = (0.10, 0.30)


class LossTerms(NamedTuple):
    """The weighted sum, and each term before weighting (detached)."""

    total: Tensor
    terms: dict[str, Tensor]


class TotalLoss(nn.Module):
    """The loss of a generation; keeps the running lesion share (part of a resumable run's state).

    Args:
        config: Weights.
        network: Says which heads there are.
    """

    def __init__(
        self, config: LossConfig | None = None, network: NetworkConfig | None = None
    ) -> None:
        super().__init__()
        self.config = config or LossConfig()
        self.network = network or NetworkConfig()
        self.entropy = WeightedCrossEntropy()

    def ramp(self, progress: float) -> float:
        """Share of the auxiliary weights after `progress` (0 to 1) of the updates."""
        start, end = self.config.ramp
        return min(1.0, max(0.0, (progress - start) / (end - start)))

    def forward(
        self, output: NetworkOutput, targets: LossTargets, progress: float = 1.0
    ) -> LossTerms:
        """Sum the terms in float32.

        Args:
            output: The network's logits.
            targets: Truth.
            progress: Share of the updates done, 0 to 1.
        """
        with torch.autocast(targets.mask.device.type, enabled=False):
            if self.network.plain:
                terms, weights = self._plain_terms(output, targets)
            else:
                terms = self._terms(output, targets)
                ramp = self.ramp(progress)
                weights = {
                    k: getattr(self.config, k) * (ramp if k in RAMPED else 1.0) for k in terms
                }
            total = torch.stack([terms[k] * weights[k] for k in terms if weights[k]]).sum()
        return LossTerms(total, {k: v.detach() for k, v in terms.items()})

    def _terms(self, output: NetworkOutput, targets: LossTargets) -> dict[str, Tensor]:
        config, mask, valid = self.config, targets.mask, targets.valid
        logits = output.segmentation.float()
        p = torch.sigmoid(logits)
        assert output.affinity is not None
        assert output.query_class is not None
        assert output.query_box is not None
        terms = {
            "tversky": focal_tversky(
                p,
                mask,
                valid,
                w_fn=config.w_fn,
                w_fp=config.w_fp,
                gamma=config.gamma,
                smooth_share=config.smooth_share,
            ),
            "boundary": boundary_loss(p, mask, valid),
            "cross_entropy": self.entropy(logits, mask, valid),
            "dice": soft_dice(p, mask, valid, smooth_share=config.smooth_share),
            "region": _region_loss(output, targets),
            "affinity": affinity_loss(
                output.affinity.float(), targets.instances, valid, config.affinity_target
            ),
            "query": query_loss(
                output.query_class.float(),
                output.query_box.float(),
                targets.lesion_boxes(),
                iou_aware=self.network.generation is Generation.NOVEMBER,
            ),
        }
        if config.attention:
            terms["attention"] = attention_loss(output, targets)
        return terms

    def _plain_terms(
        self, output: NetworkOutput, targets: LossTargets
    ) -> tuple[dict[str, Tensor], dict[str, float]]:
        """0.5 BCE + 0.5 Dice, and 0.1 BCE for each auxiliary head."""
        logits, valid = output.segmentation.float(), targets.valid
        assert output.boundary is not None
        band = boundary_band(targets.mask)
        edge = functional.interpolate(
            output.boundary.float(), size=band.shape[-2:], mode="bilinear"
        )
        entropy = functional.binary_cross_entropy_with_logits
        terms = {
            "cross_entropy": entropy(logits, targets.mask, weight=valid),
            "dice": soft_dice(
                torch.sigmoid(logits), targets.mask, valid, smooth_share=self.config.smooth_share
            ),
            "region": _region_loss(output, targets),
            "boundary": entropy(edge, band, weight=valid),
        }
        return terms, {"cross_entropy": 0.5, "dice": 0.5, "region": 0.1, "boundary": 0.1}


def _region_loss(output: NetworkOutput, targets: LossTargets) -> Tensor:
    """Mean over the tiles of which it is known whether they hold disease; 0 without any."""
    known = presence_known(targets)
    entropy = functional.binary_cross_entropy_with_logits(
        output.region.float(), disease_present(targets), weight=known, reduction="sum"
    )
    return entropy / known.sum().clamp_min(1)
