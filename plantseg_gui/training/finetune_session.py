"""Puts a retraining together and follows it to its last event. What `plantseg finetune` calls."""

import itertools
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import torch

from plantseg_gui.core.cancel import Cancelled
from plantseg_gui.core.errors import DeviceError, InputError
from plantseg_gui.training.feature_cache import views_wanted
from plantseg_gui.training.finetune import Finetune, checkpoint_of
from plantseg_gui.training.finetune_finish import finish
from plantseg_gui.training.finetune_prepare import Prepared, prepare
from plantseg_gui.training.finetune_state import FinetuneState
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.loop import METRIC_COLUMNS, TERM_COLUMNS
from plantseg_gui.training.plan import RunPlan, make_plan
from plantseg_gui.training.precision import Precision, choose_precision
from plantseg_gui.training.protocol import Event, Finished, Stopped, Trial
from plantseg_gui.training.recipe import Recipe, default_minutes, minutes_to_spend
from plantseg_gui.training.resume import CHECKPOINT_FILE
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.run_store import RunStore
from plantseg_gui.training.saving import FIRST_WAIT_S, free_memory, in_words, next_try
from plantseg_gui.training.status import duration
from plantseg_gui.training.trial_step import measure_fitting

_UNUSED = ("scorer", "attention")
COLUMNS = [*METRIC_COLUMNS, *(c for c in TERM_COLUMNS if c not in _UNUSED), "held_out_dice"]


def refuse_unfinished(run_dir: Path, *, resume: bool) -> None:
    """Refuse a folder with an unfinished run, unless it is to be resumed; and the other way round.

    Raises:
        InputError: with what to do.
    """
    there = (run_dir / CHECKPOINT_FILE).exists()
    if there and not resume:
        raise InputError(
            f"{run_dir} already holds a retraining run.", "Add --resume, or use another --out."
        )
    if resume and not there:
        raise InputError(f"{run_dir} holds no run to resume.", "Leave out --resume.")


def use_threads(threads: int, *, window: bool) -> int:
    """Fix torch's threads: all cores; beside a window one less, where there are more than two.

    With two cores one thread would double the wait, and a process of low priority harms the window
    little (3.5 ms at the 95th percentile of a brush stroke, design/threads.md 6).
    """
    count = threads or torch.get_num_threads()
    if window and not threads and count > 2:
        count -= 1
    torch.set_num_threads(count)
    # cv2's own threads would fight with torch's for the cores.
    cv2.setNumThreads(1)
    return count


@dataclass(frozen=True)
class How:
    """How a run is made.

    Attributes:
        resume: Go on from the folder's checkpoint.
        threads: Of torch; 0 = chosen.
        device: auto, cpu or cuda.
        finish: Make no further update: judge and write what the checkpoint holds.
    """

    resume: bool = False
    threads: int = 0
    device: str = "auto"
    finish: bool = False


def run_finetune(job: FinetuneJob, store: RunStore, env: RunEnv, how: How = How()) -> Event:
    """Retrain; tried again with other parameters where that can help (see `saving`).

    Args:
        job: What to do.
        store: The run's folder.
        env: Surroundings.
        how: See `How`.

    Returns:
        The last event, which was also emitted: `Finished` or `Stopped`.

    Raises:
        AppError: with what to do.
    """
    if how.resume:
        found = checkpoint_of(store.dir, job)
        env.before_s = found[3] if found is not None else 0.0
    for tries in itertools.count(1):
        try:
            return _run_once(job, store, env, how)
        except Exception as fault:
            on_card = torch.cuda.is_available() and how.device != "cpu" and not env.saving.safe
            retry = next_try(fault, env.saving, how.device, tries, on_card=on_card)
            if retry is None:
                told = in_words(fault)
                if told is None or told is fault:
                    raise
                raise told from fault
        # Outside the except block: an exception keeps its frames, and they keep the memory that is
        # wanted back (pytorch #18853).
        free_memory()
        resume = (store.dir / CHECKPOINT_FILE).exists()
        env.warn(
            f"{retry.cause}: the training {'goes on' if resume else 'begins again'} "
            f"{retry.saving.words if retry.device == how.device else 'on the processor'}."
        )
        env.saving = retry.saving
        how = replace(how, device=retry.device, resume=resume)
        env.control.token.wait(FIRST_WAIT_S * 2 ** (tries - 1))
    raise AssertionError("unreachable")


