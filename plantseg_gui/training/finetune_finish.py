"""The end of a retraining: thresholds, judgement, model folder, results."""

from typing import Any

from plantseg_gui.inference.memory import peak_memory
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.finetune import Finetune
from plantseg_gui.training.finetune_prepare import Prepared
from plantseg_gui.training.gate import Judgement, Method, judged, photo_dice
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.model_out import (
    model_card,
    result_meta,
    result_name,
    write_model_folder,
)
from plantseg_gui.training.photo_maps import lesion_probability
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.threshold import choose_threshold, lowered_scorer_threshold


def finish(
    job: FinetuneJob, prepared: Prepared, run: Finetune, env: RunEnv, *, finished: bool
) -> dict[str, Any]:
    """Choose the weights, judge them and write the model folder.

    Args:
        job: What was asked for.
        prepared: Photos and base model.
        run: Has made at least one update.
        env: Surroundings.
        finished: All updates were made.

    Returns:
        The run's results, for the last event and results.json.

    Raises:
        InputError: a weight is not finite.
        StorageError: the model could not be written.
    """
    assert run.learner is not None
    best_update = run.settle()
    network = run.network
    meta, precision = prepared.base.meta, prepared.precision
    # Somebody who pressed Stop waits: the search for a better threshold is left out.
    threshold = (
        choose_threshold(network, prepared.training, precision, meta)
        if finished
        else meta.threshold
    )
    scorer = lowered_scorer_threshold(network, prepared.training, meta)
    judgement = judge(prepared, run, network, threshold)
    training = {
        "photos": len(prepared.training) + len(prepared.held_out),
        "approved": sum(p.labelled.approved for p in prepared.training + prepared.held_out),
        "held_out": len(prepared.held_out),
        "seconds": round(env.seconds, 1),
        "updates": run.state.update,
        "best_update": best_update,
        "precision": precision.label,
        "recipe": run.recipe.to_dict(),
        "stopped": not finished,
    }
    name = result_name(job, meta)
    new = result_meta(meta, name, judgement, training, threshold=threshold, scorer_threshold=scorer)
    card = model_card(new, judgement)
    env.insist(lambda: write_model_folder(job.out, network, new, card))
    return {
        **judgement.to_results(),
        "name": name,
        "base": meta.name,
        "model": str(job.out),
        "finished": finished,
        "photos": training["photos"],
        "approved": training["approved"],
        "held_out": training["held_out"],
        "updates": run.state.update,
        "best_update": best_update,
        "threshold": round(threshold, 4),
        "seconds": round(env.seconds, 1),
        "seconds_per_update": round(run.seconds_per_update, 4),
        "discarded_updates": run.learner.scale.discarded,
        "device": precision.label,
        "peak_memory_mib": peak_memory(precision.device),
    }


def judge(prepared: Prepared, run: Finetune, network: PlantSegNet, threshold: float) -> Judgement:
    """Dice before and after on photos that the judged weights have not seen."""
    if prepared.method is Method.HELD_OUT:
        meta = prepared.base.meta
        after = {}
        for photo in prepared.held_out:
            assert photo.tiles is not None
            probability = lesion_probability(network, photo.tiles, prepared.precision, meta)
            after[photo.photo_id] = photo_dice(probability, photo.tiles, threshold)
        before = {p.photo_id: p.base_dice for p in prepared.held_out}
        return judged(prepared.method, before, after)
    before = {p.photo_id: p.base_dice for p in prepared.training}
    return judged(prepared.method, before, run.state.fold_dice)
