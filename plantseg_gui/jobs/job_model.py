"""The list of what runs now, for the status bar: text, done, total, time left, Cancel."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

# The first unit often carries the start-up (loading, planning) and says little about the rest.
MIN_ELAPSED_S = 1.0


@dataclass
class RunningJob:
    """One line of the status bar.

    Attributes:
        job_id: Given by `JobModel.add`.
        text: What it does.
        done: Finished units.
        total: All units; 0 = unknown, show a busy bar.
        started_s: Monotonic clock when it was added.
        eta_s: Seconds left, None while unknown.
        on_cancel: Asks the job to stop; None when it cannot be stopped.
        cancelling: Cancel was pressed.
    """

    job_id: int
    text: str
    done: int = 0
    total: int = 0
    started_s: float = 0.0
    eta_s: float | None = None
    on_cancel: Callable[[], None] | None = None
    cancelling: bool = False

    @property
    def fraction(self) -> float | None:
        """0 to 1; None when the total is unknown."""
        return min(1.0, self.done / self.total) if self.total > 0 else None


class JobModel(QObject):
    """Running jobs, oldest first."""

    changed = Signal()

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._ids = itertools.count(1)
        self._jobs: dict[int, RunningJob] = {}

    @property
    def jobs(self) -> list[RunningJob]:
        """Running jobs, oldest first."""
        return list(self._jobs.values())

    def add(self, text: str, on_cancel: Callable[[], None] | None = None) -> int:
        """Show a job; returns its number."""
        job = RunningJob(next(self._ids), text, started_s=self._clock(), on_cancel=on_cancel)
        self._jobs[job.job_id] = job
        self.changed.emit()
        return job.job_id

    def update(
        self, job_id: int, done: int, total: int, text: str = "", eta_s: float | None = None
    ) -> None:
        """Report progress of a job; one that has ended is ignored.

        Args:
            job_id: From `add`.
            done: Finished units.
            total: All units; may grow.
            text: Replaces the text unless empty.
            eta_s: Seconds left when the job knows them; otherwise they are estimated.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return
        job.done, job.total = done, total
        if text and not job.cancelling:
            job.text = text
        job.eta_s = eta_s if eta_s is not None else self._estimate_s(job)
        self.changed.emit()

    def remove(self, job_id: int) -> None:
        """The job has ended."""
        if self._jobs.pop(job_id, None) is not None:
            self.changed.emit()

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; it stays in the list until `remove`."""
        job = self._jobs.get(job_id)
        if job is None or job.on_cancel is None or job.cancelling:
            return
        job.cancelling = True
        job.text = f"Stopping: {job.text}"
        job.eta_s = None
        self.changed.emit()
        job.on_cancel()

    def _estimate_s(self, job: RunningJob) -> float | None:
        elapsed_s = self._clock() - job.started_s
        if job.cancelling or job.done <= 0 or job.total <= 0 or elapsed_s < MIN_ELAPSED_S:
            return None
        return elapsed_s * max(0, job.total - job.done) / job.done
