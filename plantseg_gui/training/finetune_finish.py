"""The end of a retraining: thresholds, judgement, model folder, results."""

from typing import Any

from plantseg_gui.inference.memory import peak_memory
from plantseg_gui.nn.checkpoint import model_files
from plantseg_gui.training.finetune import Finetune
from plantseg_gui.training.finetune_prepare import Prepared
from plantseg_gui.training.gate_judge import Gate
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.model_out import (
    model_card,
    result_meta,
    result_name,
    write_model_folder,
)
from plantseg_gui.training.protocol import Stage
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
    trained, best_update = run.settle()
    meta, precision = prepared.base.meta, prepared.precision
    # Not env.stage: somebody who pressed Stop gets the model all the same.
    env.emit(Stage("Judging" if finished else "Writing the model"))
    gate = Gate(run, prepared, trained)
    network = gate.network
    # Somebody who pressed Stop waits: the search for a better threshold is left out.
    threshold = (
        choose_threshold(network, prepared.training, precision, meta)
        if finished
        else meta.threshold
    )
    scorer = lowered_scorer_threshold(network, prepared.training, meta)
    judgement = gate.judge(threshold, run.folder)
    training = {
        "photos": len(prepared.training) + len(prepared.held_out),
        "approved": sum(p.labelled.approved for p in prepared.training + prepared.held_out),
        "held_out": len(prepared.held_out),
        "seconds": round(env.seconds, 1),
        "updates": run.state.update,
        "best_update": best_update,
        "share": gate.share,
        "precision": precision.label,
        "recipe": run.recipe.to_dict(),
        "stopped": not finished,
    }
    name = result_name(job, meta)
    new = result_meta(meta, name, judgement, training, threshold=threshold, scorer_threshold=scorer)
    outside = prepared.scope.outside
    files = model_files(network, new, scope=gate.scope, outside=outside)
    card = model_card(new, judgement, outside.meta.name)
    env.insist(lambda: write_model_folder(job.out, files, card))
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
        "share": gate.share,
        "scope_radius": round(gate.scope.radius, 4),
        "model_seconds": round(run.state.main_s or env.seconds, 1),
        "threshold": round(threshold, 4),
        "seconds": round(env.seconds, 1),
        "seconds_per_update": round(run.seconds_per_update, 4),
        "discarded_updates": run.learner.scale.discarded,
        "device": precision.label,
        "peak_memory_mib": peak_memory(precision.device),
    }
