"""The events of the canvas: mouse, pen, wheel, keys. What they do is in `Pointer` and `Navigation`.

All are handled here, natively, before pyqtgraph's scene sees them: its drag events come late and
thinned out (canvas.md 7).
"""

from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QGraphicsView,
    QLineEdit,
    QTextEdit,
    QWidget,
)

from plantseg_gui.core.document import Document
from plantseg_gui.ui.canvas.navigation import Navigation
from plantseg_gui.ui.canvas.pointer import Pointer
from plantseg_gui.ui.tools.base import Hand

PEEK_KEY = Qt.Key.Key_Z
_BUTTONS = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class InputView(pg.GraphicsView):
    """A view with one `ViewBox` whose unit is a photo pixel, and the hand that works in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._ready = False  # pyqtgraph's constructor sends events already
        super().__init__(parent, useOpenGL=False)
        # Photos and folders are dropped on the window, wherever the pointer is.
        self.setAcceptDrops(False)
        self._document: Document | None = None
        self._box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0.0)
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        self.setCentralItem(self._box)
        self.navigation = Navigation(self, self._box)
        self.pointer = Pointer(self.navigation, lambda: self._document)
        self._ready = True

    def close(self) -> bool:
        """Close like any widget: pyqtgraph's own way takes the viewport away, which crashes."""
        return bool(QGraphicsView.close(self))

    def peek(self, on: bool) -> None:
        """Show the bare photo while `on`."""

    @Slot()
    def refresh_cursor(self) -> None:
        """Show the right pointer and outline."""

    def pointer_left(self) -> None:
        """The pointer is no longer over the canvas."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: the tool. Middle, or space with left: move the photo."""
        self._press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a double click is a press too: two quick dabs."""
        self._press(event, double=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Every move counts; one without a button ends a stroke whose release got lost."""
        if event.buttons() == Qt.MouseButton.NoButton:
            self.pointer.release()
        self.pointer.move(event.position(), _hand(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The last point, then the end."""
        if event.button() in _BUTTONS:
            self.pointer.move(event.position(), _hand(event))
            self.pointer.release(_released(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel: zoom at the pointer. Shift + wheel: brush size."""
        # Some systems turn the wheel sideways while Alt or Shift is held.
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if self.pointer.tool is not None:
                self.pointer.tool.resize(1 if turn > 0 else -1)
                self.refresh_cursor()
        elif turn:
            self.navigation.wheel(turn, self.navigation.to_photo(event.position()))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Pens, whose other end erases, and pinching on a touchpad."""
        if isinstance(event, QTabletEvent):
            return self._tablet(event)
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
                return False
            anchor = self.navigation.to_photo(event.position())
            self.navigation.set_zoom(self.navigation.zoom * (1.0 + event.value()), anchor)
            return True
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space: move. Z: peek. Enter, Esc, Backspace: see `Tool`. Others go to the window."""
        if event.key() == Qt.Key.Key_Space:
            self.pointer.space_held = True
            self.refresh_cursor()
        elif event.key() == PEEK_KEY and not event.modifiers():
            self.peek(True)
        elif event.modifiers() & ~_ignored(event.key()) or not self._tool_key(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Held keys repeat; only the real release counts."""
        if event.key() not in (Qt.Key.Key_Space, PEEK_KEY):
            event.ignore()
        elif not event.isAutoRepeat():
            self._release_keys()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that is released elsewhere must not stay held here."""
        self._release_keys()
        super().focusOutEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Keys work where the pointer is, unless somebody is typing."""
        if self._document is not None and not somebody_types():
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.pointer.enter(event.position())
        self.refresh_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        """No outline and no position while the pointer is elsewhere."""
        self.pointer_left()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """A fitted photo stays fitted."""
        super().resizeEvent(event)
        if self._ready:
            self.navigation.resized()

    def _tablet(self, event: QTabletEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            erase = event.pointerType() == QPointingDevice.PointerType.Eraser
            hand = replace(_hand(event), erase=erase, pressure=event.pressure())
            event.setAccepted(self.pointer.press(event.position(), event.button(), hand))
        elif kind == QEvent.Type.TabletMove:
            hand = replace(_hand(event), pressure=event.pressure())
            self.pointer.move(event.position(), hand)
            event.accept()
        elif kind == QEvent.Type.TabletRelease:
            self.pointer.release(_released(event))
            event.accept()
        return event.isAccepted()

    def _press(self, event: QMouseEvent, *, double: bool = False) -> None:
        hand = replace(_hand(event), double=double)
        event.setAccepted(self.pointer.press(event.position(), event.button(), hand))

    def _tool_key(self, event: QKeyEvent) -> bool:
        """Whether the tool in hand takes the key."""
        if event.key() == Qt.Key.Key_Escape:
            return self.pointer.abort()
        if event.key() in _ENTER:
            return self.pointer.finish()
        return event.key() == Qt.Key.Key_Backspace and self.pointer.step_back()

    def _release_keys(self) -> None:
        self.pointer.space_held = False
        self.peek(False)
        self.refresh_cursor()


def _released(event: QMouseEvent | QTabletEvent) -> Qt.MouseButton | None:
    """The button that went up; None when none is down any more."""
    return event.button() if event.buttons() != Qt.MouseButton.NoButton else None


def _ignored(key: int) -> Qt.KeyboardModifier:
    """Keys held besides that do not matter."""
    ignored = Qt.KeyboardModifier.KeypadModifier
    if key in _ENTER:  # they say how the area that is closed meets the lesions
        ignored |= Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
    return ignored


def somebody_types() -> bool:
    """Whether the focus is in a field for text or numbers, from where nobody may take it."""
    typing = (QLineEdit, QTextEdit, QAbstractSpinBox)
    return isinstance(QApplication.focusWidget(), typing)


def _hand(event: QMouseEvent | QTabletEvent) -> Hand:
    keys = event.modifiers()
    return Hand(
        shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
        alt=bool(keys & Qt.KeyboardModifier.AltModifier),
    )
