"""Wipes between two looks of the photo on screen: masks, earlier masks, maps, the bare photo.

The wipe lies over the canvas and looks where the canvas looks. Pictures are made in the pool, and
again whenever the mask or the prediction changes. While it is on, the canvas gets no strokes.
"""

import weakref
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.revisions import Steps
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.canvas.wipe_view import WipeMode, WipeView
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.panels.wipe_bar import WipeBar
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.wipe_sides import (
    MASK,
    OPENED,
    PHOTO,
    PREDICTION,
    Choice,
    Made,
    Material,
    change_text,
    choices,
    is_mask,
    make,
)
from plantseg_gui.ui.theme import Theme
from plantseg_gui.ui.view_state import LAYERS, ViewState

PAUSE_MS = 60
PRIORITY = 8
NEEDS_MASKS = "Choose a mask on both sides to see what changed in numbers"


class _Start(NamedTuple):
    """How a document was when it was first on screen: its last step then, and how many were gone.

    The step is not kept alive: the history's budget decides.
    """

    last: "weakref.ref[Edit] | None"
    forgotten: int


class Wipe(QObject):
    """See the module's text.

    Attributes:
        view: Lies over the canvas.
        bar: Lies above it.
    """

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        stage: Stage,
        layers: ViewState,
        theme: Theme,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._layers = session, canvas, layers
        self._action = actions["wipe"]
        self._starts: weakref.WeakKeyDictionary[Document, _Start] = weakref.WeakKeyDictionary()
        self._choices: list[Choice] = []
        self._wish = ("", "")
        # On the left unless the person wished for something else; stays while a photo is compared.
        self._first = ""
        self._busy = self._again = False
        self.bar = WipeBar(theme)
        stage.put_bar(self.bar)
        self.view = WipeView(theme)
        self.view.lie_over(canvas)
        self.view.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._refresh)
        self._action.triggered.connect(self.set_on)
        self.view.left.connect(lambda: self.set_on(False))
        self.bar.closed.connect(lambda: self.set_on(False))
        self.bar.chosen.connect(self._on_chosen)
        self.bar.swapped.connect(lambda: self.choose(*reversed(self.bar.keys)))
        self.bar.mode_chosen.connect(self._on_mode)
        session.document_opened.connect(self._on_document)
        for changed in (session.labels_changed, session.status_changed, session.prediction_changed):
            changed.connect(self._soon)
        layers.availability_changed.connect(self._soon)
        self._on_document()

    @property
    def on(self) -> bool:
        """Whether two looks are compared."""
        return not self.bar.isHidden()

    @property
    def ready(self) -> bool:
        """Whether the pictures of what is chosen are on screen."""
        waits = self._busy or self._again or self._pause.isActive()
        return self.on and not waits and not self.view.empty

    def set_on(self, on: bool) -> None:
        """Begin or end the comparison; zoom and place stay."""
        on = on and self._session.document is not None
        self._action.setChecked(on)
        if on == self.on:
            return
        # What is half drawn ends as if another tool were taken up.
        self._canvas.pointer.take(self._canvas.pointer.tool)
        self.bar.setVisible(on)
        self.view.setVisible(on)
        if on:
            self.view.raise_()
            # Who asks for the canvas gets the divider.
            self._canvas.setFocusProxy(self.view)
            self._refresh()
        else:
            self._canvas.setFocusProxy(None)
            self._clear()
        self._canvas.setFocus()

    def choose(self, left: str, right: str) -> None:
        """Show other sides, by the keys of their choices."""
        self._wish = left, right
        self._refresh()

    def _on_document(self) -> None:
        document = self._session.document
        self._action.setEnabled(document is not None)
        self._clear()
        if document is None:
            self.set_on(False)
            return
        if document not in self._starts:
            steps = document.history.steps
            last = weakref.ref(steps.edits[steps.done - 1]) if steps.done else None
            self._starts[document] = _Start(last, document.history.forgotten)
        self._refresh()

    def _clear(self) -> None:
        self._first = ""
        self.view.show_nothing("")
        self._canvas.hide_overlay(False)

    def _soon(self, *_: object) -> None:
        if self.on and not self._pause.isActive():
            self._pause.start()

    def _on_chosen(self) -> None:
        self._wish = self.bar.keys
        self._refresh()

    def _on_mode(self, mode: WipeMode) -> None:
        self.view.set_mode(mode)
        self._refresh()

    def _refresh(self) -> None:
        """Fill the choosers anew where something changed, and have the pictures made."""
        document = self._session.document
        if not self.on or document is None:
            return
        steps = document.history.steps
        opened = self._opened(document, steps)
        missing = {name: self._layers.missing(name) for name in LAYERS}
        found = choices(steps, opened, document.prediction, missing)
        keys = self._keys({choice.key for choice in found}, document)
        if found != self._choices or keys != self.bar.keys:
            self._choices = found
            self.bar.show_choices(found, *keys)
        both = all(map(is_mask, keys))
        if not both:
            self.view.set_mode(WipeMode.WIPE)
        self.bar.show_mode(self.view.mode, can_change=both)
        if self._busy:
            self._again = True
            return
        self._busy, self._again = True, False
        material = Material(
            document,
            document.labels.array,
            document.touched,
            steps,
            opened,
            document.prediction,
            document.prediction.leaf
            if document.prediction is not None
            else self._session.leaves.get(document.document_id),
            document.image,
        )
        changed = self.view.mode is WipeMode.CHANGED
        run_task(
            lambda: (keys, make(material, *keys, changed=changed)),
            on_done=self._on_made,
            on_error=self._on_error,
            priority=PRIORITY,
            doing="comparing two masks",
        )

    def _on_made(self, made_for: tuple[tuple[str, str], Made]) -> None:
        keys, made = made_for
        self._busy = False
        if made.leaf is not None and made.document.prediction is None:
            self._session.leaves[made.document.document_id] = made.leaf
        if self.on and self._session.is_shown(made.document) and keys == self.bar.keys:
            names = {choice.key: choice.text for choice in self._choices}
            left, right = (names.get(key, "") for key in keys)
            self.view.show_pictures(made.pictures, (left, right))
            self._canvas.hide_overlay(True)
            self.bar.show_figures(NEEDS_MASKS if made.change is None else change_text(made.change))
        if self._again:
            self._refresh()

    def _on_error(self, error: AppError) -> None:
        self._busy = False
        self.bar.show_figures(error.what)
        self._session.fail(error)

    def _keys(self, there: set[str], document: Document) -> tuple[str, str]:
        """What the person wished for where it is there, else what is most often wanted."""
        if self._first not in there:
            self._first = OPENED if OPENED in there else PHOTO
            if PREDICTION in there and document.human_edits:
                self._first = PREDICTION
        left, right = self._wish
        return left if left in there else self._first, right if right in there else MASK

    def _opened(self, document: Document, steps: Steps) -> int | None:
        """After how many steps the document was first on screen; None where that is not known."""
        start = self._starts[document]
        if start.last is None:
            return 0 if document.history.forgotten == start.forgotten else None
        last = start.last()
        places = [n for n, edit in enumerate(steps.edits, 1) if edit is last]
        return places[0] if last is not None and places else None
