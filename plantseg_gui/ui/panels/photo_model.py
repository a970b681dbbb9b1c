"""The photos of a project as a list model, with their small pictures."""

import bisect
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from plantseg_gui.core.durations import duration
from plantseg_gui.ui.panels.photo_row import PhotoRow

Index = QModelIndex | QPersistentModelIndex
THUMBNAILS_KEPT = 400
# Where more rows come or go, setting all anew is faster than one by one.
MOST_SINGLY = 100
TEST_SET_TIP = "In your own test set: models are judged by it and never learn from it"

STATUS_TEXT: dict[str, str] = {
    "new": "New",
    "predicted": "Predicted",
    "corrected": "Corrected",
    "approved": "Approved",
    "needs_work": "Needs work",
    "skipped": "Skipped",
}
STATUS_TIP: dict[str, str] = {
    "new": "No mask yet: open the photo and the model looks at it",
    "predicted": "The mask is the model's; nobody has checked it",
    "corrected": "You changed the mask; only the places you touched are used for training",
    "approved": "You checked the whole leaf; all of it is used for training",
    "needs_work": "Somebody wants another look at it",
    "skipped": "Left out for now: going on to the next photo to do passes over it",
}


class PhotoRole(IntEnum):
    """Item data roles."""

    ROW = Qt.ItemDataRole.UserRole + 1
    THUMBNAIL = Qt.ItemDataRole.UserRole + 2
    SEARCH = Qt.ItemDataRole.UserRole + 3
    TWINS = Qt.ItemDataRole.UserRole + 4
    OUTDATED = Qt.ItemDataRole.UserRole + 5


