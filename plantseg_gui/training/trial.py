"""The measured trial: how long updates and evaluations take here, and what fits into the time."""

import copy
import statistics
import time
from dataclasses import dataclass, replace

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.learner import GetBatch, Learner
from plantseg_gui.training.metrics import DevPhoto, predict_dev
from plantseg_gui.training.precision import Precision

_LENGTH = 100_000
_RESERVE = 0.03


@dataclass(frozen=True)
class TrialResult:
    """Seconds measured.

    Attributes:
        frozen_s: Per update with the encoder frozen.
        free_s: Per update with all layers.
        tile_s: Per tile of an evaluation.
    """

    frozen_s: float
    free_s: float
    tile_s: float

    def per_update(self, frozen_share: float) -> float:
        """Mean over the run."""
        return frozen_share * self.frozen_s + (1 - frozen_share) * self.free_s


def measure(
    config: TrainConfig,
    network: PlantSegNet,
    precision: Precision,
    get_batch: GetBatch,
    dev: list[DevPhoto],
    token: CancelToken,
    updates: int = 4,
) -> TrialResult:
    """Make a few updates of a copy that is then thrown away.

    Args:
        config: Of the run.
        network: Copied.
        precision: Of the run.
        get_batch: Gives real batches: reading them is part of the time.
        dev: One of them is predicted.
        token: Checked between updates.
        updates: Per phase, after one of warm-up.
    """
    learner = Learner(
        replace(config, updates=_LENGTH, frozen_share=0.5), copy.deepcopy(network), precision
    )
    seconds = []
    for start in (0, _LENGTH // 2):
        took = []
        for number in range(start, start + updates + 1):
            token.raise_if_cancelled()
            begun = time.perf_counter()
            learner.update(number, get_batch)
            took.append(time.perf_counter() - begun)
        seconds.append(statistics.median(took[1:]))
    tile_s = 0.0
    if dev:
        tile_px = network.config.tile_px
        # The first time also prepares the kernels: on a card it took a hundred times as long.
        for _ in range(2):
            begun = time.perf_counter()
            predict_dev(learner.average.network, dev[0], precision, tile_px, learner.batch)
            tile_s = (time.perf_counter() - begun) / len(dev[0].tiles)
    return TrialResult(seconds[0], seconds[1], tile_s)


def choose_dev(
    config: TrainConfig, dev: list[DevPhoto], tile_s: float, total_s: float
) -> list[DevPhoto]:
    """As many held-out photos per source as the share of the time allows; 2 or more."""
    for count in range(config.eval_photos, 1, -1):
        chosen = first_of_each(dev, count)
        cost = sum(len(p.tiles) for p in chosen) * tile_s * config.evaluations
        if cost <= config.eval_share * total_s:
            return chosen
    return first_of_each(dev, 2)


def first_of_each(dev: list[DevPhoto], count: int) -> list[DevPhoto]:
    """The first `count` photos of each source."""
    seen: dict[str, int] = {}
    chosen = []
    for photo in dev:
        seen[photo.source] = seen.get(photo.source, 0) + 1
        if seen[photo.source] <= count:
            chosen.append(photo)
    return chosen


def updates_that_fit(
    config: TrainConfig, result: TrialResult, dev: list[DevPhoto], left_s: float
) -> int:
    """How many updates end within `left_s` seconds, evaluations included."""
    evaluation = sum(len(p.tiles) for p in dev) * result.tile_s * config.evaluations
    usable = left_s * (1 - _RESERVE) - evaluation
    return max(1, int(usable / result.per_update(config.frozen_share)))
