"""A training run from its first update to its model folder, or from its last checkpoint on."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.stall import StallWatch
from plantseg_gui.inference.memory import MemoryWatch, peak_memory
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.control import Control
from plantseg_gui.training.dataset import BatchFeed, CropSampler
from plantseg_gui.training.eta import FREE_RATIO, RunEta
from plantseg_gui.training.learner import Learner, UpdateReport
from plantseg_gui.training.metrics import DevPhoto, measure_dice
from plantseg_gui.training.protocol import CommandReader, Epoch, Finished, Step, Stopped, Warning_
from plantseg_gui.training.resume import Checkpoint, load_checkpoint, save_checkpoint
from plantseg_gui.training.run_store import RunStore
from plantseg_gui.training.safe_update import SafeUpdater
from plantseg_gui.training.status import status_lines

METRIC_COLUMNS = ["update", "seconds", "lr", "loss", "grad_norm", "discarded"]
TERM_COLUMNS = [
    "tversky",
    "boundary",
    "cross_entropy",
    "dice",
    "region",
    "affinity",
    "query",
    "scorer",
    "attention",
]
_STEP_EVENT_S = 0.5


@dataclass
class Best:
    """The best evaluation so far."""

    update: int = -1
    dice_mean: float = -1.0
    dice: dict[str, float] = field(default_factory=dict)


class TrainingRun:
    """Drives a learner: time, evaluations, checkpoints, events, stopping.

    Args:
        config: `updates` fixed.
        learner: Fresh; `run` loads the checkpoint into it.
        sampler: Of the training crops.
        dev: Held-out photos for choosing the best weights; may be empty: then the last ones count.
        store: The run's folder.
        meta: Name and notes of the resulting model.
        token: Cancelled = finish the update, save, end.
        limits: Of memory; None = those of the environment.
        free_ratio: How much longer an update of all layers takes than one with the encoder
            frozen; 0 = not measured.
    """

    def __init__(
        self,
        config: TrainConfig,
        learner: Learner,
        sampler: CropSampler,
        dev: list[DevPhoto],
        store: RunStore,
        meta: ModelMeta,
        token: CancelToken,
        limits: MemoryLimits | None = None,
        free_ratio: float = 0.0,
    ) -> None:
        self.config = config
        self.learner = learner
        self.best = Best()
        self.next_update = 0
        self.seconds = 0.0
        self._sampler = sampler
        self._dev = dev
        self._store = store
        self._meta = meta
        self._control = Control(CommandReader(store.dir), token)
        self._updater = SafeUpdater(learner, MemoryWatch(limits), self._warn)
        self._evaluate_at = evaluation_points(config.updates, config.evaluations) if dev else set()
        self._eta = RunEta(
            config.updates, learner.frozen_updates, self._evaluate_at, free_ratio or FREE_RATIO
        )
        self._step_told = 0.0

    def resume(self) -> bool:
        """Load the folder's checkpoint; False when there is none.

        Raises:
            InputError: damaged, or of another network.
        """
        checkpoint = load_checkpoint(self._store.dir)
        if checkpoint is None:
            return False
        self.learner.load(checkpoint.tensors, checkpoint.state["learner"])
        self.next_update = int(checkpoint.state["update"])
        self.seconds = float(checkpoint.state["seconds"])
        self.best = Best(**checkpoint.state["best"])
        return True

    def run(self) -> bool:
        """Train to the end; False when it was stopped before.

        Raises:
            NumericError: the loss stays not finite.
            MemoryLimitError: not even one tile fits into memory.
            StorageError: the run's folder cannot be written.
        """
        begun = time.monotonic() - self.seconds
        saved_at = time.monotonic()
        self._store.start_metrics(self.next_update)
        on_card = self.learner.precision.device.type == "cuda"
        feed = BatchFeed(self._sampler, self.config.workers, processes=on_card)
        stall = StallWatch(lambda s: self._warn(f"No progress for {s:.0f} s."))
        try:
            while self.next_update < self.config.updates:
                if not self._control.obey(stall.beat):
                    return self._end(finished=False)
                self._one_update(feed, stall)
                self.seconds = time.monotonic() - begun
                if self.next_update in self._evaluate_at:
                    self._evaluate(stall)
                    self.seconds = time.monotonic() - begun
                if time.monotonic() - saved_at >= self.config.checkpoint_s:
                    self.save()
                    saved_at = time.monotonic()
            return self._end(finished=True)
        finally:
            stall.close()
            feed.close()

    def save(self) -> None:
        """Write the checkpoint. Raises StorageError."""
        state = {
            "learner": self.learner.state(),
            "update": self.next_update,
            "seconds": self.seconds,
            "best": vars(self.best),
            "config": self.config.to_dict(),
            "name": self._meta.name,
        }
        save_checkpoint(self._store.dir, Checkpoint(self.learner.tensors(), state))

    def _one_update(self, feed: BatchFeed, stall: StallWatch) -> None:
        number = self.next_update
        begun = time.perf_counter()
        report = self._updater.update(number, feed.get)
        took = time.perf_counter() - begun
        self._eta.add_update(number, took)
        stall.beat(self._eta.seconds_per_update)
        self.next_update = number + 1
        self._log(report, took)

    def _log(self, report: UpdateReport, took: float) -> None:
        number = self.next_update
        row = {
            "update": number - 1,
            "seconds": round(took, 3),
            "lr": f"{report.lr:.3e}",
            "loss": round(report.loss, 5),
            "grad_norm": round(report.grad_norm, 4),
            "discarded": int(report.discarded),
        }
        self._store.add_metrics(row | {k: round(v, 5) for k, v in report.terms.items()})
        if report.discarded:
            self._warn(f"Update {number} was discarded: its loss was not a finite number.")
        now = time.monotonic()
        eta = self._eta.left(number)
        if now - self._step_told >= _STEP_EVENT_S or number == self.config.updates:
            self._step_told = now
            loss = report.loss if math.isfinite(report.loss) else 0.0
            terms = {k: round(v, 5) for k, v in report.terms.items()}
            pace = round(self._eta.seconds_per_update, 4)
            self._store.emit(
                Step(number, self.config.updates, loss, round(eta, 1), pace, report.lr, terms)
            )
        self._store.write_status(
            status_lines(
                "training", number, self.config.updates, self.seconds, eta, report, self.best
            )
        )

    def _evaluate(self, stall: StallWatch) -> None:
        network = self.learner.average.network
        begun = time.perf_counter()
        dice = measure_dice(
            network,
            self._dev,
            self.learner.precision,
            tile_px=network.config.tile_px,
            batch=self.learner.batch,
            between=stall.beat,
        )
        self._eta.add_evaluation(time.perf_counter() - begun)
        mean = sum(dice.values()) / len(dice)
        better = mean > self.best.dice_mean
        if better:
            self.best = Best(self.next_update, mean, dice)
            self._write_model()
        columns = {f"dev_dice_{k}": round(v, 5) for k, v in dice.items()}
        self._store.add_metrics({"update": self.next_update - 1, **columns})
        self._store.emit(Epoch(self.next_update, self.config.updates, dice, mean, better))

    def _write_model(self) -> str:
        figures = {
            "dev_dice_pooled_quick": self.best.dice,
            "dev_dice_mean_quick": self.best.dice_mean,
        }
        training = {
            "profile": self.config.profile,
            "updates": self.config.updates,
            "best_update": self.best.update,
            "effective_batch": self.config.effective_batch,
            "seconds": round(self.seconds),
            "photos": self._sampler.epoch_length,
            "precision": self.learner.precision.label,
        }
        meta = ModelMeta(
            **{
                **vars(self._meta),
                "figures": {**self._meta.figures, **(figures if self.best.dice else {})},
                "training": {**self._meta.training, **training},
                "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            }
        )
        return str(self._store.write_model(self.learner.average.network, meta))

    def _end(self, *, finished: bool) -> bool:
        self.save()
        if self.best.update < 0 and self.next_update > 0:
            # No evaluation yet, or no held-out photos: the moving average as it is.
            self._write_model()
        model = self._store.dir / "model"
        folder = str(model) if model.exists() else ""
        results: dict[str, Any] = {
            "finished": finished,
            "update": self.next_update,
            "updates": self.config.updates,
            "seconds": round(self.seconds, 1),
            "seconds_per_update": round(self._eta.seconds_per_update, 4),
            "best_update": self.best.update,
            "dev_dice_mean": self.best.dice_mean if self.best.dice else None,
            "dev_dice": self.best.dice,
            "discarded_updates": self.learner.scale.discarded,
            "peak_memory_mib": peak_memory(self.learner.precision.device),
            "model": folder,
        }
        self._store.write_results(results)
        state = "finished" if finished else "stopped"
        self._store.write_status(
            status_lines(
                state, self.next_update, self.config.updates, self.seconds, 0.0, None, self.best
            ),
            now=True,
        )
        event = Finished if finished else Stopped
        self._store.emit(event(self.next_update, round(self.seconds, 1), folder, results))
        return finished

    def _warn(self, text: str) -> None:
        self._store.emit(Warning_(text))


def evaluation_points(updates: int, count: int) -> set[int]:
    """After how many updates to evaluate: `count` times, the last one at the end."""
    return {max(1, round(updates * k / count)) for k in range(1, count + 1)}
