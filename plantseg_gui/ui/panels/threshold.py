"""From which probability on a pixel is lesion: a slider with a mark at the model's own value."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QToolButton, QVBoxLayout

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

LOW_PCT, HIGH_PCT = 5, 95
# The style sheet's handle: its middle cannot come nearer to the ends.
HANDLE_PX = 14
TIP = (
    "From which probability on a pixel is lesion. Lower finds more, and more that is none; "
    "the mark is the model's own value"
)


class MarkedSlider(QSlider):
    """A slider with a mark under its groove."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme = theme
        self._mark: int | None = None
        theme.changed.connect(self.update)

    @property
    def mark(self) -> int | None:
        """The value that is marked; None for none."""
        return self._mark

    def set_mark(self, value: int | None) -> None:
        """Mark a value."""
        self._mark = value
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark above and below the groove, so that the handle does not hide it."""
        super().paintEvent(event)
        if self._mark is None:
            return
        share = (self._mark - self.minimum()) / (self.maximum() - self.minimum())
        x = round(HANDLE_PX / 2 + share * (self.width() - HANDLE_PX))
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._theme.tokens.muted), 2))
        painter.drawLine(x, self.height() - 4, x, self.height() - 1)
        painter.drawLine(x, 0, x, 3)


class ThresholdRow(QFrame):
    """See the module's text.

    Attributes:
        moved: threshold, 0.05 to 0.95, as the person moves the slider.
        reset_wanted: Back to the model's own value.
    """

    moved = Signal(float)
    reset_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.slider = MarkedSlider(theme)
        self.slider.setRange(LOW_PCT, HIGH_PCT)
        self.slider.setPageStep(5)
        self.slider.setAccessibleName("Threshold of the mask")
        self.slider.valueChanged.connect(lambda value: self.moved.emit(value / 100))
        self.value = label("")
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("0.00") + 2)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._title = label("Threshold", "muted")
        self.reset = QToolButton()
        self.reset.setObjectName("eye")
        self.reset.setAccessibleName("Threshold back to the model's own")
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(theme, self.reset, "reset")
        self.reset.clicked.connect(self.reset_wanted)
        self.note = label("", "caption", wrap=True)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(UNIT // 2 + 2)
        for widget in (self._title, self.slider, self.value, self.reset):
            line.addWidget(widget, 1 if widget is self.slider else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * UNIT, 0, 0, UNIT // 2)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self.note)
        self.show_nothing("")

    def show_threshold(self, value: float, own: float) -> None:
        """Show what is in force.

        Args:
            value: Threshold.
            own: The model's.
        """
        for widget in (self.slider, self._title, self.value):
            widget.setEnabled(True)
            widget.setToolTip(f"{TIP} ({own:.2f})")
        with quiet(self.slider):
            self.slider.setValue(round(100 * value))
        self.slider.set_mark(round(100 * own))
        self.value.setText(f"{value:.2f}")
        away = round(100 * value) != round(100 * own)
        self.reset.setEnabled(away)
        self.reset.setToolTip(
            f"Back to the model's own threshold, {own:.2f}"
            if away
            else f"The model's own threshold, {own:.2f}, is in force"
        )

    def show_nothing(self, why: str) -> None:
        """There is no prediction; the tooltip says why."""
        self.slider.set_mark(None)
        self.value.setText("–")
        self.tell("")
        for widget in (self.slider, self._title, self.value, self.reset):
            widget.setEnabled(False)
            widget.setToolTip(why or TIP)

    def tell(self, text: str) -> None:
        """Say what the person has to know about it; "" for nothing."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
