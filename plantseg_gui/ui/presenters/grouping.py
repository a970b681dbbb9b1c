"""The slider of touching lesions: groups them in the pool, the newest wish only.

All moves of the slider one after the other are one undo step: while that step is the newest, the
next move takes it back and makes another.
"""

from typing import NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.regrouping import Interval, count_range, regroup
from plantseg_gui.core.results import LabelArray, Prediction
from plantseg_gui.core.touching import Touching, find_touching
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.lesions import LesionsPanel
from plantseg_gui.ui.presenters.lesions import Lesions
from plantseg_gui.ui.presenters.session import Session

PRIORITY = 2
NOTHING_TO_GROUP = "No other grouping: nothing touches there, or it is yours already and stays."


class _Known(NamedTuple):
    """What was found out about a prediction's lesions."""

    labels: LabelArray
    touching: Touching


class _Own(NamedTuple):
    """What the slider made last.

    Attributes:
        edit: The change.
        step: The undo step that holds it: a prediction that lay loosely may be in it too.
        level: Where the slider stood.
    """

    edit: Edit
    step: Edit | None
    level: float


class _Made(NamedTuple):
    document: Document
    stamp: tuple[int, int]
    known: _Known
    interval: Interval
    level: float | None
    edit: Edit | None


class Grouping(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        lesions: Lesions,
        panel: LesionsPanel,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._lesions, self._panel = session, lesions, panel
        self._colours = actions["colour_lesions"]
        self._known: _Known | None = None
        self._interval: Interval | None = None
        self._own: _Own | None = None
        self._wanted: float | None = None
        self._in_hand: float | None = None
        self._busy = self._again = False
        panel.level_moved.connect(self.move)
        lesions.measured.connect(self._on_measured)
        session.document_opened.connect(self._on_document)
        session.prediction_changed.connect(self._show_level)
        session.status_changed.connect(self._show_level)

    @property
    def busy(self) -> bool:
        """Whether something is being grouped or counted, or waits for it."""
        return self._busy or self._again or self._wanted is not None

    def move(self, level: float) -> None:
        """Group the lesions of the photo on screen at a level from -1 to 1."""
        # In one colour nobody would see what the slider does.
        self._colours.setChecked(True)
        self._wanted = level
        self._work()

    def _on_document(self) -> None:
        self._known = self._interval = self._own = self._wanted = None
        self._show_level()
        self._panel.show_count(0, None)

    def _on_measured(self) -> None:
        """The lesions changed: so did what the slider could make of them."""
        self._show_count()
        self._again = True
        self._work()

    def _work(self) -> None:
        document = self._session.document
        prediction = document.prediction if document is not None else None
        if document is None or prediction is None:
            self._wanted, self._again = None, False
        if self._busy or document is None or prediction is None or document.history.open:
            return
        if self._wanted is None and not self._again:
            return
        level = self._in_hand = self._wanted
        self._wanted, self._again = None, False
        self._busy = True
        known = self._known
        if known is not None and known.labels is not prediction.labels:
            known = None
        newest = self._newest(document)
        own = newest.edit if newest is not None else None
        stamp = _stamp(document)
        run_task(
            lambda: _group(document, stamp, prediction, known, own, level),
            on_done=self._on_made,
            on_error=self._on_error,
            priority=PRIORITY,
            doing="grouping touching lesions",
        )

    def _on_made(self, made: _Made) -> None:
        self._busy, self._in_hand = False, None
        document = made.document
        if self._session.is_shown(document):
            self._known, self._interval = made.known, made.interval
            if made.level is not None and self._wanted is None:
                if _stamp(document) == made.stamp and not document.history.open:
                    self._apply(document, made.level, made.edit)
                else:
                    self._wanted = made.level
            self._show_count()
        self._work()

    def _apply(self, document: Document, level: float, edit: Edit | None) -> None:
        if self._newest(document) is not None:
            document.undo()
        self._own = None
        if edit is not None:
            document.history.push(edit)
            self._own = _Own(edit, document.history.next_undo, level)
        elif level:
            self._session.say(NOTHING_TO_GROUP)
        self._show_level()

    def _on_error(self, error: AppError) -> None:
        self._busy, self._in_hand = False, None
        self._session.fail(error)
        self._show_level()

    def _show_level(self) -> None:
        """The slider stands where its last step put it, as long as that is the newest step."""
        document = self._session.document
        if document is None or document.prediction is None:
            self._panel.show_level(None)
        elif self._wanted is None and self._in_hand is None:
            own = self._newest(document)
            self._panel.show_level(own.level if own is not None else 0.0)

    def _newest(self, document: Document) -> _Own | None:
        """What the slider made, while it is what undo would take back."""
        own = self._own
        return own if own is not None and document.history.next_undo is own.step else None

    def _show_count(self) -> None:
        table = self._lesions.table
        self._panel.show_count(len(table.lesions) if table is not None else 0, self._interval)


def _stamp(document: Document) -> tuple[int, int]:
    """Another one says that labels or what a person touched changed."""
    return document.revision, document.labels.version


def _group(
    document: Document,
    stamp: tuple[int, int],
    prediction: Prediction,
    known: _Known | None,
    own: Edit | None,
    level: float | None,
) -> _Made:
    """Runs in the pool; `own` is the slider's last step, which the new one takes the place of."""
    if known is None:
        known = _Known(prediction.labels, find_touching(prediction))
    # Copied: what is painted meanwhile makes the result stale, see `stamp`.
    labels, touched = document.labels.array.copy(), document.touched.copy()
    if own is not None:
        own.revert(LabelImage(labels), touched)
    interval = count_range(known.touching, labels, touched)
    edit = None
    if level is not None:
        edit = regroup(known.touching, labels, touched, level)
    return _Made(document, stamp, known, interval, level, edit)
