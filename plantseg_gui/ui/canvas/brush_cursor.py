"""The outline of the brush at the pointer: a small item, so that moving it repaints its box only.

White on black, so that it is seen on leaf, soil and mask alike; a cross marks the middle of a brush
that is too small to be seen.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

SMALL_PX = 7.0
CROSS_PX = 6.0
_PEN_PX = 3.0


class BrushCursor(QGraphicsObject):
    """A circle of `set_size` photo px around its position."""

    def __init__(self) -> None:
        super().__init__()
        self._radius = 0.5
        self._screen_px = 1.0
        self._dark = _pen(Qt.GlobalColor.black, _PEN_PX, 150)
        self._light = _pen(Qt.GlobalColor.white, 1.0, 255)
        self.setVisible(False)

    def set_size(self, diameter_px: float, screen_px: float) -> None:
        """Change the outline.

        Args:
            diameter_px: Of the brush, photo px.
            screen_px: How many photo px one screen pixel is wide.
        """
        if (diameter_px / 2, screen_px) != (self._radius, self._screen_px):
            self.prepareGeometryChange()
            self._radius, self._screen_px = diameter_px / 2, screen_px

    def boundingRect(self) -> QRectF:
        """The circle, or the cross around it, with the pen."""
        reach = self._radius + _PEN_PX * self._screen_px
        if self._small:
            reach = max(reach, (CROSS_PX + SMALL_PX + _PEN_PX) * self._screen_px)
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the outline twice, dark and wide, then light and thin."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (self._dark, self._light):
            painter.setPen(pen)
            painter.drawEllipse(QPointF(0, 0), self._radius, self._radius)
            if self._small:
                inner = self._radius + 2 * self._screen_px
                outer = inner + CROSS_PX * self._screen_px
                for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    painter.drawLine(QPointF(x * inner, y * inner), QPointF(x * outer, y * outer))

    @property
    def _small(self) -> bool:
        return 2 * self._radius < SMALL_PX * self._screen_px


def _pen(colour: Qt.GlobalColor, width_px: float, alpha: int) -> QPen:
    pen = QPen(colour, width_px)
    shade = pen.color()
    shade.setAlpha(alpha)
    pen.setColor(shade)
    # Cosmetic: as wide on the screen at every zoom.
    pen.setCosmetic(True)
    return pen
