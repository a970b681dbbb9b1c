"""One update of the weights, without files, clocks or events.

Everything that a resumed run needs is in `tensors()` and `state()`; random numbers are drawn afresh
for each update from (seed, update), so there is no generator's state to keep.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.losses.total import LossConfig, TotalLoss
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.cpu_kernels import avoid_slow_kernels
from plantseg_gui.training.dataset import Batch
from plantseg_gui.training.ema import WeightAverage
from plantseg_gui.training.freezing import apply_modes, parameter_groups, set_encoder_frozen
from plantseg_gui.training.precision import LossScale, Precision
from plantseg_gui.training.schedule import one_cycle, set_rates

# Retraining feeds cached features instead: whatever `_forward` understands and has a `to`.
GetBatch = Callable[[int, int], Any]


@dataclass(frozen=True)
class UpdateReport:
    """What one update did.

    Attributes:
        loss: Mean over the micro-batches; NaN when discarded.
        terms: Each term before weighting.
        grad_norm: Before clipping.
        lr: Of the decoder.
        discarded: A micro-batch was not finite, and no weight was changed.
    """

    loss: float
    terms: dict[str, float]
    grad_norm: float
    lr: float
    discarded: bool


class Learner:
    """Network, moving average, loss and optimiser of one run.

    Args:
        config: `updates` must be fixed.
        network: Changed in place; already on the device.
        precision: Number format and device.
    """

    def __init__(self, config: TrainConfig, network: PlantSegNet, precision: Precision) -> None:
        if not config.updates:
            raise ValueError("the number of updates is not fixed yet")
        self.config = config
        self.network = network
        self.precision = precision
        if precision.device.type == "cpu" and precision.dtype == torch.bfloat16:
            avoid_slow_kernels(network)
        self.batch, self.accumulate = config.batch, config.accumulate
        self.average = WeightAverage(network, config.ema_share * config.updates)
        ramp = {"ramp": tuple(config.loss["ramp"])} if "ramp" in config.loss else {}
        try:
            loss_config = LossConfig(**{**config.loss, **ramp})
        except TypeError as error:
            raise InputError(f"The settings of the loss cannot be used: {error}.") from error
        self.loss = TotalLoss(loss_config, network.config).to(precision.device)
        encoder, others = parameter_groups(network)
        self._peaks = (config.lr * config.encoder_lr_ratio, config.lr)
        self.optimiser = torch.optim.AdamW(
            [{"params": encoder}, {"params": others}],
            lr=config.lr,
            betas=(0.9, 0.99),
            weight_decay=config.weight_decay,
            fused=precision.device.type in ("cpu", "cuda"),
        )
        self.scale = LossScale(precision.dtype)
        self._frozen: bool | None = None
        if precision.device.type == "cpu" and precision.dtype == torch.bfloat16:
            avoid_slow_kernels(network)

    @property
    def frozen_updates(self) -> int:
        """At so many updates the encoder is set free."""
        return round(self.config.frozen_share * self.config.updates)

    def update(self, number: int, get_batch: GetBatch) -> UpdateReport:
        """Make update `number` (0-based).

        Args:
            number: Decides learning rate, freezing, random numbers and samples.
            get_batch: Gives the samples first to first + size - 1 of the run.

        Raises:
            NumericError: several updates in a row were not finite.
        """
        self._prepare(number)
        kept = self._buffers_copy()
        progress = number / self.config.updates
        first = number * self.batch * self.accumulate
        total, terms = 0.0, dict[str, float]()
        for micro in range(self.accumulate):
            batch = get_batch(first + micro * self.batch, self.batch).to(self.precision.device)
            loss, parts = self._forward(batch, progress)
            # One read from the device for all figures: each would wait for it.
            value, *values = torch.stack([loss.detach(), *parts.values()]).tolist()
            if not np.isfinite(value):
                return self._discard(kept)
            (loss * (self.scale.value / self.accumulate)).backward()
            total += value / self.accumulate
            for key, part in zip(parts, values, strict=True):
                terms[key] = terms.get(key, 0.0) + part / self.accumulate
        parameters = [p for p in self.network.parameters() if p.grad is not None]
        self.scale.unscale(parameters)
        norm = float(nn.utils.clip_grad_norm_(parameters, self.config.clip))
        if not np.isfinite(norm):
            return self._discard(kept)
        self.optimiser.step()
        self.scale.good()
        self.average.follow(self.network, number)
        return UpdateReport(total, terms, norm, self.optimiser.param_groups[1]["lr"], False)

    def shrink_batch(self) -> bool:
        """Halve the micro-batch and keep the effective one; False when it is 1 already."""
        effective = self.batch * self.accumulate
        smaller = [b for b in range(1, self.batch // 2 + 1) if effective % b == 0]
        if not smaller:
            return False
        self.optimiser.zero_grad(set_to_none=True)
        self.batch = smaller[-1]
        self.accumulate = effective // self.batch
        return True

    def _prepare(self, number: int) -> None:
        frozen = number < self.frozen_updates
        if frozen != self._frozen:
            set_encoder_frozen(self.network, frozen)
            self._frozen = frozen
        apply_modes(self.network, self.batch, all_eval=self.config.all_bn_eval)
        self.loss.train()
        self._set_rates(number)

    def _set_rates(self, number: int) -> None:
        """Learning rates and random state of update `number`; gradients dropped."""
        factor = one_cycle(number, self.config.updates, warm_fraction=self.config.warm_share)
        set_rates(self.optimiser, self._peaks, factor)
        self.optimiser.zero_grad(set_to_none=True)
        words = np.random.SeedSequence([self.config.seed, number]).generate_state(2)
        torch.manual_seed(int(words[0]) << 32 | int(words[1]))

    def _forward(self, batch: Batch, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        with self.precision.autocast():
            output = self.network(self.network.normalise(batch.images))
        found = self.loss(output, batch.targets, progress)
        # The scorer shares no weight with the network; adding its loss trains both at once.
        scores = self.network.scorer(self.network.normalise(batch.thumbs)).float()
        cells = functional.binary_cross_entropy_with_logits(
            scores, batch.thumb_masks, reduction="none"
        )
        scorer = (cells * batch.thumb_valid).sum() / batch.thumb_valid.sum()
        return found.total + scorer, {**found.terms, "scorer": scorer.detach()}

    def _changing(self) -> list[Tensor]:
        """Buffers that a forward pass changes: they must not keep a bad batch."""
        modules = (self.network, self.loss)
        return [b for m in modules for b in m.buffers() if b.is_floating_point()]

    def _buffers_copy(self) -> list[Tensor]:
        return [b.detach().clone() for b in self._changing()]

    def _discard(self, kept: list[Tensor]) -> UpdateReport:
        self.optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            for buffer, old in zip(self._changing(), kept, strict=True):
                buffer.copy_(old)
        self.scale.bad()
        nan = float("nan")
        return UpdateReport(nan, {}, nan, self.optimiser.param_groups[1]["lr"], True)

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of the run's state, by name."""
        found = {f"net/{k}": v for k, v in self.network.state_dict().items()}
        found |= {f"ema/{k}": v for k, v in self.average.network.state_dict().items()}
        found |= {f"loss/{k}": v for k, v in self.loss.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            for key, value in self.optimiser.state.get(parameter, {}).items():
                found[f"opt/{name}/{key}"] = torch.as_tensor(value)
        return {k: v.detach() for k, v in found.items()}

    def state(self) -> dict[str, Any]:
        """The rest of the run's state, for JSON."""
        return {"scale": self.scale.state(), "batch": self.batch, "accumulate": self.accumulate}

    def load(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Continue from `tensors()` and `state()`.

        Raises:
            InputError: the state belongs to another network.
        """
        parts: dict[str, dict[str, Tensor]] = {"net": {}, "ema": {}, "loss": {}, "opt": {}}
        for key, value in tensors.items():
            kind, _, name = key.partition("/")
            parts.setdefault(kind, {})[name] = value
        try:
            self.network.load_state_dict(parts["net"])
            self.average.network.load_state_dict(parts["ema"])
            self.loss.load_state_dict(parts["loss"])
        except RuntimeError as error:
            raise InputError(
                "The checkpoint belongs to another network.", "Use another --out folder."
            ) from error
        for name, parameter in self.network.named_parameters():
            entries = {
                key.rpartition("/")[2]: value
                for key, value in parts["opt"].items()
                if key.rpartition("/")[0] == name
            }
            if entries:
                self.optimiser.state[parameter] = {
                    k: v.clone().to(parameter.device)
                    if k == "step"
                    else torch.empty_like(parameter).copy_(v)
                    for k, v in entries.items()
                }
        self.scale.load(state["scale"])
        self.batch, self.accumulate = int(state["batch"]), int(state["accumulate"])
