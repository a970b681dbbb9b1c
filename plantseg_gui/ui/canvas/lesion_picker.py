"""Choosing a lesion on the canvas: Ctrl + click with any tool, a plain click with the hand."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from plantseg_gui.ui.canvas.view import CanvasView

# A press that moves further is a drag, window px.
_CLICK_PX = 4.0


class LesionPicker(QObject):
    """Watches the canvas; tools and navigation see all events but Ctrl + click.

    Attributes:
        picked: (row, column) of the photo pixel that was clicked; may lie outside the photo.
    """

    picked = Signal(int, int)

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._pressed: QPointF | None = None
        canvas.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Ctrl + click; note where the hand's button went down and up."""
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
                self._pick(event.position())
                return True
            tool = self._canvas.pointer.tool
            hand = tool is not None and tool.pans and not event.modifiers()
            self._pressed = event.position() if hand else None
        elif kind == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            way = event.position() - self._pressed
            self._pressed = None
            if way.manhattanLength() <= _CLICK_PX:
                self._pick(event.position())
        return False

    def _pick(self, where: QPointF) -> None:
        photo = self._canvas.navigation.to_photo(where)
        self.picked.emit(int(photo.y() // 1), int(photo.x() // 1))
