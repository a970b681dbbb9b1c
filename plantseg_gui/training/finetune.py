"""The trainings of one retraining.

Order: cache crops, train the model that is kept (it is written at once), then (3 to 5 approved
photos) the short trainings of the leave-one-out estimate. So whoever stops early has the model, and
at most misses the estimate.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from torch import Tensor

from plantseg_gui.core.cancel import Cancelled
from plantseg_gui.core.errors import NumericError
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.storage.masks import read_mask, write_mask
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.decoder_run import DecoderRun, Span
from plantseg_gui.training.feature_cache import FeatureCache, build_cache
from plantseg_gui.training.finetune_look import Looks
from plantseg_gui.training.finetune_prepare import Prepared
from plantseg_gui.training.finetune_state import FinetuneState, load_state, save_state
from plantseg_gui.training.gate import photo_dice
from plantseg_gui.training.gate_share import DEFAULT_SHARE, SHARES
from plantseg_gui.training.guards import LossWatch
from plantseg_gui.training.interpolate import between
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.learner import UpdateReport
from plantseg_gui.training.loop import evaluation_points
from plantseg_gui.training.photo_maps import Bools
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
        self.looks = Looks(prepared, state, store, env, self._probably_kept)
        self._saved_at = time.monotonic()
        self.learner: DecoderLearner | None = None
        self.seconds_per_update = 0.0

    def attempt(self, what: str, act: Callable[[], object]) -> None:
        """See `RunEnv.attempt`."""
        self._env.attempt(what, act)

    @property
    def folder(self) -> Path:
        """Of the run."""
        return self._store.dir

    @property
    def recipe(self) -> Recipe:
        """Of the run."""
        return self.state.recipe

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the way to the trained weights that the gate chooses from."""
        return (self.recipe.new_share,) if self.recipe.new_share else SHARES

    @property
    def plan(self) -> RunPlan:
        """Of the run."""
        return self.state.plan

    def train(
        self,
        resumed: dict[str, Tensor] | None,
        learner_state: dict[str, Any],
        ready: Callable[[], None] = lambda: None,
    ) -> bool:
        """Make all updates that are left, folds included.

        Args:
            resumed: Tensors of the checkpoint.
            learner_state: Of the checkpoint.
            ready: Called when the model that is kept has learned and folds are still to come.

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
        learner = self._new_learner(cache, self.plan.updates)
        if resumed is not None:
            learner.load(self.looks.load(resumed), learner_state)
        self.learner = learner
        while True:
            try:
                if not self._train_main(self.learner, cache):
                    return False
                if self._folds and not self.state.main_s:
                    ready()
                    self.state.main_s = self._env.seconds
                    self.save()
                return self._train_folds(cache)
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
                learner.tensors() | self.looks.tensors(),
                learner.state(),
                self._env.seconds,
            ),
        )
        self._saved_at = time.monotonic()

    def settle(self) -> tuple[PlantSegNet, int]:
        """The trained network with its best weights, and after how many updates they were.

        They are not mixed with the base model's yet.
        """
        assert self.learner is not None
        trained = self.learner.average.network
        return trained, self.looks.settle(trained)

    def mixed(self, trained: PlantSegNet, share: float) -> PlantSegNet:
        """A network `share` of the way from the base model to a trained one."""
        return between(self._prepared.base.network, trained, share)

    def _probably_kept(self, trained: PlantSegNet) -> PlantSegNet:
        """What would be kept if nothing spoke for another share."""
        return self.mixed(trained, self.recipe.new_share or DEFAULT_SHARE)

    @property
    def _folds(self) -> list[list[int]]:
        return self._prepared.split.folds if self.plan.fold_updates else []

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
        self.looks.forget()
        self.learner = self._new_learner(cache, self.plan.updates)

    def _new_learner(
        self, cache: FeatureCache, updates: int, *, whole: bool = True
    ) -> DecoderLearner:
        """A fresh learner; that of a fold, which is only judged by its mask, is not `whole`."""
        recipe = replace(self.recipe, lr=self.recipe.lr * self.state.rate)
        return DecoderLearner(
            recipe.train_config(updates),
            copy.deepcopy(self._prepared.base.network),
            self._prepared.precision,
            lesion_share=cache.lesion_share,
            late_from=round(recipe.late_from * updates) if self.plan.late else None,
            reminders=self._prepared.reminders,
            **(recipe.learner_options() | ({} if whole else {"aux_every": 0})),
        )

    def _train_main(self, learner: DecoderLearner, cache: FeatureCache) -> bool:
        plan = self.plan
        points = evaluation_points(plan.updates, plan.evaluations)
        if self.state.update == 0:
            self.looks.look(self._prepared.base.network, 0)
        span = Span(0, plan.updates, plan.total, plan.folds_s + plan.finish_s, "train")
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
                self.looks.look(learner.average.network, done)
            if time.monotonic() - self._saved_at >= self.recipe.checkpoint_s:
                self.save()

        done = run.run(self.state.update, after)
        self.save()
        return done == plan.updates

    def _train_folds(self, cache: FeatureCache) -> bool:
        """Leave some approved photos out at a time; the cached crops are the same."""
        plan, prepared, folds = self.plan, self._prepared, self._folds
        for number, left_out in enumerate(folds):
            photos = [prepared.training[i] for i in left_out]
            done = self.state.folds_done
            if any(p.photo_id in done for p in photos) or len(left_out) == len(prepared.training):
                continue
            learner = self._new_learner(cache, plan.fold_updates, whole=False)
            first = plan.updates + number * plan.fold_updates
            others = (len(folds) - number - 1) / len(folds)
            rest_s = others * plan.folds_s + plan.finish_s
            span = Span(first, plan.fold_updates, plan.total, rest_s, "check")
            feed = cache.feed(self.recipe.seed, without=left_out)
            self._env.stage(
                f"The model is ready. Judging it: leaving out photo {number + 1} of {len(folds)}"
            )
            run = DecoderRun(learner, feed, self._env, span)
            try:
                if run.run(0, lambda *_: None) < plan.fold_updates:
                    return False
            except NumericError:
                names = ", ".join(p.photo_id for p in photos)
                self._env.warn(f"{names}: left out of the estimate, the training failed.")
                continue
            self._note_fold(learner.average.network, left_out, first + plan.fold_updates)
            self.save()
        return True

    def _note_fold(self, trained: PlantSegNet, left_out: list[int], done: int) -> None:
        threshold = self._prepared.base.meta.threshold
        photos = [self._prepared.training[i] for i in left_out]
        scope = self._prepared.scope.made(without=left_out)
        for share in self.shares:
            network = self.mixed(trained, share)
            for photo in photos:
                assert photo.tiles is not None
                mask = photo.base_mask
                if scope.holds(photo.signature):
                    mask = self.looks.probability(network, photo) >= threshold
                dice = photo_dice(mask, photo.tiles)
                self.state.fold_dice.setdefault(str(share), {})[photo.photo_id] = dice
                write_mask(self._fold_file(photo.photo_id, share), mask)
        usual = min(self.shares, key=lambda s: abs(s - DEFAULT_SHARE))
        found = self.state.fold_dice[str(usual)]
        last = {p.photo_id: found[p.photo_id] for p in photos}
        self._env.emit(Epoch(done, self.plan.total, last, mean(found.values()), False))

    def fold_mask(self, photo_id: str, share: float) -> Bools:
        """The mask [h, w] of a photo by the fold that left it out. Raises InputError."""
        return read_mask(self._fold_file(photo_id, share))

    def _fold_file(self, photo_id: str, share: float) -> Path:
        ids = [p.photo_id for p in self._prepared.training]
        return self._store.dir / f"fold-{ids.index(photo_id):03d}-{share:.2f}.png"

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
