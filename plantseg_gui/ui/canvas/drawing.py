"""Drawing a part of an image over its area: smooth when reduced, exact pixels when enlarged."""

import math

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

# Smooth drawing looks one pixel around; the clip cuts off what is drawn too much.
_MARGIN_PX = 2


def device_scale(painter: QPainter) -> float:
    """Device pixels (not the window's own units) per unit of the item that is being painted."""
    matrix = painter.deviceTransform()
    return math.hypot(matrix.m11(), matrix.m21())


def draw_part(painter: QPainter, image: QImage, area: QRectF, exposed: QRectF) -> None:
    """Draw what lies in `exposed` of an image that fills `area`.

    Args:
        painter: Clipped to what must be repainted.
        image: Any size.
        area: Where the whole image lies, item units.
        exposed: The part to draw, item units.
    """
    step_x, step_y = area.width() / image.width(), area.height() / image.height()
    x0 = max(0, math.floor((exposed.left() - area.left()) / step_x) - _MARGIN_PX)
    y0 = max(0, math.floor((exposed.top() - area.top()) / step_y) - _MARGIN_PX)
    x1 = min(image.width(), math.ceil((exposed.right() - area.left()) / step_x) + _MARGIN_PX)
    y1 = min(image.height(), math.ceil((exposed.bottom() - area.top()) / step_y) + _MARGIN_PX)
    if x1 <= x0 or y1 <= y0:
        return
    target = QRectF(
        area.left() + x0 * step_x,
        area.top() + y0 * step_y,
        (x1 - x0) * step_x,
        (y1 - y0) * step_y,
    )
    reduced = device_scale(painter) * step_x < 1.0
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, reduced)
    painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
