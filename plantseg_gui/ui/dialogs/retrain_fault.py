"""The page of the Retrain dialog that is shown when a run broke off."""

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import UNIT


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
