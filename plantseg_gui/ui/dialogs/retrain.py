"""The Retrain dialog; stays open beside the work, or is closed while the run goes on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.retrain_fault import Choices, FaultPage
from plantseg_gui.ui.dialogs.retrain_pages import ResultPage
from plantseg_gui.ui.dialogs.retrain_results import Outcome, Verdict
from plantseg_gui.ui.dialogs.retrain_running import RunningPage
from plantseg_gui.ui.dialogs.retrain_setup import Plan, SetupPage
from plantseg_gui.ui.panels.parts import button_row, primary, set_primary
from plantseg_gui.ui.theme import UNIT, Theme

SETUP, RUNNING, RESULT, FAULT = range(4)
NOTHING = Choices()


class RetrainDialog(QDialog):
    """See the module's text.

    Attributes:
        start_wanted: minutes.
        pause_wanted: True to pause, False to go on.
        stop_wanted: Stop and keep the best so far.
        keep_wanted: The result becomes a version.
        discard_wanted: The result, or a run that broke off, is thrown away.
        go_on_wanted: A run that broke off is to go on.
        finish_wanted: A run that broke off is to be judged as far as it came.
    """

    start_wanted = Signal(float)
    pause_wanted = Signal(bool)
    stop_wanted = Signal()
    keep_wanted = Signal()
    discard_wanted = Signal()
    go_on_wanted = Signal()
    finish_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Retrain")
        self.setMinimumWidth(88 * UNIT)
        self._choices = NOTHING
        self._heights = {SETUP: 48 * UNIT, RUNNING: 82 * UNIT, RESULT: 60 * UNIT, FAULT: 60 * UNIT}
        self.setup, self.running = SetupPage(), RunningPage(theme)
        self.ended, self.fault = ResultPage(), FaultPage()
        self._pages = QStackedWidget()
        for page in (self.setup, self.running, self.ended, self.fault):
            self._pages.addWidget(page)
        self._start = self._button("Start", "Measure a trial step, then train", main=True)
        self._pause = self._button("Pause", "Wait after this step; the computer is free meanwhile")
        self._pause.setCheckable(True)
        self._stop = self._button(
            "Stop and keep the best", "End now, judge what was learned so far and show the result"
        )
        self._keep = self._button("Keep", "Put the new version on the shelf and use it")
        self._discard = self._button("Discard", "Throw the result away; the model stays as it was")
        self._go_on = self._button("Go on", "Start the training process again", main=True)
        self._finish = self._button(
            "Keep the best so far", "Judge what was learned so far and show the result"
        )
        self._hide = self._button("Hide", "Go on working; the run goes on, see the status bar")
        self._close = self._button("Close", "Close this dialog (Esc)")
        self._start.clicked.connect(lambda: self.start_wanted.emit(self.setup.minutes))
        self._pause.clicked.connect(self._on_pause)
        self._stop.clicked.connect(self._on_stop)
        self._keep.clicked.connect(self.keep_wanted)
        self._discard.clicked.connect(self.discard_wanted)
        self._go_on.clicked.connect(self.go_on_wanted)
        self._finish.clicked.connect(self.finish_wanted)
        self._hide.clicked.connect(self.reject)
        self._close.clicked.connect(self.reject)
        bottom = button_row(
            *(self._pause, self._stop, self._close, self._discard, self._finish, self._go_on),
            *(self._keep, self._start),
            left=[self._hide],
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(2 * UNIT)
        column.addWidget(self._pages, 1)
        column.addLayout(bottom)
        self._turn_to(SETUP)

    @property
    def page(self) -> str:
        """Which page is shown: "setup", "running", "result" or "fault"."""
        return ("setup", "running", "result", "fault")[self._pages.currentIndex()]

    def show_setup(self, plan: Plan) -> None:
        """Say what a run would use."""
        self.setup.show_plan(plan)
        self._turn_to(SETUP)
        self._start.setEnabled(bool(plan.base) and plan.approved + plan.corrected > 0)
        (self._start if self._start.isEnabled() else self._close).setFocus()

    def show_running(self, *, again: bool = False) -> None:
        """A run has begun, or goes on after it broke off."""
        if again:
            self.running.go_on()
        else:
            self.running.begin()
        self._pause.setChecked(False)
        self._pause.setText("Pause")
        for button in (self._pause, self._stop):
            button.setEnabled(True)
        self._turn_to(RUNNING)

    def show_result(self, outcome: Outcome, new_name: str) -> None:
        """A run has ended well."""
        self.ended.show_outcome(outcome, new_name)
        self._turn_to(RESULT)
        self._keep.setEnabled(bool(outcome.model))
        emphasised = {
            Verdict.BETTER: self._keep,
            Verdict.UNJUDGED: self._keep,
            Verdict.WORSE: self._discard,
        }.get(outcome.verdict if outcome.model else Verdict.WORSE)
        for button in (self._keep, self._discard):
            set_primary(button, button is emphasised)
        if emphasised is not None:
            emphasised.setFocus()
        else:
            self.ended.setFocus()

    def show_fault(
        self, text: str, choices: Choices = NOTHING, title: str = "The training broke off"
    ) -> None:
        """A run has broken off.

        Args:
            text: What happened and what can be done about it.
            choices: What the person can choose.
            title: Above it.
        """
        self.fault.show_fault(text, self.running.log_text, choices, title)
        self._choices = choices
        self._go_on.setText(choices.go_on)
        self._turn_to(FAULT)
        set_primary(self._discard, False)
        (self._go_on if choices.go_on else self._close).setFocus()

    def lock_result(self) -> None:
        """Keep or Discard was pressed and is being done."""
        self._keep.setEnabled(False)
        self._discard.setEnabled(False)

    def unlock_result(self, text: str) -> None:
        """Keeping failed: say why; it can be tried again."""
        self.ended.note.setText(text)
        self.ended.note.show()
        self._keep.setEnabled(True)
        self._discard.setEnabled(True)

    def _turn_to(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self._fit(page)
        shown = {
            SETUP: (self._close, self._start),
            RUNNING: (self._hide, self._pause, self._stop),
            RESULT: (self._discard, self._keep),
            FAULT: (
                self._close,
                *([self._discard] if self._choices.discard else []),
                *([self._finish] if self._choices.keep else []),
                *([self._go_on] if self._choices.go_on else []),
            ),
        }[page]
        for button in (
            self._start, self._pause, self._stop, self._keep, self._discard, self._hide,
            self._close, self._go_on, self._finish,
        ):  # fmt: skip
            button.setVisible(button in shown)
            button.setEnabled(True)

    def _fit(self, page: int) -> None:
        """As high as the page needs; a window that the person made larger stays so."""
        high = self._heights[page]
        if not self.isVisible() or self.height() in self._heights.values():
            self.resize(max(self.width(), 96 * UNIT), high)
        elif self.height() < high:
            self.resize(self.width(), high)

    def _on_pause(self, on: bool) -> None:
        self._pause.setText("Go on" if on else "Pause")
        self.pause_wanted.emit(on)

    def _on_stop(self) -> None:
        self._stop.setEnabled(False)
        self._pause.setEnabled(False)
        self.stop_wanted.emit()

    def _button(self, text: str, tip: str, *, main: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return primary(button) if main else button
