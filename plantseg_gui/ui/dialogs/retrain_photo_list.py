"""The list of judged photos: what got better and what got worse, the worst change first."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from plantseg_gui.ui.dialogs.retrain_outcome import PHOTO_SAME_WITHIN, Judged
from plantseg_gui.ui.dialogs.retrain_words import signed
from plantseg_gui.ui.theme import Theme

COLUMNS = ("Photo", "Part", "Dice", "Change", "Severity", "By models")
TIPS = (
    "Click a photo to see both masks on it",
    "Held out from the training, of your own test set, or learned from (proves nothing, but shows "
    "what was forgotten)",
    "Dice with your mask, of the model in use → of the new one; 1.00 = the same mask",
    "Change of Dice: ▲ better, ▼ worse",
    "Severity by your mask, % of the leaf",
    "Severity by the model in use → by the new one, % of the leaf",
)
CHANGE, FIRST_SEVERITY = 3, 4
MARK_PX = 9
_KEY = Qt.ItemDataRole.UserRole
_ID = Qt.ItemDataRole.UserRole + 1


class JudgedList(QTreeWidget):
    """See the module's text. A click on a column's head sorts by it.

    Attributes:
        chosen: photo id.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._photos: dict[str, Judged] = {}
        self.setHeaderLabels(list(COLUMNS))
        for column, tip in enumerate(TIPS):
            self.headerItem().setToolTip(column, tip)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            if column >= 2:
                self.headerItem().setTextAlignment(column, right)
        self.setObjectName("judged")
        self.setIconSize(QSize(MARK_PX, MARK_PX))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAccessibleName("Judged photos")
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        self.setSortingEnabled(True)
        self.currentItemChanged.connect(self._on_current)
        theme.changed.connect(self._colour)

    def show_photos(self, photos: Sequence[Judged]) -> None:
        """Show other photos, the worst change first, and choose the first."""
        self.clear()
        self._photos = {p.photo_id: p for p in photos}
        self.sortByColumn(CHANGE, Qt.SortOrder.AscendingOrder)
        for photo in photos:
            self.addTopLevelItem(_row(photo))
        for column in range(FIRST_SEVERITY, len(COLUMNS)):
            self.setColumnHidden(column, all(p.severity is None for p in photos))
        self._colour()
        first = self.topLevelItem(0)
        if first is not None:
            self.setCurrentItem(first)

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, _ID))

    def _colour(self) -> None:
        tokens = self._theme.tokens
        for place in range(self.topLevelItemCount()):
            item = self.topLevelItem(place)
            if item is None:
                continue
            change = self._photos[item.data(0, _ID)].change or 0.0
            item.setForeground(1, QColor(tokens.muted))
            if abs(change) > PHOTO_SAME_WITHIN:
                colour = QColor(tokens.accent if change > 0 else tokens.danger)
                item.setForeground(CHANGE, colour)
                # A chosen row has one colour of text; the mark keeps its own.
                item.setIcon(CHANGE, self._mark(colour, up=change > 0))

    def _mark(self, colour: QColor, *, up: bool) -> QIcon:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(MARK_PX * ratio), round(MARK_PX * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        base, tip = (MARK_PX - 1, 1) if up else (1, MARK_PX - 1)
        corners = ((0, base), (MARK_PX, base), (MARK_PX / 2, tip))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        painter.end()
        return QIcon(pixmap)


class _Row(QTreeWidgetItem):
    """Sorts by its numbers; rows without one come last."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        column = tree.sortColumn() if tree is not None else 0
        mine, its = self.data(column, _KEY), other.data(column, _KEY)
        if mine is None or its is None:
            return its is None and mine is not None
        return bool(mine < its)


def _row(photo: Judged) -> QTreeWidgetItem:
    severity = photo.severity
    texts = [
        photo.name,
        str(photo.role),
        f"{_score(photo.before)} → {_score(photo.after)}",
        change_text(photo.change),
        "–" if severity is None else f"{severity.true:.1f} %",
        "–" if severity is None else f"{severity.before:.1f} → {severity.after:.1f} %",
    ]
    item = _Row(texts)
    item.setData(0, _ID, photo.photo_id)
    true, theirs = (None, None) if severity is None else (severity.true, severity.after)
    keys = (photo.name.casefold(), str(photo.role), photo.after, photo.change, true, theirs)
    for column, key in enumerate(keys):
        item.setData(column, _KEY, key)
        item.setToolTip(column, photo.name if column == 0 else TIPS[column])
        if column >= 2:
            item.setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
    return item


def change_text(change: float | None) -> str:
    """A change of Dice with its sign: +0.12, −0.03, 0.00."""
    if change is None:
        return "–"
    return "0.00" if abs(change) <= PHOTO_SAME_WITHIN else signed(change)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
