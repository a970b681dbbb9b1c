"""All faults, warnings and messages of this run, with what to do."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.messages import FAULT, KIND_TEXT, SAID, WARNING, Message
from plantseg_gui.ui.panels.parts import button_row, label
from plantseg_gui.ui.theme import UNIT, Theme

NOTHING = "No faults, no warnings: nothing to do here."
_MESSAGE = Qt.ItemDataRole.UserRole
_SHOWN = {
    "Everything": (FAULT, WARNING, SAID),
    "Faults and warnings": (FAULT, WARNING),
}


class MessagesDialog(QDialog):
    """The newest above; the chosen one in full below.

    Attributes:
        folder_wanted: The person wants to see the log files.
    """

    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        # As listed: the newest first.
        self._all: list[QTreeWidgetItem] = []
        self.setWindowTitle("Messages")
        self.resize(104 * UNIT, 66 * UNIT)
        self.which = QComboBox()
        self.which.addItems(list(_SHOWN))
        self.which.setAccessibleName("Which messages")
        self.which.setToolTip("Which messages are listed")
        self.which.currentIndexChanged.connect(self._narrow)
        self.rows = self._make_rows()
        self._nothing = label(NOTHING, "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(15 * UNIT)
        self.text.setAccessibleName("The chosen message")
        self.text.setToolTip("The chosen message in full; can be selected and copied")
        self._copy = QPushButton("Copy")
        self._copy.setToolTip("Put the chosen messages on the clipboard")
        self._copy.clicked.connect(self.copy)
        self._copy_all = QPushButton("Copy all")
        self._copy_all.setToolTip("Put every listed message on the clipboard")
        self._copy_all.clicked.connect(lambda: self._to_clipboard(self._listed()))
        folder = QPushButton("Open log folder")
        folder.setToolTip("Show the log files, which also hold earlier runs")
        folder.clicked.connect(self.folder_wanted)
        close = QPushButton("Close")
        close.setToolTip("Close this list; the messages stay until the program ends (Esc)")
        close.clicked.connect(self.reject)
        for button in (self._copy, self._copy_all, folder, close):
            button.setAutoDefault(False)
        head = QHBoxLayout()
        head.addWidget(label("Since the program was started", "muted"))
        head.addStretch(1)
        head.addWidget(self.which)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addLayout(head)
        column.addWidget(self._nothing, 1)
        column.addWidget(self.rows, 1)
        column.addWidget(self.text)
        column.addLayout(button_row(close, left=(self._copy, self._copy_all, folder)))
        self._narrow()

    def show_messages(self, messages: Iterable[Message]) -> None:
        """List these, the last one above."""
        self.rows.clear()
        self._all = [self._row(message) for message in messages][::-1]
        self.rows.addTopLevelItems(self._all)
        self._narrow()

    def add(self, message: Message) -> None:
        """List one more; a dialog that is not shown lists all when it is opened."""
        if self.isHidden():
            return
        self._all.insert(0, self._row(message))
        self.rows.insertTopLevelItem(0, self._all[0])
        self._narrow()

    def repeat(self, message: Message) -> None:
        """The newest one was said once more."""
        if not self.isHidden():
            self._fill(self._all[0], message)

    def copy(self) -> None:
        """Put the chosen messages on the clipboard."""
        chosen = {id(row) for row in self.rows.selectedItems()}
        self._to_clipboard([row for row in self._listed() if id(row) in chosen])

    def _to_clipboard(self, rows: list[QTreeWidgetItem]) -> None:
        texts = [row.data(0, _MESSAGE).as_text() for row in rows]
        QGuiApplication.clipboard().setText("\n\n".join(texts))

    def _listed(self) -> list[QTreeWidgetItem]:
        return [row for row in self._all if not row.isHidden()]

    def _make_rows(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels(["Time", "Photo", "Message"])
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setAccessibleName("Messages, the newest first")
        tree.setToolTip("Choose a message to read it in full")
        fit = QHeaderView.ResizeMode.ResizeToContents
        tree.header().setSectionResizeMode(0, fit)
        tree.header().resizeSection(1, 20 * UNIT)
        tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        tree.itemSelectionChanged.connect(lambda: self._copy.setEnabled(bool(tree.selectedItems())))
        return tree

    def _row(self, message: Message) -> QTreeWidgetItem:
        row = QTreeWidgetItem()
        self._fill(row, message)
        return row

    def _fill(self, row: QTreeWidgetItem, message: Message) -> None:
        tokens = self._theme.tokens
        name, colour = {
            FAULT: ("warning", tokens.danger),
            WARNING: ("warning", tokens.warning),
            SAID: ("info", tokens.muted),
        }[message.kind]
        time = f"{message.when:%H:%M:%S}"
        times = f"  ({message.times}×)" if message.times > 1 else ""
        row.setIcon(0, self._theme.icon(name, colour))
        row.setText(0, time)
        row.setText(1, message.photo)
        row.setText(2, " ".join(message.what.split()) + times)
        row.setData(0, _MESSAGE, message)
        row.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{time}, {KIND_TEXT[message.kind]}")

    def _narrow(self) -> None:
        kinds = _SHOWN[self.which.currentText()]
        for row in self._all:
            row.setHidden(row.data(0, _MESSAGE).kind not in kinds)
        listed = self._listed()
        current = self.rows.currentItem()
        if listed and (current is None or current.isHidden()):
            self.rows.setCurrentItem(listed[0])
        self._nothing.setVisible(not listed)
        for widget in (self.rows, self.text):
            widget.setVisible(bool(listed))
        self._copy_all.setEnabled(bool(listed))
        self._copy.setEnabled(bool(listed) and bool(self.rows.selectedItems()))

    def _show_chosen(self) -> None:
        row = self.rows.currentItem()
        self.text.setPlainText("" if row is None else row.data(0, _MESSAGE).as_text())
