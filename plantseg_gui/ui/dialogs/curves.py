"""Live curves of a training run: the loss, and Dice on the held-out photos."""

import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from plantseg_gui.ui.theme import UNIT, Theme

SMOOTHING = 0.9
DICE_TITLE = "Dice: not trained on ●, photo below ○"


class Curves(QWidget):
    """Two small plots with named axes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._updates: list[int] = []
        self._loss: list[float] = []
        self._smooth: list[float] = []
        self._dice_at: list[int] = []
        self._dice: list[float] = []
        self._seen_at: list[int] = []
        self._seen_dice: list[float] = []
        self._plots = [
            self._plot("Loss", "update"),
            self._plot(DICE_TITLE, "update"),
        ]
        self._raw = self._plots[0].plot()
        self._line = self._plots[0].plot()
        self._points = self._plots[1].plot()
        self._seen = self._plots[1].plot()
        self._plots[1].setYRange(0.0, 1.0, padding=0.02)
        self._plots[0].setToolTip(
            "Loss of each update (faint) and its running mean; lower is better"
        )
        self._plots[1].setToolTip(
            "1 is a perfect mask. Filled: photos that are not trained on. Ring: the photo below"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT)
        for plot in self._plots:
            row.addWidget(plot, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_updates(self, updates: int) -> None:
        """How long the run will be."""
        for plot in self._plots:
            plot.setXRange(0, updates, padding=0.02)

    def clear(self) -> None:
        """A new run."""
        self.set_updates(100)
        for series in (self._updates, self._dice_at, self._seen_at):
            series.clear()
        for values in (self._loss, self._smooth, self._dice, self._seen_dice):
            values.clear()
        self._draw()

    def add_loss(self, update: int, loss: float) -> None:
        """One update is done."""
        last = self._smooth[-1] if self._smooth else loss
        self._updates.append(update)
        self._loss.append(loss)
        self._smooth.append(SMOOTHING * last + (1 - SMOOTHING) * loss)
        self._draw()

    def add_dice(self, update: int, dice: float) -> None:
        """The held-out photos were looked at."""
        self._dice_at.append(update)
        self._dice.append(dice)
        self._draw()

    def add_shown(self, update: int, dice: float) -> None:
        """The photo of the preview was looked at."""
        self._seen_at.append(update)
        self._seen_dice.append(dice)
        self._draw()

    def _draw(self) -> None:
        self._raw.setData(self._updates, self._loss)
        self._line.setData(self._updates, self._smooth)
        self._points.setData(self._dice_at, self._dice)
        self._seen.setData(self._seen_at, self._seen_dice)

    def _plot(self, title: str, axis: str) -> pg.PlotWidget:
        plot = pg.PlotWidget()
        plot.setMouseEnabled(x=False, y=False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setTitle(title, size="10pt")
        plot.setLabel("bottom", axis)
        plot.showGrid(x=False, y=True, alpha=0.15)
        plot.setMinimumHeight(17 * UNIT)
        return plot

    def _restyle(self) -> None:
        tokens = self._theme.tokens
        muted = QColor(tokens.muted)
        for plot in self._plots:
            plot.setBackground(tokens.surface)
            plot.getPlotItem().titleLabel.setText(
                plot.getPlotItem().titleLabel.text, color=tokens.text
            )
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(muted)
                axis.setTextPen(muted)
        faint = QColor(tokens.curve)
        faint.setAlpha(70)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._line.setPen(pg.mkPen(tokens.curve, width=2))
        self._points.setPen(pg.mkPen(tokens.curve_2, width=2))
        self._points.setSymbol("o")
        self._points.setSymbolSize(6)
        self._points.setSymbolBrush(tokens.curve_2)
        self._points.setSymbolPen(None)
        self._seen.setPen(pg.mkPen(faint, width=1))
        self._seen.setSymbol("o")
        self._seen.setSymbolSize(7)
        self._seen.setSymbolBrush(None)
        self._seen.setSymbolPen(pg.mkPen(tokens.curve, width=1.5))
