"""Compares two versions on photos of the open project, in a process beside the window."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.comparison_process import ComparisonProcess
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.judged_photos import write_judged_photos
from plantseg_gui.storage.model_tree import Version
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.storage.training_log import TrainingRecord
from plantseg_gui.ui.dialogs.compare_models import Choice, CompareDialog
from plantseg_gui.ui.presenters.models import Models
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme

JOB = "Comparing models"
APPROVED, TEST_SET, ALL = "approved", "test set", "all"
_NAMES = {
    APPROVED: "Approved photos",
    TEST_SET: "My test set",
    ALL: "All photos with masks",
}
_HALF_CHECKED = (
    "Corrected photos that are not approved count as they are: what you left untouched there is "
    "the work of the model that predicted them, which favours it."
)


class CompareModels(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        models: Models,
        jobs: JobModel,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._models = session, store, models
        self._jobs, self._theme, self._window = jobs, theme, window
        self._dialog: CompareDialog | None = None
        self._folder: Path | None = None
        self._job = 0
        self._preparing = False
        self._trainings: list[TrainingRecord] = []
        self.process = ComparisonProcess(self)
        self.process.progress.connect(self._on_progress)
        self.process.judged.connect(lambda row: self.dialog.add_photo(row))
        self.process.noted.connect(session.say)
        self.process.finished.connect(self._on_finished)
        self.process.failed.connect(self._on_failed)
        models.compare_wanted.connect(self.show)

    @property
    def dialog(self) -> CompareDialog:
        """The dialog; made when it is first wanted."""
        if self._dialog is None:
            made = self._dialog = CompareDialog(self._theme, self._window)
            made.start_wanted.connect(self.start)
            made.stop_wanted.connect(self.stop)
            made.chosen.connect(self._show_note)
        return self._dialog

    @property
    def running(self) -> bool:
        """Whether a comparison is prepared or goes on."""
        return self._preparing or self.process.running

    def show(self, second: str = "") -> None:
        """Open the dialog, with a version on the right."""
        dialog, project = self.dialog, self._session.project
        dialog.show_versions(self._models.versions, second)
        dialog.show_choices([self._choice(key) for key in _NAMES])
        dialog.show()
        dialog.raise_()
        self._trainings = []
        self._show_note()
        if project is not None:
            run_task(project.trainings, on_done=self._on_trainings, on_error=self._session.fail)

    def start(self, first: str, second: str, key: str) -> None:
        """Write the masks, then judge both versions."""
        project = self._session.project
        records = self._records(key)
        if project is None or not records or self.running:
            return
        self._preparing = True
        self.dialog.show_names(first, second)
        self.dialog.show_running(True, "Preparing photos…")
        self._job = self._jobs.add(JOB, self.stop)

        def saved(failed: list[AppError]) -> None:
            if failed:
                self._on_failed(failed[0])
                return
            self._folder = folder = Path(tempfile.mkdtemp(prefix="plantseg-compare-"))
            run_task(
                lambda: (first, second, *write_judged_photos(project, records, folder)),
                on_done=self._on_written,
                on_error=self._on_failed,
                doing="preparing the comparison",
            )

        self._store.flush(saved)

    def stop(self) -> None:
        """End with the photos that were judged so far."""
        if self._preparing:
            self._preparing = False  # noticed when the masks are written
        self.process.stop()
        if self.running:
            self.dialog.show_progress(0, 0, "Stopping after this photo…")

    def shutdown(self) -> None:
        """The window goes, and the process with it."""
        self._preparing = False
        self.process.end_now()
        self._tidy()

    def _on_written(self, written: tuple[str, str, Path, list[str]]) -> None:
        first, second, pairs, skipped = written
        if not self._preparing:
            self._on_failed(AppError("Stopped before a photo was judged."))
            return
        self._preparing = False
        if skipped:
            self._session.say(f"Left out, the saved mask cannot be read: {', '.join(skipped)}")
        settings = self._session.settings
        options = [
            *("--scale", str(self._session.scale)),
            *(("--device", settings.device) if settings.device != "auto" else ()),
            *(("--threads", str(settings.threads)) if settings.threads else ()),
        ]
        self.dialog.show_progress(0, 0, "Loading both models…")
        self.process.start(first, second, pairs, options)

    def _on_progress(self, done: float, total: int, text: str) -> None:
        if text == "loading the model":
            return
        self.dialog.show_progress(done, total, f"Photo {int(done) + 1} of {total}: {text}")
        self._jobs.update(self._job, int(done), total, JOB)

    def _on_finished(self, result: Mapping[str, Any]) -> None:
        self._end()
        self.dialog.show_result(result)
        self._session.say(str(result["sentence"]))

    def _on_failed(self, error: AppError) -> None:
        self._end()
        self.dialog.show_fault(f"{error.what} {error.do}".strip())

    def _end(self) -> None:
        self._preparing = False
        self._jobs.remove(self._job)
        self._job = 0
        self._tidy()

    def _tidy(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            run_task(lambda: shutil.rmtree(folder, ignore_errors=True))

    def _records(self, key: str) -> list[PhotoRecord]:
        """The photos of a set that can be judged."""
        statuses = ("approved",) if key == APPROVED else ("approved", "corrected")
        return [
            r
            for r in self._session.records.values()
            if r.status in statuses
            and not r.error
            and not r.missing
            and (r.keep_out or key != TEST_SET)
        ]

    def _choice(self, key: str) -> Choice:
        records = self._records(key)
        count = len(records)
        half = any(r.status == "corrected" for r in records)
        return Choice(key, f"{_NAMES[key]} ({count})", count, _HALF_CHECKED if half else "")

    def _on_trainings(self, trainings: list[TrainingRecord]) -> None:
        self._trainings = trainings
        self._show_note()

    def _show_note(self) -> None:
        dialog = self.dialog
        key = dialog.photos.currentData() or ""
        ids = {r.photo_id for r in self._records(key)} if key else set()
        notes = [self._choice(key).note] if key else []
        for name in dict.fromkeys([dialog.first.currentData(), dialog.second.currentData()]):
            taught = len(ids & learned_from(name or "", self._trainings, self._models.versions))
            if taught:
                were = "photo was" if taught == 1 else "photos were"
                notes.append(
                    f"{taught} of these {were} among those that {name} learned from, which "
                    "flatters it."
                )
        dialog.show_note(" ".join(note for note in notes if note))


def learned_from(name: str, trainings: list[TrainingRecord], versions: list[Version]) -> set[str]:
    """Ids of the photos that a version, or one that it comes from, was trained on.

    Photos that were held out to judge a training are none of them.

    Args:
        name: The version.
        trainings: Of the project.
        versions: The shelf.
    """
    parents = {v.name: v.record.meta.parent for v in versions}
    line: set[str] = set()
    while name and name not in line:
        line.add(name)
        name = parents.get(name, "")
    found: set[str] = set()
    for training in trainings:
        if training.model in line:
            judged = training.results.get("after")
            held_out = "held-out" in str(training.results.get("method", ""))
            out = set(judged) if held_out and isinstance(judged, dict) else set()
            found |= set(training.photos) - out
    return found
