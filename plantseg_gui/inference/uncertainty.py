"""The two uncertainty maps: variance over flips and rotations, and free energy."""

import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import FloatArray, RgbArray
from plantseg_gui.inference.calibration import logit, to_probability
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.ladder import no_uncertainty
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.stitch import blend, covered
from plantseg_gui.inference.tile_run import TileRun
from plantseg_gui.inference.tiles import TileGrid, cut
from plantseg_gui.inference.tta import VIEWS


def free_energy(probability: FloatArray, temperature: float = 1.0) -> FloatArray:
    """E = −T·log(e^(−z/2T) + e^(z/2T)) of the two-class logits (−z/2, +z/2).

    z is the logit of the blended calibrated probability. E is highest, −T·log 2, where the model is
    undecided. A function of |z| alone: it ranks pixels as −|p − 0.5| does.

    Args:
        probability: Calibrated and blended.
        temperature: T.
    """
    half = np.abs(logit(probability)) / (2 * temperature)
    # log(e^-a + e^a) = a + log(1 + e^-2a): no overflow
    return np.asarray(-temperature * (half + np.log1p(np.exp(-2 * half))), np.float32)


def processed_tiles(probability: FloatArray, grid: TileGrid, processed: int = 0) -> list[int]:
    """The tiles whose pixels all have a probability.

    Probabilities are never 0 where a tile was processed, so a prediction needs no list of its
    tiles. A tile that others cover entirely counts as processed.

    Args:
        probability: [h, w] at network scale.
        grid: The tiles.
        processed: How many there were; when all, the map is not asked (older project files stored
            very small probabilities as 0).
    """
    if processed >= len(grid):
        return list(range(len(grid)))
    seen = probability > 0
    return [i for i in range(len(grid)) if bool(seen[grid.valid(i).slices].all())]


def tta_variance(
    engine: TileEngine,
    padded: RgbArray,
    grid: TileGrid,
    tiles: list[int],
    meta: ModelMeta,
    *,
    views: int,
    token: CancelToken,
    progress: Progress,
    report: Reporter,
) -> FloatArray:
    """Variance of the calibrated probability over the first `views` flips and rotations.

    Each view is blended into a whole map of its own; mean and variance are updated view by view, in
    a fixed order, so memory does not grow with the views.

    Returns:
        [h, w] float32, 0 where no tile lies.

    Raises:
        Cancelled: between two tiles.
        MemoryLimitError, DeviceError, NumericError: no fallback but safe mode is left.
    """
    count = len(tiles)
    total = count * views
    shape = (grid.height, grid.width)
    mean, squares = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    waiting: dict[int, dict[int, FloatArray]] = {view: {} for view in range(views)}
    finished_views = done = 0

    def load(number: int) -> RgbArray:
        view, place = divmod(number, max(1, count))
        return np.asarray(VIEWS[view].apply(cut(padded, grid, tiles[place])), np.uint8)

    with TileRun(engine, load, token, report, all_heads=False) as run:
        run.add(range(total))
        for number, output in run:
            if engine.safe_mode:
                raise no_uncertainty()
            view, place = divmod(number, count)
            logits = np.ascontiguousarray(VIEWS[view].invert(output.logits))
            waiting[view][tiles[place]] = to_probability(logits, meta)
            done += 1
            progress(done, total, "Measuring uncertainty")
            while finished_views < views and len(waiting[finished_views]) == count:
                parts = waiting.pop(finished_views)
                finished_views += 1
                probability = blend(parts, grid, parts.__getitem__)
                delta = probability - mean
                mean += delta / finished_views
                squares += delta * (probability - mean)
    variance = squares / max(1, views)
    variance[~covered(dict.fromkeys(tiles), grid)] = 0
    return np.maximum(variance, 0)
