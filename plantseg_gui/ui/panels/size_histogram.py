"""How large the lesions are: a small histogram that follows the mask while a person paints."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from plantseg_gui.ui.theme import UNIT

# Equivalent diameters from 1 to 1024 px, each bar twice as wide as the one before.
_EDGES = 2.0 ** np.arange(0, 11)
_BARS_PX = 5 * UNIT
_GAP_PX = 2


class SizeHistogram(QWidget):
    """Bars of lesion counts over their diameter, that of a disc of the same area, photo px."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Sizes of the lesions")
        self.set_areas(())

    @property
    def counts(self) -> list[int]:
        """Lesions of each bar, the smallest first; empty without any."""
        return self._counts

    def set_areas(self, areas_px: Sequence[int]) -> None:
        """Show lesions of these areas, photo px; none hides the widget."""
        diameters = 2.0 * np.sqrt(np.asarray(areas_px, float) / np.pi)
        places = np.clip(np.searchsorted(_EDGES, diameters, side="right") - 1, 0, len(_EDGES) - 1)
        self._counts = np.bincount(places, minlength=len(_EDGES)).tolist() if len(places) else []
        self.setVisible(bool(self._counts))
        if self._counts:
            text = (
                f"{len(diameters):,} lesions: half of them are smaller than "
                f"{np.median(diameters):,.0f} px across, the largest is {diameters.max():,.0f} px"
            )
            self.setToolTip(text)
            self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Bars and the line of numbers below them."""
        return QSize(20 * UNIT, _BARS_PX + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars as high as their counts, the count of the highest, diameters below."""
        if not self._counts:
            return
        painter = QPainter(self)
        palette, most = self.palette(), max(self._counts)
        step = self.width() / len(self._counts)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        bars = self.height() - painter.fontMetrics().height()
        for place, count in enumerate(self._counts):
            box = QRectF(place * step + _GAP_PX / 2, 0, step - _GAP_PX, bars - 1)
            if count:
                # The least of bars is seen too.
                high = max(2.0, (bars - 1) * count / most)
                box.setTop(bars - 1 - high)
                painter.fillRect(box, palette.color(QPalette.ColorRole.Highlight))
            text = QRectF(place * step, bars, step, self.height() - bars)
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            if place % 2 == 0:
                painter.drawText(text, Qt.AlignmentFlag.AlignLeft, f"{_EDGES[place]:.0f}")
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(0, bars - 1, self.width(), bars - 1)
        painter.end()
