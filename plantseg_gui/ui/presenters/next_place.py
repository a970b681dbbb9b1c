"""N: to the place of this photo whose doubt moves the severity most, then to the next one.

Places are found anew when the prediction or what a person touched has changed; those that were
looked at are not shown again for the same prediction, so that the doubt that is left goes down.
"""

from typing import NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.doubtful_places import Doubts, doubtful_places
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import Prediction
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.presenters.session import Session

# Below this nobody would sign another number: a person may stop.
ENOUGH_POINTS = 0.1
# A place is shown with at least this much around it, photo px.
_LEAST_SHOWN_PX = 160


class _Found(NamedTuple):
    document: Document
    prediction: Prediction
    doubts: Doubts


class NextPlace(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, canvas: CanvasView, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._actions = session, canvas, actions
        self._seen: list[Rect] = []
        self._seen_of: Prediction | None = None
        self._busy = False
        actions["next_place"].triggered.connect(self.go)
        session.document_opened.connect(self._refresh)
        session.prediction_changed.connect(self._refresh)
        self._refresh()

    def go(self) -> None:
        """Look for the next place, off this thread, then show it."""
        document = self._session.document
        if document is None or document.prediction is None or self._busy:
            return
        prediction = document.prediction
        if self._seen_of is not prediction:
            self._seen, self._seen_of = [], prediction
        touched = document.touched.copy()
        for rect in self._seen:  # looked at and left as it was: settled too
            touched[rect.slices] = True
        self._busy = True
        run_task(
            lambda: _Found(
                document,
                prediction,
                doubtful_places(prediction.probability, touched, prediction.leaf.mask),
            ),
            on_done=self._show,
            on_error=self._fail,
            priority=5,
            doing="looking for doubtful places",
        )

    def _show(self, found: _Found) -> None:
        self._busy = False
        if not self._session.is_shown(found.document) or self._seen_of is not found.prediction:
            return
        places = found.doubts.places
        if not places:
            self._session.say(
                "No doubtful place is left: what the model is unsure of would change the severity "
                f"by {_points(found.doubts.left(0))}."
            )
            return
        place, left = places[0], found.doubts.left(1)
        self._seen.append(place.rect)
        margin = max(0, (_LEAST_SHOWN_PX - min(place.rect.height, place.rect.width)) // 2)
        shape = found.document.labels.shape
        self._canvas.zoom_to(place.rect.pad(margin).clip(*shape))
        rest = f"What is left changes it by {_points(left)}"
        rest += ": you may stop." if left < ENOUGH_POINTS else "."
        self._session.say(f"This place may change the severity by {_points(place.points)}. {rest}")

    def _fail(self, error: AppError) -> None:
        self._busy = False
        self._session.fail(error)

    def _refresh(self) -> None:
        document = self._session.document
        self._actions.enable(document is not None and document.prediction is not None, "next_place")


def _points(points: float) -> str:
    """Percentage points in words."""
    if points < ENOUGH_POINTS:
        return f"less than {ENOUGH_POINTS} points"
    return f"up to {points:.1f} points"
