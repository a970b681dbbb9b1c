"""The page of the Retrain dialog that is shown while a run goes on."""

import time

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.curves import Curves
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.theme import UNIT, Theme

BAR_STEPS = 1000
MAX_LOG_LINES = 2000
# The longest sentence that makes sense in the log.
MAX_WORDS = 1000
# Of the two photos, as in the curve of Dice.
SYMBOLS = "○△"
TIP = "Blue is the model's mask, the white line is yours"


class Picture(QLabel):
    """A preview of the run, as large as there is room."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(QSize(12 * UNIT, 10 * UNIT))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setToolTip(TIP)

    @property
    def filled(self) -> bool:
        """Whether it shows something."""
        return not self._pixmap.isNull()

    def show_image(self, image: QImage) -> None:
        """Show a picture that the run wrote."""
        self._pixmap = QPixmap.fromImage(image)
        self._fit()

    def clear(self) -> None:
        """A new run."""
        self._pixmap = QPixmap()
        super().clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep it whole."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._pixmap.isNull() and not self.size().isEmpty():
            ratio = self.devicePixelRatioF()
            scaled = self._pixmap.scaled(
                self.size() * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            scaled.setDevicePixelRatio(ratio)
            self.setPixmap(scaled)


class ShownPhoto(QWidget):
    """One photo as the base model saw it and as the model sees it by now."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.before = Picture(f"Photo {number}, before the training")
        self.now = Picture(f"Photo {number}, by now")
        self.name = ElidedLabel("", "caption", middle=True)
        self._figures = label("", "caption")
        self._symbol = SYMBOLS[number - 1]
        self._dice: dict[bool, float] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(UNIT)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.before, 0, 0)
        grid.addWidget(self.now, 0, 1)
        words = QHBoxLayout()
        words.setSpacing(UNIT)
        words.addWidget(self.name, 1)
        words.addWidget(self._figures)
        grid.addLayout(words, 1, 0, 1, 2)
        grid.setRowStretch(0, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.clear()

    @property
    def caption(self) -> str:
        """Name and figures."""
        return f"{self.name.whole} {self._figures.text()}".strip()

    def clear(self) -> None:
        """A new run."""
        self.before.clear()
        self.now.clear()
        self._dice = {}
        self.name.set_whole("")
        self._figures.setText("")

    def show_dice(self, name: str, dice: float, *, before: bool) -> None:
        """Say which photo it is and how well the mask fits."""
        self.name.set_whole(f"{self._symbol} {name}")
        self._dice[before] = dice
        old, new = self._dice.get(True), self._dice.get(False)
        figures = " → ".join(f"{d:.2f}" for d in (old, new) if d is not None)
        self._figures.setText(f"Dice {figures}")


class RunningPage(QWidget):
    """Curves, time left, two photos as the model sees them by now, log."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.stage = label("", "heading")
        self.figures = label("", "muted")
        self._eta = label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.notice = label("", "warning", wrap=True)
        self.notice.hide()
        self.curves = Curves(theme)
        self.photos = (ShownPhoto(1), ShownPhoto(2))
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMaximumBlockCount(MAX_LOG_LINES)
        self._log.setToolTip("What the training process says")
        self._log.setAccessibleName("Training log")
        # Four lines; the rest is scrolled to.
        self._log.setFixedHeight(11 * UNIT)
        head = QHBoxLayout()
        head.addWidget(self.stage, 1)
        head.addWidget(self._eta)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addWidget(self.figures)
        column.addWidget(self.notice)
        middle = QHBoxLayout()
        middle.setSpacing(2 * UNIT)
        middle.addWidget(self.curves, 4)
        middle.addLayout(self._photo_column(), 6)
        column.addLayout(middle, 1)
        column.addWidget(self._log)

    def begin(self) -> None:
        """A new run."""
        self.curves.clear()
        for photo in self.photos:
            photo.clear()
        self._log.clear()
        self.figures.setText("Measuring a trial step…")
        self.go_on()

    def go_on(self) -> None:
        """A run goes on after it broke off: what was shown stays."""
        self.show_notice("")
        self.show_progress("Preparing photos", 0, 0, None)

    def show_progress(self, text: str, done: int, total: int, eta_s: float | None) -> None:
        """Show how far it is; a total of 0 is not known yet."""
        self.stage.setText(_short(text))
        known = total > 0
        self._bar.setRange(0, BAR_STEPS if known else 0)
        if known:
            self._bar.setValue(round(BAR_STEPS * min(1.0, max(0, done) / total)))
        self._eta.setText("" if eta_s is None else f"{duration(eta_s)} left")

    def show_notice(self, text: str) -> None:
        """Say what a person should look at; "": nothing."""
        self.notice.setText(_short(text))
        self.notice.setVisible(bool(text))

    def log(self, text: str, at: float | None = None) -> None:
        """Add a line to the log.

        Args:
            text: Of the line.
            at: When it happened, in seconds since 1970; None = now.
        """
        try:
            moment = time.strftime("%H:%M:%S", time.localtime(at))
        except (ValueError, OverflowError, OSError):
            moment = "--:--:--"
        self._log.appendPlainText(f"{moment}  {_short(text)}")

    @property
    def log_text(self) -> str:
        """The whole log."""
        return self._log.toPlainText()

    def _photo_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(UNIT)
        titles = QHBoxLayout()
        titles.setSpacing(UNIT)
        for title in ("Before", "Now"):
            words = label(title, "muted")
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.setToolTip(TIP)
            titles.addWidget(words, 1)
        column.addLayout(titles)
        for photo in self.photos:
            column.addWidget(photo, 1)
        return column


def _short(text: str) -> str:
    return text if len(text) <= MAX_WORDS else text[:MAX_WORDS] + "…"
