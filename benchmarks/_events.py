"""Real mouse and wheel events for a canvas."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from plantseg_gui.ui.canvas.view import CanvasView

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
PRESS, MOVE, RELEASE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
PLAIN = Qt.KeyboardModifier.NoModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def mouse_event(
    view: "CanvasView",
    kind: QEvent.Type,
    at: QPointF,
    button: Qt.MouseButton,
    keys: Qt.KeyboardModifier = PLAIN,
) -> QMouseEvent:
    """A mouse event at a point of the view's viewport; a move with NONE is a hover."""
    happened = NONE if kind == MOVE else button
    held = NONE if kind == RELEASE else button
    return QMouseEvent(kind, at, view.viewport().mapToGlobal(at), happened, held, keys)


def mouse(
    view: "CanvasView",
    kind: QEvent.Type,
    at: QPointF,
    button: Qt.MouseButton,
    keys: Qt.KeyboardModifier = PLAIN,
) -> None:
    """Send one mouse event to the view's viewport."""
    QApplication.sendEvent(view.viewport(), mouse_event(view, kind, at, button, keys))


def drag(
    view: "CanvasView",
    points: Sequence[tuple[float, float]],
    keys: Qt.KeyboardModifier = PLAIN,
) -> None:
    """Press at the first of (x, y) in photo px, move through the others, release at the last."""
    places = [view.navigation.to_screen(QPointF(*point)) for point in points]
    for n, at in enumerate(places):
        mouse(view, MOVE if n else PRESS, at, LEFT, keys)
        QApplication.processEvents()
    mouse(view, RELEASE, places[-1], LEFT, keys)


def wheel(view: "CanvasView", at: QPointF, turn: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Send one turn of the wheel."""
    event = QWheelEvent(
        at,
        view.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, turn),
        NONE,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
