"""Left: the photos of the project, with a filter box and a status filter."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.panels.photo_delegate import PhotoDelegate
from plantseg_gui.ui.panels.photo_model import (
    OUTDATED,
    STATUS_TEXT,
    STATUS_TIP,
    TEST_SET,
    TEST_SET_TIP,
    TWINS,
    PhotoFilter,
    PhotoModel,
    PhotoRole,
    PhotoRow,
)
from plantseg_gui.ui.theme import UNIT, Theme

BY_NAME, TEACHING = "name", "teaching"
ORDERS = {
    BY_NAME: ("Order: by name", "In the order of their names"),
    TEACHING: (
        "Order: what teaches most",
        "First the photos whose correction would teach the model most: it is unsure of them, and "
        "they are unlike those that you corrected.\nWhy one stands where it does: rest the pointer "
        "on it. Choose this again to bring the order up to date.",
    ),
}
TWINS_TIP = "Photos that are there twice, or look as if they were"
NO_FOLDER = "Open or drop a folder of photos."
NO_PHOTOS = "This folder has no photos: drop some here."
OUTDATED_TIP = "Predictions that another version made than the one in use"


class PhotosPanel(QWidget):
    """See the module's text.

    Attributes:
        chosen: photo id; the person wants to see this photo.
        thumbnail_wanted: photo id.
        marks_changed: Other photos are marked in the list.
        menu_wanted: A menu is wanted for the marked photos, at this place of the screen (QPoint).
        order_chosen: `BY_NAME` or `TEACHING`, also when it is chosen again.
    """

    chosen = Signal(str)
    order_chosen = Signal(str)
    thumbnail_wanted = Signal(str)
    marks_changed = Signal()
    menu_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("photosPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = PhotoModel()
        self._model.thumbnail_wanted.connect(self.thumbnail_wanted)
        self._filter = PhotoFilter(self._model)
        self._delegate = PhotoDelegate(theme)
        self._shown = self._folder = ""
        self._title = ElidedLabel("Photos", "heading", middle=True)
        self._count = label("", "muted")
        self._text = QLineEdit()
        self._text.setPlaceholderText("Filter by name or tag")
        self._text.setClearButtonEnabled(True)
        self.name_filter_key("")
        self._text.textChanged.connect(self._narrow)
        self._status = self._status_box(theme)
        self._order = self._order_box()
        self.list_view = self._make_list()
        self._nothing = label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setContentsMargins(UNIT + 4, 0, UNIT + 4, 0)
        self._all = QPushButton("Show all photos")
        self._all.setProperty("link", True)
        self._all.setToolTip("Empty the filter box and show every status")
        self._all.clicked.connect(self._show_all)
        self._lay_out()
        self._count_anew()
        theme.changed.connect(self.list_view.viewport().update)

    @property
    def model(self) -> PhotoModel:
        """All photos."""
        return self._model

    def set_project(self, title: str, tip: str, rows: Iterable[PhotoRow]) -> None:
        """Show the photos of another project."""
        self._title.set_whole(title, tip)
        self._folder = tip
        self._model.set_rows(rows)
        self._count_anew()
        self.show_current(self._shown)

    def update_row(self, row: PhotoRow) -> None:
        """Show the new state of one photo."""
        with self._still():
            self._model.update_row(row)

    def set_twins(self, texts: Mapping[str, str]) -> None:
        """Mark photos that are there twice; see `PhotoModel.set_twins`."""
        with self._still():
            self._model.set_twins(texts)

    def set_model_in_use(self, name: str) -> None:
        """Mark the predictions that another version made."""
        with self._still():
            self._model.set_model_in_use(name)

    @property
    def order(self) -> str:
        """`BY_NAME` or `TEACHING`."""
        return str(self._order.currentData())

    def set_reasons(self, texts: Mapping[str, str]) -> None:
        """Say why photos would teach much or little; see `PhotoModel.set_reasons`."""
        self._model.set_reasons(texts)

    def set_order(self, photo_ids: Iterable[str]) -> None:
        """Put the photos into another order; the one on screen stays marked and in view."""
        with quiet(self.list_view.selectionModel()):
            self._model.set_order(photo_ids)
        self.show_current(self._shown)

    @contextlib.contextmanager
    def _still(self) -> Iterator[None]:
        """The mark of the photo on screen stays on it while rows change."""
        selection = self.list_view.selectionModel()
        # A row that leaves the filter hands Qt's mark to a neighbour: nobody chose that photo.
        with quiet(selection):
            yield
        self._count_anew()
        marked = selection.currentIndex().data(PhotoRole.ROW)
        if marked is not None and marked.photo_id != self._shown:
            self.show_current(self._shown, keep_marks=len(self.marked_ids(most=2)) > 1)

    def set_thumbnail(self, photo_id: str, pixmap: QPixmap) -> None:
        """Show a small picture."""
        self._model.set_thumbnail(photo_id, pixmap)

    def marked_ids(self, most: int = 0) -> list[str]:
        """Ids of the photos that are marked in the list, in its order; at most so many, 0 = all."""
        ids: list[str] = []
        parts = self.list_view.selectionModel().selection().toList()
        for part in sorted(parts, key=lambda p: p.top()):
            for place in range(part.top(), part.bottom() + 1):
                if most and len(ids) >= most:
                    return ids
                ids.append(self._filter.index(place, 0).data(PhotoRole.ROW).photo_id)
        return ids

    def show_current(self, photo_id: str, *, keep_marks: bool = False) -> None:
        """Mark the photo on screen, without asking for it again.

        Args:
            photo_id: The photo.
            keep_marks: Leave the marks of several photos; they stay anyway when it is one of them.
        """
        self._shown = photo_id
        index = self._filter.mapFromSource(self._model.index(self._model.place(photo_id)))
        selection = self.list_view.selectionModel()
        with quiet(selection):
            if index.isValid():
                flag = QItemSelectionModel.SelectionFlag
                stay = keep_marks or selection.isSelected(index)
                selection.setCurrentIndex(index, flag.NoUpdate if stay else flag.ClearAndSelect)
                self.list_view.scrollTo(index)
            else:
                selection.clear()
        self.marks_changed.emit()
        self.list_view.viewport().update()

    def step(self, direction: int, *, only_open: bool = False) -> str:
        """The photo after (1) or before (-1) the one on screen among those shown; "" at the end.

        Args:
            direction: 1 or -1.
            only_open: Pass over the approved ones.
        """
        source = self._model.place(self._shown)
        place = self._filter.mapFromSource(self._model.index(source)).row()
        count = self._filter.rowCount()
        if place < 0 <= source:
            # Filtered away: from where it would be.
            index = self._filter.index
            before = sum(self._filter.mapToSource(index(i, 0)).row() < source for i in range(count))
            place = before - 1 if direction > 0 else before
        elif place < 0:
            place = -1 if direction > 0 else count
        while 0 <= (place := place + direction) < count:
            row: PhotoRow = self._filter.index(place, 0).data(PhotoRole.ROW)
            if not row.error and not (only_open and row.status == "approved"):
                return row.photo_id
        return ""

    def shown_ids(self) -> list[str]:
        """Ids of the photos that the filter lets through, in their order."""
        rows = (
            self._filter.index(i, 0).data(PhotoRole.ROW) for i in range(self._filter.rowCount())
        )
        return [row.photo_id for row in rows]

    def name_filter_key(self, key: str) -> None:
        """Say in the filter box's tooltip which key leads there."""
        tip = "Show only photos with these words"
        self._text.setToolTip(f"{tip} ({key})" if key else tip)

    def focus_filter(self) -> None:
        """Put the cursor into the filter box."""
        self._text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._text.selectAll()

    def _status_box(self, theme: Theme) -> QComboBox:
        box = QComboBox()
        box.setToolTip("Show only photos of this status")
        box.addItem("All photos", "")
        box.addItem("Not approved", "open")
        for status, text in STATUS_TEXT.items():
            box.addItem(text, status)
            box.setItemData(box.count() - 1, STATUS_TIP[status], Qt.ItemDataRole.ToolTipRole)

        box.addItem("Duplicates", TWINS)
        box.setItemData(box.count() - 1, TWINS_TIP, Qt.ItemDataRole.ToolTipRole)
        box.addItem("Test set", TEST_SET)
        box.setItemData(box.count() - 1, TEST_SET_TIP, Qt.ItemDataRole.ToolTipRole)
        box.addItem("Outdated", OUTDATED)
        box.setItemData(box.count() - 1, OUTDATED_TIP, Qt.ItemDataRole.ToolTipRole)

        def paint_icons() -> None:
            box.setItemIcon(box.findData(TEST_SET), theme.icon("test-set", theme.tokens.accent))
            box.setItemIcon(box.findData(TWINS), theme.icon("duplicate", theme.tokens.warning))
            clock = theme.icon("clock", theme.tokens.status_predicted)
            box.setItemIcon(box.findData(OUTDATED), clock)
            for status in STATUS_TEXT:
                i = box.findData(status)
                colour = getattr(theme.tokens, f"status_{status}")
                box.setItemIcon(i, theme.icon(f"status-{status}", colour))

        paint_icons()
        theme.changed.connect(paint_icons)
        box.currentIndexChanged.connect(self._narrow)
        return box

    def _order_box(self) -> QComboBox:
        box = QComboBox()
        box.setToolTip("Order of the photos")
        box.setAccessibleName("Order of the photos")
        for place, (key, (text, tip)) in enumerate(ORDERS.items()):
            box.addItem(text, key)
            box.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        box.activated.connect(lambda _: self.order_chosen.emit(self.order))
        return box

    def _make_list(self) -> QListView:
        view = QListView()
        view.setObjectName("photoList")
        view.setModel(self._filter)
        view.setItemDelegate(self._delegate)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setAccessibleName("Photos")
        view.setToolTip("Click a photo to work on it; Ctrl or Shift marks several")
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(view.viewport().mapToGlobal(at))
        )
        view.selectionModel().currentChanged.connect(self._on_current)
        view.selectionModel().selectionChanged.connect(lambda *_: self.marks_changed.emit())
        # The first click on a photo that Ctrl has marked changes no current row.
        view.clicked.connect(self._on_current)
        return view

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, UNIT, 0, 0)
        column.setSpacing(UNIT)
        top = QVBoxLayout()
        top.setContentsMargins(UNIT + 4, 0, UNIT + 4, 0)
        top.setSpacing(UNIT)
        top.addLayout(head)
        top.addWidget(self._text)
        top.addWidget(self._status)
        top.addWidget(self._order)
        column.addLayout(top)
        column.addWidget(self._nothing)
        column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.list_view, 1)

    def _narrow(self, *_: object) -> None:
        self._filter.set_status(self._status.currentData())
        self._filter.set_text(self._text.text())
        self._count_anew()
        self.show_current(self._shown)

    def _count_anew(self) -> None:
        total, shown = self._model.rowCount(), self._filter.rowCount()
        approved = sum(row.status == "approved" for row in self._model.rows)
        self._count.setText(
            f"{shown} of {total}" if shown != total else f"{total}" if total else ""
        )
        self._count.setToolTip(f"{total} photos, {approved} of them approved" if total else "")
        if total:
            self._nothing.setText("No photo matches the filter.")
        else:
            self._nothing.setText(NO_PHOTOS if self._folder else NO_FOLDER)
        self._nothing.setVisible(shown == 0)
        self._all.setVisible(total > 0 and shown == 0)

    def _show_all(self) -> None:
        self._text.clear()
        self._status.setCurrentIndex(0)

    def _on_current(self, current: QModelIndex) -> None:
        row: PhotoRow | None = current.data(PhotoRole.ROW) if current.isValid() else None
        # With Ctrl or Shift photos are marked, not opened.
        marking = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if row is None or row.photo_id == self._shown:
            return
        if not QApplication.keyboardModifiers() & marking:
            self.chosen.emit(row.photo_id)
