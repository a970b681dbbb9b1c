"""How long a retraining will take, said before Start.

A figure that was measured here for the same photos and model is used again. Else a process reads
the photos, makes a trial step of a copy that it throws away, tells the time and ends; the dialog
says "measuring" meanwhile, and Start can be pressed at any moment.
"""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.run_process import watched_process
from plantseg_gui.jobs.training_process import TrainingProcess
from plantseg_gui.storage.platform_files import process_alive
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.storage.run_times import (
    RunTime,
    known_time,
    last_time,
    photos_key,
    remember_time,
)
from plantseg_gui.training.protocol import Error, Event, Finished, Stage, Trial
from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.presenters import retrain_files
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.retrain_view import per_update

# Measured without the person's limit; with one, the run ends there.
NO_LIMIT_MINUTES = 240.0
# A run that came this near to its limit was cut by it, and says nothing of the time without.
CUT_SHARE = 0.85
PREFIX = "plantseg-trial-"
# A folder without a process may be one that another window is just filling.
FRESH_S = 3600.0


class TrialStep(QObject):
    """See the module's text.

    Args:
        show: Takes the sentence about the time, and what was measured, whenever it changes.
        minutes: Gives the limit that is chosen in the dialog.
        command: See `TrainingProcess`.
        parent: Owner.
    """

    def __init__(
        self,
        show: Callable[[str, RunTime | None], None],
        minutes: Callable[[], float],
        command: Callable[[Path], list[str]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._show, self._minutes = show, minutes
        self.process = TrainingProcess(self, command=command)
        self.process.event.connect(self._on_event)
        self.process.ended.connect(self._on_ended)
        self.time: RunTime | None = None
        self._key = ("", "", "")
        self._folder: Path | None = None
        self._trial: Trial | None = None
        self._note = ""
        self._fault = ""
        run_task(sweep_trials)

    @property
    def measuring(self) -> bool:
        """Whether a trial step is on its way."""
        return self._folder is not None

    def find_out(
        self,
        project: Project,
        records: list[PhotoRecord],
        base: str,
        device: str,
        choices: Choices,
    ) -> None:
        """Say the time of a run on these photos: from memory, else by measuring."""
        key = trial_key(records, base, device, choices)
        if key == self._key and (self.measuring or self.time is not None):
            self.say()
            return
        self.cancel()
        self._key = key
        self.time, self._fault = known_time(*key), ""
        if self.time is None:
            self._measure(project, records, base, choices)
        self.say()

    def cancel(self) -> None:
        """End the trial step; nothing of it is kept."""
        self.process.end_now()
        self._clean_up()
        self._key = ("", "", "")

    def say(self) -> None:
        """Show the sentence again: the limit is another."""
        if self.time is not None:
            self._show(time_text(self.time, self._minutes()), self.time)
        elif self._fault:
            text = f"Could not be measured: {self._fault} It is tried again after Start."
            self._show(text, None)
        else:
            before = last_time(*self._key[1:])
            known = (
                f" With other photos, an update of this model took "
                f"{per_update(before.seconds_per_update)} here."
                if before is not None
                else ""
            )
            text = f"Measuring a trial step on your photos… {self._note}{known}".strip()
            self._show(text, None)

    def _measure(
        self, project: Project, records: list[PhotoRecord], base: str, choices: Choices
    ) -> None:
        self._folder = folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._trial, self._note = None, ""
        run_task(
            lambda: retrain_files.prepare(
                project, records, base, NO_LIMIT_MINUTES, folder, choices=choices
            ),
            on_done=self._on_prepared,
            on_error=lambda error: self._on_error(folder, error),
            doing="preparing the trial step",
        )

    def _on_prepared(self, prepared: tuple[Run, dict[str, object]]) -> None:
        run, job = prepared
        if run.folder != self._folder:
            _remove(run.folder)
            return
        try:
            self.process.start(job | {"trial_only": True}, run.folder)
        except AppError as error:
            self._on_error(run.folder, error)

    def _on_error(self, folder: Path, error: AppError) -> None:
        if folder == self._folder:
            self._fault = f"{error.what} {error.do}".strip()
            self._clean_up()
            self.say()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if isinstance(event, Stage):
            self._note = f"({event.text}: {event.done} of {event.total})" if event.total else ""
        elif isinstance(event, Trial):
            self._trial = event
        elif isinstance(event, Error):
            self._fault = f"{event.text} {event.do}".strip()
        elif isinstance(event, Finished) and self._trial is not None:
            trial = self._trial
            seconds = event.seconds + trial.estimated_s
            self.time = RunTime(
                *self._key,
                seconds,
                trial.seconds_per_update,
                trial.updates,
                memory_mib=trial.memory_mib,
                plan=trial.plan,
            )
            _remember(self.time)
        self.say()

    @Slot(int)
    def _on_ended(self, code: int) -> None:
        self._clean_up()
        if code == 0 and self.time is None:
            self._fault = "The trial step was stopped."
            self.say()

    def _clean_up(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            _remove(folder)


def sweep_trials() -> int:
    """Remove what trial steps left whose window was killed; returns how many. Never fails."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            fresh = time.time() - folder.stat().st_mtime < FRESH_S
            process = watched_process(folder)
            if process_alive(*process) if process is not None else fresh:
                continue
            shutil.rmtree(folder)
            removed += 1
    return removed


def _remove(folder: Path) -> None:
    run_task(lambda: shutil.rmtree(folder, ignore_errors=True))


def _remember(found: RunTime) -> None:
    # A figure that cannot be kept is measured again next time.
    run_task(lambda: remember_time(found), doing="keeping the time of a training")


def trial_key(
    records: Iterable[PhotoRecord], base: str, device: str, choices: Choices
) -> tuple[str, str, str]:
    """Under what a time is remembered: photos with the expert's choices, model, device."""
    photos = [(r.photo_id, f"{r.status}{' kept out' if r.keep_out else ''}") for r in records]
    return photos_key([*photos, *choices.measured]), base, device


def remember_run(
    event: Finished, trial: Trial, photos: str, base: str, device: str, limit: float
) -> None:
    """A whole run has ended: its time is the best figure, unless the limit cut it short.

    Args:
        event: Its end.
        trial: What its own trial step said.
        photos: See `trial_key`.
        base: Model that it started from.
        device: As in the settings.
        limit: Minutes that it was allowed.
    """
    each, updates = event.results.get("seconds_per_update"), event.results.get("updates")
    if not isinstance(each, int | float) or not isinstance(updates, int):
        return
    if event.seconds < CUT_SHARE * 60 * limit:
        key, took = (photos, base, device), (event.seconds, float(each), updates)
        _remember(RunTime(*key, *took, whole=True, memory_mib=trial.memory_mib, plan=trial.plan))


def time_text(found: RunTime, minutes: float) -> str:
    """The sentence about the time.

    Args:
        found: Measured.
        minutes: The limit that is chosen.
    """
    limit_s = 60 * minutes
    judging = found.plan.get("judging_s")
    judging_s = float(judging) if isinstance(judging, int | float) else 0.0
    model_s = max(0.0, found.seconds - judging_s)
    if model_s > limit_s:
        total = (
            f"About {duration(limit_s)}, the time limit; "
            f"without one it would be about {duration(model_s)}."
        )
    else:
        total = f"About {duration(model_s)}, reading the photos included."
    if judging_s >= 1:
        total += f" Then the model is there; judging it takes {duration(judging_s)} more."
    how = (
        "Measured on this computer in a run on these photos"
        if found.whole
        else ("Measured on this computer by a trial step on these photos")
    )
    return (
        f"{total} {how}{_when(found.measured)}: {per_update(found.seconds_per_update)} for each "
        f"of {found.updates} updates. You can stop at any moment and keep the best so far."
    )


def _when(then: float) -> str:
    """How long ago, where that matters."""
    ago = time.time() - then
    return "" if ago < 3600 else f" on {time.strftime('%Y-%m-%d', time.localtime(then))}"
