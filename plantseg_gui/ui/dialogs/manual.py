"""The manual: topics at the left, text at the right; stays open beside the work."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.panels.parts import RowList, label
from plantseg_gui.ui.theme import UNIT


class ManualDialog(QDialog):
    """Reads the Markdown files of `folder` in the order of their names ("10-first-steps.md")."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Manual")
        self.resize(112 * UNIT, 80 * UNIT)
        self._find = QLineEdit()
        self._find.setPlaceholderText("Find in the manual")
        self._find.setClearButtonEnabled(True)
        self._find.setToolTip("Shows the topics with these words; Enter goes to the next place")
        self._find.textChanged.connect(self._narrow)
        self._find.returnPressed.connect(self._find_next)
        self._nothing = label("No topic has all these words: try fewer.", "muted", wrap=True)
        self._nothing.hide()
        self._topics = RowList()
        self._topics.setToolTip("Topics")
        self._text = QTextBrowser()
        self._text.setOpenLinks(False)
        self._text.anchorClicked.connect(self._follow)
        self._text.document().setDocumentMargin(2 * UNIT)
        for file in sorted(folder.glob("*.md")):
            source = file.read_text(encoding="utf-8")
            item = QListWidgetItem(source.splitlines()[0].lstrip("# "))
            item.setData(Qt.ItemDataRole.UserRole, source)
            item.setData(Qt.ItemDataRole.UserRole + 1, file.name)
            self._topics.addItem(item)
        self._topics.currentItemChanged.connect(self._show)
        self._topics.setFixedWidth(28 * UNIT)
        left = QVBoxLayout()
        left.setSpacing(UNIT)
        left.addWidget(self._find)
        left.addWidget(self._nothing)
        left.addWidget(self._topics, 1)
        self._find.setFixedWidth(28 * UNIT)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        row.setSpacing(2 * UNIT)
        row.addLayout(left)
        row.addWidget(self._text, 1)
        self._topics.setCurrentRow(0)

    @property
    def titles(self) -> list[str]:
        """All topics."""
        return [self._topics.item(i).text() for i in range(self._topics.count())]

    def show_topic(self, file_name: str) -> None:
        """Show a topic by its file name; an unknown one changes nothing."""
        for i in range(self._topics.count()):
            if self._topics.item(i).data(Qt.ItemDataRole.UserRole + 1) == file_name:
                self._topics.setCurrentRow(i)

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._text.document().setMarkdown(
                item.data(Qt.ItemDataRole.UserRole),
                QTextDocument.MarkdownFeature.MarkdownDialectGitHub,
            )
            _give_room(self._text.document())
            self._text.moveCursor(QTextCursor.MoveOperation.Start)

    def _follow(self, url: QUrl) -> None:
        self.show_topic(url.fileName())

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        first = -1
        for i in range(self._topics.count()):
            item = self._topics.item(i)
            source = item.data(Qt.ItemDataRole.UserRole).casefold()
            found = all(word in source for word in words)
            item.setHidden(not found)
            if found and first < 0:
                first = i
        self._nothing.setVisible(first < 0)
        current = self._topics.currentItem()
        if first >= 0 and (current is None or current.isHidden()):
            self._topics.setCurrentRow(first)

    def _find_next(self) -> None:
        text = self._find.text().strip()
        if text and not self._text.find(text):
            self._text.moveCursor(QTextCursor.MoveOperation.Start)
            self._text.find(text)


def _give_room(document: QTextDocument) -> None:
    """Space between paragraphs and above headings; Markdown in Qt has next to none."""
    block = document.begin()
    while block.isValid():
        style = block.blockFormat()
        inside = block.textList() is not None or QTextCursor(block).currentTable() is not None
        if style.headingLevel():
            style.setTopMargin(UNIT if block.blockNumber() == 0 else 3 * UNIT)
            style.setBottomMargin(UNIT)
        elif not inside:
            style.setBottomMargin(UNIT + 2)
        if not style.headingLevel():
            style.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        QTextCursor(block).setBlockFormat(style)
        block = block.next()
