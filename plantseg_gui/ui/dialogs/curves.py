"""Live curves of a training run: the loss, and Dice on the held-out photos.

A training that went astray begins again at its first update. Its line so far then turns grey, and a
new one begins: no line runs back.
"""

import math
from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from plantseg_gui.ui.theme import UNIT, Theme

SMOOTHING = 0.9
LOSS_TITLE = "Loss"
DICE_TITLE = "Dice: held out ●, best ★"
# The plots are drawn at most so often.
DRAW_MS = 50
EARLIER = " (grey: earlier try)"


@dataclass
class Series:
    """One line of a plot: updates and values, and those of tries that were given up.

    A try that was given up ends with a NaN, at which the line breaks.
    """

    at: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    old_at: list[float] = field(default_factory=list)
    old_values: list[float] = field(default_factory=list)

    def add(self, update: int, value: float) -> None:
        """One more point."""
        self.at.append(update)
        self.values.append(value)

    def begin_again(self) -> None:
        """The try is given up."""
        if self.at:
            self.old_at += [*self.at, math.nan]
            self.old_values += [*self.values, math.nan]
        self.at, self.values = [], []

    def clear(self) -> None:
        """Forget all tries."""
        for numbers in (self.at, self.values, self.old_at, self.old_values):
            numbers.clear()


class Curves(QWidget):
    """Two small plots with named axes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._last = 0
        self.loss, self.smooth, self.held_out = Series(), Series(), Series()
        # Of the two photos of the previews.
        self.shown = (Series(), Series())
        self._best: tuple[list[float], list[float]] = ([], [])
        self._plots = [self._plot(title, "update") for title in (LOSS_TITLE, DICE_TITLE)]
        # The grey lines first: they lie below.
        self._old_loss = self._plots[0].plot(connect="finite")
        self._old_dice = self._plots[1].plot(connect="finite")
        self._raw = self._plots[0].plot()
        self._line = self._plots[0].plot()
        self._points = self._plots[1].plot()
        self._seen = [self._plots[1].plot(), self._plots[1].plot()]
        self._star = self._plots[1].plot()
        self._plots[1].setYRange(0.0, 1.0, padding=0.02)
        self._plots[0].setToolTip(
            "Loss of each update (faint) and its running mean; lower is better"
        )
        self._plots[1].setToolTip(
            "1 is a perfect mask. Filled: mean of the photos that are not trained on. Star: the "
            "best so far. Ring and triangle: the two photos beside"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        for plot in self._plots:
            column.addWidget(plot, 1)
        # Many events may come at once; the plots are drawn when there is a moment.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DRAW_MS)
        self._later.timeout.connect(self.draw)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_updates(self, updates: int) -> None:
        """How long the run will be."""
        for plot in self._plots:
            plot.setXRange(0, updates, padding=0.02)

    def clear(self) -> None:
        """A new run."""
        self._last = 0
        self.set_updates(100)
        for series in self._all:
            series.clear()
        self._best = ([], [])
        self._name()
        self._later.start()

    def add_loss(self, update: int, loss: float) -> None:
        """One update is done."""
        self._follow(update)
        last = self.smooth.values[-1] if self.smooth.values else loss
        self.loss.add(update, loss)
        self.smooth.add(update, SMOOTHING * last + (1 - SMOOTHING) * loss)
        self._later.start()

    def add_dice(self, update: int, dice: float, *, best: bool = False) -> None:
        """The held-out photos were looked at; `best`: better than ever before."""
        self._follow(update)
        self.held_out.add(update, dice)
        if best:
            self._best = ([update], [dice])
        self._later.start()

    def add_shown(self, place: int, update: int, dice: float) -> None:
        """A photo of the previews was looked at; `place` is 0 or 1."""
        self._follow(update)
        self.shown[place].add(update, dice)
        self._later.start()

    def _follow(self, update: int) -> None:
        """Notice a training that begins again: its updates count from the start."""
        if update < self._last:
            for series in self._all:
                series.begin_again()
            self._best = ([], [])
            self._name(EARLIER)
        self._last = update

    def _name(self, more: str = "") -> None:
        title = self._plots[0].getPlotItem().titleLabel
        title.setText(LOSS_TITLE + more, color=self._theme.tokens.text)

    @property
    def _all(self) -> tuple[Series, ...]:
        return (self.loss, self.smooth, self.held_out, *self.shown)

    def draw(self) -> None:
        """Draw what has come since the last time."""
        self._old_loss.setData(self.smooth.old_at, self.smooth.old_values)
        old_dice = self.held_out if self.held_out.old_at else self.shown[0]
        self._old_dice.setData(old_dice.old_at, old_dice.old_values)
        self._raw.setData(self.loss.at, self.loss.values)
        self._line.setData(self.smooth.at, self.smooth.values)
        self._points.setData(self.held_out.at, self.held_out.values)
        for line, series in zip(self._seen, self.shown, strict=True):
            line.setData(series.at, series.values)
        self._star.setData(*self._best)

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
        grey = pg.mkPen(muted, width=1.5, style=Qt.PenStyle.DashLine)
        self._old_loss.setPen(grey)
        self._old_dice.setPen(grey)
        faint = QColor(tokens.curve)
        faint.setAlpha(70)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._line.setPen(pg.mkPen(tokens.curve, width=2))
        self._points.setPen(pg.mkPen(tokens.curve_2, width=2))
        self._points.setSymbol("o")
        self._points.setSymbolSize(6)
        self._points.setSymbolBrush(tokens.curve_2)
        self._points.setSymbolPen(None)
        for line, symbol in zip(self._seen, ("o", "t1"), strict=True):
            line.setPen(pg.mkPen(faint, width=1))
            line.setSymbol(symbol)
            line.setSymbolSize(8)
            line.setSymbolBrush(None)
            line.setSymbolPen(pg.mkPen(tokens.curve, width=1.5))
        self._star.setPen(None)
        self._star.setSymbol("star")
        self._star.setSymbolSize(15)
        self._star.setSymbolBrush(tokens.curve_2)
        self._star.setSymbolPen(pg.mkPen(tokens.surface, width=1))
