"""Predictions that another version made than the one in use: marked, counted, made anew.

Nothing is done by itself: after another model was chosen, one line says how many there are. Masks
that a person corrected or approved are never among them.
"""

import math
from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.panels.photo_model import is_outdated
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.predict_all import REFRESH, PredictAll
from plantseg_gui.ui.presenters.session import Session

ACT = "refresh_outdated"


class Outdated(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        photos: PhotosPanel,
        predict_all: PredictAll,
        service: InferenceService,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._photos, self._predict_all = session, photos, predict_all
        self._action = actions[ACT]
        self._said_for = ""
        # Many records change at once in a batch: counted when it is quiet.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.count)
        self._action.triggered.connect(self.refresh)
        session.model_changed.connect(self._on_model)
        session.project_opened.connect(self._on_project)
        session.record_changed.connect(lambda _: self._soon.start())
        predict_all.ended.connect(self.count)
        # Queued: the last word, after the one that says the model is ready.
        service.model_ready.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self.count()

    def count(self) -> int:
        """How many there are; the menu says so too."""
        found = len(self._outdated())
        busy = self._predict_all.running or self._session.read_only
        self._action.setEnabled(bool(found) and not busy)
        text = ACTIONS[ACT].text
        self._action.setText(f"{text} ({found})" if found else text)
        return found

    def refresh(self) -> None:
        """Run the model in use on all of them, behind what the person does."""
        records = in_order(self._outdated())
        self._predict_all.run([r.photo_id for r in records], REFRESH)
        self.count()

    def _outdated(self) -> list[PhotoRecord]:
        """In the order of the folder."""
        model = self._session.model
        return [
            r
            for r in self._session.records.values()
            if is_outdated(r, model) and not r.error and not r.missing
        ]

    def _on_model(self) -> None:
        self._photos.set_model_in_use(self._session.model)
        self.count()

    def _on_project(self) -> None:
        self._said_for = ""
        self._soon.start()

    def _tell(self) -> None:
        model = self._session.model
        found = self.count()
        if not found or self._said_for == model:
            return
        self._said_for = model
        are = "1 prediction is" if found == 1 else f"{found} predictions are"
        self._session.say(
            f"{are} not by {model}: Photos › Refresh outdated predictions makes them anew."
        )


def in_order(records: Iterable[PhotoRecord]) -> list[PhotoRecord]:
    """The most doubtful first; those whose doubt is not known follow in their own order."""
    return sorted(records, key=lambda r: math.inf if r.doubt is None else -r.doubt)
