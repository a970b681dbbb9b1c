"""Asks for the tags of a photo: the person names crop or disease, the program never does."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.panels.parts import RowList, button_row, label, primary
from plantseg_gui.ui.theme import UNIT


class TagsDialog(QDialog):
    """A line for new tags over the list of those in use."""

    def __init__(
        self, photo: str, tags: Sequence[str], known: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Tags")
        self.setMinimumWidth(44 * UNIT)
        self._line = QLineEdit(", ".join(t for t in tags if t not in known))
        self._line.setPlaceholderText("New tags, separated by commas: coffee, rust")
        self._line.setToolTip("Tags are yours: the filter finds them, every table has them")
        self._list = RowList()
        self._list.setToolTip("Tags used in this project")
        for tag in known:
            item = QListWidgetItem(tag)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if tag in tags else Qt.CheckState.Unchecked)
            self._list.addItem(item)
        save = primary(QPushButton("Save"))
        save.setToolTip("Give the photo these tags (Enter)")
        save.setDefault(True)
        save.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Leave the tags as they are (Esc)")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(label(f"What is on {photo}?", "heading", wrap=True))
        column.addWidget(self._line)
        if known:
            column.addWidget(label("Used in this project", "muted"))
            column.addWidget(self._list)
        column.addLayout(button_row(cancel, save))
        self._line.setFocus()

    def tags(self) -> tuple[str, ...]:
        """What was chosen and typed, in order, without repetitions."""
        chosen = [
            item.text()
            for item in (self._list.item(i) for i in range(self._list.count()))
            if item.checkState() == Qt.CheckState.Checked
        ]
        typed = [part.strip() for part in self._line.text().split(",")]
        return tuple(dict.fromkeys(tag for tag in (*chosen, *typed) if tag))
