"""Lists what was removed from the project, to be put back."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.removed import RemovedAct
from plantseg_gui.ui.dialogs.remove_photos import megabytes
from plantseg_gui.ui.panels.parts import RowList, button_row, label, primary
from plantseg_gui.ui.theme import UNIT

NAMED = 3


class PutBackDialog(QDialog):
    """See the module's text."""

    def __init__(self, acts: Sequence[RemovedAct], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Put back")
        self.resize(70 * UNIT, 44 * UNIT)
        self._acts = list(acts)
        self.list_view = RowList()
        self.list_view.setAccessibleName("Removed photos")
        self.list_view.setToolTip("Choose what to put back; Ctrl or Shift chooses several")
        self.list_view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list_view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for act in self._acts:
            item = QListWidgetItem(line_of(act))
            item.setToolTip("\n".join(act.names[:30]))
            self.list_view.addItem(item)
        self._put = primary(QPushButton("Put back"))
        self._put.setToolTip("Bring these photos back with all that is kept of them (Enter)")
        self._put.setDefault(True)
        self._put.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Leave them removed (Esc)")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(label("Put removed photos back into the project", "heading"))
        column.addWidget(
            label(
                "Masks, predictions and history come back as they were. Where they were deleted "
                "for good, the photos begin anew.",
                "muted",
                wrap=True,
            )
        )
        column.addWidget(self.list_view, 1)
        column.addLayout(button_row(cancel, self._put))
        self.list_view.itemSelectionChanged.connect(self._refresh)
        self.list_view.itemDoubleClicked.connect(lambda _: self.accept())
        self.list_view.setCurrentRow(0)
        self.list_view.setFocus()

    def acts(self) -> list[RemovedAct]:
        """What was chosen."""
        rows = sorted(index.row() for index in self.list_view.selectedIndexes())
        return [self._acts[row] for row in rows]

    def _refresh(self) -> None:
        self._put.setEnabled(bool(self.list_view.selectedItems()))


def line_of(act: RemovedAct) -> str:
    """One removal, in a line."""
    count = "1 photo" if len(act.names) == 1 else f"{len(act.names)} photos"
    size = megabytes(act.nbytes) if act.nbytes else "masks deleted"
    names = ", ".join(act.names[:NAMED])
    more = " …" if len(act.names) > NAMED else ""
    return f"{act.at[:16].replace('T', ' ')}   {count}, {size}:   {names}{more}"
