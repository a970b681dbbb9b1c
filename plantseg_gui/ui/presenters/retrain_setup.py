"""What a retraining would use, and how long it takes, before it starts; the expert's choices."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.models import list_models, new_version_name
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.storage.run_times import RunTime
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.dialogs.retrain_expert import LearnedPhoto
from plantseg_gui.ui.dialogs.retrain_setup import Measured, Plan
from plantseg_gui.ui.presenters import retrain_files
from plantseg_gui.ui.presenters.retrain_trial import TrialStep
from plantseg_gui.ui.presenters.session import Session

NOTHING_TO_MEASURE = "Measured on your photos, as soon as there is something to learn from."
LOOKING = "Looking at your photos…"
MOST_EARLIER = 10
KEY = "retrain_choices"
# A number that is being typed is not measured digit by digit.
CALM_MS = 500


@dataclass(frozen=True)
class _Shelf:
    """What lies on the disk: earlier trainings, models, what was chosen for the project."""

    project: Project | None = None
    earlier: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    new_names: dict[str, str] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)


class RetrainSetup(QObject):
    """See the module's text.

    Args:
        session: Photos, model, settings.
        dialog: Shows it.
        idle: Whether no run goes on, so that the page is still the one before the start.
        command: See `TrainingProcess`.
        parent: Owner.
    """

    def __init__(
        self,
        session: Session,
        dialog: RetrainDialog,
        idle: Callable[[], bool],
        command: Callable[[Path], list[str]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._dialog, self._idle = session, dialog, idle
        self._shelf = _Shelf()
        self.trial = TrialStep(self._show_time, lambda: dialog.setup.minutes, command, self)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._measure)
        dialog.setup.choices_changed.connect(self._on_choices)
        dialog.finished.connect(lambda _: self.cancel())
        session.project_opened.connect(self._on_project)

    @property
    def choices(self) -> Choices:
        """What the expert has chosen; the defaults for everybody else."""
        return self._dialog.setup.choices

    @property
    def base(self) -> str:
        """The model to start from; "" = none is loaded."""
        return self.choices.base or self._session.model

    @property
    def device(self) -> str:
        """What it runs on."""
        return self.choices.device or self._session.settings.device

    @property
    def threads(self) -> int:
        """Processor cores; 0 = all."""
        return self.choices.threads or self._session.settings.threads

    def records(self) -> list[PhotoRecord]:
        """The photos that a run gets: the chosen ones, and the person's own test set."""
        left_out = set(self.choices.left_out)
        there = retrain_files.usable(list(self._session.records.values()))
        return [r for r in there if r.keep_out or r.photo_id not in left_out]

    def show(self) -> None:
        """Show the page with what is known at once."""
        self._dialog.show_setup(self._plan())
        self._show_time(LOOKING, None)

    def show_saved(self) -> None:
        """Show what is saved by now, and how long it will take."""
        project = self._session.project
        if self._idle() and self._dialog.isVisible():
            run_task(lambda: _read(project), on_done=self._on_read, on_error=self._session.fail)

    def cancel(self) -> None:
        """End the trial step."""
        self._calm.stop()
        self.trial.cancel()

    def _on_project(self) -> None:
        project = self._session.project
        self._shelf = _Shelf()
        self._dialog.setup.show_choices(Choices())
        if project is not None:
            run_task(lambda: _read(project), on_done=self._on_opened, on_error=self._session.fail)

    def _on_opened(self, shelf: _Shelf) -> None:
        if shelf.project is self._session.project:
            self._shelf = shelf
            self._dialog.setup.show_choices(shelf.choices)

    def _on_read(self, shelf: _Shelf) -> None:
        if shelf.project is not self._session.project or not self._idle():
            return
        self._shelf = shelf
        if self.choices.base and self.choices.base not in shelf.models:
            self._dialog.setup.show_choices(replace(self.choices, base=""))
        self._dialog.update_setup(self._plan())
        self._measure()

    def _on_choices(self) -> None:
        self._dialog.update_setup(self._plan())
        if self.trial.time is not None:
            self.trial.say()
        self._calm.start()

    def remember(self) -> None:
        """Keep what was chosen in the project."""
        project, choices = self._session.project, self.choices
        if project is not None and not project.read_only and choices != self._shelf.choices:
            self._shelf = replace(self._shelf, choices=choices)
            run_task(lambda: project.set(KEY, choices.to_json()), on_error=self._session.fail)

    def _measure(self) -> None:
        """Find out how long it takes."""
        if not self._idle() or not self._dialog.isVisible():
            return
        self.remember()
        project, records = self._session.project, self.records()
        if project is not None and self.base and any(not r.keep_out for r in records):
            self.trial.find_out(project, records, self.base, self.device, self.choices)
        else:
            self.trial.cancel()
            self._show_time(NOTHING_TO_MEASURE, None)

    def _show_time(self, text: str, found: RunTime | None) -> None:
        page = self._dialog.setup
        page.time.setText(text)
        page.show_measured(
            Measured(found.updates, found.memory_mib, found.plan) if found else Measured()
        )

    def _plan(self) -> Plan:
        there = retrain_files.usable(list(self._session.records.values()))
        tested = [r for r in self._session.records.values() if r.keep_out and not r.missing]
        approved = sum(r.status == "approved" and not r.error for r in tested)
        base = self.base
        return Plan(
            photos=tuple(
                LearnedPhoto(r.photo_id, r.path.name, r.status) for r in there if not r.keep_out
            ),
            tested=approved,
            untested=len(tested) - approved,
            base=base,
            in_use=self._session.model,
            new_name=self._shelf.new_names.get(base) or (new_version_name(base) if base else ""),
            models=self._shelf.models,
            earlier=self._shelf.earlier,
        )


def _read(project: Project | None) -> _Shelf:
    """Look at project and shelf; runs in the pool."""
    models = tuple(r.name for r in list_models() if not r.damaged)
    names = {name: new_version_name(name) for name in models}
    if project is None:
        return _Shelf(None, (), models, names)
    earlier = tuple(record.sentence for record in project.trainings()[:MOST_EARLIER])
    return _Shelf(project, earlier, models, names, Choices.from_json(project.get(KEY)))