class PhotoModel(QAbstractListModel):
    """See the module's text.

    Attributes:
        thumbnail_wanted: photo id; a row came into view whose small picture is not there.
    """

    thumbnail_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[PhotoRow] = []
        self._place: dict[str, int] = {}
        self._thumbnails: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        self._twins: dict[str, str] = {}
        self._model_in_use = ""
        self._named: dict[str, int] = {}
        self._rank: dict[str, int] = {}
        self._reasons: Mapping[str, str] = {}

    def set_rows(self, rows: Iterable[PhotoRow]) -> None:
        """Show other photos; small pictures of those that stay are kept."""
        self.beginResetModel()
        self._rows = list(rows)
        self._named = {row.photo_id: i for i, row in enumerate(self._rows)}
        self._rows.sort(key=self._standing)
        self._place = {row.photo_id: i for i, row in enumerate(self._rows)}
        # Whoever makes the pictures may have forgotten the list before.
        self._asked.clear()
        for gone in [k for k in self._thumbnails if k not in self._place]:
            del self._thumbnails[gone]
        self.endResetModel()

    def change_rows(self, rows: Iterable[PhotoRow]) -> bool:
        """Take rows out, in and anew, while those that stay keep their marks and their order.

        Returns:
            Whether so many came or went that all rows were set anew: then no mark was kept.
        """
        new = {row.photo_id: row for row in rows}
        if len(new.keys() ^ self._place.keys()) > MOST_SINGLY:
            self.set_rows(new.values())
            return True
        for place in reversed(range(len(self._rows))):
            if self._rows[place].photo_id not in new:
                self.beginRemoveRows(QModelIndex(), place, place)
                self._thumbnails.pop(self._rows.pop(place).photo_id, None)
                self.endRemoveRows()
        named = {photo_id: i for i, photo_id in enumerate(new)}
        before = [named[row.photo_id] for row in self._rows]
        self._named = named
        self._place = {row.photo_id: i for i, row in enumerate(self._rows)}
        changed = [place for place, row in enumerate(self._rows) if new[row.photo_id] != row]
        self._rows = [new[row.photo_id] for row in self._rows]
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first), self.index(last))
        if before != sorted(before):
            self._sort()  # one has another name now
        for row in sorted((r for i, r in new.items() if i not in self._place), key=self._standing):
            place = bisect.bisect(self._rows, self._standing(row), key=self._standing)
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.insert(place, row)
            self.endInsertRows()
        self._place = {row.photo_id: i for i, row in enumerate(self._rows)}
        return False

    def set_order(self, photo_ids: Iterable[str]) -> None:
        """Put the rows into another order.

        Args:
            photo_ids: The first ones; the others follow in the order in which they were given,
                and so do all where there are none.
        """
        self._rank = {photo_id: i for i, photo_id in enumerate(photo_ids)}
        self._sort()

    def _sort(self) -> None:
        self.layoutAboutToBeChanged.emit()
        marked = self.persistentIndexList()
        ids = [self._rows[index.row()].photo_id for index in marked]
        self._rows.sort(key=self._standing)
        self._place = {row.photo_id: i for i, row in enumerate(self._rows)}
        self.changePersistentIndexList(marked, [self.index(self._place[key]) for key in ids])
        self.layoutChanged.emit()

    def set_reasons(self, texts: Mapping[str, str]) -> None:
        """Say why a photo would teach the model much or little: photo id → a line."""
        self._reasons = texts

    def _standing(self, row: PhotoRow) -> tuple[int, int]:
        return self._rank.get(row.photo_id, len(self._rank)), self._named[row.photo_id]

    def update_row(self, row: PhotoRow) -> None:
        """Show the new state of one photo; an unknown one is ignored."""
        place = self._place.get(row.photo_id)
        if place is not None:
            self._rows[place] = row
            index = self.index(place)
            self.dataChanged.emit(index, index)

    def set_thumbnail(self, photo_id: str, pixmap: QPixmap) -> None:
        """Show a small picture."""
        place = self._place.get(photo_id)
        self._asked.discard(photo_id)
        if place is None:
            return
        self._thumbnails[photo_id] = pixmap
        if len(self._thumbnails) > THUMBNAILS_KEPT:
            self._thumbnails.popitem(last=False)
        index = self.index(place)
        self.dataChanged.emit(index, index, [PhotoRole.THUMBNAIL])

    def set_twins(self, texts: Mapping[str, str]) -> None:
        """Say which photos are there twice.

        Args:
            texts: Photo id → "Same photo as …", "Looks like …"; an empty text takes it back, and
                empty `texts` take all back.
        """
        changed = set(self._twins) if not texts else set()
        if not texts:
            self._twins.clear()
        for photo_id, text in texts.items():
            if self._twins.get(photo_id, "") != text:
                changed.add(photo_id)
                if text:
                    self._twins[photo_id] = text
                else:
                    del self._twins[photo_id]
        for place in (self._place[c] for c in changed if c in self._place):
            self.dataChanged.emit(self.index(place), self.index(place))

    def set_model_in_use(self, name: str) -> None:
        """Mark the predictions that another version made."""
        if name != self._model_in_use:
            self._model_in_use = name
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def place(self, photo_id: str) -> int:
        """Row number of a photo, -1 when it is not there."""
        return self._place.get(photo_id, -1)

    def row(self, place: int) -> PhotoRow:
        """The photo in a row."""
        return self._rows[place]

    @property
    def rows(self) -> Sequence[PhotoRow]:
        """All photos, unfiltered."""
        return self._rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Photos."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See `PhotoRole`."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == PhotoRole.ROW:
            return row
        if role == PhotoRole.THUMBNAIL:
            return self._thumbnail(row)
        if role == PhotoRole.SEARCH:
            return " ".join((str(row.path), *row.tags, row.note)).casefold()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            text = f"{Path(row.path).name}, {STATUS_TEXT.get(state_of(row), row.status)}"
            text += f", note: {row.note}" if row.note else ""
            text += ", in your test set" if row.keep_out else ""
            return ". ".join((text, *self._remarks(row)))
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = (tooltip(row), *self._remarks(row), self._reasons.get(row.photo_id, ""))
            return "\n".join(line for line in lines if line)
        if role == PhotoRole.OUTDATED:
            return is_outdated(row, self._model_in_use)
        if role == PhotoRole.TWINS:
            return self._twins.get(row.photo_id, "")
        return None

    def _remarks(self, row: PhotoRow) -> list[str]:
        """What the marks on the picture mean."""
        remarks = self._twins.get(row.photo_id, "").splitlines()
        if is_outdated(row, self._model_in_use):
            remarks.append(f"Made by {row.model}, not by the model in use ({self._model_in_use})")
        return remarks

    def _thumbnail(self, row: PhotoRow) -> QPixmap | None:
        found = self._thumbnails.get(row.photo_id)
        if found is None and row.photo_id not in self._asked and not row.error:
            self._asked.add(row.photo_id)
            self.thumbnail_wanted.emit(row.photo_id)
        return found


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours among rising places."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs


