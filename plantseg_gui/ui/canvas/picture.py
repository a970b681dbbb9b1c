"""What is seen on the canvas as an image: the photo with all that lies over it, but no pointer."""

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from plantseg_gui.ui.canvas.brush_cursor import BrushCursor
from plantseg_gui.ui.canvas.cross_hair import CrossHair
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.canvas.wipe_view import WipeView


def seen_picture(canvas: CanvasView, scale: float) -> QImage:
    """The part of the photo that is on screen.

    Args:
        canvas: Shows a photo; without one the image is empty.
        scale: Px of the image for each px of the window.
    """
    document = canvas.document
    if document is None:
        return QImage()
    to_screen = canvas.navigation.to_screen
    photo = QRectF(to_screen(QPointF(0, 0)), to_screen(QPointF(document.width, document.height)))
    seen = photo.toAlignedRect().intersected(canvas.viewport().rect())
    image = QImage(seen.size() * scale, QImage.Format.Format_RGB32)
    image.fill(canvas.backgroundBrush().color())
    pointers = [
        item
        for item in canvas.scene().items()
        if isinstance(item, (BrushCursor, CrossHair)) and item.isVisible()
    ]
    for item in pointers:
        item.setVisible(False)
    painter = QPainter(image)
    canvas.render(painter, QRectF(image.rect()), seen)
    painter.scale(scale, scale)
    painter.translate(-seen.topLeft())
    for over in canvas.findChildren(WipeView):
        if over.isVisible():
            place = canvas.viewport().mapFromGlobal(over.mapToGlobal(QPoint(0, 0)))
            over.render(painter, place, QRegion(), QWidget.RenderFlag.DrawChildren)
    painter.end()
    for item in pointers:
        item.setVisible(True)
    return image
