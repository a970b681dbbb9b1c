"""Asks for a note: one line about a photo, for whoever looks at it next."""

from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from plantseg_gui.ui.panels.parts import button_row, label, primary
from plantseg_gui.ui.theme import UNIT

MOST_LETTERS = 300


class NoteDialog(QDialog):
    """One line, and what it replaces."""

    def __init__(
        self, about: str, note: str, written: str = "", parent: QWidget | None = None
    ) -> None:
        """Make the dialog.

        Args:
            about: What the note is about, in words.
            note: As it is now.
            written: Who wrote it and when; "" for a new one.
            parent: Window.
        """
        super().__init__(parent)
        self.setWindowTitle("Note")
        self.setMinimumWidth(52 * UNIT)
        self._line = QLineEdit(note)
        self._line.setMaxLength(MOST_LETTERS)
        self._line.setPlaceholderText("The lower edge is out of focus; ask which rust this is")
        self._line.setAccessibleName("Note")
        self._line.setToolTip("Shown with the photo and found by the filter; empty it to remove it")
        self._line.selectAll()
        save = primary(QPushButton("Save"))
        save.setToolTip("Keep the note with your name and the time (Enter)")
        save.setDefault(True)
        save.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Leave the note as it is (Esc)")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(label(f"Note on {about}", "heading", wrap=True))
        column.addWidget(self._line)
        if written:
            column.addWidget(label(f"Written by {written}", "muted", wrap=True))
        column.addSpacing(UNIT)
        column.addLayout(button_row(cancel, save))
        self._line.setFocus()

    def note(self) -> str:
        """What was written, in one line."""
        return " ".join(self._line.text().split())