def is_outdated(row: PhotoRow, model_in_use: str) -> bool:
    """Whether a photo shows a prediction of another version, that nobody has worked on.

    A mask that a person corrected or approved is theirs, whatever the model was.
    """
    return bool(model_in_use) and row.status == "predicted" and row.model not in ("", model_in_use)


def state_of(row: PhotoRow) -> str:
    """What the list shows as a photo's state, a key of `STATUS_TEXT`.

    What a person said of it goes before how far its mask is.
    """
    return row.review or row.status


def to_do(row: PhotoRow) -> bool:
    """Whether somebody has still to look at it: neither approved nor skipped."""
    return row.status != "approved" and row.review != "skipped"


def approved_line(rows: Iterable[PhotoRow]) -> tuple[str, str]:
    """How many photos are approved and how long each took: the words, and the explanation."""
    approved = [row for row in rows if row.status == "approved"]
    times = [row.spent_s for row in approved if row.spent_s >= 1]
    if not approved:
        return "", ""
    if not times:
        return f"{len(approved)} approved", "No time was counted for them"
    each = duration(sum(times) / len(times))
    part = "" if len(times) == len(approved) else f" the {len(times)} with a time of"
    tip = f"Mean time that people worked at{part} the approved photos: {each}, together "
    return f"{len(approved)} approved, {each} each", tip + duration(sum(times))


def note_line(row: PhotoRow) -> str:
    """The note with who wrote it and when; empty without one."""
    if not row.note:
        return ""
    at = row.note_at[:16].replace("T", " ")
    who = ", ".join(part for part in (row.note_by, at) if part)
    return f"Note: {row.note}" + (f" ({who})" if who else "")


def summary(row: PhotoRow) -> str:
    """Second line of a row: state, severity, test set; or what is wrong."""
    if row.error:
        return "Cannot be read"
    text = STATUS_TEXT.get(state_of(row), row.status)
    severity = "" if row.severity_pct is None else f" · {row.severity_pct:.1f} %"
    return f"{text}{severity}{' · test set' if row.keep_out else ''}"


def tooltip(row: PhotoRow) -> str:
    """All that is known of a photo, some lines of plain text."""
    lines = [str(row.path)]
    if row.error:
        lines.append(row.error)
    else:
        if row.review:
            lines.append(f"{STATUS_TEXT[row.review]}: {STATUS_TIP[row.review]}")
        lines.append(f"{STATUS_TEXT.get(row.status, row.status)}: {STATUS_TIP.get(row.status, '')}")
    for what, who, at in (
        ("Last corrected", row.corrected_by, row.corrected_at),
        ("Approved", row.approved_by, row.approved_at),
    ):
        if at:
            by = f" by {who}" if who else ""
            lines.append(f"{what}{by}, {at[:16].replace('T', ' ')}")
    if row.spent_s >= 1:
        lines.append(f"Time spent: {duration(row.spent_s)}")
    if row.note:
        lines.append(note_line(row))
    if row.keep_out:
        lines.append(TEST_SET_TIP)
    if row.severity_pct is not None:
        lines.append(f"Severity {row.severity_pct:.1f} % of the leaf area")
    if row.lesion_count:
        lines.append(f"{row.lesion_count} lesion{'s' if row.lesion_count != 1 else ''}")
    if row.tags:
        lines.append("Tags: " + ", ".join(row.tags))
    return "\n".join(lines)