def _run_once(job: FinetuneJob, store: RunStore, env: RunEnv, how: How) -> Event:
    """One try."""
    count = use_threads(env.saving.threads(how.threads), window=job.window)
    found = checkpoint_of(store.dir, job) if how.resume else None
    state, tensors, learner_state, _ = found or (None, None, {}, 0.0)
    recipe = state.recipe if state is not None else Recipe.from_dict(job.recipe)
    precision = _precision(how.device, recipe, safe=env.saving.safe)
    label = f"{precision.label}, {count} thread{'s' if count != 1 else ''}"
    begun_s = env.seconds
    try:
        prepared = prepare(job, recipe, precision, env)
        # What a resumed run does once more is not taken off its time.
        env.limit_s = _limit_s(job, prepared)
        if env.limit_s and state is not None:
            env.limit_s += env.seconds - begun_s
        if state is None:
            state = _new_state(job, prepared, recipe, env)
        if env.limit_s:
            # The limit is for the model; what it is worth is found out after that.
            env.limit_s += state.plan.folds_s
    except Cancelled:
        return _end(store, env, {}, 0, "", finished=False)
    if job.trial_only:
        return _end(store, env, {}, 0, "", finished=True)
    settings = {"job": _plain(job), "state": {"plan": state.plan.to_dict()}, "device": label}
    store.write_config({**settings, "recipe": recipe.to_dict()})
    if how.finish:
        state.plan = replace(state.plan, updates=state.update, fold_updates=0)
    run = Finetune(job, prepared, state, store, env)

    def ready() -> None:
        # Whoever stops while it is judged has the model already.
        finish(job, prepared, run, env, finished=False)

    try:
        finished = run.train(tensors, learner_state, ready) and not how.finish
    except Cancelled:
        # Stopped while a resumed run was made ready: the checkpoint is as it was.
        return _end(store, env, {}, state.update, "", finished=False)
    if run.learner is None or state.update == 0:
        return _end(store, env, {}, 0, "", finished=False)
    results = finish(job, prepared, run, env, finished=finished)
    if finished:
        # Nothing is left to resume, and it is larger than the model.
        (store.dir / CHECKPOINT_FILE).unlink(missing_ok=True)
    return _end(store, env, results, state.update, str(job.out), finished=finished)


def _limit_s(job: FinetuneJob, prepared: Prepared) -> float:
    """After how many seconds the run is to end; 0 where a number of updates is asked for."""
    photos = len(prepared.training) + len(prepared.held_out)
    return 0.0 if job.updates else 60 * (job.minutes or default_minutes(photos))


def _precision(device: str, recipe: Recipe, *, safe: bool) -> Precision:
    if safe:
        return Precision(torch.device("cpu"), torch.float32)
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"There is no device {device!r}.", "Use auto, cpu or cuda.")
    has_cuda = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise DeviceError("There is no usable CUDA device.", "Use --device auto or cpu.")
    return choose_precision(torch.device("cuda" if has_cuda else "cpu"), recipe.precision)


def _new_state(job: FinetuneJob, prepared: Prepared, recipe: Recipe, env: RunEnv) -> FinetuneState:
    """Measure a trial step and fix the length of the run."""
    photos = len(prepared.training) + len(prepared.held_out)
    minutes = minutes_to_spend(photos, job.minutes, window=job.window)
    costs, fitting, changes = measure_fitting(prepared, recipe, env)
    plan = make_plan(prepared, fitting, costs, minutes * 60 - env.seconds, job.updates)
    wanted = views_wanted(plan.updates, fitting, len(prepared.training))
    if plan.views < wanted:
        changes.append(
            f"Memory is short: {plan.views} crops are prepared instead of {wanted}; each is shown "
            "more often."
        )
    memory = costs.memory_mib + plan.views * costs.view_bytes / 2**20
    env.emit(
        Trial(
            round(costs.update_s, 4),
            plan.total,
            round(plan.estimated_s, 1),
            round(memory, 1),
            _in_words(prepared, fitting, plan) | {"changes": changes},
        )
    )
    return FinetuneState(plan, fitting)


def _in_words(prepared: Prepared, recipe: Recipe, plan: RunPlan) -> dict[str, Any]:
    """What was chosen, for `protocol.Trial`."""
    if recipe.unfreeze == "head":
        frozen = "the last layer alone; all before it is frozen"
    elif plan.late:
        frozen = "all but the encoder, then its late blocks too; its early ones are frozen"
    else:
        frozen = "all but the encoder, which is frozen"
    return {
        "training": len(prepared.training),
        "held_out": len(prepared.held_out),
        "kept_out": sum(p.labelled.keep_out for p in prepared.held_out),
        "method": str(prepared.split.method),
        "batch": recipe.batch,
        "accumulate": recipe.accumulate,
        "precision": prepared.precision.label.split()[-1],
        "device": _device_words(prepared.precision),
        "threads": torch.get_num_threads(),
        "frozen": frozen,
        "views": plan.views,
        "judging_s": plan.folds_s,
    }


def _device_words(precision: Precision) -> str:
    if precision.device.type == "cuda":
        return f"graphics card {torch.cuda.get_device_name(precision.device)}"
    return "processor"


def _end(
    store: RunStore,
    env: RunEnv,
    results: dict[str, Any],
    update: int,
    model: str,
    *,
    finished: bool,
) -> Event:
    """Write the last words of a run."""
    results = {**results, "window_gone": env.control.window_gone}
    env.attempt("The results", lambda: store.write_results(results))
    state = "finished" if finished else "stopped"
    lines = [f"{state}: {update} updates", f"time: {duration(env.seconds)}"]
    if results.get("dice_after") is not None:
        lines.append(
            f"{results['method']}: mean Dice {results['dice_before']:.3f} before, "
            f"{results['dice_after']:.3f} after"
        )
    lines.append(f"written: {time.strftime('%Y-%m-%d %H:%M:%S')}")
    store.write_status(lines, now=True)
    kind = Finished if finished else Stopped
    event = kind(update, round(env.seconds, 1), model, results)
    env.emit(event)
    return event


def _plain(job: FinetuneJob) -> dict[str, Any]:
    data = vars(replace(job, photos=())) | {"photos": [vars(p) for p in job.photos]}
    return _texts(data)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _texts(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(v) for v in value]
    return str(value) if isinstance(value, Path) else value
