"""How long a retraining will be: what fits into the time, by a measured trial step."""

from dataclasses import asdict, dataclass
from typing import Any

import psutil

from plantseg_gui.core.errors import InputError
from plantseg_gui.inference.memory import MemoryLimits
from plantseg_gui.training.feature_cache import MAX_CACHE_BYTES, views_wanted
from plantseg_gui.training.finetune_prepare import LookedPhoto, Prepared
from plantseg_gui.training.gate_share import SHARES
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.trial_step import Costs

LEAST_UPDATES = 12
EVALUATION_SHARE = 0.1
EVALUATIONS = (2, 5)
# Writing the model, starting and ending stages.
_FINISH_S = 1.5
# The cached crops of a run may take so much of what memory is free.
_CACHE_SHARE = 0.5


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
        folds_s: Part of it for the folds: the model is there before.
        late: Whether the encoder's late blocks learn too.
    """

    updates: int
    fold_updates: int
    folds: int
    views: int
    evaluations: int
    estimated_s: float
    finish_s: float
    folds_s: float = 0.0
    late: bool = False

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


def make_plan(
    prepared: Prepared, recipe: Recipe, costs: Costs, left_s: float, updates: int = 0
) -> RunPlan:
    """Choose the length.

    Args:
        prepared: Photos.
        recipe: Shares.
        costs: Measured.
        left_s: Seconds that are left until the model shall be there; the leave-one-out estimate
            comes after that.
        updates: Exactly so many; 0 = as many as fit, but no more than are of use.
    """
    folds = len(prepared.split.folds)
    watched = _tiles(prepared.held_out) or _tiles([prepared.shown])
    looks_s = watched * costs.tile_s
    most = left_s * EVALUATION_SHARE / looks_s if looks_s else EVALUATIONS[1]
    evaluations = int(min(EVALUATIONS[1], max(EVALUATIONS[0], most)))
    shares = 1 if recipe.new_share else len(SHARES)
    judged = _tiles(prepared.training) * 2 + _tiles(prepared.held_out) * (1 + shares)
    finish_s = _FINISH_S + (judged + shares * recipe.reminders) * costs.tile_s
    fixed_s = finish_s + evaluations * looks_s
    crops = recipe.batch * recipe.accumulate
    view_s = crops / recipe.reuse * costs.view_s
    useful = recipe.useful_updates(len(prepared.training))
    late = recipe.unfreeze == "late"
    with_late_s = costs.update_s + (1 - recipe.late_from) * (costs.late_update_s - costs.update_s)
    if recipe.unfreeze == "auto":
        fits = updates or int((left_s - fixed_s) / (with_late_s + view_s))
        late = fits >= recipe.late_least
    update_s = with_late_s if late else costs.update_s
    if not updates:
        updates = max(LEAST_UPDATES, min(int((left_s - fixed_s) / (update_s + view_s)), useful))
    fold_share = min(recipe.fold_share, recipe.folds_share / folds) if folds else 0.0
    fold_updates = max(LEAST_UPDATES, round(fold_share * updates)) if folds else 0
    fold_updates = min(fold_updates, updates)
    views = min(views_wanted(updates, recipe, len(prepared.training)), _views_that_fit(costs))
    looks = sum(_tiles([prepared.training[i] for i in fold]) for fold in prepared.split.folds)
    fold_update_s = costs.fold_update_s + (update_s - costs.update_s)
    folds_s = folds * fold_updates * fold_update_s + looks * shares * costs.tile_s
    train_s = updates * update_s + views * costs.view_s
    return RunPlan(
        updates,
        fold_updates,
        folds,
        views,
        evaluations,
        round(train_s + folds_s + fixed_s, 2),
        round(finish_s, 2),
        round(folds_s, 2),
        late,
    )


def _views_that_fit(costs: Costs) -> int:
    free = psutil.virtual_memory().available - MemoryLimits.from_environment().ram_warn_free
    return max(8, int(min(MAX_CACHE_BYTES, _CACHE_SHARE * max(0, free)) // costs.view_bytes))


def _tiles(photos: list[LookedPhoto]) -> int:
    return sum(len(p.tiles.places) for p in photos if p.tiles is not None)
