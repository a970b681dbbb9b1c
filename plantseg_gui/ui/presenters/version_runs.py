"""Runs other model versions on photos, beside the one in use; keeps what they said.

A service of its own, because the window's has the model in use loaded. One run at a time, the
newest wins. Results are kept for the session, the newest `KEPT_PX` of them.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import JobStamp, Prediction, TileMode
from plantseg_gui.jobs.engine import TorchEngine
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.models import resolve_model
from plantseg_gui.ui.presenters.session import Session

# About 7 bytes a pixel: 0.4 GB.
KEPT_PX = 60_000_000


class Run(NamedTuple):
    """What is asked for: a photo as a version sees it.

    Attributes:
        photo_id: The photo.
        version: Name of the model.
        scale: See `Prediction`.
        mode: Tile mode.
    """

    photo_id: str
    version: str
    scale: float
    mode: TileMode


class VersionRuns(QObject):
    """See the module's text.

    Attributes:
        finished: Run; `result` has it.
        failed: Run, AppError.
        stopped: Run; it was cancelled.
        progress: Run, share done (below 0 while unknown), text.
    """

    finished = Signal(object)
    failed = Signal(object, object)
    stopped = Signal(object)
    progress = Signal(object, float, str)

    def __init__(
        self,
        session: Session,
        jobs: JobModel,
        parent: QObject | None = None,
        *,
        make_service: Callable[[QObject], InferenceService] | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._make_service = make_service or self._own_service
        self._service: InferenceService | None = None
        self._kept: OrderedDict[Run, Prediction] = OrderedDict()
        self._run: Run | None = None
        self._document: Document | None = None
        self._stamp: JobStamp | None = None
        self._loaded: Path | None = None
        self._job = 0
        self._closed = False
        session.project_opened.connect(self._on_project)
        session.settings_changed.connect(self._on_settings)

    @property
    def running(self) -> Run | None:
        """What is being worked on."""
        return self._run

    def result(self, run: Run) -> Prediction | None:
        """What is kept of an earlier run."""
        return self._kept.get(run)

    def start(self, run: Run, document: Document) -> None:
        """Run a version on a document's photo; `finished`, `failed` or `stopped` follows."""
        if self._closed or run == self._run:
            return
        self.cancel()
        self._run, self._document = run, document
        self._job = self._jobs.add(f"Looking with {run.version}", self.cancel)
        self.progress.emit(run, -1.0, "Loading the model…")
        run_task(
            lambda: (run, resolve_model(run.version)),
            on_done=self._on_folder,
            on_error=lambda error: self._on_error(run, error),
            doing=f"looking for the model {run.version}",
        )

    def cancel(self) -> None:
        """Stop what runs; `stopped` follows at once."""
        run = self._run
        if run is None:
            return
        self._end()
        if self._service is not None:
            self._service.cancel()
        self.stopped.emit(run)

    def release(self) -> None:
        """Nobody looks any more: stop, and free the network's memory."""
        self.cancel()
        if self._service is not None:
            self._service.unload()

    def shutdown(self) -> None:
        """The window goes."""
        self._closed = True
        self.cancel()
        if self._service is not None:
            self._service.shutdown()

    def _own_service(self, parent: QObject) -> InferenceService:
        settings = self._session.settings
        return InferenceService(
            parent, engine=lambda: TorchEngine(settings.device, settings.threads)
        )

    def _on_folder(self, found: tuple[Run, Path]) -> None:
        run, folder = found
        document = self._document
        if run != self._run or document is None or self._closed:
            return
        if self._service is None:
            service = self._service = self._make_service(self)
            service.finished.connect(self._on_finished)
            service.failed.connect(self._on_failed)
            service.progress.connect(self._on_progress)
        if folder != self._loaded:
            self._loaded = folder
            self._service.set_model(folder)
        self._stamp = self._service.request(
            run.photo_id, document.revision, document.image, run.mode, run.scale
        )

    def _on_progress(self, stamp: JobStamp, done: int, total: int, text: str) -> None:
        if stamp == self._stamp and self._run is not None:
            self._jobs.update(self._job, done, total)
            self.progress.emit(self._run, done / total if total else -1.0, text)

    def _on_finished(self, stamp: JobStamp, prediction: Prediction) -> None:
        run = self._run
        if stamp != self._stamp or run is None:
            return
        self._end()
        self._kept[run] = prediction
        room = KEPT_PX
        for old in reversed(list(self._kept)):
            room -= self._kept[old].height * self._kept[old].width
            if room < 0 and old != run:
                del self._kept[old]
        self.finished.emit(run)

    def _on_failed(self, stamp: JobStamp, error: AppError) -> None:
        if stamp == self._stamp and self._run is not None:
            self._on_error(self._run, error)

    def _on_error(self, run: Run, error: AppError) -> None:
        if run == self._run:
            self._end()
            # Loaded again next time: what is wrong with it may have been mended.
            self._loaded = None
            self.failed.emit(run, error)

    def _on_project(self) -> None:
        self.cancel()
        self._kept.clear()

    def _on_settings(self, names: frozenset[str]) -> None:
        if self._service is not None and names & {"device", "threads"}:
            self.cancel()
            self._service.configure(self._session.settings.device, self._session.settings.threads)

    def _end(self) -> None:
        self._jobs.remove(self._job)
        self._job, self._run, self._stamp, self._document = 0, None, None, None
