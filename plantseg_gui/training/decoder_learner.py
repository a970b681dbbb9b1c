"""One update of the decoder on cached features: the learner of retraining."""

import copy
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from plantseg_gui.nn.losses.total import TotalLoss
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.nn.outputs import NetworkOutput
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.dataset import Batch
from plantseg_gui.training.feature_cache import FeatureBatch
from plantseg_gui.training.learner import Learner
from plantseg_gui.training.photo_maps import mask_only
from plantseg_gui.training.precision import Precision
from plantseg_gui.training.reminders import Reminders, distillation

# The terms that are about the mask and the presence; affinity and queries are the others.
MASK_TERMS = ("tversky", "boundary", "cross_entropy", "dice", "region")
_ENCODER = ("net/encoder.", "ema/encoder.")


class DecoderLearner(Learner):
    """Trains everything behind the encoder but the tile scorer.

    Args:
        config: `updates` fixed, the encoder frozen throughout.
        network: Changed in place.
        precision: Number format and device.
        lesion_share: Of the training crops, for the weights of the cross-entropy.
        aux_every: Affinity and queries learn at every so many-th update, with as much more weight:
            they cost a quarter of an update. 0 = never. They learn on the features as they are:
            measured on three photos, their gradients (the queries' above all) were ten times the
            mask's, and in 45 updates they kept the pyramid from following the mask.
        window: Side of the windows that the other updates learn from, as a share of the crop's.
        whole: How many crops of a batch are enough for an update on whole crops; 0 = all.
        late_from: From this update on the encoder's late blocks learn too; None = never.
        reminders: What must not be unlearned; None = nothing.
        remind: Weight of the reminders.
        remind_crops: Of each update with reminders, which is every second one.
        head_only: Only the last layer of the mask learns.
    """

    def __init__(
        self,
        config: TrainConfig,
        network: PlantSegNet,
        precision: Precision,
        *,
        lesion_share: float,
        aux_every: int = 1,
        window: float = 1.0,
        whole: int = 0,
        late_from: int | None = None,
        reminders: Reminders | None = None,
        remind: float = 1.0,
        remind_crops: int = 2,
        head_only: bool = False,
    ) -> None:
        super().__init__(config, network, precision)
        self._aux_every = aux_every
        self._window, self._whole = window, whole
        self._late_from = late_from
        self._reminders, self._remind, self._remind_crops = reminders, remind, remind_crops
        if head_only:
            self._aux_every = 0
            network.requires_grad_(False)
            network.segmentation.logit.requires_grad_(True)
        self.loss.entropy.lesion_share.fill_(lesion_share)
        full = self.loss.config
        often = max(1, aux_every)
        self.loss.config = replace(full, affinity=full.affinity * often, query=full.query * often)
        self._mask_weights = {k: getattr(full, k) for k in MASK_TERMS}
        self._light_loss = TotalLoss(replace(full, affinity=0.0, query=0.0), network.config)
        self._light_loss.to(precision.device).eval()
        self._light_loss.entropy = self.loss.entropy
        self._light_network = mask_only(network)
        self._full_network = heads_alone(network)
        self._modes_for = 0
        self._number = 0

    def mask_loss(self, terms: dict[str, float]) -> float:
        """The weighted sum of the terms that every update has: one curve for a person to read."""
        return sum(weight * terms.get(key, 0.0) for key, weight in self._mask_weights.items())

    def _prepare(self, number: int) -> None:
        self._number = number
        late = self._late_from is not None and number >= self._late_from
        if self._modes_for != self.batch:
            super()._prepare(number)
            # A few photos give a better share of lesion than a running mean over a minute.
            self.loss.eval()
            self._modes_for = self.batch
            if self.network.learned_late:
                self._free_late_blocks()
        else:
            # Modes stay as they were set: walking through all modules costs 40 ms an update.
            self._set_rates(number)
        if late and not self.network.learned_late:
            self._free_late_blocks()

    def _free_late_blocks(self) -> None:
        blocks = self.network.encoder.late_blocks
        if blocks is None:
            self._late_from = None
            return
        for parameter in blocks.parameters():
            parameter.requires_grad_(True)
        for view in (self.network, self._light_network, self._full_network, self.average.network):
            view.learned_late = True

    def _buffers_copy(self) -> list[Tensor]:
        # No normalisation follows the batch, so a bad batch leaves no trace in any buffer.
        return []

    def _changing(self) -> list[Tensor]:
        return []

    def _forward(self, batch: Batch, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        cached = cast(FeatureBatch, batch)
        plain = self.network.config.plain
        if plain or (self._aux_every > 0 and self._number % self._aux_every == 0):
            cached = cached.first(self._whole or len(cached.complete))
            with self.precision.autocast():
                output = self._full_network.decode(self._features(cached.features))
            found = self.loss(_only_complete(output, cached), cached.targets, progress)
            return found.total, found.terms
        if self._window < 1:
            cached = cached.windows(self._window)
        targets = cached.targets
        with self.precision.autocast():
            output = self._light_network.decode(self._features(cached.features))
        output = _filled(output, self.network.config.queries)
        # Without instances the terms of the heads that did not run cost nothing.
        bare = replace(targets, instances=torch.zeros_like(targets.instances), boxes=None)
        found = self._light_loss(_only_complete(output, cached), bare, progress)
        total = found.total
        if self._reminders is not None and self._number % 2:
            total = total + self._remind * self._reminder_loss(self._reminders)
        return total, {k: v for k, v in found.terms.items() if k in MASK_TERMS}

    def _features(self, cached: list[Tensor]) -> list[Tensor]:
        features = [f.to(self.precision.dtype) for f in cached]
        return self.network.encoder.late(features) if self.network.learned_late else features

    def _reminder_loss(self, reminders: Reminders) -> Tensor:
        features, teacher = reminders.batch(self._number // 2, self._remind_crops)
        on_device = [f.to(self.precision.device) for f in features]
        with self.precision.autocast():
            output = self._light_network.decode(self._features(on_device))
        return distillation(output.segmentation, teacher)

    def tensors(self) -> dict[str, Tensor]:
        """As the base class's, without the encoder as long as it does not change."""
        found = super().tensors()
        if self.network.learned_late:
            return found
        return {k: v for k, v in found.items() if not k.startswith(_ENCODER)}

    def state(self) -> dict[str, Any]:
        """As the base class's, and whether the late blocks learn by now."""
        return {**super().state(), "late": self.network.learned_late}

    def load(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """As the base class's; an encoder that had not changed stays as it is."""
        own = super().tensors()
        super().load({k: v for k, v in own.items() if k.startswith(_ENCODER)} | tensors, state)
        if state.get("late") is True:
            self._free_late_blocks()


class _Alone(nn.Module):
    """A head that learns without changing what it looks at."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Any:
        """The head's own output."""
        return self.head(features.detach())


def heads_alone(network: PlantSegNet) -> PlantSegNet:
    """A view whose affinity and query heads send no gradient back; shares all weights."""
    view = copy.copy(network)
    alone = {
        name: head if head is None else _Alone(head)
        for name, head in (("affinity", network.affinity), ("query", network.query))
    }
    view._modules = {**network._modules, **alone}
    return view


def _only_complete(output: NetworkOutput, batch: FeatureBatch) -> NetworkOutput:
    """Stop the gradients of what cannot be judged on crops that nobody has looked at in full.

    Presence can be: where a labelled lesion is there, whatever the rest shows.
    """
    complete, targets = batch.complete, batch.targets
    if bool(complete.all()):
        return output
    sick = ((targets.mask * targets.valid).sum((1, 2, 3)) > 0) | complete
    values: dict[str, Any] = {
        "region": torch.where(sick[:, None], output.region, output.region.detach())
    }
    for name in ("query_class", "query_box"):
        value: Tensor | None = getattr(output, name)
        if value is not None:
            values[name] = torch.where(complete[:, None, None], value, value.detach())
    return output._replace(**values)


def _filled(output: NetworkOutput, queries: int) -> NetworkOutput:
    """Zeros in place of the heads that did not run: the loss wants all of them."""
    batch, _, height, width = output.fpn.shape
    return output._replace(
        affinity=output.fpn.new_zeros(batch, 8, height, width),
        query_class=output.fpn.new_zeros(batch, queries, 1),
        query_box=output.fpn.new_zeros(batch, queries, 4),
    )
