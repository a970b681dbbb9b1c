"""How long a retraining will be: a measured trial step, and what fits into the time."""

import copy
import time
from dataclasses import asdict, dataclass
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.feature_cache import build_cache, views_wanted
from plantseg_gui.training.finetune_prepare import LookedPhoto, Prepared
from plantseg_gui.training.photo_maps import lesion_probability
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.run_env import RunEnv

LEAST_UPDATES = 12
EVALUATION_SHARE = 0.1
EVALUATIONS = (2, 5)
# Writing the model, starting and ending stages.
_FINISH_S = 1.5
_TRIAL_UPDATES = 4


@dataclass(frozen=True)
class Costs:
    """Seconds measured on this machine.

    Attributes:
        update_s: Mean of the updates with and without the auxiliary heads.
        fold_update_s: Without them.
        view_s: Cutting and encoding a crop.
        tile_s: The decoder over a tile of a whole photo.
    """

    update_s: float
    fold_update_s: float
    view_s: float
    tile_s: float


@dataclass(frozen=True)
class RunPlan:
    """The length of a run, fixed before it starts.

    Attributes:
        updates: Of the model that is kept.
        fold_updates: Of each leave-one-out fold; 0 = no folds.
        folds: Number of folds.
        views: Crops to cache.
        evaluations: How often the held-out photos are looked at.
        estimated_s: From the end of the trial to the end of the run.
        finish_s: Part of it after the last update.
    """

    updates: int
    fold_updates: int
    folds: int
    views: int
    evaluations: int
    estimated_s: float
    finish_s: float

    @property
    def total(self) -> int:
        """Updates of the whole run."""
        return self.updates + self.folds * self.fold_updates

    def to_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> "RunPlan":
        """From the checkpoint. Raises InputError when it is damaged."""
        try:
            return cls(**data)
        except TypeError as error:
            raise InputError(
                f"The checkpoint's plan is damaged: {error}.", "Start again in another folder."
            ) from error


def measure(prepared: Prepared, recipe: Recipe, env: RunEnv) -> Costs:
    """Make a few updates of a copy that is then thrown away.

    Raises:
        Cancelled: the run should stop.
    """
    env.stage("Measuring a trial step")
    tile_px = prepared.base.network.config.tile_px
    begun = time.perf_counter()
    cache = build_cache(
        prepared.cache_photos(), prepared.encoder, 2 * recipe.batch, recipe, tile_px
    )
    view_s = (time.perf_counter() - begun) / len(cache)
    learner = DecoderLearner(
        recipe.train_config(1000),
        copy.deepcopy(prepared.base.network),
        prepared.precision,
        lesion_share=cache.lesion_share,
        aux_every=2,
    )
    feed = cache.feed(recipe.seed)
    took = []
    for number in range(_TRIAL_UPDATES):
        env.control.check()
        begun = time.perf_counter()
        learner.update(number, feed)
        took.append(time.perf_counter() - begun)
    full_s, light_s = took[-2], took[-1]
    share = 1 / recipe.aux_every if recipe.aux_every else 0.0
    tiles = prepared.shown.tiles
    begun = time.perf_counter()
    count = 0
    if tiles is not None:
        lesion_probability(
            learner.average.network,
            tiles,
            prepared.precision,
            prepared.base.meta,
            env.control.check,
        )
        count = len(tiles.places)
    tile_s = (time.perf_counter() - begun) / max(1, count)
    return Costs(share * full_s + (1 - share) * light_s, light_s, view_s, tile_s)


def make_plan(
    prepared: Prepared, recipe: Recipe, costs: Costs, left_s: float, updates: int = 0
) -> RunPlan:
    """Choose the length.

    Args:
        prepared: Photos.
        recipe: Shares.
        costs: Measured.
        left_s: Seconds that are left for the run.
        updates: Exactly so many; 0 = as many as fit, but no more than are of use.
    """
    folds = len(prepared.folds)
    watched = _tiles(prepared.held_out) or _tiles([prepared.shown])
    looks_s = watched * costs.tile_s
    most = left_s * EVALUATION_SHARE / looks_s if looks_s else EVALUATIONS[1]
    evaluations = int(min(EVALUATIONS[1], max(EVALUATIONS[0], most)))
    judged = _tiles(prepared.held_out) + _tiles(prepared.training)
    finish_s = _FINISH_S + judged * costs.tile_s
    fixed_s = finish_s + evaluations * looks_s
    fold_share = min(recipe.fold_share, recipe.folds_share / folds) if folds else 0.0
    each_s = (
        costs.update_s
        + folds * fold_share * costs.fold_update_s
        + recipe.batch / recipe.reuse * costs.view_s
    )
    if not updates:
        fits = int((left_s - fixed_s) / each_s)
        updates = max(LEAST_UPDATES, min(fits, recipe.useful_updates(len(prepared.training))))
    fold_updates = max(LEAST_UPDATES, round(fold_share * updates)) if folds else 0
    views = views_wanted(updates, recipe, len(prepared.training))
    estimated_s = (
        updates * costs.update_s
        + folds * fold_updates * costs.fold_update_s
        + views * costs.view_s
        + fixed_s
    )
    return RunPlan(
        updates,
        min(fold_updates, updates),
        folds,
        views,
        evaluations,
        round(estimated_s, 2),
        round(finish_s, 2),
    )


def _tiles(photos: list[LookedPhoto]) -> int:
    return sum(len(p.tiles.places) for p in photos if p.tiles is not None)
