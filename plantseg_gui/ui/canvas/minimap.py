"""The whole photo, small, with a frame around what is on screen; dragging the frame moves the view.

Shown only while a part of the photo is out of sight.
"""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import RgbArray
from plantseg_gui.ui.theme import UNIT

SIDE_PX = 22 * UNIT
_SMALLEST_FRAME_PX = 6.0
_SHADE = QColor(0, 0, 0, 120)
_STEPS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Minimap(QWidget):
    """See the module's text.

    Attributes:
        centre_wanted: Photo point (x, y) that is to be in the middle of the view.
        turned: The wheel was turned over it, eighths of a degree.
    """

    centre_wanted = Signal(QPointF)
    turned = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Overview of the photo")
        self.setToolTip("The whole photo: drag the frame to move the view, or use the arrow keys")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._photo = Rect(0, 0, 1, 1)
        self._seen = self._photo
        self._image = QImage()
        self._wanted = False
        self.hide()

    def set_wanted(self, on: bool) -> None:
        """Whether the person wants it at all."""
        self._wanted = on
        self._show_or_hide()

    def set_photo(self, height: int, width: int) -> None:
        """Another photo of height × width px; its picture follows, 0 × 0 for none."""
        self._image = QImage()
        self._photo = Rect(0, 0, height, width)
        if not self._photo.empty:
            ratio = SIDE_PX / max(height, width)
            # Room for the border.
            self.resize(max(UNIT, round(width * ratio)) + 2, max(UNIT, round(height * ratio)) + 2)
        self._show_or_hide()

    def set_picture(self, picture: RgbArray) -> None:
        """Show [h, w, 3] uint8 RGB."""
        height, width = picture.shape[:2]
        made = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._image = made.convertToFormat(QImage.Format.Format_RGB32)  # with memory of its own
        self.update()

    def set_seen(self, seen: Rect) -> None:
        """The photo px that are on screen."""
        if seen != self._seen:
            self._seen = seen
            self._show_or_hide()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, shade over what is out of sight, frame."""
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 200))
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._image)
        frame = self._frame()
        for part in (
            QRectF(area.left(), area.top(), area.width(), frame.top() - area.top()),
            QRectF(area.left(), frame.bottom(), area.width(), area.bottom() - frame.bottom()),
            QRectF(area.left(), frame.top(), frame.left() - area.left(), frame.height()),
            QRectF(frame.right(), frame.top(), area.right() - frame.right(), frame.height()),
        ):
            painter.fillRect(part, _SHADE)
        painter.setPen(QPen(Qt.GlobalColor.black, 3))
        painter.drawRect(frame)
        painter.setPen(QPen(Qt.GlobalColor.white, 1.4))
        painter.drawRect(frame)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(255, 255, 255, 255 if focused else 110), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            at, area = event.position(), QRectF(self.rect()).adjusted(1, 1, -1, -1)
            x = (at.x() - area.left()) / area.width() * self._photo.width
            y = (at.y() - area.top()) / area.height() * self._photo.height
            self.centre_wanted.emit(QPointF(x, y))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """There."""
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, as over the photo."""
        self.turned.emit(float(event.angleDelta().y()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """The arrow keys are ours before they are anybody's shortcut."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() in _STEPS)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys: a quarter of the frame further."""
        step = _STEPS.get(event.key())
        if step is None:
            event.ignore()
            return
        seen = self._seen
        x = (seen.x0 + seen.x1) / 2 + step[0] * seen.width / 4
        y = (seen.y0 + seen.y1) / 2 + step[1] * seen.height / 4
        self.centre_wanted.emit(QPointF(x, y))

    def _frame(self) -> QRectF:
        """Of what is on screen, in this widget; never too small to be seen."""
        scale_x = (self.width() - 2) / max(1, self._photo.width)
        scale_y = (self.height() - 2) / max(1, self._photo.height)
        seen = self._seen
        frame = QRectF(
            1 + seen.x0 * scale_x,
            1 + seen.y0 * scale_y,
            seen.width * scale_x,
            seen.height * scale_y,
        )
        grow_x = max(0.0, _SMALLEST_FRAME_PX - frame.width()) / 2
        grow_y = max(0.0, _SMALLEST_FRAME_PX - frame.height()) / 2
        return frame.adjusted(-grow_x, -grow_y, grow_x, grow_y)

    def _show_or_hide(self) -> None:
        partly = not self._photo.empty and not self._seen.empty and self._seen != self._photo
        self.setVisible(self._wanted and partly)
