"""Answers the scribble tool: reads the photo's features once, then proposes after each stroke.

Both run in the network's thread and never push another job aside: they wait until it is free. The
newest strokes win; what comes late for older ones, or for another photo, is dropped.
"""

from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Slot

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import JobStamp, Prediction
from plantseg_gui.core.scribbles import ReadyProposal, ScribbleProposal, bring_together
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.tools.scribble import ScribbleTool
from plantseg_gui.ui.view_state import ViewState

READING = "Reading the photo for scribbles"


class _Made(NamedTuple):
    document: Document
    turn: int
    ready: ReadyProposal


class Scribble(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        service: InferenceService,
        jobs: JobModel,
        canvas: CanvasView,
        view: ViewState,
        tool: ScribbleTool,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._service, self._jobs = session, service, jobs
        self._canvas, self._view, self._tool = canvas, view, tool
        self._job = 0
        self._reading: JobStamp | None = None
        self._fitting: JobStamp | None = None
        self._turn = 0
        self._stopped = self._waiting = False
        # `revision` of the document for which the proposal was prepared.
        self._prepared = 0
        # The features that are there: of which document, for which prediction.
        self._have: tuple[Document, Prediction | None] | None = None
        self._asked: tuple[Document, Prediction | None] | None = None
        self._proposal: ScribbleProposal | None = None
        tool.strokes_changed.connect(self._on_strokes)
        session.labels_changed.connect(self._on_labels)
        session.document_opened.connect(self._on_document)
        session.model_changed.connect(self._on_model)
        session.prediction_changed.connect(self._on_prediction)
        session.status_changed.connect(self._on_status)
        view.tool_changed.connect(self._on_tool)
        service.progress.connect(self._on_progress)
        service.features_ready.connect(self._on_features)
        service.proposed.connect(self._on_proposed)
        service.failed.connect(self._on_failed)
        service.cancelled.connect(self._on_cancelled)
        service.model_ready.connect(self._on_loaded)
        for ended in (service.finished, service.uncertainty_ready):
            ended.connect(self._soon)

    @property
    def ready(self) -> bool:
        """Whether the features of the photo on screen are there."""
        document = self._session.document
        return document is not None and self._have is not None and self._fits(self._have, document)

    def _on_tool(self) -> None:
        self._stopped = False
        self._soon()

    def _on_document(self) -> None:
        self._drop()
        self._soon()

    def _on_model(self) -> None:
        self._drop()

    @Slot()
    def _on_loaded(self) -> None:
        """The network was loaded anew; it kept no features."""
        self._have = None
        self._soon()

    def _drop(self) -> None:
        """Another photo or model: nothing of the one before holds."""
        if self._reading is not None and self._service.current == self._reading:
            self._service.cancel()  # and never the next photo's prediction
        if self._have is not None:
            self._service.forget_features()
        self._end_reading()
        self._have = None
        self._stopped = False
        self._drop_proposal()

    def _drop_proposal(self) -> None:
        """What was proposed, or is being fitted, holds no more."""
        self._turn += 1
        self._fitting = self._proposal = None
        self._tool.offer(None)
        self._hide()

    def _on_prediction(self) -> None:
        # Its uncertainty alone changes nothing.
        if not self.ready:
            self._drop_proposal()
        self._soon()

    def _on_strokes(self) -> None:
        self._turn += 1
        self._fitting = self._proposal = None
        if not self._tool.strokes:
            self._hide()
            return
        self._stopped = False
        self._work()

    @Slot()
    def _soon(self) -> None:
        # Whoever else hears of the job's end may start the next one: theirs goes first.
        QTimer.singleShot(0, self, self._work)

    def _work(self) -> None:
        """Ask for what is missing, once the network's thread is free."""
        document = self._session.document
        if document is None or self._view.tool != self._tool.name or not self._session.model:
            return
        if self._reading is not None or self._stopped:
            return
        strokes, free = self._tool.strokes, not self._service.busy
        if not self.ready:
            if free:
                self._read(document)
            return
        wanted = strokes and self._proposal is None and self._fitting is None
        if wanted and (free or self._service.fitting):
            self._fitting = self._service.request_fit(
                document.document_id, document.revision, strokes
            )

    def _read(self, document: Document) -> None:
        prediction = document.prediction
        self._asked = document, prediction
        self._job = self._jobs.add(READING, self._stop)
        self._reading = self._service.request_features(
            document.document_id,
            document.revision,
            document.image,
            prediction,
            self._session.scale,
        )

    def _stop(self) -> None:
        """The person cancelled: read nothing until the next stroke."""
        self._stopped = True
        self._service.cancel()

    def _end_reading(self) -> None:
        if self._job:
            self._jobs.remove(self._job)
        self._job, self._reading = 0, None

    @Slot(object, int, int, str)
    def _on_progress(self, stamp: JobStamp, done: int, total: int, text: str) -> None:
        if stamp == self._reading:
            self._jobs.update(self._job, done, total, text)

    @Slot(object)
    def _on_features(self, stamp: JobStamp) -> None:
        if stamp == self._reading:
            self._end_reading()
            self._have = self._asked
        self._soon()

    @Slot(object, object)
    def _on_proposed(self, stamp: JobStamp, proposal: ScribbleProposal) -> None:
        if stamp == self._fitting:
            self._fitting, self._proposal = None, proposal
            self._prepare()
        self._soon()

    @Slot(object, object)
    def _on_failed(self, stamp: JobStamp, error: AppError) -> None:
        if stamp in (self._reading, self._fitting):
            self._end_reading()
            self._fitting = self._have = None
            self._stopped = True  # the next stroke tries again
            self._session.fail(error)
        self._soon()

    @Slot(object)
    def _on_cancelled(self, stamp: JobStamp) -> None:
        if stamp == self._reading:
            self._end_reading()
        if stamp == self._fitting:
            self._fitting = None
        self._soon()

    def _on_labels(self, rect: Rect) -> None:
        """The mask changed under the proposal: what it would change is worked out anew."""
        self._tool.painted(rect)
        self._prepare_anew()

    def _on_status(self) -> None:
        """An undo may change nothing but who touched what."""
        document = self._session.document
        if document is not None and document.revision != self._prepared:
            self._prepare_anew()

    def _prepare_anew(self) -> None:
        if self._proposal is None or not self._tool.strokes:
            return
        self._tool.offer(None)
        self._turn += 1
        if not self._waiting:
            # An undo writes many rectangles, and each time the whole photo would be copied.
            self._waiting = True
            QTimer.singleShot(0, self, self._prepare)

    @Slot()
    def _prepare(self) -> None:
        self._waiting = False
        document, proposal = self._session.document, self._proposal
        if document is None or proposal is None or document is not self._tool.document:
            return
        strokes, turn, self._prepared = self._tool.strokes, self._turn, document.revision
        labels, touched = document.labels.array.copy(), document.touched.copy()
        free = None if self._tool.free is None else self._tool.free.copy()
        run_task(
            lambda: _Made(document, turn, bring_together(labels, touched, free, proposal, strokes)),
            on_done=self._on_made,
            on_error=self._session.fail,
            doing="preparing the proposal",
        )

    def _on_made(self, made: _Made) -> None:
        if made.turn != self._turn or not self._session.is_shown(made.document):
            return
        self._tool.offer(made.ready)
        self._canvas.change.set_change(made.ready.change)
        count = len(self._tool.strokes)
        self._session.say(
            f"{count} stroke{'' if count == 1 else 's'}: Enter takes the proposal, Esc the last "
            "stroke back."
        )

    def _hide(self) -> None:
        self._canvas.change.set_change(None)

    def _fits(self, have: tuple[Document, Prediction | None], document: Document) -> bool:
        """Whether features were read for this photo as it is predicted now."""
        before, now = have[1], document.prediction
        if have[0] is not document or (before is None) != (now is None):
            return False
        return before is now or (
            before is not None
            and now is not None
            and before.probability is now.probability
            and before.threshold == now.threshold
        )
