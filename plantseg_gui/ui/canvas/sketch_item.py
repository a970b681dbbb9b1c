"""What the tool in hand shows over the photo: lines, areas that would be painted, handles."""

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.ui.tools.sketch import NOTHING, Area, Line, Role, Sketch

# Orange and green differ for colour-blind eyes by lightness too; each has a dark edge.
COLOURS = {Role.PLAIN: "#ffffff", Role.LESION: "#ff9d2e", Role.HEALTHY: "#2ee6a6"}
_EDGE_ALPHA = 150
_AREA_ALPHA = 120
_WIDE_ALPHA = 110
_HANDLE_PX = 4.0
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


class SketchItem(QGraphicsObject):
    """Draws a `Sketch`; the box of the sketch alone is repainted."""

    def __init__(self) -> None:
        super().__init__()
        self._sketch = NOTHING
        self._pictures: dict[Area, QImage] = {}
        self._bounds = QRectF()
        self._screen_px = 1.0

    def set_sketch(self, sketch: Sketch, screen_px: float) -> None:
        """Show another one.

        Args:
            sketch: What.
            screen_px: How many photo px one screen pixel is wide.
        """
        self.prepareGeometryChange()
        self._sketch, self._screen_px = sketch, screen_px
        # An area that is shown already keeps its picture.
        before = self._pictures
        self._pictures = {a: before[a] if a in before else _picture(a) for a in sketch.areas}
        self._bounds = self._box()
        self.update()

    def boundingRect(self) -> QRectF:
        """All of it, with the pens."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Areas, then lines, then handles."""
        for area, picture in self._pictures.items():
            rect = area.rect
            painter.drawImage(QRectF(rect.x0, rect.y0, rect.width, rect.height), picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in self._sketch.lines:
            shape = QPolygonF([QPointF(x, y) for y, x in line.points])
            if line.closed:
                shape.append(shape.first())
            for pen in _pens(line):
                painter.setPen(pen)
                painter.drawPolyline(shape)
        side = _HANDLE_PX * self._screen_px
        painter.setPen(_cosmetic(QColor(0, 0, 0), 1.0))
        painter.setBrush(QColor(COLOURS[Role.PLAIN]))
        for y, x in self._sketch.handles:
            painter.drawRect(QRectF(x - side, y - side, 2 * side, 2 * side))

    def _box(self) -> QRectF:
        box = QRectF()
        for area in self._sketch.areas:
            rect = area.rect
            box = box.united(QRectF(rect.x0, rect.y0, rect.width, rect.height))
        reach = (_HANDLE_PX + 3.0) * self._screen_px
        groups = [(line.points, line.width_px / 2) for line in self._sketch.lines]
        for points, half in [*groups, (self._sketch.handles, 0.0)]:
            if len(points):
                ys, xs = [p[0] for p in points], [p[1] for p in points]
                pad = reach + half
                part = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
                box = box.united(part.adjusted(-pad, -pad, pad, pad))
        return box


def _picture(area: Area) -> QImage:
    colour = QColor(COLOURS[area.role])
    # Over a mask or a lesion of its own colour only the edge is seen: that is opaque.
    palette = np.array([0, _premultiplied(colour, _AREA_ALPHA), _premultiplied(colour, 255)])
    inside = np.ascontiguousarray(area.mask).view(np.uint8)
    inner = cv2.erode(inside, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    pixels = palette.astype(np.uint32)[2 * inside - inner]
    height, width = pixels.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    # A copy: the image must not live longer than numpy's memory.
    return QImage(pixels.data, width, height, 4 * width, kind).copy()


def _premultiplied(colour: QColor, alpha: int) -> int:
    red, green, blue = (
        round(v * alpha / 255) for v in (colour.red(), colour.green(), colour.blue())
    )
    return (alpha << 24) | (red << 16) | (green << 8) | blue


def _pens(line: Line) -> list[QPen]:
    colour = QColor(COLOURS[line.role])
    if line.width_px:
        colour.setAlpha(_WIDE_ALPHA)
        pen = QPen(colour, line.width_px)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return [pen]
    edge = _cosmetic(QColor(0, 0, 0, _EDGE_ALPHA), 3.5)
    front = _cosmetic(colour, 1.6)
    if line.dashed:
        front.setDashPattern([4.0, 3.0])
        return [front]
    return [edge, front]


def _cosmetic(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    # As wide on the screen at every zoom.
    pen.setCosmetic(True)
    return pen
