"""Runs the model on all photos of the list, behind whatever the person does meanwhile.

There is one inference thread, and the photo on screen goes first: a job of this queue that is
pushed aside is begun again later. A mask that a person corrected or approved is never touched.
"""

import uuid
from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.core.results import JobStamp, Prediction, RgbArray
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.batch import act_on
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.presenters.batch import PREDICT, Batch
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import Role, ask
from plantseg_gui.ui.presenters.segment import Segment
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.view_state import ViewState

WAIT_MS = 300
NAME = "Predict all"
REFRESH = "Refresh outdated predictions"


class PredictAll(QObject):
    """See the module's text.

    Attributes:
        ended: No more photos are looked at.
    """

    ended = Signal()

    def __init__(
        self,
        session: Session,
        service: InferenceService,
        segment: Segment,
        store: OpenSave,
        batch: Batch,
        view: ViewState,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._service, self._segment = session, service, segment
        self._store, self._batch, self._view = store, batch, view
        self._jobs, self._actions, self._window = jobs, actions, window
        self._queue: deque[str] = deque()
        self._total = self._job = 0
        self._name = NAME
        self._project: Project | None = None
        self._stamp: JobStamp | None = None
        self._changed: list[tuple[str, int]] = []
        self._failed: list[AppError] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)
        actions["predict_all"].triggered.connect(self.ask)
        service.finished.connect(self._on_finished)
        service.failed.connect(self._on_failed)
        service.cancelled.connect(self._on_cancelled)
        session.project_opened.connect(self._on_project)
        session.record_changed.connect(lambda _: self._refresh())
        session.status_changed.connect(self._refresh)
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether photos wait or are being looked at."""
        return bool(self._job)

    def ask(self) -> None:
        """Ask, then begin."""
        chosen = self._candidates()
        kept = len(self._batch.chosen("corrected", "approved"))
        if not chosen:
            self._session.say("Every photo in the list has a prediction of this model already.")
            return
        count = "1 photo" if len(chosen) == 1 else f"{len(chosen)} photos"
        details = "It runs in the background; you can go on working."
        if kept:
            details += (
                f"\n{kept} photo(s) that you corrected or approved are left out: their masks stay."
            )
        if ask(
            self._window, NAME, f"Run {self._session.model} on {count}?", details,
            {"Run": Role.AcceptRole}, "Cancel",
        ) == "Run":  # fmt: skip
            self.run([r.photo_id for r in chosen])

    def run(self, ids: list[str], name: str = NAME) -> None:
        """Look at photos, one after the other.

        Args:
            ids: The photos, in this order.
            name: What it is called in the status bar and the list of acts.
        """
        if self.running or not ids or self._session.project is None:
            return
        self._project = self._session.project
        self._queue, self._total = deque(ids), len(ids)
        self._changed, self._failed = [], []
        self._name = name
        self._job = self._jobs.add(name, self.stop)
        self._refresh()
        self._next()

    def also(self, ids: list[str], name: str) -> None:
        """Look at these photos too: after those that wait, or by themselves.

        Args:
            ids: The photos.
            name: What it is called where nothing else runs.
        """
        if not self.running:
            self.run(ids, name)
        elif self._project is self._session.project:
            new = [i for i in ids if i not in self._queue]
            self._queue.extend(new)
            self._total += len(new)

    def stop(self) -> None:
        """Look at no more photos; what is done stays."""
        self._queue.clear()
        if self._stamp is None:
            self._end()
        elif self._service.current == self._stamp:
            self._service.cancel()

    def _next(self) -> None:
        if not self.running or self._stamp is not None:
            return
        if not self._queue:
            self._end()
            return
        if self._segment.running or self._service.busy or not self._segment.ready:
            self._timer.start(WAIT_MS)
            return
        project, photo_id = self._project, self._queue[0]
        record = self._session.records.get(photo_id)
        if record is None or record.status not in ("new", "predicted") or self._is_done(record):
            self._queue.popleft()  # worked on meanwhile, or looked at on screen
            self._timer.start(0)
            return
        self._jobs.update(self._job, self._total - len(self._queue), self._total, self._name)
        run_task(
            lambda: read_photo(record.path),
            on_done=lambda image: self._on_image(project, photo_id, image),
            on_error=self._skip,
            doing=f"reading {record.path}",
        )

    def _on_image(self, project: Project | None, photo_id: str, image: RgbArray) -> None:
        if project is not self._project or not self._queue or self._queue[0] != photo_id:
            return
        if self._segment.running or self._service.busy:
            self._timer.start(WAIT_MS)
            return
        self._stamp = self._service.request(
            photo_id, -1, image, self._view.mode, self._session.scale
        )

    @Slot(object, object)
    def _on_finished(self, stamp: JobStamp, prediction: Prediction) -> None:
        if stamp != self._stamp:
            return
        self._stamp = None
        if not self._queue or self._project is not self._session.project:
            self._end()
            return
        self._keep(self._queue.popleft(), prediction)

    def _keep(self, photo_id: str, prediction: Prediction) -> None:
        if self._project is None or self._project is not self._session.project:
            return
        document = self._store.document(photo_id)
        if document is not None:
            # Open behind the photo on screen: as if it had been run there.
            document.set_prediction(prediction)
            self._store.save_all()
            self._timer.start(0)
            return
        if not self._store.reading.hold(photo_id):  # it is being read, to be shown
            QTimer.singleShot(WAIT_MS, self, lambda: self._keep(photo_id, prediction))
            return
        project = self._project

        def saved(record: PhotoRecord | None) -> None:
            self._store.reading.release(photo_id)
            self._on_saved(record)

        def unsaved(error: AppError) -> None:
            self._store.reading.release(photo_id)
            self._on_unsaved(error)

        run_task(
            lambda: act_on(project, photo_id, lambda d: _fill(d, prediction), ""),
            on_done=saved,
            on_error=unsaved,
            doing=f"saving the prediction of {photo_id}",
        )

    def _on_unsaved(self, error: AppError) -> None:
        self._failed.append(error)
        self._next()

    def _on_saved(self, record: PhotoRecord | None) -> None:
        if record is not None:
            self._changed.append((record.photo_id, record.revision))
            if record.photo_id in self._session.records:
                self._session.set_record(record)
        self._next()

    @Slot(object, object)
    def _on_failed(self, stamp: JobStamp, error: AppError) -> None:
        if stamp == self._stamp:
            self._stamp = None
            self._skip(error)

    @Slot(object)
    def _on_cancelled(self, stamp: JobStamp) -> None:
        if stamp == self._stamp:
            self._stamp = None
            self._timer.start(WAIT_MS)  # pushed aside by the photo on screen, or stopped

    def _skip(self, error: AppError) -> None:
        self._failed.append(error)
        if self._queue:
            self._queue.popleft()
        self._next()

    def _end(self) -> None:
        if not self.running:
            return
        self._jobs.remove(self._job)
        self._job, self._stamp = 0, None
        self._timer.stop()
        done = len(self._changed)
        if self._project is self._session.project:
            self._batch.keep(
                self._name, uuid.uuid4().hex, PREDICT, [list(c) for c in self._changed]
            )
        if self._failed:
            first = self._failed[0]
            self._session.fail(
                StorageError(
                    f"{len(self._failed)} photo(s) were left out. The first: {first.what}", first.do
                )
            )
        self._session.say(f"{self._name}: {done} photo{'' if done == 1 else 's'} done.")
        self._project = None
        self._refresh()
        self.ended.emit()

    def _candidates(self) -> list[PhotoRecord]:
        """New photos, and those with an untouched prediction of another model."""
        chosen = self._batch.chosen("new", "predicted")
        return [r for r in chosen if not self._is_done(r) and r.photo_id != self._session.photo_id]

    def _is_done(self, record: PhotoRecord) -> bool:
        """Whether a photo has a prediction of the model in use."""
        return record.status == "predicted" and record.model == self._session.model

    def _on_project(self) -> None:
        if self.running:
            self._queue.clear()
            self._end()
        self._refresh()

    def _refresh(self) -> None:
        there = self._session.project is not None and not self._session.read_only
        ready = there and bool(self._session.records) and bool(self._session.model)
        self._actions.enable(ready and not self.running, "predict_all")


def _fill(document: Document, prediction: Prediction) -> None:
    """Bring a prediction in; a mask that a person touched stays, and the prediction beside it."""
    document.set_prediction(prediction)
