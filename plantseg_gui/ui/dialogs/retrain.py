"""The Retrain dialog; stays open beside the work, or is closed while the run goes on."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QDialog,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.retrain_fault import Choices, FaultPage
from plantseg_gui.ui.dialogs.retrain_outcome import Decision, Outcome
from plantseg_gui.ui.dialogs.retrain_result import ResultPage
from plantseg_gui.ui.dialogs.retrain_running import RunningPage
from plantseg_gui.ui.dialogs.retrain_setup import Plan, SetupPage
from plantseg_gui.ui.panels.parts import button_row, primary, set_primary
from plantseg_gui.ui.theme import UNIT, Theme

SETUP, RUNNING, RESULT, FAULT = range(4)
# Width and height of each page in units.
SIZES = {
    SETUP: QSize(104, 82),
    RUNNING: QSize(96, 82),
    RESULT: QSize(142, 86),
    FAULT: QSize(96, 60),
}
NO_PHOTOS = QSize(96, 40)
NOTHING = Choices()


class RetrainDialog(QDialog):
    """See the module's text.

    Attributes:
        start_wanted: minutes.
        pause_wanted: True to pause, False to go on.
        stop_wanted: Stop and keep the best so far.
        keep_wanted: The result becomes a version, and the model in use.
        candidate_wanted: The result becomes a version that is not used yet.
        discard_wanted: The result, or a run that broke off, is thrown away.
        go_on_wanted: A run that broke off is to go on.
        finish_wanted: A run that broke off is to be judged as far as it came.
    """

    start_wanted = Signal(float)
    pause_wanted = Signal(bool)
    stop_wanted = Signal()
    keep_wanted = Signal()
    candidate_wanted = Signal()
    discard_wanted = Signal()
    go_on_wanted = Signal()
    finish_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Retrain")
        self.setMinimumWidth(88 * UNIT)
        self._choices = NOTHING
        self._fitted = QSize()
        self.setup, self.running = SetupPage(theme), RunningPage(theme)
        self.ended, self.fault = ResultPage(theme), FaultPage()
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
        self._candidate = self._button(
            "Keep as candidate", "Put the new version on the shelf, and go on with the model in use"
        )
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
        self._candidate.clicked.connect(self.candidate_wanted)
        self._discard.clicked.connect(self.discard_wanted)
        self._go_on.clicked.connect(self.go_on_wanted)
        self._finish.clicked.connect(self.finish_wanted)
        self._hide.clicked.connect(self.reject)
        self._close.clicked.connect(self.reject)
        bottom = button_row(
            *(self._pause, self._stop, self._close, self._discard, self._finish, self._go_on),
            *(self._candidate, self._keep, self._start),
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
        self._turn_to(SETUP)
        self.update_setup(plan)
        (self._start if self._start.isEnabled() else self._close).setFocus()

    def update_setup(self, plan: Plan) -> None:
        """Say it anew, while somebody may be choosing there."""
        self.setup.show_plan(plan)
        self._start.setEnabled(self.setup.ready)

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
        self._enable_result(keep=bool(outcome.model), discard=True)
        buttons = {
            Decision.KEEP: self._keep,
            Decision.CANDIDATE: self._candidate,
            Decision.DISCARD: self._discard,
        }
        for decision, button in buttons.items():
            set_primary(button, decision is outcome.recommended)
        if outcome.recommended is not None:
            buttons[outcome.recommended].setFocus()
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
        """Keep, Keep as candidate or Discard was pressed and is being done."""
        self._enable_result(keep=False, discard=False)

    def unlock_result(self, text: str) -> None:
        """Keeping failed: say why; it can be tried again."""
        self.ended.note.setText(text)
        self.ended.note.show()
        self._enable_result(keep=True, discard=True)

    def _enable_result(self, *, keep: bool, discard: bool) -> None:
        self._keep.setEnabled(keep)
        self._candidate.setEnabled(keep)
        self._discard.setEnabled(discard)

    def _turn_to(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self._fit(page)
        shown = {
            SETUP: (self._close, self._start),
            RUNNING: (self._hide, self._pause, self._stop),
            RESULT: (self._discard, self._candidate, self._keep),
            FAULT: (
                self._close,
                *([self._discard] if self._choices.discard else []),
                *([self._finish] if self._choices.keep else []),
                *([self._go_on] if self._choices.go_on else []),
            ),
        }[page]
        for button in (
            self._start, self._pause, self._stop, self._keep, self._candidate, self._discard,
            self._hide, self._close, self._go_on, self._finish,
        ):  # fmt: skip
            button.setVisible(button in shown)
            button.setEnabled(True)

    def _fit(self, page: int) -> None:
        """As large as the page needs; a window that the person made larger stays so."""
        # A result without photos has no list and no masks to show.
        empty = page == RESULT and not self.ended.has_photos
        wanted = (NO_PHOTOS if empty else SIZES[page]) * UNIT
        if not self.isVisible() or self.size() == self._fitted:
            self.resize(wanted)
            self._fitted = self.size()
        else:
            self.resize(self.size().expandedTo(wanted))

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
