"""One retraining from the first photo to the model folder.

Order: look at the photos, measure, cache crops, train the model that is kept, then (3 to 5 approved
photos) the short trainings of the leave-one-out estimate, then judge and write. So whoever stops
early has the model, and at most misses the estimate.
"""

import copy
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from plantseg_gui.core.cancel import Cancelled
from plantseg_gui.core.errors import NumericError
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.decoder_run import DecoderRun, Span
from plantseg_gui.training.feature_cache import FeatureCache, build_cache
from plantseg_gui.training.finetune_look import Looks
from plantseg_gui.training.finetune_prepare import Prepared
from plantseg_gui.training.finetune_state import FinetuneState, load_state, save_state
from plantseg_gui.training.guards import LossWatch
from plantseg_gui.training.interpolate import between
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.learner import UpdateReport
from plantseg_gui.training.loop import evaluation_points
from plantseg_gui.training.plan import RunPlan
from plantseg_gui.training.protocol import Epoch
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.run_store import RunStore
from plantseg_gui.training.status import duration

# After a training that went astray the learning rate is a quarter; so low at least.
SMALLER, LEAST_RATE = 0.25, 0.01


class _AstrayError(Exception):
    """The loss rises."""


class Finetune:
    """The trainings of one run.

    Args:
        job: What was asked for.
        prepared: Photos and base model.
        state: Plan and counters; fresh or from the checkpoint.
        store: The run's folder.
        env: Surroundings.
    """

    def __init__(
        self,
        job: FinetuneJob,
        prepared: Prepared,
        state: FinetuneState,
        store: RunStore,
        env: RunEnv,
    ) -> None:
        self.state = state
        self._job = job
        self._prepared = prepared
        self._store = store
        self._env = env
        self._looks = Looks(prepared, state, store, env)
        self._saved_at = time.monotonic()
        self.learner: DecoderLearner | None = None
        self.network: PlantSegNet = prepared.base.network
        self.seconds_per_update = 0.0

    @property
    def recipe(self) -> Recipe:
        """Of the run."""
        return self.state.recipe

    @property
    def plan(self) -> RunPlan:
        """Of the run."""
        return self.state.plan

    def train(self, resumed: dict[str, Tensor] | None, learner_state: dict[str, Any]) -> bool:
        """Make all updates that are left, folds included.

        Args:
            resumed: Tensors of the checkpoint.
            learner_state: Of the checkpoint.

        Returns:
            False when it was told to stop; `learner` is None when nothing was learned yet.

        Raises:
            AppError: see `DecoderRun.run`.
        """
        try:
            cache = build_cache(
                self._prepared.cache_photos(),
                self._prepared.encoder,
                self._env.saving.views(self.plan.views),
                self.recipe,
                self._prepared.base.network.config.tile_px,
                between=lambda done, total: self._env.stage("Preparing crops", done, total),
            )
        except Cancelled:
            if resumed is None:
                return False
            raise
        learner = self._new_learner(cache, self.plan.updates, self.recipe.aux_every)
        if resumed is not None:
            learner.load(self._looks.load(resumed), learner_state)
        self.learner = learner
        while True:
            try:
                return self._train_main(self.learner, cache) and self._train_folds(cache)
            except (_AstrayError, NumericError):
                self._begin_again(cache)
            except Cancelled:
                # Told to stop between two parts: what was learned counts.
                return False

    def save(self) -> None:
        """Write the checkpoint; a fault of the disk is said, and the run goes on."""
        if self.learner is None:
            return
        learner = self.learner
        self._env.attempt(
            "The checkpoint",
            lambda: save_state(
                self._store.dir,
                self._job,
                self.state,
                learner.tensors() | self._looks.tensors(),
                learner.state(),
                self._env.seconds,
            ),
        )
        self._saved_at = time.monotonic()

    def settle(self) -> int:
        """Give `network` the best weights; returns after how many updates they were."""
        assert self.learner is not None
        self.network = self._kept(self.learner)
        return self._looks.settle(self.network)

    def _kept(self, learner: DecoderLearner) -> PlantSegNet:
        """What would be kept if the training ended now."""
        base = self._prepared.base.network
        return between(base, learner.average.network, self.recipe.new_share)

    def _begin_again(self, cache: FeatureCache) -> None:
        """From the base model on, with smaller steps."""
        state = self.state
        if state.rate * SMALLER < LEAST_RATE:
            raise NumericError(
                "The training got worse and worse, however small its steps.",
                "Check that the masks belong to the photos.",
            )
        self._env.warn("The training went astray; it begins again with smaller steps.")
        state.rate *= SMALLER
        state.update, state.best_update, state.best_dice = 0, -1, -1.0
        state.losses, state.fold_dice = [], {}
        self._looks.forget()
        self.learner = self._new_learner(cache, self.plan.updates, self.recipe.aux_every)

    def _new_learner(self, cache: FeatureCache, updates: int, aux_every: int) -> DecoderLearner:
        recipe = replace(self.recipe, lr=self.recipe.lr * self.state.rate)
        return DecoderLearner(
            recipe.train_config(updates),
            copy.deepcopy(self._prepared.base.network),
            self._prepared.precision,
            lesion_share=cache.lesion_share,
            aux_every=aux_every,
        )

    def _train_main(self, learner: DecoderLearner, cache: FeatureCache) -> bool:
        plan = self.plan
        folds_s = plan.folds * plan.fold_updates * 0.8
        points = evaluation_points(plan.updates, plan.evaluations)
        if self.state.update == 0:
            self._looks.look(self._prepared.base.network, 0)
        pace = max(0.0, plan.estimated_s - plan.finish_s) / max(1.0, plan.updates + folds_s)
        span = Span(0, plan.updates, plan.total, folds_s * pace + plan.finish_s, "train")
        run = DecoderRun(learner, cache.feed(self.recipe.seed), self._env, span)
        self._store.start_metrics(self.state.update)
        watch = LossWatch(self.state.losses)

        def after(done: int, report: UpdateReport, took: float, eta: float) -> None:
            self.state.update = done
            self.seconds_per_update = run.seconds_per_update
            self._log(learner, done, report, took, eta)
            if not report.discarded:
                watch.add(learner.mask_loss(report.terms))
                self.state.losses = watch.losses
            if watch.astray:
                raise _AstrayError
            if run.passed(points):
                self._looks.look(self._kept(learner), done)
            if time.monotonic() - self._saved_at >= self.recipe.checkpoint_s:
                self.save()

        done = run.run(self.state.update, after)
        self.save()
        return done == plan.updates

    def _train_folds(self, cache: FeatureCache) -> bool:
        """Leave one approved photo out at a time; the cached crops are the same."""
        plan, prepared = self.plan, self._prepared
        left_out = prepared.folds if plan.fold_updates else []
        for number, index in enumerate(left_out):
            photo = prepared.training[index]
            if photo.photo_id in self.state.fold_dice or len(prepared.training) < 2:
                continue
            learner = self._new_learner(cache, plan.fold_updates, 0)
            first = plan.updates + number * plan.fold_updates
            others = (len(left_out) - number - 1) * plan.fold_updates
            rest_s = others * self.seconds_per_update * 0.8 + plan.finish_s
            span = Span(first, plan.fold_updates, plan.total, rest_s, "check")
            feed = cache.feed(self.recipe.seed, without=index)
            self._env.stage(f"Judging: leaving out photo {number + 1} of {len(left_out)}")
            run = DecoderRun(learner, feed, self._env, span)
            try:
                if run.run(0, lambda *_: None) < plan.fold_updates:
                    return False
            except NumericError:
                self._env.warn(
                    f"{photo.photo_id} is left out of the estimate: its training failed."
                )
                continue
            dice = self._looks.dice(self._kept(learner), photo)
            self.state.fold_dice[photo.photo_id] = dice
            end = first + plan.fold_updates
            mean = sum(self.state.fold_dice.values()) / len(self.state.fold_dice)
            self._env.emit(Epoch(end, plan.total, {photo.photo_id: dice}, mean, False))
            self.save()
        return True

    def _log(
        self, learner: DecoderLearner, done: int, report: UpdateReport, took: float, eta: float
    ) -> None:
        loss = float("nan") if report.discarded else learner.mask_loss(report.terms)
        row = {
            "update": done - 1,
            "seconds": round(took, 3),
            "lr": f"{report.lr:.3e}",
            "loss": round(loss, 5),
            "grad_norm": round(report.grad_norm, 4),
            "discarded": int(report.discarded),
        }
        self._store.add_metrics(row | {k: round(v, 5) for k, v in report.terms.items()})
        self._store.write_status(
            [
                f"retraining: {done} of {self.plan.updates} updates",
                f"time so far: {duration(self._env.seconds)}",
                f"time left: {duration(eta)}",
            ]
        )


def checkpoint_of(
    run_dir: Path, job: FinetuneJob
) -> tuple[FinetuneState, dict[str, Tensor], dict[str, Any], float] | None:
    """State, tensors, learner's state and seconds of a run's checkpoint; None without one.

    Raises:
        InputError: damaged, or of another job.
    """
    found = load_state(run_dir, job)
    if found is None:
        return None
    state, checkpoint = found
    return (
        state,
        checkpoint.tensors,
        checkpoint.state["learner"],
        float(checkpoint.state["seconds"]),
    )
