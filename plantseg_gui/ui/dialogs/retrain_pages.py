"""The pages of the Retrain dialog: before the start, while it runs, the result, a fault."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.curves import Curves
from plantseg_gui.ui.dialogs.retrain_results import Outcome, signed
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


class ResultPage(QWidget):
    """Before and after, then Keep or Discard."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = label("", "title", wrap=True)
        self.advice = label("", wrap=True)
        self._before = label("", "figure")
        self._after = label("", "figure")
        self.method = label("", "muted", wrap=True)
        self.note = label("", wrap=True)
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels(["Held-out photo", "Before", "After", "Change"])
        self._tree.setRootIsDecorated(False)
        self._tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._tree.setToolTip(
            "Dice of the model's mask with yours, on photos held out from training"
        )
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for i in (1, 2, 3):
            header.setSectionResizeMode(i, QHeaderView.ResizeMode.ResizeToContents)
        self._figures = QFrame()
        row = QHBoxLayout(self._figures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * UNIT)
        for title, value in (("Dice before", self._before), ("Dice after", self._after)):
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(value)
            box.addWidget(label(title, "caption"))
            row.addLayout(box)
        row.addWidget(self.method, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(self.headline)
        column.addWidget(self.advice)
        column.addWidget(self._figures)
        column.addWidget(self._tree, 1)
        column.addWidget(self.note)
        column.addStretch(0)

    def show_outcome(self, outcome: Outcome, new_name: str) -> None:
        """Show the end of a run."""
        self.headline.setText(outcome.headline)
        judged = outcome.before is not None and outcome.after is not None
        self._figures.setVisible(judged)
        self._before.setText(f"{outcome.before:.2f}" if outcome.before is not None else "")
        self._after.setText(f"{outcome.after:.2f}" if outcome.after is not None else "")
        self.method.setText(f"Mean Dice, {outcome.method}. 1.00 would be exactly your masks.")
        self._tree.clear()
        for photo in outcome.photos:
            cells = [_score(photo.before), _score(photo.after), _change(photo.change)]
            item = QTreeWidgetItem([photo.name, *cells])
            for i in (1, 2, 3):
                item.setTextAlignment(
                    i, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
            self._tree.addTopLevelItem(item)
        self._tree.setVisible(bool(outcome.photos))
        self.advice.setText(outcome.advice)
        self.advice.setVisible(bool(outcome.advice))
        how = "Stopped after" if outcome.stopped else "Trained in"
        keep = (
            f"Keep puts it on the shelf as {new_name} and works with it; the one before can be "
            "chosen again at any time."
            if outcome.model
            else "Nothing was learned yet, so there is nothing to keep."
        )
        self.note.setText(f"{how} {duration(outcome.seconds)}. {keep}")


class FaultPage(QWidget):
    """The run broke off."""

    def __init__(self) -> None:
        super().__init__()
        self.text = label("", wrap=True, select=True)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setToolTip("What the training process said")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(label("The training broke off", "title"))
        column.addWidget(self.text)
        column.addWidget(label("Log", "muted"))
        column.addWidget(self._log, 1)

    def show_fault(self, text: str, log: str) -> None:
        """Say what happened."""
        self.text.setText(text)
        self._log.setPlainText(log)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _change(value: float | None) -> str:
    return "–" if value is None else signed(value)
