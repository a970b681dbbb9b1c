"""The activation view: the channels that the network's attention weighs most in a photo.

Channel attention gives each of the network's feature channels a weight between 0 and 1. A channel
has no name that a person chose; what can be seen is which ones count in this photo, and whether
other photos use the same.
"""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from plantseg_gui.core.results import FloatArray
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.theme import UNIT, Theme

STRONGEST = 12
ROW_PX = 3 * UNIT
NAME_PX = 7 * UNIT
VALUE_PX = 5 * UNIT
TITLES = ("Fine attention", "Coarse attention")
EXPLAINED = (
    "Channel attention weighs each of the network's feature channels from 0 to 1; shown is the "
    "mean over the photo's tiles. Channels have no names: compare photos to see which ones answer "
    "to what."
)


class Bars(QWidget):
    """The strongest channels as bars from 0 to 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[tuple[int, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for all rows."""
        return QSize(30 * UNIT, STRONGEST * ROW_PX)

    def show_weights(self, weights: FloatArray) -> None:
        """Show the strongest of weights [C] float32 in [0, 1]; the strongest first."""
        order = np.argsort(-weights, kind="stable")[:STRONGEST]
        self.rows = [(int(i), float(weights[i])) for i in order]
        said = ", ".join(f"{number}: {value:.2f}" for number, value in self.rows)
        self.setAccessibleDescription(said)
        self.setToolTip("Channel number, weight from 0 to 1")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Number, bar, weight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = self.width() - NAME_PX - VALUE_PX - 2 * UNIT
        for row, (number, value) in enumerate(self.rows):
            top = row * ROW_PX
            painter.setPen(QColor(tokens.muted))
            painter.drawText(QRectF(0, top, NAME_PX, ROW_PX), right, f"{number}")
            bar = QRectF(NAME_PX + UNIT, top + 6, room, ROW_PX - 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.sunken))
            painter.drawRoundedRect(bar, 3, 3)
            bar.setWidth(max(2.0, room * min(1.0, value)))
            painter.setBrush(QColor(tokens.curve))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(QColor(tokens.text))
            left = self.width() - VALUE_PX
            painter.drawText(QRectF(left, top, VALUE_PX, ROW_PX), right, f"{value:.2f}")


class Strip(QWidget):
    """All channels side by side in their order, each as high as its weight."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.weights: FloatArray = np.zeros(0, np.float32)
        self.setFixedHeight(6 * UNIT)
        self.setToolTip("All channels in their order; the higher, the more weight")
        theme.changed.connect(self.update)

    def show_weights(self, weights: FloatArray) -> None:
        """Show weights [C] float32 in [0, 1]."""
        self.weights = weights
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """One thin bar for each channel."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tokens.sunken))
        step = self.width() / max(1, len(self.weights))
        for i, value in enumerate(self.weights):
            high = self.height() * min(1.0, float(value))
            bar = QRectF(i * step, self.height() - high, max(1.0, step - 0.3), high)
            painter.fillRect(bar, QColor(self._theme.tokens.curve))


class ChannelsDialog(QDialog):
    """See the module's text; stays open beside the work."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Activations")
        self.setMinimumWidth(88 * UNIT)
        self.photo = ElidedLabel("", "heading", middle=True)
        self.bars = tuple(Bars(theme) for _ in TITLES)
        self.strips = tuple(Strip(theme) for _ in TITLES)
        self.facts = tuple(label("", "caption") for _ in TITLES)
        self._reason = label("", "warning", wrap=True)
        columns = QHBoxLayout()
        columns.setSpacing(4 * UNIT)
        for title, bars, strip, fact in zip(
            TITLES, self.bars, self.strips, self.facts, strict=True
        ):
            column = QVBoxLayout()
            column.setSpacing(UNIT)
            column.addWidget(label(title, "heading"))
            column.addWidget(fact)
            column.addWidget(strip)
            column.addWidget(label("The strongest", "caption"))
            column.addWidget(bars)
            columns.addLayout(column, 1)
        self._body = QWidget()
        self._body.setLayout(columns)
        columns.setContentsMargins(0, 0, 0, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        whole.setSpacing(2 * UNIT)
        whole.addWidget(self.photo)
        whole.addWidget(label(EXPLAINED, "muted", wrap=True))
        whole.addWidget(self._reason)
        whole.addWidget(self._body)
        whole.addStretch(1)

    def show_channels(
        self, photo: str, channels: tuple[FloatArray, FloatArray], cells_px: tuple[float, float]
    ) -> None:
        """Show the weights of a photo.

        Args:
            photo: Its name.
            channels: Fine and coarse, [C] float32 in [0, 1].
            cells_px: Side of a cell of each, photo px.
        """
        self.photo.set_whole(photo)
        self._reason.hide()
        self._body.show()
        for bars, strip, fact, weights, side in zip(
            self.bars, self.strips, self.facts, channels, cells_px, strict=True
        ):
            bars.show_weights(weights)
            strip.show_weights(weights)
            half = int((weights > 0.5).sum())
            fact.setText(f"Cells of {side:.0f} px; {half} of {len(weights)} channels above 0.5")

    def show_nothing(self, photo: str, why: str) -> None:
        """Say why there is nothing to see."""
        self.photo.set_whole(photo)
        self._body.hide()
        self._reason.setText(why)
        self._reason.show()
