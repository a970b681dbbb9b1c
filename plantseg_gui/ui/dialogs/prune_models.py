"""Which versions to delete, why some stay, and what that frees."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.model_prune import PrunePlan
from plantseg_gui.ui.panels.parts import button_row, label
from plantseg_gui.ui.theme import UNIT, Theme

_NAME = Qt.ItemDataRole.UserRole
CHOICE, SIZE, REASON = range(3)


class PruneDialog(QDialog):
    """See the module's text. Nothing is ticked at first: what goes is the person's choice."""

    def __init__(self, theme: Theme, plan: PrunePlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Prune models")
        self.resize(96 * UNIT, 60 * UNIT)
        self._plan = plan
        self._items: list[QTreeWidgetItem] = []
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Delete", "Size", "What speaks against it"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Versions to delete")
        self.tree.setToolTip("Tick the versions to delete")
        header = self.tree.header()
        header.setSectionResizeMode(CHOICE, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(CHOICE, 36 * UNIT)
        header.resizeSection(SIZE, 11 * UNIT)
        for row in plan.rows:
            size = "" if row.blocked else megabytes(row.size_bytes)
            item = QTreeWidgetItem([row.version.title, size, row.blocked or row.warning])
            item.setData(CHOICE, _NAME, row.version.name)
            item.setToolTip(CHOICE, row.version.name)
            item.setToolTip(REASON, row.blocked or row.warning)
            item.setTextAlignment(SIZE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if row.blocked:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                for part in (CHOICE, REASON):
                    item.setForeground(part, QBrush(QColor(theme.tokens.muted)))
            else:
                item.setCheckState(CHOICE, Qt.CheckState.Unchecked)
            self._items.append(item)
        self.tree.addTopLevelItems(self._items)
        self.tree.itemChanged.connect(lambda *_: self._count())
        self._sum = label("", "heading")
        self._easy = [row.version.name for row in plan.rows if row.suggested]
        easy = QPushButton(f"Tick the {len(self._easy)} that nothing speaks against")
        easy.setToolTip("No star, no prediction here, no version retrained from them")
        easy.setProperty("link", True)
        easy.setVisible(bool(self._easy))
        easy.setAutoDefault(False)
        easy.clicked.connect(self._tick_easy)
        self._delete = QPushButton("Delete")
        self._delete.setToolTip("Delete the ticked versions for good")
        self._delete.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Delete nothing (Esc)")
        cancel.setDefault(True)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(
            label(
                "Deleted versions are gone for good: export first what you may want again. "
                "Your masks stay, and so do versions that were retrained from a deleted one.",
                wrap=True,
            )
        )
        column.addWidget(self.tree, 1)
        column.addWidget(self._sum)
        column.addLayout(button_row(cancel, self._delete, left=[easy]))
        self._count()

    @property
    def summary(self) -> str:
        """What deleting the ticked ones would free, in words."""
        return self._sum.text()

    def names(self) -> list[str]:
        """The ticked versions."""
        return [
            item.data(CHOICE, _NAME)
            for item in self._items
            if item.checkState(CHOICE) == Qt.CheckState.Checked
        ]

    def _tick_easy(self) -> None:
        for item in self._items:
            if item.data(CHOICE, _NAME) in self._easy:
                item.setCheckState(CHOICE, Qt.CheckState.Checked)

    def _count(self) -> None:
        names = self.names()
        versions = "1 version" if len(names) == 1 else f"{len(names)} versions"
        frees = megabytes(self._plan.frees(names))
        left = self._plan.leftover_bytes
        extra = f", {megabytes(left)} of it left by crashes" if self._plan.leftovers else ""
        self._sum.setText(
            f"Deleting {versions} frees {frees}{extra}."
            if names or self._plan.leftovers
            else "No version is ticked."
        )
        clear = self._plan.leftovers and not names
        self._delete.setText("Clear leftovers" if clear else f"Delete {versions}")
        self._delete.setEnabled(bool(names) or bool(self._plan.leftovers))


def megabytes(size: int) -> str:
    """A size on the disk."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 or not size else f"{size / 1e3:.1f} kB"
