"""The gate: shows what a training measured, and does what the person decides about its result.

Nothing is overwritten: a kept result is a new version on the shelf, and the figures of every
training stay in the project's list.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.models import ModelRecord, add_version, set_default
from plantseg_gui.storage.training_log import CANDIDATE, DISCARDED, KEPT, TrainingRecord
from plantseg_gui.training.protocol import Finished, Stopped
from plantseg_gui.ui.canvas.wipe_pictures import WipePictures, compose
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.retrain_outcome import Pictures
from plantseg_gui.ui.dialogs.retrain_results import outcome
from plantseg_gui.ui.presenters import retrain_files
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.session import Session

# Of a mask in the run's folder: from this value a pixel is lesion.
_YES = 128


class Gate(QObject):
    """See the module's text.

    Args:
        session: The open project gets the training's record.
        dialog: Shows it.
        decided: Called when nothing more is to be decided.
        parent: Owner.
    """

    def __init__(
        self,
        session: Session,
        dialog: RetrainDialog,
        decided: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._dialog, self._decided = session, dialog, decided
        self._run: Run | None = None
        self._model = ""
        self._results: Mapping[str, Any] = {}
        self._pictures: dict[str, Pictures] = {}
        self._ended = ""
        self._added: ModelRecord | None = None
        dialog.keep_wanted.connect(self.keep)
        dialog.candidate_wanted.connect(lambda: self.keep(candidate=True))
        dialog.discard_wanted.connect(self.discard)
        dialog.ended.picture_wanted.connect(self._load_picture)

    def new_run(self, run: Run) -> None:
        """Another run goes on, of which nothing is known yet."""
        self._run, self._model, self._ended, self._added = run, "", "", None
        self._results, self._pictures = {}, {}

    def show(self, run: Run, event: Finished | Stopped) -> None:
        """Show a result and enter it into the project's list, undecided."""
        self.new_run(run)
        self._model, self._results = event.model, event.results
        self._ended = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        ended = outcome(
            event.results,
            run.names,
            model=event.model,
            seconds=event.seconds,
            stopped=isinstance(event, Stopped),
        )
        self._pictures = {p.photo_id: p.pictures for p in ended.photos if p.pictures is not None}
        self._note(run)
        self._dialog.show_result(ended, run.new_name)
        self._dialog.show()
        self._dialog.raise_()

    def keep(self, *, candidate: bool = False) -> None:
        """Put the result on the shelf as a new version.

        Args:
            candidate: Go on with the model in use; else the new one is used from now on.
        """
        run, model = self._run, self._model
        if run is None or not model:
            return
        self._dialog.lock_result()

        def work() -> ModelRecord:
            # A second try after a fault must not add it twice.
            self._added = record = self._added or add_version(
                run.folder / model, run.new_name, candidate=candidate
            )
            if not candidate:
                set_default(record.name)
            retrain_files.forget(run)
            return record

        run_task(
            work,
            on_done=lambda record: self._on_kept(run, record, candidate),
            on_error=self._on_not_kept,
            doing="keeping the model",
        )

    def discard(self) -> None:
        """Throw the result away, or what is left of a run that broke off.

        The figures of a result stay in the project's list.
        """
        run, self._run = self._run, None
        self._dialog.hide()
        if run is not None:
            if self._ended:
                self._note(run, DISCARDED)
            run_task(lambda: retrain_files.forget(run), on_error=self._session.fail)
        self._decided()
        self._session.say("Discarded. The model in use is as it was.")

    def _on_kept(self, run: Run, record: ModelRecord, candidate: bool) -> None:
        self._note(run, CANDIDATE if candidate else KEPT, record.name)
        self._run = None
        self._decided()
        self._dialog.hide()
        if candidate:
            self._session.say(
                f"{record.name} is on the shelf as a candidate; you go on with "
                f"{self._session.model}. Model ▸ Models chooses it."
            )
        else:
            self._session.say(f"Kept as {record.name}; photos are looked at with it from now on.")
            self._session.set_model(record.name)

    def _on_not_kept(self, error: AppError) -> None:
        # The result is still there: it can be kept once there is room again.
        self._session.fail(error)
        self._dialog.unlock_result(f"The model could not be kept. {error.what} {error.do}".strip())

    def _note(self, run: Run, decision: str = "", model: str = "") -> None:
        """Enter the training into its project's list."""
        project = self._session.project
        if project is None or project.read_only or not set(run.names) & set(self._session.records):
            return  # a run of another project
        record = TrainingRecord(
            run.folder.name, self._ended, run.base, model, run.learned, self._results, decision
        )
        run_task(lambda: project.note_training(record), on_error=self._session.fail)

    def _load_picture(self, photo_id: str) -> None:
        run, files = self._run, self._pictures.get(photo_id)
        if run is None or files is None:
            return
        page = self._dialog.ended
        run_task(
            lambda: read_pictures(run.folder, files),
            on_done=lambda pictures: page.show_picture(photo_id, pictures),
            on_error=lambda error: page.show_no_picture(photo_id, f"{error.what} {error.do}"),
            doing="reading the masks of a training",
        )


def read_pictures(folder: Path, files: Pictures) -> WipePictures:
    """Read a judged photo and its masks from a run's folder; runs in the pool.

    Raises:
        InputError: a file is missing, damaged, or of another size.
    """
    # Names alone count: a run has no business outside its folder.
    photo, before, after = (read_photo(folder / Path(name).name) for name in files)
    try:
        return compose(photo, before[..., 0] >= _YES, after[..., 0] >= _YES)
    except ValueError as error:
        raise InputError(
            f"The masks of {files.image} do not fit the photo: {error}.", "Train again."
        ) from error
