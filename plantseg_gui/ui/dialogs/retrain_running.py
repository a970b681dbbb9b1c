"""The page of the Retrain dialog that is shown while a run goes on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.curves import Curves
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.theme import UNIT, Theme

BAR_STEPS = 1000
MAX_LOG_LINES = 2000


class Picture(QWidget):
    """A preview of the run under its name."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self._title, self._tip = title, tip
        self._pixmap = QPixmap()
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumHeight(16 * UNIT)
        self._picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._caption = label(title, "caption")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._picture, 1)
        column.addWidget(self._caption)

    def show_file(self, path: str, dice: float) -> None:
        """Show a picture that the run wrote."""
        self._pixmap = QPixmap(path)
        self._caption.setText(f"{self._title}: Dice {dice:.2f}")
        self._picture.setToolTip(self._tip)
        self._fit()

    def clear(self) -> None:
        """A new run."""
        self._pixmap = QPixmap()
        self._picture.clear()
        self._caption.setText(self._title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep it whole."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._pixmap.isNull():
            ratio = self.devicePixelRatioF()
            scaled = self._pixmap.scaled(
                self._picture.size() * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            scaled.setDevicePixelRatio(ratio)
            self._picture.setPixmap(scaled)


class RunningPage(QWidget):
    """Curves, time left, the photo as the model sees it by now, log."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.stage = label("", "heading")
        self.measured = label("", "muted", wrap=True)
        self._eta = label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.curves = Curves(theme)
        tip = "One of your photos: blue is the model's mask, the white line is yours"
        self.before, self.now = Picture("Before", tip), Picture("Now", tip)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMaximumBlockCount(MAX_LOG_LINES)
        self._log.setToolTip("What the training process says")
        self._log.setAccessibleName("Training log")
        head = QHBoxLayout()
        head.addWidget(self.stage, 1)
        head.addWidget(self._eta)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self.measured)
        column.addWidget(self.curves, 4)
        lower = QHBoxLayout()
        lower.setSpacing(UNIT)
        lower.addWidget(self.before, 1)
        lower.addWidget(self.now, 1)
        lower.addWidget(self._log, 2)
        column.addLayout(lower, 3)

    def begin(self) -> None:
        """A new run."""
        self.curves.clear()
        self.before.clear()
        self.now.clear()
        self._log.clear()
        self.measured.setText("Measuring a trial step…")
        self.show_progress("Preparing photos", 0, 0, None)

    def show_progress(self, text: str, done: int, total: int, eta_s: float | None) -> None:
        """Show how far it is; a total of 0 is not known yet."""
        self.stage.setText(text)
        self._bar.setRange(0, BAR_STEPS if total else 0)
        if total:
            self._bar.setValue(round(BAR_STEPS * min(1.0, done / total)))
        self._eta.setText("" if eta_s is None else f"{duration(eta_s)} left")

    def log(self, text: str) -> None:
        """Add a line to the log."""
        self._log.appendPlainText(text)

    @property
    def log_text(self) -> str:
        """The whole log."""
        return self._log.toPlainText()
