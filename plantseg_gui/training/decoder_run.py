"""Updates of a decoder with everything around them: commands, memory, events, time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from plantseg_gui.inference.memory import MemoryLimits, MemoryWatch
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.feature_cache import FeatureBatch
from plantseg_gui.training.guards import Pace
from plantseg_gui.training.learner import UpdateReport
from plantseg_gui.training.protocol import Step
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.safe_update import SafeUpdater

_STEP_EVENT_S = 0.25


@dataclass(frozen=True)
class Span:
    """Which part of the whole run some updates are.

    Attributes:
        first: Updates of the run before this part.
        updates: Of this part.
        total: Of the whole run.
        rest_s: Seconds that the run will take after this part.
        phase: "train" or "check", see `protocol.Step`.
    """

    first: int
    updates: int
    total: int
    rest_s: float
    phase: str


class DecoderRun:
    """Makes the updates of one learner.

    Args:
        learner: Fresh, or filled from a checkpoint.
        feed: Gives cached crops.
        env: Surroundings.
        span: Place in the run.
        limits: Of memory; None = those of the environment.
    """

    def __init__(
        self,
        learner: DecoderLearner,
        feed: Callable[[int, int], FeatureBatch],
        env: RunEnv,
        span: Span,
        limits: MemoryLimits | None = None,
    ) -> None:
        self.learner = learner
        self._feed = feed
        self._env = env
        self._span = span
        self._pace = Pace()
        self._updater = SafeUpdater(learner, MemoryWatch(limits), env.warn)
        self._told = 0.0

    @property
    def seconds_per_update(self) -> float:
        """Smoothed."""
        return self._pace.seconds

    def run(self, start: int, after: Callable[[int, UpdateReport, float, float], None]) -> int:
        """Make updates from `start` on.

        Args:
            start: Number of the first update of this part.
            after: Told (finished updates of this part, report, seconds, time left) each time.

        Returns:
            Finished updates: fewer than the span's when it was told to stop.

        Raises:
            NumericError, MemoryLimitError: see `SafeUpdater`.
        """
        for number in range(start, self._span.updates):
            if not self._env.control.obey(self._env.stall.beat):
                return number
            begun = time.perf_counter()
            report = self._updater.update(number, self._feed)
            took = time.perf_counter() - begun
            self._pace.add(took)
            self._env.stall.beat(self._pace.seconds)
            if report.discarded:
                self._env.warn(f"Update {number + 1} was discarded: its loss was not finite.")
            eta = self._pace.left(self._span.updates - number - 1) + self._span.rest_s
            self._tell(number + 1, report, eta)
            after(number + 1, report, took, eta)
        return self._span.updates

    def _tell(self, done: int, report: UpdateReport, eta: float) -> None:
        now = time.monotonic()
        if now - self._told < _STEP_EVENT_S and done < self._span.updates:
            return
        self._told = now
        loss = self.learner.mask_loss(report.terms) if not report.discarded else 0.0
        self._env.emit(
            Step(
                self._span.first + done,
                self._span.total,
                round(loss, 5),
                round(eta, 1),
                round(self._pace.seconds, 4),
                report.lr,
                {k: round(v, 5) for k, v in report.terms.items()},
                self._span.phase,
            )
        )
