"""What a retraining must remember to go on after `kill -9`."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.plan import RunPlan
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.resume import Checkpoint, load_checkpoint, save_checkpoint

KIND = "finetune"


@dataclass
class FinetuneState:
    """A moment of a retraining.

    Attributes:
        plan: Fixed by the trial.
        recipe: Of the run.
        update: Finished updates of the model that is kept.
        fold_dice: Share of the way (as text, see `gate_share`) → photo id → Dice of the folds that
            are done.
        main_s: Seconds after which the model that is kept was there; 0 = it is not yet.
        best_update: After which update the best evaluation was; -1 = none yet.
        best_dice: Its mean over the watched held-out photos.
        losses: Of `LossWatch`.
        rate: Factor on the recipe's learning rate; below 1 after a training that went astray.
    """

    plan: RunPlan
    recipe: Recipe
    update: int = 0
    fold_dice: dict[str, dict[str, float]] = field(default_factory=dict)
    main_s: float = 0.0
    best_update: int = -1
    best_dice: float = -1.0
    losses: list[float] = field(default_factory=list)
    rate: float = 1.0

    @property
    def folds_done(self) -> set[str]:
        """Photos that have been left out already."""
        return {k for values in self.fold_dice.values() for k in values}


def job_key(job: FinetuneJob) -> str:
    """Two jobs with the same key learn from the same photos."""
    parts = [str(job.base), *(f"{p.photo_id}|{p.image}|{p.labels}" for p in job.photos)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def save_state(
    run_dir: Path,
    job: FinetuneJob,
    state: FinetuneState,
    tensors: dict[str, Tensor],
    learner: dict[str, Any],
    seconds: float,
) -> None:
    """Write the checkpoint.

    Args:
        run_dir: Of the run.
        job: Of the run.
        state: Counters.
        tensors: Of the learner, and `best/…` of the best snapshot.
        learner: `Learner.state`.
        seconds: Spent so far.

    Raises:
        StorageError: it could not be written; the last one is as it was.
    """
    data = {
        "kind": KIND,
        "job": job_key(job),
        "update": state.update,
        "state": asdict(state),
        "learner": learner,
        "seconds": seconds,
    }
    save_checkpoint(run_dir, Checkpoint(tensors, json.loads(json.dumps(data))))


def load_state(run_dir: Path, job: FinetuneJob) -> tuple[FinetuneState, Checkpoint] | None:
    """Read the checkpoint; None when there is none.

    Raises:
        InputError: damaged, or of another job.
    """
    checkpoint = load_checkpoint(run_dir)
    if checkpoint is None:
        return None
    data = checkpoint.state
    if data.get("kind") != KIND or data.get("job") != job_key(job):
        raise InputError(
            f"{run_dir} holds a run with other photos or another base model.",
            "Use another --out.",
        )
    try:
        values = dict(data["state"])
        values["plan"] = RunPlan.from_dict(values["plan"])
        values["recipe"] = Recipe.from_dict(values["recipe"])
        return FinetuneState(**values), checkpoint
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"The checkpoint in {run_dir} is damaged: {error}.", "Use another --out."
        ) from error
