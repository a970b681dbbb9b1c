"""The lesions of the photo on screen, one by one: listed, shown on the canvas, judged.

They are measured in the pool, after a stroke only those that it met. Acts measure what is left to
measure first, so that they never work on a box of a moment ago.
"""

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.judging import accept_lesions, merge_lesions, reject_lesions
from plantseg_gui.core.lesion_picture import Outline, lesion_outlines
from plantseg_gui.core.lesion_table import LesionTable
from plantseg_gui.core.lesions import Lesion
from plantseg_gui.core.operations import Operation
from plantseg_gui.core.results import Prediction
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.lesion_picker import LesionPicker
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.lesions import NO_LESION, NO_PHOTO, LesionsPanel
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.view_state import ViewState

PAUSE_MS = 120
PRIORITY = 4
# What is shown around a lesion: as much as it is wide on each side, and at least so many photo px.
AROUND_LEAST_PX = 60
ALL_JUDGED = "Every lesion of this photo is yours now."


class _Measured(NamedTuple):
    table: LesionTable
    changed: frozenset[int]
    leaf_px: int | None


class Lesions(QObject):
    """See the module's text.

    Attributes:
        measured: The list shows the lesions as they are now.
    """

    measured = Signal()

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        panel: LesionsPanel,
        view: ViewState,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._panel = session, canvas, panel
        self._view, self._actions = view, actions
        self._document: Document | None = None
        self._table: LesionTable | None = None
        self._busy = False
        self._outlined: Lesion | None = None
        self._prediction: Prediction | None = None
        self._rank_anew = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._measure)
        for name, act in {
            "next_lesion": lambda: self.step(1),
            "previous_lesion": lambda: self.step(-1),
            "accept_lesion": self.accept,
            "reject_lesion": self.reject,
            "edit_lesion": self.edit,
            "merge_lesions": self.merge,
        }.items():
            actions[name].triggered.connect(act)
        actions["colour_lesions"].toggled.connect(
            lambda on: canvas.set_mask_mode("instances" if on else "single")
        )
        # Elsewhere Tab moves the focus on.
        for name in ("next_lesion", "previous_lesion"):
            actions[name].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            canvas.addAction(actions[name])
        self._picker = LesionPicker(canvas)
        self._picker.picked.connect(self.pick)
        panel.chosen.connect(self.show)
        panel.marks_changed.connect(self._enable)
        panel.order_chosen.connect(panel.set_order)
        session.document_opened.connect(self._on_document)
        session.labels_changed.connect(self._on_labels)
        session.prediction_changed.connect(self._on_prediction)
        session.status_changed.connect(self._soon)
        self._on_document()

    @property
    def table(self) -> LesionTable | None:
        """The lesions of the photo on screen; None without one."""
        return self._table

    @property
    def areas_px(self) -> list[int]:
        """Area of each lesion of the photo on screen, as measured last."""
        table = self._table
        return [] if table is None else [lesion.area_px for lesion in table.lesions.values()]

    def show(self, lesion_id: int) -> None:
        """Show a lesion enlarged, outlined, and marked in the list."""
        lesion = self._panel.model.lesion(lesion_id)
        if lesion is None or self._document is None:
            return
        self._panel.show_current(lesion_id, keep_marks=True)
        self._canvas.zoom_to(surroundings(lesion.box))
        self._outline()

    def pick(self, row: int, column: int) -> None:
        """Mark the lesion at a photo pixel in the list; the view stays where it is."""
        document = self._document
        if document is None or not (0 <= row < document.height and 0 <= column < document.width):
            return
        self._settle()
        lesion_id = int(document.labels.array[row, column])
        self._panel.show_current(lesion_id if self._panel.model.place(lesion_id) >= 0 else 0)
        self._outline()

    def step(self, direction: int) -> None:
        """Show the next (1) or previous (-1) lesion of the list."""
        self._settle()
        ids = self._panel.model.ids
        if not ids:
            return
        place = self._panel.model.place(self._panel.shown)
        # While none is shown the way begins before the first, or after the last.
        following = (len(ids) if place < 0 and direction < 0 else place) + direction
        if 0 <= following < len(ids):
            self.show(ids[following])
        else:
            self._session.say(f"This is the {'last' if direction > 0 else 'first'} lesion.")

    def accept(self) -> None:
        """The marked lesions are right; show the next one that nobody has judged."""
        chosen = self._chosen()
        if chosen and self._document is not None:
            accept_lesions(self._document, chosen)
            self._go_on(self._places_of(chosen)[-1] + 1)

    def reject(self) -> None:
        """The marked lesions are none; show the next one that nobody has judged."""
        chosen = self._chosen()
        if chosen and self._document is not None:
            first = self._places_of(chosen)[0]
            reject_lesions(self._document, chosen)
            self._go_on(first)

    def edit(self) -> None:
        """Zoom to the lesion and take up the brush."""
        if self._panel.shown or (marked := self._panel.marked_ids()):
            self.show(self._panel.shown or marked[0])
            self._view.set_tool("brush")
            self._canvas.setFocus()

    def merge(self) -> None:
        """The marked lesions are one."""
        chosen = self._chosen()
        if self._document is None or not chosen:
            return
        largest = max(chosen, key=lambda lesion: lesion.area_px).id
        boxes = {lesion.id: lesion.box for lesion in chosen}
        if merge_lesions(self._document, boxes, largest) is not None:
            self._settle()
            self.show(largest)

    def _chosen(self) -> list[Lesion]:
        """The marked lesions as they are now, in the list's order."""
        self._settle()
        found = (self._panel.model.lesion(i) for i in self._panel.marked_ids())
        return [lesion for lesion in found if lesion is not None]

    def _places_of(self, lesions: list[Lesion]) -> list[int]:
        return [self._panel.model.place(lesion.id) for lesion in lesions]

    def _go_on(self, start: int) -> None:
        """Show the first lesion from a row on that no person stands for; else one before it."""
        self._settle()
        ids = self._panel.model.ids
        for lesion_id in ids[start:] + ids[:start]:
            lesion = self._panel.model.lesion(lesion_id)
            if lesion is not None and not lesion.accepted:
                self._panel.show_current(0)
                self.show(lesion_id)
                return
        self._outline()
        keys = self._actions.key_text("approve")
        self._session.say(f"{ALL_JUDGED} {keys} approves the photo." if keys else ALL_JUDGED)

    def _on_document(self) -> None:
        if self._document is not None:
            self._document.history.recorded.disconnect(self._on_recorded)
        document = self._document = self._session.document
        self._pause.stop()
        self._table = self._outlined = None
        self._panel.say_nothing(NO_PHOTO if document is None else "")
        if document is not None:
            document.history.recorded.connect(self._on_recorded)
            prediction = self._prediction = document.prediction
            self._rank_anew = False
            self._table = LesionTable(
                document.labels.array,
                document.touched,
                prediction.probability if prediction is not None else None,
            )
            self._measure()
        self._enable()

    def _on_labels(self, rect: Rect) -> None:
        if self._table is not None:
            self._table.labels_changed(rect)
            self._soon()

    def _on_recorded(self, operation: Operation) -> None:
        """A step may change who touched a pixel without changing its label."""
        if self._table is not None and operation.edit is not None:
            for rect in operation.edit.touch_rects:
                self._table.labels_changed(rect)
            self._soon()

    def _on_prediction(self) -> None:
        document, table = self._document, self._table
        now = document.prediction if document is not None else None
        if table is None or now is None:
            return
        table.set_probability(now.probability)
        before, self._prediction = self._prediction, now
        # Other lesions, or other doubts; the second pass changes neither.
        self._rank_anew |= before is None or before.labels is not now.labels
        self._rank_anew |= before is None or before.probability is not now.probability
        self._soon()

    def _soon(self) -> None:
        if self._table is not None and self._table.stale and not self._pause.isActive():
            self._pause.start()

    def _measure(self) -> None:
        """Measure in the pool; not while a stroke is open, whose lesion may still join another."""
        document, table = self._document, self._table
        if self._busy or document is None or table is None or document.history.open:
            return
        self._busy = True
        prediction = document.prediction
        leaf = prediction.leaf if prediction is not None else None
        leaf = leaf or self._session.leaves.get(document.document_id)

        def work() -> _Measured:
            mask = leaf.mask if leaf is not None else None
            area_px = None if mask is None else int(np.count_nonzero(mask))
            return _Measured(table, table.update(), area_px)

        run_task(
            work,
            on_done=self._on_measured,
            on_error=self._on_error,
            priority=PRIORITY,
            doing="measuring the lesions",
        )

    def _on_measured(self, made: _Measured) -> None:
        self._busy = False
        if made.table is self._table:
            self._panel.model.set_leaf_px(made.leaf_px)
            self._show(made.changed)
        if self._table is not None and self._table.stale:
            self._measure()

    def _on_error(self, error: AppError) -> None:
        self._busy = False
        self._session.fail(error)

    def _settle(self) -> None:
        """Measure now what changed: some milliseconds, for a person's act."""
        if self._table is not None and self._table.stale:
            self._show(self._table.update())

    def _show(self, changed: frozenset[int]) -> None:
        assert self._table is not None
        lesions = self._table.lesions
        if lesions:
            self._panel.show_lesions(lesions, changed)
            # Not by what was measured before the prediction came.
            if self._rank_anew and not self._table.stale:
                self._rank_anew = False
                self._panel.set_order(self._panel.model.order)
        else:
            self._panel.say_nothing(NO_LESION)
        self._outline()
        self._enable()
        self.measured.emit()

    def _outline(self) -> None:
        """Outline the lesion that is shown, as it is now."""
        document, lesion = self._document, self._panel.model.lesion(self._panel.shown)
        if lesion is self._outlined:
            return
        self._outlined = lesion
        if lesion is None or document is None:
            self._canvas.mark(())
            return
        labels = document.labels.array
        run_task(
            lambda: (lesion, lesion_outlines(labels, lesion)),
            on_done=self._on_outlined,
            on_error=self._session.fail,
            priority=PRIORITY + 1,
            doing="outlining a lesion",
        )

    def _on_outlined(self, made: tuple[Lesion, list[Outline]]) -> None:
        lesion, lines = made
        if lesion is self._outlined:
            self._canvas.mark(lines)

    def _enable(self) -> None:
        marked = len(self._panel.marked_ids())
        there = self._panel.model.rowCount() > 0
        self._actions.enable(there, "next_lesion", "previous_lesion")
        self._actions.enable(marked > 0, "accept_lesion", "reject_lesion", "edit_lesion")
        self._actions.enable(marked > 1, "merge_lesions")


def surroundings(box: Rect) -> Rect:
    """What of a photo is shown with a lesion; may reach over the photo's edge."""
    return box.pad(max(AROUND_LEAST_PX, box.height // 2, box.width // 2))
