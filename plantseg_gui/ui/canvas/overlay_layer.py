"""The one overlay on the canvas: a QImage over the composer's memory, never copied."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.ui.canvas.drawing import draw_part


class OverlayLayer(QGraphicsObject):
    """Shows `composer.buffer`; after writing to it call `refresh(rect)`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._bounds = QRectF()
        self._composer: OverlayComposer | None = None
        self._image: QImage | None = None

    def set_composer(self, composer: OverlayComposer | None) -> None:
        """Show another overlay, or nothing."""
        self.prepareGeometryChange()
        # The image first: it must not outlive the memory that it shows.
        self._image = None
        self._composer = composer
        self._bounds = QRectF()
        if composer is not None:
            height, width = composer.buffer.shape
            self._bounds = QRectF(0, 0, width, height)
            # No non-const method of this image may be called: it would copy the memory.
            self._image = QImage(
                composer.buffer.data,
                width,
                height,
                4 * width,
                QImage.Format.Format_ARGB32_Premultiplied,
            )
        self.update()

    def refresh(self, rect: Rect) -> None:
        """Repaint the photo pixels in `rect`; one more around, as reduced drawing mixes them."""
        self.update(QRectF(rect.x0 - 1, rect.y0 - 1, rect.width + 2, rect.height + 2))

    def boundingRect(self) -> QRectF:
        """The photo's area."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the exposed part."""
        if self._image is not None:
            draw_part(painter, self._image, self._bounds, option.exposedRect)
