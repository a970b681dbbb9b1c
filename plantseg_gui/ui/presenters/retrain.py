"""Retrain: shows what it will use, runs the training process, shows before and after, keeps or not.

The process is on its own (threads.md 3); this follows its events. The dialog can be closed and the
person goes on working; a window opened later finds the run again.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.jobs.run_command import finetune_command
from plantseg_gui.jobs.training_process import TrainingProcess
from plantseg_gui.storage.project import Project
from plantseg_gui.training.protocol import Error, Event, Finished, Stopped, Trial
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.presenters import retrain_files
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.retrain_gate import Gate
from plantseg_gui.ui.presenters.retrain_resume import Resume
from plantseg_gui.ui.presenters.retrain_setup import RetrainSetup
from plantseg_gui.ui.presenters.retrain_trial import remember_run, trial_key
from plantseg_gui.ui.presenters.retrain_view import RunView
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme


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
        self._session, self._store = session, store
        self._release_gpu = release_gpu
        self.process = TrainingProcess(self, command=self._command)
        self.process.event.connect(self._on_event)
        self.process.variables = lambda: session.settings.memory_limits().to_environment()
        self.dialog = RetrainDialog(theme, window)
        self.dialog.start_wanted.connect(self.start)
        self.dialog.pause_wanted.connect(self._pause)
        self.dialog.stop_wanted.connect(self.stop)
        self.gate = Gate(session, self.dialog, self._on_decided, self)
        self._run: Run | None = None
        self._asked: tuple[str, str, str, float] | None = None
        self._preparing = False
        self._told = False
        # Asked for while the masks are being written, before there is a process.
        self._stop_wish = self._pause_wish = False
        self._setup = RetrainSetup(session, self.dialog, lambda: self._is_idle, self._command, self)
        self._trial = self._setup.trial
        self._measured = Trial(0.0, 0, 0.0)
        self._view = RunView(self.dialog.running, jobs, self.stop, lambda: self.process.stopping)
        self.process.ended.connect(lambda _: self._view.end())
        self.process.silent.connect(self._view.say_silent)
        self._resume = Resume(self.process, self.dialog, session, self)
        self._resume.going_on.connect(self._on_going_on)
        self._resume.lost.connect(self._drop)
        self._resume.result_wanted.connect(self._on_result)
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
            self._setup.show()
            self.dialog.show()
            self._store.flush(lambda _: self._setup.show_saved())
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def start(self, minutes: float) -> None:
        """Write the masks, then start the process."""
        project = self._session.project
        if project is None or self._preparing or self.process.running:
            return
        self._setup.cancel()
        self._setup.remember()
        self._preparing = True
        self._told = False
        self.dialog.show_running()
        self._view.begin()
        self._stop_wish = self._pause_wish = False
        self._store.flush(lambda failed: self._prepare(project, minutes, failed))

    def _prepare(self, project: Project, minutes: float, failed: list[AppError]) -> None:
        if failed:
            self._on_broken(failed[0])
            return
        if project is not self._session.project:
            self._on_broken(AppError("Another folder was opened.", "Start once more."))
            return
        setup = self._setup
        records, base, choices = setup.records(), setup.base, setup.choices
        self._asked = (*trial_key(records, base, setup.device, choices), minutes)
        run_task(
            lambda: retrain_files.prepare(project, records, base, minutes, choices=choices),
            on_done=self._on_prepared,
            on_error=self._on_broken,
            doing="preparing the training",
        )

    def stop(self) -> None:
        """End the run and keep the best so far."""
        self._stop_wish = self._preparing
        self._try(self.process.stop)
        self.dialog.running.show_progress("Stopping after this step", 0, 0, None)

    def shutdown(self) -> None:
        """The window goes, and a trial step with it."""
        self._setup.cancel()
        self._resume.cancel()

    def find_running(self) -> None:
        """Find the run that an earlier window left going."""
        run_task(retrain_files.find, on_done=self._on_found)

    def _on_prepared(self, prepared: tuple[Run, dict[str, object]]) -> None:
        run, job = prepared
        self._preparing = False
        if self._stop_wish:
            run_task(lambda: retrain_files.forget(run), on_error=self._session.fail)
            self._view.end()
            self._setup.show()
            self._session.say("Stopped before the training began.")
            return
        self._run = run
        self.gate.new_run(run)
        self._view.new_run(run)
        self._resume.new_run(run)
        self._release_gpu()
        try:
            self.process.start(job, run.folder)
        except AppError as error:
            self._on_broken(error)
            return
        retrain_files.remember(run)
        if self._pause_wish:
            self._try(self.process.pause)

    def _on_broken(self, error: AppError) -> None:
        self._preparing = False
        self._run = None
        self._view.end()
        self.dialog.show_fault(f"{error.what} {error.do}".strip())

    def _on_found(self, run: Run | None) -> None:
        if run is None or self.process.running or not self._is_idle:
            return
        self._run = run
        self._told = False
        self.gate.new_run(run)
        self.dialog.show_running()
        self._view.begin()
        self._view.new_run(run)
        self._resume.new_run(run, found=True)
        if self.process.attach(run.folder):
            self._session.say("A training run from before still goes on: Train › Retrain shows it.")

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if isinstance(event, Finished | Stopped):
            self._on_result(event)
        elif isinstance(event, Error):
            self._on_fault(event)
        else:
            if isinstance(event, Trial):
                self._measured = event
            self._view.show(event)

    def _on_fault(self, event: Error) -> None:
        self._told = True
        if self._run is not None:
            self._resume.broke_off(self._run, event, died=self.process.died)

    def _drop(self) -> None:
        self._run = None
        retrain_files.remember(None)

    def _on_going_on(self) -> None:
        self._told = False
        self._view.begin()

    def _on_result(self, event: Finished | Stopped) -> None:
        run = self._run
        if run is None:
            return
        self._told = True
        if self._resume.asks_about(run, event):
            return
        if isinstance(event, Finished) and self._asked is not None:
            remember_run(event, self._measured, *self._asked)
            self._asked = None
        self.gate.show(run, event)

    def _on_decided(self) -> None:
        self._run = None

    def _pause(self, on: bool) -> None:
        self._pause_wish = on and self._preparing
        self._try(self.process.pause if on else self.process.resume)
        self.dialog.running.log("Paused." if on else "Going on.")

    def _command(self, job_file: Path) -> list[str]:
        return finetune_command(job_file, self._setup.device, self._setup.threads)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except AppError as error:
            self._session.fail(error)
