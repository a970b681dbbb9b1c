"""What a proposal would change, over the mask: a QImage over the map's own memory, never copied."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.overlay import ByteMap
from plantseg_gui.core.scribbles import BECOMES_HEALTHY, BECOMES_LESION
from plantseg_gui.ui.canvas.drawing import draw_part

# Neither is the colour of a lesion or of "unsure"; green is that of healthy strokes.
TO_LESION, TO_HEALTHY = "#ffe14d", "#2ee6a6"
_ALPHA = 175


class ChangeLayer(QGraphicsObject):
    """Shows a change map (`core.scribbles`); empty without one."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._bounds = QRectF()
        self._values: ByteMap | None = None
        self._image: QImage | None = None

    @property
    def shown(self) -> bool:
        """Whether there is a map."""
        return self._image is not None

    def set_change(self, values: ByteMap | None) -> None:
        """Show [H, W] uint8, contiguous, kept and not to be changed; None for nothing."""
        self.prepareGeometryChange()
        # The image first: it must not outlive the memory that it shows.
        self._image = None
        self._values = values
        self._bounds = QRectF()
        if values is not None:
            height, width = values.shape
            self._bounds = QRectF(0, 0, width, height)
            image = QImage(values.data, width, height, width, QImage.Format.Format_Indexed8)
            colours = [0] * 256
            for value, name in ((BECOMES_HEALTHY, TO_HEALTHY), (BECOMES_LESION, TO_LESION)):
                colour = QColor(name)
                colour.setAlpha(_ALPHA)
                colours[value] = colour.rgba()
            image.setColorTable(colours)
            self._image = image
        self.update()

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
