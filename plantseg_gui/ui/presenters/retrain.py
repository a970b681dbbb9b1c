"""Retrain: shows what it will use, runs the training process, shows before and after, keeps or not.

The process is on its own (threads.md 3); this follows its events. The dialog can be closed and the
person goes on working; a window opened later finds the run again.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.durations import duration
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.jobs.training_process import TrainingProcess
from plantseg_gui.storage.models import ModelRecord, add_version, new_version_name, set_default
from plantseg_gui.storage.project import Project
from plantseg_gui.training.protocol import (
    Epoch,
    Error,
    Event,
    Finished,
    Preview,
    Stage,
    Started,
    Step,
    Stopped,
    Trial,
    Warning_,
)
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.retrain_pages import Plan
from plantseg_gui.ui.dialogs.retrain_results import outcome
from plantseg_gui.ui.presenters import retrain_files
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme

TEXT = "Retraining"


class Retrain(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        jobs: JobModel,
        theme: Theme,
        actions: Actions,
        release_gpu: Callable[[], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._jobs = session, store, jobs
        self._release_gpu = release_gpu
        self.process = TrainingProcess(self)
        self.process.event.connect(self._on_event)
        self.process.ended.connect(self._on_ended)
        self.dialog = RetrainDialog(theme, window)
        self.dialog.start_wanted.connect(self.start)
        self.dialog.pause_wanted.connect(self._pause)
        self.dialog.stop_wanted.connect(self.stop)
        self.dialog.keep_wanted.connect(self.keep)
        self.dialog.discard_wanted.connect(self.discard)
        self._run: Run | None = None
        self._model = ""
        self._job = 0
        self._preparing = False
        self._told = False
        # Asked for while the masks are being written, before there is a process.
        self._stop_wish = self._pause_wish = False
        self._added: ModelRecord | None = None
        self._handlers: dict[type[Event], Callable[..., None]] = {
            Started: self._on_started,
            Stage: self._on_stage,
            Trial: self._on_trial,
            Preview: self._on_preview,
            Step: self._on_step,
            Epoch: self._on_epoch,
            Warning_: self._on_warning,
            Error: self._on_fault,
            Finished: self._on_result,
            Stopped: self._on_result,
        }
        actions["retrain"].triggered.connect(self.show)

    @property
    def running(self) -> bool:
        """Whether a run is still learning; one that has said its result only tidies up."""
        return self.process.running and not self._told

    @property
    def _is_idle(self) -> bool:
        return not self._preparing and self._run is None

    def show(self) -> None:
        """Open the dialog: at the run that goes on or its result, else at what a run would use."""
        if self._is_idle:
            # Twice: at once, and with what is just being saved.
            self._show_plan()
            self._store.flush(lambda _: self._show_plan() if self._is_idle else None)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def start(self, minutes: float) -> None:
        """Write the masks, then start the process."""
        project = self._session.project
        if project is None or self._preparing or self.process.running:
            return
        self._session.keep(retrain_minutes=minutes)
        self._preparing = True
        self._told = False
        self._model = ""
        self.dialog.show_running()
        self._show_job()
        self._stop_wish = self._pause_wish = False
        self._store.flush(lambda failed: self._prepare(project, minutes, failed))

    def _prepare(self, project: Project, minutes: float, failed: list[AppError]) -> None:
        if failed:
            self._on_broken(failed[0])
            return
        if project is not self._session.project:
            self._on_broken(AppError("Another folder was opened.", "Start once more."))
            return
        records = retrain_files.usable(list(self._session.records.values()))
        base = self._session.model
        run_task(
            lambda: retrain_files.prepare(project, records, base, minutes),
            on_done=self._on_prepared,
            on_error=self._on_broken,
            doing="preparing the training",
        )

    def stop(self) -> None:
        """End the run and keep the best so far."""
        self._stop_wish = self._preparing
        self._try(self.process.stop)
        self.dialog.running.show_progress("Stopping after this step", 0, 0, None)

    def keep(self) -> None:
        """Put the result on the shelf as a new version and work with it."""
        run, model = self._run, self._model
        if run is None or not model:
            return
        self.dialog.lock_result()

        def work() -> ModelRecord:
            # A second try after a fault must not add it twice.
            self._added = record = self._added or add_version(run.folder / model, run.new_name)
            set_default(record.name)
            retrain_files.forget(run)
            return record

        run_task(work, on_done=self._on_kept, on_error=self._on_not_kept, doing="keeping the model")

    def discard(self) -> None:
        """Throw the result away."""
        run = self._run
        self._run = None
        self.dialog.hide()
        if run is not None:
            run_task(lambda: retrain_files.forget(run), on_error=self._session.fail)
        self._session.say("Discarded. The model in use is as it was.")

    def find_running(self) -> None:
        """Find the run that an earlier window left going."""
        run_task(retrain_files.find, on_done=self._on_found)

    def leave_running(self) -> None:
        """The window goes, the run stays."""
        self._try(self.process.keep)

    def stop_and_leave(self) -> None:
        """The window goes; the run saves its best and ends. The next window shows the result."""
        self._try(self.process.stop)
        self.process.abandon()

    def _show_plan(self) -> None:
        records = retrain_files.usable(list(self._session.records.values()))
        approved = sum(r.status == "approved" for r in records)
        base = self._session.model
        self.dialog.show_setup(
            Plan(
                approved=approved,
                corrected=len(records) - approved,
                base=base,
                new_name=new_version_name(base) if base else "",
                minutes=self._session.settings.retrain_minutes,
            )
        )

    def _on_prepared(self, prepared: tuple[Run, dict[str, object]]) -> None:
        run, job = prepared
        self._preparing = False
        if self._stop_wish:
            run_task(lambda: retrain_files.forget(run), on_error=self._session.fail)
            self._end_job()
            self._show_plan()
            self._session.say("Stopped before the training began.")
            return
        self._run, self._added = run, None
        self._release_gpu()
        try:
            self.process.start(job, run.folder)
        except AppError as error:
            self._on_broken(error)
            return
        retrain_files.remember(run)
        if self._pause_wish:
            self._try(self.process.pause)
        for name in run.skipped:
            self.dialog.running.log(f"Left out, its saved mask cannot be read: {name}")
        count = len(run.names)
        self.dialog.running.log(
            f"{count} photo{'s' if count != 1 else ''}, starting from {run.base}"
        )

    def _on_broken(self, error: AppError) -> None:
        self._preparing = False
        self._run = None
        self._end_job()
        self.dialog.show_fault(f"{error.what} {error.do}".strip())

    def _on_found(self, run: Run | None) -> None:
        if run is None or self.process.running or not self._is_idle:
            return
        self._run = run
        self._told = False
        self.dialog.show_running()
        self._show_job()
        if self.process.attach(run.folder):
            self._session.say("A training run from before still goes on: Train › Retrain shows it.")

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _on_started(self, event: Started) -> None:
        self.dialog.running.log(f"The process has started on {event.device}.")

    def _on_stage(self, event: Stage) -> None:
        if not self.process.stopping:
            self.dialog.running.show_progress(event.text, event.done, event.total, None)

    def _on_preview(self, event: Preview) -> None:
        page = self.dialog.running
        picture = page.before if event.update == 0 else page.now
        picture.show_file(event.path, event.dice)
        page.curves.add_shown(event.update, event.dice)

    def _on_trial(self, event: Trial) -> None:
        text = (
            f"Measured: {_seconds(event.seconds_per_update)} for each of {event.updates} updates, "
            f"about {duration(event.estimated_s)} in all."
        )
        self.dialog.running.measured.setText(text)
        self.dialog.running.curves.set_updates(event.updates)
        self.dialog.running.log(text)

    def _on_step(self, event: Step) -> None:
        doing = "Learning" if event.phase == "train" else "Judging"
        text = f"{doing}: update {event.update} of {event.updates}"
        if not self.process.stopping:
            self.dialog.running.show_progress(text, event.update, event.updates, event.eta_s)
        if event.phase == "train":
            self.dialog.running.curves.add_loss(event.update, event.loss)
        if self._job:
            self._jobs.update(self._job, event.update, event.updates, TEXT, event.eta_s)

    def _on_epoch(self, event: Epoch) -> None:
        self.dialog.running.curves.add_dice(event.update, event.dice_mean)
        best = ", the best so far" if event.best else ""
        self.dialog.running.log(f"After update {event.update}: Dice {event.dice_mean:.3f}{best}.")

    def _on_warning(self, event: Warning_) -> None:
        self.dialog.running.log(event.text)

    def _on_fault(self, event: Error) -> None:
        self._run = None
        self._told = True
        retrain_files.remember(None)
        self.dialog.show_fault(f"{event.text} {event.do}".strip())
        self._session.fail(AppError(f"The training broke off. {event.text}", event.do))

    def _on_result(self, event: Finished | Stopped) -> None:
        run = self._run
        if run is None:
            return
        self._model = event.model
        self._told = True
        ended = outcome(
            event.results,
            run.names,
            model=event.model,
            seconds=event.seconds,
            stopped=isinstance(event, Stopped),
        )
        self.dialog.show_result(ended, run.new_name)
        self.dialog.show()
        self.dialog.raise_()

    @Slot(int)
    def _on_ended(self, code: int) -> None:
        del code  # an error event has told what happened
        self._end_job()

    def _on_kept(self, record: ModelRecord) -> None:
        self._run = None
        self.dialog.hide()
        self._session.say(f"Kept as {record.name}; photos are looked at with it from now on.")
        self._session.set_model(record.name)

    def _on_not_kept(self, error: AppError) -> None:
        # The result is still there: it can be kept once there is room again.
        self._session.fail(error)
        self.dialog.unlock_result(f"The model could not be kept. {error.what} {error.do}".strip())

    def _pause(self, on: bool) -> None:
        self._pause_wish = on and self._preparing
        self._try(self.process.pause if on else self.process.resume)
        self.dialog.running.log("Paused." if on else "Going on.")

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except AppError as error:
            self._session.fail(error)

    def _show_job(self) -> None:
        if not self._job:
            self._job = self._jobs.add(TEXT, self.stop)

    def _end_job(self) -> None:
        if self._job:
            self._jobs.remove(self._job)
            self._job = 0


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else duration(value)
