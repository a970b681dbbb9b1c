"""The words over a wipe: the names of its sides, and what the colours of changed pixels mean."""

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter

from plantseg_gui.ui.canvas.wipe_pictures import (
    GAINED_COLOUR,
    LOST_COLOUR,
    OUTLINE,
    WipePictures,
)
from plantseg_gui.ui.theme import UNIT


def draw_names(painter: QPainter, size: QSizeF, names: tuple[str, str], divider_x: float) -> None:
    """The name of each side in its upper corner.

    Args:
        painter: Of the widget.
        size: Of the widget.
        names: Left, right.
        divider_x: Where the divider is; a name is not told on the other side of it.
    """
    metrics = painter.fontMetrics()
    for whole, left_side in zip(names, (True, False), strict=True):
        room = round(max(0.0, size.width() / 2 - 4 * UNIT))
        text = metrics.elidedText(whole, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(text) + 2 * UNIT
        start = UNIT if left_side else size.width() - UNIT - width
        box = QRectF(start, UNIT, width, metrics.height() + UNIT)
        if (box.right() > divider_x) if left_side else (box.left() < divider_x):
            continue
        _draw_ground(painter, box)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_legend(painter: QPainter, pictures: WipePictures) -> None:
    """What the colours of the changed pixels mean, in the upper left corner."""
    metrics, y = painter.fontMetrics(), float(UNIT)
    for colour, text in (
        (GAINED_COLOUR, f"Became lesion: {pictures.gained:,} px"),
        (LOST_COLOUR, f"No longer lesion: {pictures.lost:,} px"),
        (OUTLINE, "Edge of what is lesion in both"),
    ):
        box = QRectF(UNIT, y, metrics.horizontalAdvance(text) + 5 * UNIT, metrics.height() + UNIT)
        _draw_ground(painter, box)
        painter.fillRect(QRectF(2 * UNIT, box.center().y() - 6, 12, 12), QColor(*colour))
        painter.drawText(box.adjusted(3.5 * UNIT, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        y = box.bottom() + UNIT / 2


def _draw_ground(painter: QPainter, box: QRectF) -> None:
    """A dark ground for white words, which stay readable on any photo."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(255, 255, 255))
