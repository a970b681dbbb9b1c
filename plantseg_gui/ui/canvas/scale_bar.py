"""A bar of a round length at the bottom of the canvas, and its words."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.scale_bar import scale_bar
from plantseg_gui.ui.theme import UNIT

LONGEST_PX = 20 * UNIT
_TICK_PX = 5
_GROUND = QColor(0, 0, 0, 150)


class ScaleBar(QWidget):
    """See the module's text. White on a dark ground of its own: readable on any photo.

    Attributes:
        length_px: Of the bar, photo px.
        text: Its words.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.length_px, self.text = 0.0, ""
        self._bar = 0.0  # on the screen
        self.hide()

    def set_scale(self, screen_px: float, mm_per_px: float | None = None) -> None:
        """Follow the zoom.

        Args:
            screen_px: Photo px per pixel of the window's own units.
            mm_per_px: Size of a photo px where it is known.
        """
        self.length_px, self.text = scale_bar(LONGEST_PX * screen_px, mm_per_px)
        self._bar = self.length_px / screen_px
        self.setAccessibleName(f"Scale bar: {self.text}")
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Bar or words, whichever is wider, with the ground around."""
        words = self.fontMetrics().horizontalAdvance(self.text)
        width = max(round(self._bar), words) + 2 * UNIT
        return QSize(width, self.fontMetrics().height() + _TICK_PX + UNIT + UNIT // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words above a bar with two ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(QRectF(self.rect()), UNIT / 2, UNIT / 2)
        painter.setPen(Qt.GlobalColor.white)
        words = QRectF(0, UNIT / 4, self.width(), self.fontMetrics().height())
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text)
        painter.setPen(QPen(Qt.GlobalColor.white, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        y = self.height() - UNIT / 2 - 1
        left = (self.width() - self._bar) / 2
        right = left + self._bar
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for x in (left + 1, right - 1):
            painter.drawLine(QPointF(x, y - _TICK_PX), QPointF(x, y + 1))
