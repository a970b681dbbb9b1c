"""All keys in one list."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.acts.table import ACTIONS, MENUS, SUBMENUS
from plantseg_gui.ui.shortcuts import CANVAS_KEYS, key_text
from plantseg_gui.ui.theme import UNIT


class KeysDialog(QDialog):
    """Menu by menu, then what mouse and held keys do on the photo."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(96 * UNIT, 84 * UNIT)
        tree = QTreeWidget()
        tree.setHeaderLabels(["What it does", "Keys"])
        tree.setRootIsDecorated(False)
        tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        tree.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tree.setToolTip("All keys of the window")
        for title, names in MENUS.items():
            flat = [n for name in names for n in (SUBMENUS.get(name, ()) or (name,))]
            rows = [(ACTIONS[n].tip, key_text(n)) for n in flat if n in ACTIONS and key_text(n)]
            self._section(tree, title.replace("&", ""), rows)
        self._section(tree, "On the photo", [(what, keys) for keys, what in CANVAS_KEYS])
        tree.expandAll()
        header = tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        column = QVBoxLayout(self)
        column.addWidget(tree)

    def _section(self, tree: QTreeWidget, title: str, rows: list[tuple[str, str]]) -> None:
        if not rows:
            return
        section = QTreeWidgetItem([title, ""])
        font = section.font(0)
        font.setBold(True)
        section.setFont(0, font)
        tree.addTopLevelItem(section)
        for what, keys in rows:
            section.addChild(QTreeWidgetItem([what, keys]))
