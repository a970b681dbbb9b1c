"""The measured trial step of a retraining: how long it takes here, and what has to give for it."""

import copy
import gc
import time
from dataclasses import dataclass, replace

import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.inference.faults import Fault, classify
from plantseg_gui.inference.memory import MemoryWatch, peak_memory
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.feature_cache import build_cache
from plantseg_gui.training.finetune_prepare import Prepared
from plantseg_gui.training.photo_maps import lesion_probability
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.run_env import RunEnv

SMALLEST_WINDOW = 0.25


@dataclass(frozen=True)
class Costs:
    """Measured on this machine.

    Attributes:
        update_s: Mean of the updates with and without the auxiliary heads and reminders.
        fold_update_s: Without the auxiliary heads.
        late_update_s: As `update_s`, with the encoder's late blocks learning.
        view_s: Cutting and encoding a crop.
        tile_s: The decoder over a tile of a whole photo.
        view_bytes: Of a cached crop.
        memory_mib: Largest memory of the process so far; on a GPU that of the GPU.
    """

    update_s: float
    fold_update_s: float
    late_update_s: float
    view_s: float
    tile_s: float
    view_bytes: int
    memory_mib: float


def measure_fitting(
    prepared: Prepared, recipe: Recipe, env: RunEnv
) -> tuple[Costs, Recipe, list[str]]:
    """Make a trial step; where memory is short, change the recipe until it fits.

    Returns:
        Costs, the recipe that fits, and a sentence for each change.

    Raises:
        MemoryLimitError: not even the smallest recipe fits.
        Cancelled: the run should stop.
    """
    changes: list[str] = []
    while True:
        costs = _try(prepared, recipe, env)
        if costs is not None:
            return costs, recipe, changes
        smaller = _smaller(recipe)
        if smaller is None:
            raise MemoryLimitError(
                "The retraining does not fit into memory, however small its steps.",
                "Close other programs, or retrain on fewer or smaller photos.",
            )
        recipe, sentence = smaller
        changes.append(sentence)
        env.warn(sentence)


def _try(prepared: Prepared, recipe: Recipe, env: RunEnv) -> Costs | None:
    """The costs; None where memory is short."""
    # What follows an exception happens outside of it: its frames keep the tensors alive.
    try:
        costs = measure(prepared, recipe, env)
    except (MemoryError, RuntimeError) as error:
        if classify(error) is not Fault.MEMORY:
            raise
        costs = None
    if costs is not None and MemoryWatch().shortage(prepared.precision.device, env.warn) is None:
        return costs
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return None


def _smaller(recipe: Recipe) -> tuple[Recipe, str] | None:
    """The next recipe that needs less memory, and what to say about it."""
    if recipe.batch > 1:
        half, times = recipe.batch // 2, recipe.accumulate * 2
        if recipe.batch % 2:
            half, times = 1, recipe.accumulate * recipe.batch
        return (
            replace(recipe, batch=half, accumulate=times, whole=min(recipe.whole, half)),
            f"Memory is short: {half} crops at a time, {times} times per update; what an update "
            "learns from is the same.",
        )
    if recipe.window > SMALLEST_WINDOW:
        return (
            replace(recipe, window=SMALLEST_WINDOW),
            "Memory is short: the updates learn from smaller parts of the crops.",
        )
    if recipe.unfreeze in ("auto", "late"):
        return (
            replace(recipe, unfreeze="none"),
            "Memory is short: the encoder stays as it is.",
        )
    if recipe.aux_every:
        return (
            replace(recipe, aux_every=0, reminders=0),
            "Memory is short: only the mask learns, without reminders of drawn leaves.",
        )
    return None


def measure(prepared: Prepared, recipe: Recipe, env: RunEnv) -> Costs:
    """Make a few updates of a copy that is then thrown away.

    Raises:
        Cancelled: the run should stop.
    """
    env.stage("Measuring a trial step")
    tile_px = prepared.base.network.config.tile_px
    count = 2 * recipe.batch * recipe.accumulate
    begun = time.perf_counter()
    cache = build_cache(prepared.cache_photos(), prepared.encoder, count, recipe, tile_px)
    view_s = (time.perf_counter() - begun) / len(cache)
    period = max(4, recipe.aux_every + recipe.aux_every % 2)
    learner = DecoderLearner(
        recipe.train_config(1000),
        copy.deepcopy(prepared.base.network),
        prepared.precision,
        lesion_share=cache.lesion_share,
        late_from=period + 2 if recipe.unfreeze in ("auto", "late") else None,
        reminders=prepared.reminders,
        **recipe.learner_options(),
    )
    feed = cache.feed(recipe.seed)

    def time_of(number: int) -> float:
        env.control.check()
        start = time.perf_counter()
        learner.update(number, feed)
        return time.perf_counter() - start

    time_of(1)  # the first one makes the optimiser's state
    light_s, reminded_s = time_of(2), time_of(3)
    full_s = time_of(0)
    late_s = 0.0
    if recipe.unfreeze in ("auto", "late"):
        time_of(period + 2)
        late_s = max(0.0, time_of(period + 4) - light_s)
    share = 1 / recipe.aux_every if recipe.aux_every else 0.0
    mean_s = (light_s + reminded_s) / 2
    update_s = share * full_s + (1 - share) * mean_s
    memory = peak_memory(prepared.precision.device)
    return Costs(
        update_s,
        mean_s,
        update_s + late_s,
        view_s,
        _tile_cost(prepared, learner, env),
        cache.view_bytes,
        memory.get("gpu", memory["ram"]),
    )


def _tile_cost(prepared: Prepared, learner: DecoderLearner, env: RunEnv) -> float:
    tiles = prepared.shown.tiles
    if tiles is None:
        return 0.0
    begun = time.perf_counter()
    lesion_probability(
        learner.average.network,
        tiles,
        prepared.precision,
        prepared.base.meta,
        env.control.check,
    )
    return (time.perf_counter() - begun) / max(1, len(tiles.places))
