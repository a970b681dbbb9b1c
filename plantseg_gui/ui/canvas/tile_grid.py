"""The network's tiles over the photo, each with its score; those not looked at are dashed."""

from collections.abc import Sequence

from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.results import ScoredTile
from plantseg_gui.ui.theme import UNIT

# Neighbours overlap: each frame is drawn so far inside its tile, or it could not be told apart.
_INSET = QMarginsF(3, 3, 3, 3)
# On the screen; a smaller tile has no room for its score.
_SMALLEST_PX = 5 * UNIT
# Unlike leaf, soil, paper, and the colours of the mask.
_LINE, _HALO = QColor("#e0358f"), QColor(255, 255, 255, 90)
_LIGHT, _FAINT, _GROUND = QColor(255, 255, 255), QColor(255, 255, 255, 170), QColor(0, 0, 0, 170)


class TileGrid(QGraphicsObject):
    """See the module's text; empty without tiles."""

    def __init__(self) -> None:
        super().__init__()
        # Without this flag exposedRect is the whole item for a 50 px update.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._tiles: tuple[ScoredTile, ...] = ()
        self._bounds = QRectF()
        self.setVisible(False)

    @property
    def tiles(self) -> tuple[ScoredTile, ...]:
        """What is shown."""
        return self._tiles

    def set_tiles(self, tiles: Sequence[ScoredTile]) -> None:
        """Show these tiles, in photo px."""
        self.prepareGeometryChange()
        self._tiles = tuple(tiles)
        self._bounds = QRectF()
        for tile in tiles:
            self._bounds |= _area(tile)
        self.update()

    def boundingRect(self) -> QRectF:
        """All tiles."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw what meets the exposed part: a dab inside a tile costs nothing here."""
        to_screen = painter.worldTransform()
        exposed = to_screen.mapRect(option.exposedRect)
        painter.save()
        # Lines and words have the same size at every zoom.
        painter.setWorldTransform(QTransform())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        scores = []
        for tile in self._tiles:
            area = to_screen.mapRect(_area(tile)).marginsRemoved(_INSET)
            if area.marginsAdded(_INSET).intersects(exposed):
                if not area.marginsRemoved(_INSET).contains(exposed):
                    _draw_frame(painter, tile, area)
                if min(area.width(), area.height()) >= _SMALLEST_PX:
                    scores.append((tile, area.center()))
        # After all frames, so that no line crosses a score.
        for tile, centre in scores:
            _draw_score(painter, tile, centre, exposed)
        painter.restore()


def _draw_frame(painter: QPainter, tile: ScoredTile, area: QRectF) -> None:
    for colour, width in ((_HALO, 4.0), (_LINE, 2.0)):
        pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        if not tile.processed:
            # A dash is as long as many pen widths: the same length for both pens.
            pen.setDashPattern([6.0 / width, 5.0 / width])
        painter.setPen(pen)
        painter.drawRect(area)


def _draw_score(painter: QPainter, tile: ScoredTile, centre: QPointF, exposed: QRectF) -> None:
    text = f"{tile.score:.2f}"
    metrics = painter.fontMetrics()
    ground = QRectF(0, 0, metrics.horizontalAdvance(text) + UNIT, metrics.height() + UNIT / 4)
    ground.moveCenter(centre)
    if not ground.intersects(exposed):
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(ground, UNIT / 2, UNIT / 2)
    painter.setPen(_LIGHT if tile.processed else _FAINT)
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)


def _area(tile: ScoredTile) -> QRectF:
    rect = tile.rect
    return QRectF(rect.x0, rect.y0, rect.width, rect.height)
