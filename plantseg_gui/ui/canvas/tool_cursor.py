"""Pointers of the tools: a cross hair with the tool's sign beside it."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

from plantseg_gui.storage.paths import resources_dir

SIDE_PX = 36
_HOT = 11
_ARM, _GAP = 9.0, 3.0
_SIGN = QRectF(18, 18, 16, 16)


@lru_cache(maxsize=64)
def tool_cursor(icon: str, ratio: float) -> QCursor:
    """The pointer of a tool, white on black so that it is seen on leaf, soil and mask.

    Args:
        icon: File name in resources/icons without ".svg".
        ratio: Device px per px of the window's own units.
    """
    pixmap = QPixmap(round(SIDE_PX * ratio), round(SIDE_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 190), 3.4), (QColor("white"), 1.4)):
        painter.setPen(QPen(colour, width))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            inner = QPointF(_HOT + x * _GAP, _HOT + y * _GAP)
            painter.drawLine(inner, QPointF(_HOT + x * _ARM, _HOT + y * _ARM))
    drawing = (resources_dir() / "icons" / f"{icon}.svg").read_bytes()
    for colour_name, width_text in ((b"black", b"4.6"), (b"white", b"1.9")):
        coloured = drawing.replace(b"currentColor", colour_name)
        coloured = coloured.replace(b'stroke-width="1.7"', b'stroke-width="' + width_text + b'"')
        QSvgRenderer(QByteArray(coloured)).render(painter, _SIGN)
    painter.end()
    return QCursor(pixmap, _HOT, _HOT)
