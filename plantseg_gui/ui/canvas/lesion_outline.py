"""The lesion that the list shows, outlined on the canvas: light on dark, at every zoom."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.lesion_picture import Outline

_DARK_PX, _LIGHT_PX = 5.0, 2.0
# Colour and width, in the order of drawing.
_STROKES = (((0, 0, 0, 190), _DARK_PX), ((255, 255, 255, 255), _LIGHT_PX))
# A line of fewer points encloses nothing: its pixels are framed.
_FEWEST_POINTS = 3


class LesionOutline(QGraphicsItem):
    """Closed lines in photo coordinates; nothing until `set_lines`."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()

    @property
    def empty(self) -> bool:
        """Whether nothing is outlined."""
        return self._path.isEmpty()

    def set_lines(self, lines: Sequence[Outline]) -> None:
        """Outline something else; each line [n, 2], (x, y) in photo px; none takes it away."""
        self.prepareGeometryChange()
        self._path = QPainterPath()
        for line in lines:
            polygon = QPolygonF([QPointF(float(x), float(y)) for x, y in line])
            if len(line) < _FEWEST_POINTS:
                self._path.addRect(polygon.boundingRect().adjusted(-0.5, -0.5, 0.5, 0.5))
            else:
                self._path.addPolygon(polygon)
                self._path.closeSubpath()
        self.update()

    def boundingRect(self) -> QRectF:
        """The lines, and what their pens cover at the smallest zoom."""
        box = self._path.boundingRect()
        margin = _DARK_PX * max(1.0, self._photo_px())
        return box.adjusted(-margin, -margin, margin, margin) if not self.empty else QRectF()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the lines twice, dark and wide, then light and thin."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ratio = painter.device().devicePixelRatioF()
        for colour, width_px in _STROKES:
            pen = QPen(QColor(*colour), width_px * ratio)
            # Cosmetic: as wide on the screen at every zoom, counted in device px.
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPath(self._path)

    def _photo_px(self) -> float:
        """Photo px per screen px."""
        scale = self.sceneTransform().m11()
        return 1.0 / scale if scale else 1.0
