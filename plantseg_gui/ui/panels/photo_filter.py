"""Which photos of the list are shown: all conditions of a query must hold."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel

from plantseg_gui.ui.panels.photo_model import PhotoModel, PhotoRole, state_of, to_do
from plantseg_gui.ui.panels.photo_row import PhotoRow

# States of a query beside those of the photos.
TO_DO = "to do"
TWINS = "twins"
OUTDATED = "outdated"
NOTED = "noted"
IN_TEST_SET, NOT_IN_TEST_SET = "in", "out"
NO_MODEL = "-"


@dataclass(frozen=True)
class PhotoQuery:
    """What is asked for; the default lets every photo through.

    Attributes:
        text: Words of which each must occur in path, tags or note.
        state: A key of `photo_model.STATUS_TEXT`, `TO_DO`, `TWINS`, `OUTDATED`, `NOTED`, or "".
        tags: Tags that a photo must have, all of them.
        model: Version that made the prediction; `NO_MODEL` = none; "" = any.
        test_set: `IN_TEST_SET`, `NOT_IN_TEST_SET` or "".
    """

    text: str = ""
    state: str = ""
    tags: frozenset[str] = frozenset()
    model: str = ""
    test_set: str = ""

    @property
    def empty(self) -> bool:
        """Whether every photo is shown."""
        return not (self.text.strip() or self.state or self.tags or self.model or self.test_set)


class PhotoFilter(QSortFilterProxyModel):
    """Keeps the photos that a query asks for."""

    def __init__(self, source: PhotoModel) -> None:
        super().__init__()
        self._query = PhotoQuery()
        self._words: list[str] = []
        self._source = source
        self.setSourceModel(source)

    @property
    def query(self) -> PhotoQuery:
        """What is asked for."""
        return self._query

    def set_query(self, query: PhotoQuery) -> None:
        """Ask for other photos."""
        if query != self._query:
            self._query = query
            self._words = query.text.casefold().split()
            self.invalidateFilter()

    def filterAcceptsRow(self, place: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether the photo is shown."""
        query = self._query
        if query.empty:
            return True
        # Straight from the model: this is asked of every row at every letter.
        row = self._source.row(place)
        if query.test_set and row.keep_out != (query.test_set == IN_TEST_SET):
            return False
        if query.model and row.model != (query.model if query.model != NO_MODEL else ""):
            return False
        index = self._source.index(place, 0, parent)
        if not query.tags <= set(row.tags) or not _in_state(query.state, row, index):
            return False
        if not self._words:
            return True
        text = index.data(PhotoRole.SEARCH)
        return all(word in text for word in self._words)


def _in_state(state: str, row: PhotoRow, index: QModelIndex) -> bool:
    if not state:
        return True
    if state == TO_DO:
        return to_do(row)
    if state == TWINS:
        return bool(index.data(PhotoRole.TWINS))
    if state == OUTDATED:
        return bool(index.data(PhotoRole.OUTDATED))
    if state == NOTED:
        return bool(row.note)
    return state_of(row) == state
