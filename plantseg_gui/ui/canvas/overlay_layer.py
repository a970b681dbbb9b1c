"""The one overlay on the canvas: a QImage over the composer's memory, never copied.

A `LargeOverlay` is drawn from its coarse one when seen from afar, and where the full one is not
composed yet.
"""

from collections.abc import Collection

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.large_overlay import COARSE_STEP, LargeOverlay
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.ui.canvas.drawing import device_scale, draw_part


class OverlayLayer(QGraphicsObject):
    """Shows `composer.buffer`; after writing to it call `refresh(rect)`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._bounds = QRectF()
        self._composer: OverlayComposer | None = None
        self._image: QImage | None = None
        self._coarse: QImage | None = None
        self._blank: Collection[Rect] = ()

    def set_blank(self, blank: Collection[Rect]) -> None:
        """The chunks of a large photo that are not composed yet; read at each paint."""
        self._blank = blank

    def set_composer(self, composer: OverlayComposer | None) -> None:
        """Show another overlay, or nothing."""
        self.prepareGeometryChange()
        # The images first: they must not outlive the memory that they show.
        self._image = self._coarse = None
        self._composer = composer
        self._bounds = QRectF()
        if composer is not None:
            self._bounds = QRectF(0, 0, composer.width, composer.height)
            self._image = _wrapped(composer)
            if isinstance(composer, LargeOverlay):
                self._coarse = _wrapped(composer.coarse)
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
        exposed = option.exposedRect
        if self._image is None:
            return
        if self._coarse is None:
            draw_part(painter, self._image, self._bounds, exposed)
        elif device_scale(painter) * COARSE_STEP <= 1.0:
            _draw_coarse(painter, self._coarse, exposed)
        else:
            draw_part(painter, self._image, self._bounds, exposed)
            blank = self._blank_in(exposed)
            if not blank.isEmpty():
                painter.setClipRegion(blank, Qt.ClipOperation.IntersectClip)
                _draw_coarse(painter, self._coarse, exposed & QRectF(blank.boundingRect()))

    def _blank_in(self, exposed: QRectF) -> QRegion:
        """What of `exposed` is not composed yet."""
        region, area = QRegion(), exposed.toAlignedRect()
        for chunk in self._blank:
            region |= QRect(chunk.x0, chunk.y0, chunk.width, chunk.height) & area
        return region


def _draw_coarse(painter: QPainter, image: QImage, exposed: QRectF) -> None:
    area = QRectF(0, 0, COARSE_STEP * image.width(), COARSE_STEP * image.height())
    draw_part(painter, image, area, exposed)


def _wrapped(composer: OverlayComposer) -> QImage:
    """An image over the composer's memory.

    No non-const method of it may be called: that would copy the memory.
    """
    height, width = composer.buffer.shape
    return QImage(
        composer.buffer.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    )
