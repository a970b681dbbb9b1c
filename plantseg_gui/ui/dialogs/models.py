"""The shelf of models: versions as a tree, with what can be done with them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QCloseEvent, QColor, QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.model_tree import State, Version
from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.dialogs.model_details import ModelDetails
from plantseg_gui.ui.panels.parts import ElidedLabel, button_row, set_role
from plantseg_gui.ui.theme import UNIT, Theme

# Deeper ones stand below their parent without a further step to the right.
MAX_STEPS = 5
VERSION, STAR, MADE, PHOTOS, DICE, STATE = range(6)
_HEADS = ("Version", "", "Made", "Photos", "Dice", "State")
_HEAD_TIPS = (
    "Each version below the one that it was retrained from",
    "Starred versions are never pruned; click to star",
    "When it was trained",
    "Photos that it was retrained on",
    "Mean Dice on photos held out from the retraining, before → after",
    "in use, candidate (kept, not chosen yet), shipped with the program, kept, or damaged",
)
_NAME = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """See the module's text.

    Attributes:
        details: The version that is chosen in the tree; its signals are the acts on it.
        card_wanted: name; its card is to be shown.
        back_wanted, import_wanted, add_wanted, prune_wanted: The person wants this.
        compare_wanted: name of the version that is chosen in the tree.
        came_back: The dialog is in front again: the shelf may have changed meanwhile.
    """

    card_wanted = Signal(str)
    back_wanted = Signal()
    import_wanted = Signal()
    add_wanted = Signal()
    compare_wanted = Signal(str)
    prune_wanted = Signal()
    came_back = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(125 * UNIT, 80 * UNIT)
        self._theme = theme
        self._versions: dict[str, Version] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.tree = self._make_tree()
        self.details = ModelDetails(theme)
        self._message = ElidedLabel("", "muted")
        self._back = QPushButton("Go back")
        self._back.setToolTip("Use the version that was in use before")
        self._back.clicked.connect(self.back_wanted)
        middle = QHBoxLayout()
        middle.setSpacing(2 * UNIT)
        middle.addWidget(self.tree, 8)
        middle.addWidget(self.details, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addLayout(middle, 1)
        column.addWidget(self._message)
        column.addLayout(self._buttons())
        rename = QShortcut(QKeySequence("F2"), self)
        rename.activated.connect(self.details.edit_title)
        theme.changed.connect(self._paint_stars)

    @property
    def message(self) -> str:
        """What was told last."""
        return self._message.whole

    def show_versions(self, versions: Sequence[Version], previous: str) -> None:
        """List the versions; the one that was chosen in the tree stays chosen.

        Args:
            versions: In the order of the tree, see `storage.model_tree`.
            previous: Name of the version that was in use before; empty for none.
        """
        chosen = self.details.name
        # A damaged copy may share a name with a sound model, which comes first.
        self._versions = {v.name: v for v in reversed(versions)}
        self._items = {}
        with quiet(self.tree):
            self.tree.clear()
            roots: list[QTreeWidgetItem] = []
            trail: list[QTreeWidgetItem] = []
            for version in versions:
                item = self._item(version)
                steps = min(version.depth, MAX_STEPS, len(trail))
                del trail[steps:]
                if trail:
                    trail[-1].addChild(item)
                else:
                    roots.append(item)
                trail.append(item)
                self._items.setdefault(version.name, item)
            self.tree.addTopLevelItems(roots)
            self.tree.expandAll()
            self._paint_stars()
        in_use = next((v.name for v in versions if v.state is State.IN_USE), "")
        self.choose(next((n for n in (chosen, in_use, *self._items) if n in self._items), ""))
        self._back.setEnabled(bool(previous))
        title = self._versions[previous].title if previous in self._versions else previous
        self._back.setToolTip(
            f"Use {title} again, which was in use before" if previous
            else "No other version was in use before"
        )  # fmt: skip

    def choose(self, name: str) -> None:
        """Mark a version in the tree and show it."""
        item = self._items.get(name)
        with quiet(self.tree):
            if item is not None:
                self.tree.setCurrentItem(item)
        self._show(item)

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say how an act ended."""
        set_role(self._message, "danger" if bad else "muted")
        self._message.set_whole(text)

    def changeEvent(self, event: QEvent) -> None:
        """Tell when it comes to the front."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.came_back.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep the notes that are being written."""
        self.details.keep_notes()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the notes that are being written."""
        self.details.keep_notes()
        super().closeEvent(event)

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setColumnCount(len(_HEADS))
        tree.setHeaderLabels(list(_HEADS))
        for i, tip in enumerate(_HEAD_TIPS):
            tree.headerItem().setToolTip(i, tip)
        tree.setUniformRowHeights(True)
        tree.setAllColumnsShowFocus(True)
        tree.setIndentation(14)
        tree.setRootIsDecorated(False)
        # Names begin alike and differ at the end.
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        tree.setExpandsOnDoubleClick(False)
        tree.setAccessibleName("Versions")
        tree.setToolTip("Versions on this computer; double click to use one")
        header = tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(3 * UNIT)
        header.setSectionResizeMode(VERSION, QHeaderView.ResizeMode.Stretch)
        for column, width in ((STAR, 4), (MADE, 11), (PHOTOS, 8), (DICE, 12), (STATE, 11)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width * UNIT)
        tree.currentItemChanged.connect(lambda item, _: self._show(item))
        tree.itemDoubleClicked.connect(lambda *_: self.details.use())
        tree.itemClicked.connect(self._on_click)
        return tree

    def _buttons(self) -> QHBoxLayout:
        bring = QPushButton("Import")
        bring.setToolTip("Put a version onto the shelf that somebody gave you or that you exported")
        menu = QMenu(bring)
        menu.addAction("Model file (zip)…").triggered.connect(self.import_wanted)
        menu.addAction("Model folder…").triggered.connect(self.add_wanted)
        bring.setMenu(menu)
        compare = QPushButton("Compare…")
        compare.setToolTip("Judge two versions on the same photos with masks")
        compare.clicked.connect(lambda: self.compare_wanted.emit(self.details.name))
        cut = QPushButton("Prune…")
        cut.setToolTip("Delete versions that are not needed; says first what that frees")
        cut.clicked.connect(self.prune_wanted)
        close = QPushButton("Close")
        close.setToolTip("Close this dialog (Esc)")
        close.clicked.connect(self.reject)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        return button_row(close, left=[self._back, bring, compare, cut])

    def _item(self, version: Version) -> QTreeWidgetItem:
        meta = version.record.meta
        dice = "" if version.dice is None else "{:.2f} → {:.2f}".format(*version.dice)
        photos = "" if version.photos is None else str(version.photos)
        cells = [version.title, "", meta.created[:10], photos, dice, str(version.state)]
        item = QTreeWidgetItem(cells)
        item.setData(VERSION, _NAME, version.name)
        item.setTextAlignment(PHOTOS, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tip = version.record.damaged or (
            f"{version.name}, retrained from {meta.parent}" if meta.parent else version.name
        )
        for column in (VERSION, STATE):
            item.setToolTip(column, tip)
        if version.state is State.IN_USE:
            font = item.font(VERSION)
            font.setBold(True)
            for column in (VERSION, STATE):
                item.setFont(column, font)
        return item

    def _paint_stars(self) -> None:
        tokens = self._theme.tokens
        star = self._theme.icon("star-full", tokens.warning)
        colours = {State.CANDIDATE: tokens.warning, State.DAMAGED: tokens.danger}
        with quiet(self.tree):
            for name, item in self._items.items():
                version = self._versions[name]
                if version.entry.starred:
                    item.setIcon(STAR, star)
                    item.setData(STAR, Qt.ItemDataRole.AccessibleTextRole, "starred")
                item.setForeground(STATE, _brush(colours.get(version.state, tokens.muted)))
                item.setForeground(MADE, _brush(tokens.muted))

    def _on_click(self, item: QTreeWidgetItem, column: int) -> None:
        name = item.data(VERSION, _NAME)
        if column == STAR and name in self._versions:
            self.details.star_wanted.emit(name, not self._versions[name].entry.starred)

    def _show(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(VERSION, _NAME) if item is not None else ""
        version, changed = self._versions.get(name), name != self.details.name
        self.details.show_version(version)
        if version is not None and changed:
            self.card_wanted.emit(name)


def _brush(colour: str) -> QBrush:
    return QBrush(QColor(colour))
