"""All keys in one list: to read, to search, and to change."""

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.acts.table import ACTIONS, menu_paths
from plantseg_gui.ui.dialogs.key_fields import KeyFields
from plantseg_gui.ui.panels.parts import NoticeBar, button_row
from plantseg_gui.ui.shortcuts import (
    CANVAS_KEYS,
    KeyTable,
    in_force,
    key_text,
    native,
    owner,
    plain_title,
    refusal,
    shipped_keys,
    with_keys,
)
from plantseg_gui.ui.theme import UNIT, Theme

ON_THE_PHOTO = "On the photo (fixed)"
CHANGED = "changed"
_ACT = Qt.ItemDataRole.UserRole
_WORDS = Qt.ItemDataRole.UserRole + 1


class _Wanted(NamedTuple):
    """What waits for an answer."""

    name: str
    keys: tuple[str, ...]


class KeysDialog(QDialog):
    """Menu by menu, then what mouse and held keys do on the photo.

    Attributes:
        changed: The person's table is another one (dict act → keys); acts at once.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(112 * UNIT, 88 * UNIT)
        self._own: KeyTable = {}
        self._keys: KeyTable = in_force({})
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._sections: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._find = QLineEdit()
        self._find.setPlaceholderText("Find an act or a key: brush, Ctrl+R")
        self._find.setClearButtonEnabled(True)
        self._find.setAccessibleName("Find an act or a key")
        self._find.setToolTip("Shows the acts with these words in name, description or keys")
        self._find.textChanged.connect(self._narrow)
        self.tree = self._make_tree()
        self._fill()
        self.fields = KeyFields()
        self.fields.recorded.connect(self._on_recorded)
        self.fields.left.connect(self.tree.setFocus)
        self.question = NoticeBar(theme)
        self.question.closed.connect(self._show_chosen)
        self._one = QPushButton("Restore this one")
        self._one.setToolTip("Give the chosen act the keys that it came with")
        self._one.clicked.connect(self._restore_one)
        self._all = QPushButton("Restore defaults")
        self._all.setToolTip("Give all acts the keys that they came with")
        self._all.clicked.connect(self._restore_all)
        close = QPushButton("Close")
        close.setToolTip("Close this list; changes hold already (Esc)")
        close.clicked.connect(self.reject)
        for button in (self._one, self._all, close):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(self._find)
        column.addWidget(self.tree, 1)
        column.addWidget(self.question)
        column.addWidget(self.fields)
        column.addLayout(button_row(close, left=(self._one, self._all)))
        self.show_own({})

    def show_own(self, own: Mapping[str, tuple[str, ...]]) -> None:
        """Show the keys in force with this table of the person's."""
        self._own, self._keys = dict(own), in_force(own)
        for name, row in self._rows.items():
            keys = key_text(name, self._keys)
            row.setForeground(1, self.palette().placeholderText())
            row.setForeground(3, self.palette().link())
            row.setText(2, keys)
            row.setText(3, CHANGED if name in self._own else "")
            row.setData(0, _WORDS, f"{row.text(0)} {ACTIONS[name].tip} {keys}".casefold())
        self._all.setEnabled(bool(self._own))
        self._show_chosen()
        self._narrow()

    @property
    def chosen(self) -> str:
        """The act in the current row, "" for none."""
        row = self.tree.currentItem()
        return row.data(0, _ACT) or "" if row is not None else ""

    def choose(self, name: str) -> None:
        """Go to the row of an act."""
        self.tree.setCurrentItem(self._rows[name])

    def give(self, name: str, keys: tuple[str, ...]) -> None:
        """Give an act other keys, or say why not, or ask where another act has one of them."""
        why = next((text for text in (refusal(name, key) for key in keys) if text), "")
        if why:
            self.question.tell(why)
            self._show_chosen()
            return
        others = {k: v for k, v in self._keys.items() if k != name}
        held = {key: owner(key, others) for key in keys if owner(key, others)}
        if held:
            wanted = _Wanted(name, keys)
            self.question.ask(
                " ".join(
                    f"{native(key)} belongs to “{plain_title(o)}”." for key, o in held.items()
                ),
                f"Move to “{plain_title(name)}”",
                "Takes the key from the other act and gives it to this one",
                lambda: self._put(with_keys(self._own, *wanted)),
            )
            self.fields.show_pending(keys)
            self.tree.scrollToItem(self._rows[name])
            return
        self._put(with_keys(self._own, name, keys))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the search box."""
        super().showEvent(event)
        self.question.hide()
        self._find.setFocus()

    def _put(self, own: KeyTable) -> None:
        self.question.hide()
        self.show_own(own)
        self.changed.emit(own)

    def _on_recorded(self, keys: tuple[str, ...]) -> None:
        if self.chosen:
            self.give(self.chosen, keys)
        self.tree.setFocus()

    def _restore_one(self) -> None:
        if self.chosen:
            self.give(self.chosen, shipped_keys(self.chosen))

    def _restore_all(self) -> None:
        before = self._own
        self._put({})
        self.question.ask(
            "All acts have the keys that they came with.",
            "Take this back",
            "Bring your own keys back",
            lambda: self._put(before),
        )

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels(["Act", "What it does", "Keys", ""])
        tree.setRootIsDecorated(False)
        tree.setIndentation(UNIT)
        tree.setAccessibleName("Acts and their keys")
        tree.setToolTip("Click an act, or press Enter on it, and press its new key")
        header = tree.header()
        fit = QHeaderView.ResizeMode.ResizeToContents
        for place in (0, 2, 3):
            header.setSectionResizeMode(place, fit)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        tree.currentItemChanged.connect(lambda *_: self._on_row())
        tree.itemClicked.connect(lambda row, _: self._record(row))
        tree.itemActivated.connect(lambda row, _: self._record(row))
        return tree

    def _fill(self) -> None:
        sections: dict[str, list[str]] = {}
        for name, path in menu_paths().items():
            sections.setdefault(path, []).append(name)
        for path, names in sections.items():
            section, rows = self._section(path)
            for name in names:
                spec = ACTIONS[name]
                row = QTreeWidgetItem([plain_title(name), spec.tip, "", ""])
                row.setData(0, _ACT, name)
                row.setToolTip(1, spec.tip)
                section.addChild(row)
                rows.append(row)
                self._rows[name] = row
        fixed, rows = self._section(ON_THE_PHOTO)
        for keys, what in CANVAS_KEYS:
            row = QTreeWidgetItem([what, "", keys, ""])
            row.setData(0, _WORDS, f"{what} {keys}".casefold())
            row.setToolTip(0, "These belong to the photo and stay as they are")
            fixed.addChild(row)
            rows.append(row)
        self.tree.expandAll()

    def _section(self, title: str) -> tuple[QTreeWidgetItem, list[QTreeWidgetItem]]:
        section = QTreeWidgetItem([title])
        section.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = section.font(0)
        font.setBold(True)
        section.setFont(0, font)
        self.tree.addTopLevelItem(section)
        section.setFirstColumnSpanned(True)
        self._sections.append((section, []))
        return self._sections[-1]

    def _narrow(self) -> None:
        words = self._find.text().casefold().split()
        for section, rows in self._sections:
            shown = 0
            for row in rows:
                found = all(word in row.data(0, _WORDS) for word in words)
                row.setHidden(not found)
                shown += found
            section.setHidden(not shown)

    def _on_row(self) -> None:
        self.question.hide()
        self._show_chosen()

    def _show_chosen(self) -> None:
        name = self.chosen
        self._one.setEnabled(name in self._own)
        if name:
            self.fields.show_act(plain_title(name), ACTIONS[name].tip, self._keys[name])
        else:
            self.fields.show_act("", "Choose an act above to change its keys.", ())

    def _record(self, row: QTreeWidgetItem) -> None:
        if row.data(0, _ACT):
            self.fields.record()
