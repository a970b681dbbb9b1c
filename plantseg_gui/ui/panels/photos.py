"""Left: the photos of the project, with what is shown of them and in which order."""

import bisect
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QListView,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.filter_row import FilterRow
from plantseg_gui.ui.panels.order_row import OrderRow
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.panels.photo_delegate import PhotoDelegate
from plantseg_gui.ui.panels.photo_filter import PhotoFilter, PhotoQuery
from plantseg_gui.ui.panels.photo_model import PhotoModel, PhotoRole, approved_line, to_do
from plantseg_gui.ui.panels.photo_row import PhotoRow
from plantseg_gui.ui.theme import UNIT, Theme

NO_FOLDER = "Open or drop a folder of photos."
NO_PHOTOS = "This folder has no photos: drop some here."
NO_MATCH = "No photo fulfils all these conditions.\nTake one away, or press Clear above."


class PhotosPanel(QWidget):
    """See the module's text.

    Attributes:
        chosen: photo id; the person wants to see this photo.
        thumbnail_wanted: photo id.
        listed: Photos came or went.
        marks_changed: Other photos are marked in the list.
        menu_wanted: A menu is wanted for the marked photos, at this place of the screen (QPoint).
        order_chosen: A key of `order_row.ORDERS`, also when it is chosen again; see `falling`.
    """

    chosen = Signal(str)
    order_chosen = Signal(str)
    thumbnail_wanted = Signal(str)
    listed = Signal()
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
        self._shown = self._marked_text = self._folder = ""
        self._title = ElidedLabel("Photos", "heading", middle=True)
        self._count = label("", "muted")
        self._approved = ElidedLabel("", "muted")
        self._approved.setAccessibleName("Approved photos")
        self.filters = FilterRow(theme)
        self.filters.changed.connect(self._narrow)
        self.order_row = OrderRow(theme)
        self.order_row.chosen.connect(lambda: self.order_chosen.emit(self.order))
        self.list_view = self._make_list()
        self._nothing = label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setContentsMargins(UNIT + 4, 0, UNIT + 4, 0)
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
        self.listed.emit()

    def change_rows(self, rows: Iterable[PhotoRow]) -> None:
        """Show other photos of the same project; marks and the place on screen stay."""
        marked = self.marked_ids()
        with self._still():
            anew = self._model.change_rows(rows)
        if anew:
            self._mark(marked)
        self.listed.emit()

    def update_row(self, row: PhotoRow) -> None:
        """Show the new state of one photo."""
        place = self._model.place(row.photo_id)
        before = _counted(self._model.row(place)) if place >= 0 else None
        with self._still(_counted(row) != before):
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
        """A key of `order_row.ORDERS`."""
        return self.order_row.order

    @property
    def falling(self) -> bool:
        """Whether the largest comes first."""
        return self.order_row.falling

    def set_reasons(self, texts: Mapping[str, str]) -> None:
        """Say why photos would teach much or little; see `PhotoModel.set_reasons`."""
        self._model.set_reasons(texts)

    def set_order(self, photo_ids: Iterable[str]) -> None:
        """Put the photos into another order; the one on screen stays marked and in view."""
        with quiet(self.list_view.selectionModel()):
            self._model.set_order(photo_ids)
        self.show_current(self._shown)

    @contextlib.contextmanager
    def _still(self, count: bool = True) -> Iterator[None]:
        """The mark of the photo on screen stays on it while rows change.

        Args:
            count: Whether the numbers above the list may be others also where it shows as many.
        """
        selection, shown = self.list_view.selectionModel(), self._filter.rowCount()
        # A row that leaves the filter hands Qt's mark to a neighbour: nobody chose that photo.
        with quiet(selection):
            yield
        if count or self._filter.rowCount() != shown:
            self._count_anew()
        marked = selection.currentIndex().data(PhotoRole.ROW)
        if marked is not None and marked.photo_id != self._shown:
            self.show_current(self._shown, keep_marks=len(self.marked_ids(most=2)) > 1)

    def _mark(self, photo_ids: Sequence[str]) -> None:
        """Mark these photos and no others, after the list has forgotten its marks."""
        self.show_current(self._shown)
        selection = self.list_view.selectionModel()
        with quiet(selection):
            if photo_ids:
                selection.clearSelection()
            for photo_id in photo_ids:
                index = self._filter.mapFromSource(self._model.index(self._model.place(photo_id)))
                if index.isValid():
                    selection.select(index, QItemSelectionModel.SelectionFlag.Select)
        self.marks_changed.emit()

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

    def show_marked(self, count: int) -> None:
        """Say beside the title that several photos are marked."""
        self._marked_text = f"{count} marked" if count > 1 else ""
        self._name_count()

    def _name_count(self) -> None:
        total = self._model.rowCount()
        self._count.setText(" of ".join(t for t in (self._marked_text, f"{total}") if t and total))

    def marked_count(self) -> int:
        """How many photos are marked in the list."""
        parts = self.list_view.selectionModel().selection().toList()
        return sum(part.bottom() - part.top() + 1 for part in parts)

    def show_current(self, photo_id: str, *, keep_marks: bool = False) -> None:
        """Mark the photo on screen, without asking for it again.

        Args:
            photo_id: The photo.
            keep_marks: Leave the marks of several photos; they stay anyway when it is one of them.
        """
        index = self._filter.mapFromSource(self._model.index(self._model.place(photo_id)))
        selection = self.list_view.selectionModel()
        before = self._shown, selection.currentIndex()
        self._shown = photo_id
        with quiet(selection):
            if index.isValid():
                flag = QItemSelectionModel.SelectionFlag
                stay = keep_marks or selection.isSelected(index)
                selection.setCurrentIndex(index, flag.NoUpdate if stay else flag.ClearAndSelect)
                self.list_view.scrollTo(index)
            else:
                selection.clear()
        self.marks_changed.emit()
        if before != (photo_id, index):
            # The view has heard nothing of the new mark.
            self.list_view.viewport().update()

    def step(self, direction: int, *, only_open: bool = False) -> str:
        """The photo after (1) or before (-1) the one on screen among those shown; "" at the end.

        Args:
            direction: 1 or -1.
            only_open: Pass over those that are approved or skipped.
        """
        source = self._model.place(self._shown)
        place = self._filter.mapFromSource(self._model.index(source)).row()
        count = self._filter.rowCount()
        if place < 0 <= source:
            # Filtered away: from where it would be.
            before = bisect.bisect_left(range(count), source, key=self._source_place)
            place = before - 1 if direction > 0 else before
        elif place < 0:
            place = -1 if direction > 0 else count
        while 0 <= (place := place + direction) < count:
            row: PhotoRow = self._filter.index(place, 0).data(PhotoRole.ROW)
            if not row.error and (to_do(row) or not only_open):
                return row.photo_id
        return ""

    def _source_place(self, place: int) -> int:
        return self._filter.mapToSource(self._filter.index(place, 0)).row()

    def shown_ids(self) -> list[str]:
        """Ids of the photos that the filter lets through, in their order."""
        rows = (
            self._filter.index(i, 0).data(PhotoRole.ROW) for i in range(self._filter.rowCount())
        )
        return [row.photo_id for row in rows]

    def focus_filter(self) -> None:
        """Put the cursor into the filter box."""
        self.filters.focus()

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
        top.addWidget(self._approved)
        top.addWidget(self.filters)
        top.addWidget(self.order_row)
        column.addLayout(top)
        column.addWidget(self._nothing)
        column.addWidget(self.list_view, 1)

    def _narrow(self, query: PhotoQuery) -> None:
        self._filter.set_query(query)
        self._count_anew()
        self.show_current(self._shown)

    def _count_anew(self) -> None:
        total, shown = self._model.rowCount(), self._filter.rowCount()
        approved = sum(row.status == "approved" for row in self._model.rows)
        self.filters.offer(self._model.rows)
        self.filters.show_count(shown, total)
        self._name_count()
        self._count.setToolTip(f"{total} photos, {approved} of them approved" if total else "")
        words, tip = approved_line(self._model.rows)
        self._approved.set_whole(words, tip)
        self._approved.setVisible(bool(words))
        if total:
            self._nothing.setText(NO_MATCH)
        else:
            self._nothing.setText(NO_PHOTOS if self._folder else NO_FOLDER)
        self._nothing.setVisible(shown == 0)

    def _on_current(self, current: QModelIndex) -> None:
        row: PhotoRow | None = current.data(PhotoRole.ROW) if current.isValid() else None
        # With Ctrl or Shift photos are marked, not opened.
        marking = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if row is None or row.photo_id == self._shown:
            return
        if not QApplication.keyboardModifiers() & marking:
            self.chosen.emit(row.photo_id)


def _counted(row: PhotoRow) -> tuple[object, ...]:
    """What the numbers and the filters above the list depend on."""
    return row.status, row.tags, row.model, int(row.spent_s)
