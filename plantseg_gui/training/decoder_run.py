"""Updates of a decoder with everything around them: commands, memory, events, time."""

import time
from collections.abc import Callable, Container
from dataclasses import dataclass

from plantseg_gui.core.durations import duration
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.inference.memory import MemoryWatch, memory_now
from plantseg_gui.training.decoder_learner import DecoderLearner
from plantseg_gui.training.feature_cache import FeatureBatch
from plantseg_gui.training.guards import Pace, TimeLimit
from plantseg_gui.training.learner import UpdateReport
from plantseg_gui.training.protocol import Step
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.safe_update import SafeUpdater

_STEP_EVENT_S = 0.25
# A leave-one-out fold of fewer updates says nothing about the run.
LEAST_CHECK = 12


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
        # With everything around an update: evaluations, checkpoints.
        self._whole = Pace()
        self._limit = TimeLimit(span.updates, LEAST_CHECK if span.phase == "check" else 0)
        self._reached = (0, 0)
        while learner.batch > env.saving.batch(learner.config.batch) and learner.shrink_batch():
            pass

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
            Finished updates, those left out for want of time included: fewer than the span's when
            it was told to stop.

        Raises:
            NumericError, MemoryLimitError: see `SafeUpdater`.
        """
        at = float(start)
        while (number := int(at)) < self._span.updates:
            if not self._env.obey():
                return number
            begun = time.perf_counter()
            report = self._updater.update(number, self._feed)
            took = time.perf_counter() - begun
            self._pace.add(took)
            self._env.stall.beat(self._pace.seconds)
            if report.discarded:
                self._env.warn(f"Update {number + 1} was discarded: its loss was not finite.")
            stride = self._stride(at)
            at = min(at + stride, float(self._span.updates))
            self._reached = (number, int(at))
            each_s = max(self._whole.seconds, self._pace.seconds)
            eta = each_s * (self._span.updates - int(at)) / stride + self._span.rest_s
            self._tell(int(at), report, eta)
            after(int(at), report, took, eta)
            self._whole.add(time.perf_counter() - begun)
        return self._span.updates

    def passed(self, points: Container[int]) -> bool:
        """Whether the last update reached one of these numbers of finished updates."""
        before, now = self._reached
        return any(point in points for point in range(before + 1, now + 1))

    def _stride(self, at: float) -> float:
        """How far the update at this place of the schedule goes."""
        if not self._env.limit_s:
            return 1.0
        left_s = self._env.limit_s - self._env.seconds - self._span.rest_s
        stride = self._limit.stride(at, max(self._whole.seconds, self._pace.seconds), left_s)
        if self._limit.shortened:
            self._env.warn_once(
                "It goes slower than measured: updates are left out, so that the training ends "
                f"within its limit of {duration(self._env.limit_s)}."
            )
        return stride

    def _tell(self, done: int, report: UpdateReport, eta: float) -> None:
        now = time.monotonic()
        if now - self._told < _STEP_EVENT_S and done < self._span.updates:
            return
        self._told = now
        learner = self.learner
        loss = learner.mask_loss(report.terms) if not report.discarded else 0.0
        crops = learner.batch * learner.accumulate
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
                round(crops / self._pace.seconds, 2) if self._pace.seconds > 0 else 0.0,
                round(memory_now(learner.precision.device), 1),
            )
        )
