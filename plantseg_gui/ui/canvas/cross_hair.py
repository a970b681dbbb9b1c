"""The cross-hair: shows the place that the pointer has in another view of the photo."""

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

# Screen px: length of an arm, and the gap around the place, which stays to be seen.
ARM_PX, GAP_PX = 22.0, 5.0
_ROOM_PX = ARM_PX + 2
_ARMS = [
    QLineF(GAP_PX, 0, ARM_PX, 0),
    QLineF(-GAP_PX, 0, -ARM_PX, 0),
    QLineF(0, GAP_PX, 0, ARM_PX),
    QLineF(0, -GAP_PX, 0, -ARM_PX),
]
# Dark under light: seen on leaf, lesion, soil and paper alike.
_LINES = ((QColor(0, 0, 0, 170), 4.0), (QColor(255, 255, 255), 2.0))


class CrossHair(QGraphicsItem):
    """Four arms of one size on the screen, whatever the zoom; hidden at first."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setVisible(False)

    def boundingRect(self) -> QRectF:
        """Screen px around the place."""
        return QRectF(-_ROOM_PX, -_ROOM_PX, 2 * _ROOM_PX, 2 * _ROOM_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the arms."""
        del option, widget
        for colour, width in _LINES:
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLines(_ARMS)
