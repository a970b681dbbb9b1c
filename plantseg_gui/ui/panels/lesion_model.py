"""The lesions of the photo on screen as a list model, in an order that stays while one works."""

from collections import OrderedDict
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap

from plantseg_gui.core.lesions import Lesion
from plantseg_gui.ui.panels.diagnosis import percent

Index = QModelIndex | QPersistentModelIndex
Key = tuple[float, ...]
PICTURES_KEPT = 400
# With more rows coming or going than this the list is made anew: quicker than row by row.
_ROW_BY_ROW = 24

DOUBT, SIZE, PROBABILITY, PLACE = "doubt", "size", "probability", "place"
# Order → its name and what it means.
ORDERS: dict[str, tuple[str, str]] = {
    DOUBT: ("Order: most doubtful first", "First those that the model is least sure of"),
    SIZE: ("Order: largest first", "First those with the most pixels"),
    PROBABILITY: ("Order: least probable first", "First those that are lesions least likely"),
    PLACE: ("Order: from top to bottom", "As they lie in the photo"),
}


class LesionRole(IntEnum):
    """Item data roles."""

    LESION = Qt.ItemDataRole.UserRole + 1
    PICTURE = Qt.ItemDataRole.UserRole + 2
    SHARE = Qt.ItemDataRole.UserRole + 3


class LesionModel(QAbstractListModel):
    """See the module's text.

    A lesion keeps its place when it changes: whoever goes through the list skips none. Choosing an
    order puts all in their places again.

    Attributes:
        picture_wanted: Lesion id; a row came into view whose picture is not there.
    """

    picture_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._lesions: Mapping[int, Lesion] = {}
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._order = DOUBT
        self._keys: dict[int, Key] = {}
        self._leaf_px: int | None = None
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        self._asked: set[int] = set()

    @property
    def ids(self) -> list[int]:
        """Lesion ids from the first row to the last."""
        return list(self._ids)

    @property
    def order(self) -> str:
        """A key of `ORDERS`."""
        return self._order

    def place(self, lesion_id: int) -> int:
        """Row number of a lesion, -1 when it is not there."""
        return self._places.get(lesion_id, -1)

    def lesion(self, lesion_id: int) -> Lesion | None:
        """A lesion as it was measured last."""
        return self._lesions.get(lesion_id)

    def clear(self) -> None:
        """Another photo, or none."""
        self._pictures.clear()
        self._asked.clear()
        self._keys.clear()
        self._leaf_px = None
        self.set_lesions({}, frozenset())

    def set_order(self, order: str) -> None:
        """Put the lesions into an order of `ORDERS`, also when it is the one in force."""
        self._order = order
        self._keys.clear()
        self._rank()
        self._reset()

    def set_leaf_px(self, area_px: int | None) -> None:
        """The leaf's area, photo px; None where no leaf is known."""
        if area_px != self._leaf_px:
            self._leaf_px = area_px
            self._tell(self._ids)

    def set_lesions(self, lesions: Mapping[int, Lesion], changed: frozenset[int]) -> None:
        """Show the lesions as they are now.

        Args:
            lesions: Id → lesion; taken over.
            changed: Those that are new, others than before, or gone.
        """
        self._lesions = lesions
        for lesion_id in changed:
            self._pictures.pop(lesion_id, None)
            self._asked.discard(lesion_id)
        gone = [i for i in self._ids if i not in lesions]
        new = [i for i in lesions if i not in self._places]
        for lesion_id in gone:
            self._keys.pop(lesion_id, None)
        self._rank()
        if len(gone) + len(new) > _ROW_BY_ROW:
            self._reset()
            return
        for lesion_id in gone:
            self._remove(lesion_id)
        for lesion_id in new:
            self._insert(lesion_id)
        self._tell(i for i in changed if i in self._places)

    def set_picture(self, lesion_id: int, pixmap: QPixmap) -> None:
        """Show a small picture of a lesion."""
        self._asked.discard(lesion_id)
        if lesion_id in self._places:
            self._pictures[lesion_id] = pixmap
            if len(self._pictures) > PICTURES_KEPT:
                self._pictures.popitem(last=False)
            self._tell([lesion_id])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Lesions."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See `LesionRole`."""
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        lesion = self._lesions.get(self._ids[index.row()])
        if lesion is None:
            return None
        if role == LesionRole.LESION:
            return lesion
        if role == LesionRole.PICTURE:
            return self._picture(lesion.id)
        if role == LesionRole.SHARE:
            return self._share(lesion)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(self._words(lesion))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(self._words(lesion))
        return None

    def _share(self, lesion: Lesion) -> str:
        """Share of the leaf in words, "" where no leaf is known."""
        return percent(100 * lesion.area_px / self._leaf_px) if self._leaf_px else ""

    def _words(self, lesion: Lesion) -> list[str]:
        share = self._share(lesion)
        words = [f"Lesion {lesion.id}", f"{lesion.area_px:,} px"]
        words[1] += f", {share} of the leaf" if share else ""
        if lesion.mean_probability is not None:
            words.append(f"probability {percent(100 * lesion.mean_probability)}")
        if lesion.doubt is not None:
            words.append(f"doubt {lesion.doubt:.2f} of 1")
        if lesion.accepted:
            words.append("yours")
        elif lesion.by_person:
            words.append("partly yours")
        return words

    def _picture(self, lesion_id: int) -> QPixmap | None:
        found = self._pictures.get(lesion_id)
        if found is None and lesion_id not in self._asked:
            self._asked.add(lesion_id)
            self.picture_wanted.emit(lesion_id)
        return found

    def _rank(self) -> None:
        for lesion_id, lesion in self._lesions.items():
            if lesion_id not in self._keys:
                self._keys[lesion_id] = _key(lesion, self._order)

    def _reset(self) -> None:
        self.beginResetModel()
        self._ids = sorted(self._lesions, key=self._keys.__getitem__)
        self._number()
        self.endResetModel()

    def _remove(self, lesion_id: int) -> None:
        row = self._places[lesion_id]
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._ids[row]
        self._number()
        self.endRemoveRows()

    def _insert(self, lesion_id: int) -> None:
        key = self._keys[lesion_id]
        row = sum(self._keys[i] < key for i in self._ids)
        self.beginInsertRows(QModelIndex(), row, row)
        self._ids.insert(row, lesion_id)
        self._number()
        self.endInsertRows()

    def _number(self) -> None:
        self._places = {lesion_id: row for row, lesion_id in enumerate(self._ids)}

    def _tell(self, lesion_ids: Any) -> None:
        """These rows look different; one signal for many."""
        rows = [self._places[i] for i in lesion_ids]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))


def _key(lesion: Lesion, order: str) -> Key:
    """What a lesion is sorted by, the smallest first; the id makes it unique."""
    if order == SIZE:
        return -lesion.area_px, lesion.id
    if order == PROBABILITY:
        probability = lesion.mean_probability
        return 2.0 if probability is None else probability, lesion.id
    if order == PLACE:
        return lesion.centroid[0], lesion.centroid[1], lesion.id
    return 1.0 if lesion.doubt is None else -lesion.doubt, lesion.id
