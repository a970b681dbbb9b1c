"""The command palette: type some letters of an act, a photo or a model version, press Enter."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import ICON_PX, UNIT

WIDTH = 76 * UNIT
ROW = 5 * UNIT
ROWS_SHOWN = 11
NOTHING = "Nothing found. Type fewer letters, or part of a photo's name."
HINT = "↑ ↓ choose    Enter does it    Esc closes"
_ENTRY = Qt.ItemDataRole.UserRole
_MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -ROWS_SHOWN,
    Qt.Key.Key_PageDown: ROWS_SHOWN,
}


class Entry(NamedTuple):
    """Something that can be done.

    Attributes:
        kind: "act", "photo" or "model".
        key: Which one.
        title: What it is called.
        detail: Where it stands, or what it does.
        keys: Its key, as the system writes it.
        icon: Shown before it.
        able: Whether it can be done now.
    """

    kind: str
    key: str
    title: str
    detail: str
    keys: str = ""
    icon: QIcon = QIcon()
    able: bool = True


class Palette(QFrame):
    """See the module's text. It lies over its window and goes when something else has the focus.

    Attributes:
        wanted: (kind, key) of the entry to be done.
        closed: It went, whatever the reason.
    """

    wanted = Signal(str, str)
    closed = Signal()

    def __init__(self, window: QWidget, search: Callable[[str], Sequence[Entry]]) -> None:
        """Make it, hidden.

        Args:
            window: Lies below.
            search: Typed text → entries, best first; called at every letter.
        """
        super().__init__(window)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._search, self._window = search, window
        self.line = _Line(self)
        self.line.setPlaceholderText("Do something, go to a photo, use a model…")
        self.line.setAccessibleName("Find an act, a photo or a model")
        self.line.setToolTip("Type some letters of an act, a photo's name or a model version")
        self.line.textChanged.connect(self._fill)
        self.line.left.connect(self.close_)
        self.rows = QListWidget()
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setAccessibleName("Found")
        self.rows.setItemDelegate(_RowDelegate(self.rows))
        self.rows.setUniformItemSizes(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.itemClicked.connect(lambda _: self.run())
        self._nothing = label(NOTHING, "muted")
        self._nothing.setContentsMargins(UNIT, UNIT, UNIT, UNIT)
        hint = label(HINT, "caption")
        hint.setContentsMargins(UNIT, 0, UNIT, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT, UNIT, UNIT, UNIT)
        column.setSpacing(UNIT)
        column.addWidget(self.line)
        column.addWidget(self._nothing)
        column.addWidget(self.rows)
        column.addWidget(hint)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(4 * UNIT)
        shadow.setOffset(0, UNIT // 2)
        self.setGraphicsEffect(shadow)
        self.hide()

    def open(self) -> None:
        """Show it empty, over the upper middle of the window."""
        self.line.clear()
        self._fill()
        width = min(WIDTH, self._window.width() - 4 * UNIT)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, 8 * UNIT)
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_(self) -> None:
        """Let it go."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    @property
    def entries(self) -> list[Entry]:
        """What is listed."""
        return [self.rows.item(i).data(_ENTRY) for i in range(self.rows.count())]

    def run(self) -> None:
        """Do the entry in the chosen row; one that cannot be done stays, with its reason."""
        row = self.rows.currentItem()
        entry: Entry | None = row.data(_ENTRY) if row is not None else None
        if entry is not None and entry.able:
            self.close_()
            self.wanted.emit(entry.kind, entry.key)

    def move_choice(self, by: int) -> None:
        """Choose a row further down, or up."""
        last = self.rows.count() - 1
        self.rows.setCurrentRow(max(0, min(last, self.rows.currentRow() + by)))

    def _fill(self) -> None:
        self.rows.clear()
        for entry in self._search(self.line.text()):
            item = QListWidgetItem(entry.title)
            item.setData(_ENTRY, entry)
            able = "" if entry.able else "not possible now"
            words = (entry.title, entry.detail, entry.keys, able)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, ", ".join(word for word in words if word)
            )
            self.rows.addItem(item)
        count = self.rows.count()
        self.rows.setCurrentRow(0 if count else -1)
        self.rows.setVisible(count > 0)
        self._nothing.setVisible(count == 0)
        self.rows.setFixedHeight(ROW * min(ROWS_SHOWN, count) + UNIT + 2)
        self.adjustSize()


class _Line(QLineEdit):
    """The search box; it gets every key, so that none reaches the window below."""

    left = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def event(self, event: QEvent) -> bool:
        """No key is a shortcut of the window while something is typed here."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose, Enter does, Esc closes."""
        if event.key() in _MOVES:
            self._palette.move_choice(_MOVES[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._palette.run()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, _forward: bool) -> bool:
        """Tab stays here: there is nothing else to go to."""
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Another place has the focus: the palette goes; a menu of its own does not count."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class _RowDelegate(QStyledItemDelegate):
    """Icon, title, place of the entry, its key at the right; grey when it cannot be done."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One height for all."""
        return QSize(0, ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row."""
        entry: Entry = index.data(_ENTRY)
        style, colours = option.widget.style(), option.palette
        box = QStyleOptionViewItem(option)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, box, painter, box.widget)
        area: QRect = option.rect.adjusted(UNIT, 0, -UNIT, 0)
        mode = QIcon.Mode.Normal if entry.able else QIcon.Mode.Disabled
        entry.icon.paint(
            painter, area.left(), area.top() + (ROW - ICON_PX) // 2, ICON_PX, ICON_PX, mode=mode
        )
        area.setLeft(area.left() + ICON_PX + UNIT)
        muted = colours.color(QPalette.ColorRole.PlaceholderText)
        plain = colours.color(QPalette.ColorRole.Text) if entry.able else muted
        metrics, side = option.fontMetrics, Qt.AlignmentFlag.AlignVCenter
        right = metrics.horizontalAdvance(entry.keys)
        painter.setPen(muted)
        painter.drawText(area, side | Qt.AlignmentFlag.AlignRight, entry.keys)
        area.setRight(area.right() - right - (2 * UNIT if right else 0))
        title = metrics.elidedText(entry.title, Qt.TextElideMode.ElideMiddle, area.width())
        painter.setPen(plain)
        painter.drawText(area, side, title)
        area.setLeft(area.left() + metrics.horizontalAdvance(title) + 2 * UNIT)
        detail = metrics.elidedText(entry.detail, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(muted)
        painter.drawText(area, side, detail)
