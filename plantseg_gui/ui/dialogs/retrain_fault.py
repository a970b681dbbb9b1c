"""The page of the Retrain dialog that is shown when a run broke off: what happened, what can be."""

from dataclasses import dataclass

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import UNIT


@dataclass(frozen=True)
class Choices:
    """What can be done with a run that broke off.

    Attributes:
        go_on: Words of the button that starts it again; empty = that would not help.
        keep: Whether something was learned that can be judged and kept.
        discard: Whether there is something to throw away.
    """

    go_on: str = ""
    keep: bool = False
    discard: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.go_on) or self.keep


class FaultPage(QWidget):
    """See the module's text."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("The training broke off", "title", wrap=True)
        self.text = label("", wrap=True, select=True)
        self.advice = label("", "muted", wrap=True)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setToolTip("What the training process said")
        self._log.setAccessibleName("Training log")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(self.advice)
        column.addWidget(label("Log", "muted"))
        column.addWidget(self._log, 1)

    def show_fault(self, text: str, log: str, choices: Choices, title: str) -> None:
        """Say what happened and what the buttons below do."""
        self.title.setText(title)
        self.text.setText(text)
        words = []
        if choices.go_on:
            words.append(f"“{choices.go_on}” starts the training process again.")
        if choices.keep:
            words.append("“Keep the best so far” judges what was learned and shows the result.")
        if choices.any:
            words.append("You can also close this and decide later: Train › Retrain asks again.")
        self.advice.setText(" ".join(words))
        self.advice.setVisible(bool(words))
        self._log.setPlainText(log)
