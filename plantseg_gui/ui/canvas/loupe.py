"""A small square beside the pointer that shows the pixels under it, eight times as large.

Thin lines run between pixels of different lesions, so that an edge is seen to the pixel.
"""

from PySide6.QtCore import QLineF, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.results import LabelArray, RgbArray
from plantseg_gui.ui.theme import UNIT

CELLS = 19  # odd: one in the middle
CELL_PX = 8
SIDE_PX = CELLS * CELL_PX
_AWAY_PX = 3 * UNIT
_GROUND = QColor(18, 20, 19, 230)
_DARK, _LIGHT = QColor("#000000"), QColor("#ffffff")
_MIDDLE = QColor("#ffd23c")  # unlike the white edges


class Loupe(QWidget):
    """See the module's text; the pointer passes through it."""

    def __init__(self, area: QWidget) -> None:
        """Make it, hidden, as a child of `area`, inside which it stays."""
        super().__init__(area)
        self._area = area
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Loupe")
        self._image = QImage()
        self._edges: list[QLineF] = []
        self._lines: tuple[str, ...] = ()
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """The words below the picture."""
        return self._lines

    def show_pixels(self, pixels: RgbArray, labels: LabelArray, lines: tuple[str, ...]) -> None:
        """Show what lies around a pixel of the photo.

        Args:
            pixels: [19, 19, 3] uint8 RGB, the pixel in the middle.
            labels: [19, 19] uint16 of the same place.
            lines: What is said of the pixel.
        """
        image = QImage(pixels.data, CELLS, CELLS, 3 * CELLS, QImage.Format.Format_RGB888)
        self._image = image.copy()
        self._edges = _edges(labels)
        self._lines = lines
        words = max((self.fontMetrics().horizontalAdvance(line) for line in lines), default=0)
        width = max(SIDE_PX, words + 2 * UNIT)
        self.raise_()
        self.resize(width + 2, SIDE_PX + 2 + len(lines) * self.fontMetrics().height() + UNIT + 2)
        self.update()

    def move_to(self, pointer: QPoint) -> None:
        """Stand beside the pointer, on the side where there is room.

        Args:
            pointer: In the area's coordinates.
        """
        area = self._area.rect()
        x, y = pointer.x() + _AWAY_PX, pointer.y() + _AWAY_PX
        if x + self.width() > area.right():
            x = pointer.x() - _AWAY_PX - self.width()
        if y + self.height() > area.bottom():
            y = pointer.y() - _AWAY_PX - self.height()
        self.move(max(0, x), max(0, y))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pixels, edges, the box of the middle one, words."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        left = (self.width() - SIDE_PX) // 2
        painter.drawImage(QRectF(left, 1, SIDE_PX, SIDE_PX), self._image)
        painter.save()
        painter.translate(left, 1)
        for colour, width in ((_DARK, 3), (_LIGHT, 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLines(self._edges)
        middle = CELLS // 2 * CELL_PX
        for colour, width in ((_DARK, 3), (_MIDDLE, 1)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(middle - 1, middle - 1, CELL_PX + 1, CELL_PX + 1)
        painter.restore()
        painter.setPen(Qt.GlobalColor.white)
        height = self.fontMetrics().height()
        for number, line in enumerate(self._lines):
            place = QRectF(UNIT, 1 + SIDE_PX + UNIT / 2 + number * height, self.width(), height)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, line)
        painter.setPen(QColor(255, 255, 255, 110))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def _edges(labels: LabelArray) -> list[QLineF]:
    """Lines between neighbours with different labels, px of the picture."""
    lines = []
    for y, x in zip(*(labels[:, 1:] != labels[:, :-1]).nonzero(), strict=True):
        at = (int(x) + 1) * CELL_PX
        lines.append(QLineF(at, int(y) * CELL_PX, at, (int(y) + 1) * CELL_PX))
    for y, x in zip(*(labels[1:] != labels[:-1]).nonzero(), strict=True):
        at = (int(y) + 1) * CELL_PX
        lines.append(QLineF(int(x) * CELL_PX, at, (int(x) + 1) * CELL_PX, at))
    return lines
