"""Moves the threshold of the mask on screen.

The lesions are found again in the pool, the newest wish only, and the result is the photo's
prediction from then on: its threshold is saved and exported with it. Where a person's work stands
on the photo it is left alone: the new mask is shown over it and waits for Accept or Reset.
"""

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import Prediction, TileUpdate
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.rethreshold import at_threshold
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.threshold import ThresholdRow
from plantseg_gui.ui.presenters.display import NO_PREDICTION
from plantseg_gui.ui.presenters.session import Session

PRIORITY = 8
WAITS = "Shown over your mask, which stays as it is. Accept or Reset takes it over."


class Threshold(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, canvas: CanvasView, row: ThresholdRow, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._row = session, canvas, row
        self._wanted: float | None = None
        self._busy = False
        row.moved.connect(self.move)
        row.reset_wanted.connect(self.reset)
        session.document_opened.connect(self._on_document)
        session.prediction_changed.connect(self._on_prediction)
        session.labels_changed.connect(lambda _: self._forget_waiting())
        self._show()

    def move(self, threshold: float) -> None:
        """Find the lesions of the photo on screen from `threshold` on."""
        document = self._session.document
        if document is None or document.prediction is None:
            return
        self._wanted = threshold
        self._row.show_threshold(threshold, document.prediction.own_threshold)
        self._work()

    def reset(self) -> None:
        """Back to the model's own threshold."""
        document = self._session.document
        if document is not None and document.prediction is not None:
            self.move(document.prediction.own_threshold)

    def _work(self) -> None:
        document, wanted = self._session.document, self._wanted
        prediction = document.prediction if document is not None else None
        if self._busy or wanted is None or document is None or prediction is None:
            return
        self._wanted = None
        self._busy = True
        run_task(
            lambda: (document, prediction, at_threshold(prediction, wanted)),
            on_done=self._on_made,
            on_error=self._on_error,
            priority=PRIORITY,
            doing="finding the lesions at another threshold",
        )

    def _on_made(self, made: tuple[Document, Prediction, Prediction]) -> None:
        self._busy = False
        document, before, prediction = made
        now = document.prediction
        if self._session.is_shown(document) and now is not None and _same_run(now, before):
            # The second pass may have come meanwhile.
            if now.uncertainty is not None:
                prediction = prediction.with_uncertainty(now.uncertainty)
            self._take(document, prediction)
        self._work()

    def _take(self, document: Document, prediction: Prediction) -> None:
        if not document.approved and not document.human_edits:
            self._forget_waiting()
            document.set_prediction(prediction)
            return
        self._session.waiting = prediction
        height, width = prediction.probability.shape
        self._canvas.preview_threshold = prediction.threshold
        self._canvas.clear_preview()
        self._canvas.show_tile(
            TileUpdate(Rect(0, 0, height, width), prediction.probability, 1, 1, height, width)
        )
        self._row.tell(WAITS)

    def _on_error(self, error: AppError) -> None:
        self._busy = False
        self._session.fail(error)
        self._show()

    def _on_document(self) -> None:
        self._wanted = None
        self._session.waiting = None
        self._row.tell("")
        self._show()

    def _on_prediction(self) -> None:
        # Taken over, or of a run before the one that has just ended.
        document, waiting = self._session.document, self._session.waiting
        now = document.prediction if document is not None else None
        taken = now is waiting
        if waiting is not None and (now is None or taken or not _same_run(now, waiting)):
            self._forget_waiting()
        elif waiting is None and not self._busy and self._wanted is None:
            self._show()

    def _forget_waiting(self) -> None:
        if self._session.waiting is not None:
            self._session.waiting = None
            self._canvas.clear_preview()
            self._row.tell("")
            self._show()

    def _show(self) -> None:
        document = self._session.document
        prediction = document.prediction if document is not None else None
        if prediction is None:
            self._row.show_nothing(NO_PREDICTION)
        else:
            self._row.show_threshold(prediction.threshold, prediction.own_threshold)


def _same_run(one: Prediction, other: Prediction) -> bool:
    return one.probability is other.probability
