"""Asks for the tags of a photo: the person names crop or disease, the program never does."""

from collections.abc import Collection, Sequence

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
        self,
        photo: str,
        tags: Sequence[str],
        known: Sequence[str],
        parent: QWidget | None = None,
        *,
        some: Collection[str] = (),
    ) -> None:
        """Make the dialog.

        Args:
            photo: What the tags are of, in words.
            tags: That all of the photos have.
            known: Those in use.
            parent: Window.
            some: Tags that a part of the photos has; they stay as they are until ticked.
        """
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
            if tag in some:
                item.setCheckState(Qt.CheckState.PartiallyChecked)
            self._list.addItem(item)
        save = primary(QPushButton("Save"))
        save.setToolTip("Save these tags (Enter)")
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
        chosen = self._in_state(Qt.CheckState.Checked)
        typed = [part.strip() for part in self._line.text().split(",")]
        return tuple(dict.fromkeys(tag for tag in (*chosen, *typed) if tag))

    def left(self) -> frozenset[str]:
        """Tags that stay where they are: a part of the photos has them."""
        return frozenset(self._in_state(Qt.CheckState.PartiallyChecked))

    def _in_state(self, state: Qt.CheckState) -> list[str]:
        items = (self._list.item(i) for i in range(self._list.count()))
        return [item.text() for item in items if item.checkState() == state]
