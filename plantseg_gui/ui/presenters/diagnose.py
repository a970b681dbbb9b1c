"""Keeps the numbers true while a person paints: measured in the pool, a few times a second at most.

One measurement runs at a time; what was painted meanwhile is measured next. A number is shown only
for the photo and the revision that it was measured on, or for one that is about to be replaced.
"""

from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.core.results import Diagnosis, LeafResult
from plantseg_gui.core.severity import diagnose
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.panels.diagnosis import DiagnosisPanel
from plantseg_gui.ui.presenters.session import Session

PAUSE_MS = 120
PRIORITY = 3


class _Measured(NamedTuple):
    document: Document
    leaf: LeafResult
    diagnosis: Diagnosis


class Diagnose(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, panel: DiagnosisPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._panel = session, panel
        self._running = False
        self._again = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._measure)
        session.document_opened.connect(self._on_document)
        session.prediction_changed.connect(self._on_prediction)
        session.labels_changed.connect(self._on_labels)
        session.model_changed.connect(self._show_prediction)

    def _on_document(self) -> None:
        self._panel.clear()
        document = self._session.document
        if document is not None:
            self._show_prediction()
            self._measure()

    def _on_prediction(self) -> None:
        if self._session.document is not None:
            self._show_prediction()
            self._measure()

    def _show_prediction(self) -> None:
        document = self._session.document
        if document is not None:
            self._panel.show_prediction(document.prediction, self._session.model)

    def _on_labels(self, _: object) -> None:
        if not self._pause.isActive():
            self._pause.start()

    def _measure(self) -> None:
        if self._running:
            self._again = True
            return
        document = self._session.document
        if document is None:
            return
        if document.status == "new":
            self._panel.show_nothing()
            return
        self._running, self._again = True, False
        self._panel.show_busy("measuring…")
        prediction = document.prediction
        # Not copied (10 ms at 2048²): what is painted meanwhile is measured next.
        labels, image = document.labels.array, document.image
        leaf = prediction.leaf if prediction is not None else None
        leaf = leaf or self._session.leaves.get(document.document_id)
        disease = prediction.disease_probability if prediction is not None else None

        def work() -> _Measured:
            found = leaf or find_leaf(image)
            return _Measured(document, found, diagnose(labels, found, disease))

        run_task(
            work,
            on_done=self._on_measured,
            on_error=self._on_error,
            priority=PRIORITY,
            doing="measuring the leaf",
        )

    def _on_measured(self, measured: _Measured) -> None:
        self._running = False
        if measured.document.prediction is None:
            self._session.leaves[measured.document.document_id] = measured.leaf
        if self._session.is_shown(measured.document):
            self._panel.show_diagnosis(measured.diagnosis)
            self._show_in_list(measured)
        self._go_on()

    def _show_in_list(self, measured: _Measured) -> None:
        """The list says the same numbers as the panel, not those of the last save."""
        record = self._session.records.get(measured.document.document_id)
        if record is None:
            return
        diagnosis, prediction = measured.diagnosis, measured.document.prediction
        shown = replace(
            record,
            model=prediction.model if prediction is not None else record.model,
            severity_pct=diagnosis.severity_pct,
            lesion_count=int(diagnosis.lesion_count),
            status=measured.document.status,
        )
        if shown != record:
            self._session.set_record(shown)

    def _on_error(self, error: AppError) -> None:
        self._running = False
        self._panel.show_busy("")
        self._session.fail(error)
        self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self._measure()
