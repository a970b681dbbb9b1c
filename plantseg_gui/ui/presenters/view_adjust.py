"""Looking at a photo with other colours: panel, acts and badge change how the canvas shows it."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QScrollArea

from plantseg_gui.core.display_tables import Gains, grey_point_gains, grey_world_gains
from plantseg_gui.core.document import Document
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.corners import Corners
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.canvas.view_badge import ViewBadge
from plantseg_gui.ui.panels.view_adjust import ViewAdjustPanel
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.tools.base import Tool
from plantseg_gui.ui.view_state import ViewState

PICK_HINT = "Click a spot that is grey or white in truth. Esc: leave the colours as they are."


class ViewAdjust(QObject):
    """See the module's text. The document's photo is read, never written."""

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        view: ViewState,
        panel: ViewAdjustPanel,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._view = session, canvas, view
        self._panel, self._actions = panel, actions
        self._look = panel.look
        self._picker = Tool(view)  # a plain cross; the click itself is caught below
        self._tool_before: Tool | None = None
        self.badge = ViewBadge()
        self.badge.clicked.connect(self._look.reset)
        Corners(canvas.viewport()).keep(self.badge, Qt.Corner.TopLeftCorner)
        self._look.changed.connect(self._on_look)
        session.document_opened.connect(self._on_document)
        view.tool_changed.connect(lambda: self._stop_picking(give_back=False))
        panel.auto.clicked.connect(self._balance_by_average)
        actions["adjust_panel"].triggered.connect(self._show_panel)
        actions["adjust_reset"].triggered.connect(self._look.reset)
        actions["pick_grey"].triggered.connect(self._on_pick)
        self._on_look()
        self._on_document()

    @property
    def picking(self) -> bool:
        """Whether the next click says what is grey."""
        return self._tool_before is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While picking: the click is ours, Esc ends it; moving and zooming go on as ever."""
        if not self.picking:
            return False
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if event.button() != Qt.MouseButton.LeftButton or self._canvas.pointer.space_held:
                return False
            place = self._canvas.navigation.to_photo(event.position())
            self._pick(int(place.y()), int(place.x()))
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            escape = event.key() == Qt.Key.Key_Escape
            if escape:
                self._stop_picking()
            return escape
        return False

    def _on_look(self) -> None:
        how = self._look.how
        self._canvas.set_adjustment(how)
        self.badge.tell(self._look.words)
        self._actions["adjust_reset"].setEnabled(not how.neutral)

    def _on_document(self) -> None:
        there = self._session.document is not None
        self._actions["pick_grey"].setEnabled(there)
        self._panel.auto.setEnabled(there)
        if not there:
            self._stop_picking()

    def _show_panel(self) -> None:
        self._actions["side_panel"].setChecked(True)
        self._panel.set_open(True)
        area = self._panel.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            # After the layout has made room for it.
            QTimer.singleShot(0, self, lambda: area.ensureWidgetVisible(self._panel))

    def _on_pick(self, on: bool) -> None:
        if not on:
            self._stop_picking()
            return
        self._tool_before = self._canvas.pointer.tool or Tool(self._view)
        self._canvas.set_tool(self._picker)
        self._canvas.viewport().installEventFilter(self)
        self._canvas.installEventFilter(self)
        self._canvas.setFocus()
        self._session.say(PICK_HINT)

    def _pick(self, row: int, column: int) -> None:
        document = self._session.document
        if document is None or not (0 <= row < document.height and 0 <= column < document.width):
            return
        self._look.set(gains=grey_point_gains(document.image, row, column))
        self._stop_picking()

    def _stop_picking(self, *, give_back: bool = True) -> None:
        """End it; `give_back`: the tool of before takes the left button again."""
        self._actions["pick_grey"].setChecked(False)
        before, self._tool_before = self._tool_before, None
        if before is None:
            return
        self._canvas.viewport().removeEventFilter(self)
        self._canvas.removeEventFilter(self)
        self._session.say("")
        if give_back:
            self._canvas.set_tool(before)

    def _balance_by_average(self) -> None:
        document = self._session.document
        if document is None:
            return

        def measure() -> tuple[Document, Gains]:
            return document, grey_world_gains(document.image)

        run_task(
            measure,
            on_done=self._on_average,
            on_error=self._session.fail,
            doing="measuring the photo's colours",
        )

    def _on_average(self, found: tuple[Document, Gains]) -> None:
        if self._session.is_shown(found[0]):
            self._look.set(gains=found[1])
