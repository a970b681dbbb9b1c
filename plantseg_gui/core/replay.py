"""Labels and history from what was saved and the operations after it.

Operations write absolute values, so applying one that the labels hold already changes nothing in
the end: a save may know less of the journal than it contains, never more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from plantseg_gui.core.edits import Edit
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.operations import Op
from plantseg_gui.core.results import BoolArray, LabelArray


@dataclass(frozen=True)
class JournalRow:
    """An operation in the journal.

    Attributes:
        seq: Its number; rises over all photos of the project.
        op: Its kind.
        edit: See `Operation`; None when it cannot be read any more.
        approved: Of APPROVE.
        undone: An EDIT that was taken back before the journal was tidied up.
    """

    seq: int
    op: Op
    edit: Edit | None = None
    approved: bool | None = None
    undone: bool = False


def replayed(
    shape: tuple[int, int],
    labels: LabelArray | None,
    touched: BoolArray | None,
    rows: Iterable[JournalRow],
    *,
    saved_seq: int = 0,
    approved: bool = False,
) -> "tuple[LabelArray, Replay]":
    """What was saved of a photo, with the rest of its journal in it.

    Args:
        shape: (H, W) of the photo; counts where nothing was saved.
        labels: [H, W] uint16, taken over and changed in place where it can be written.
        touched: [H, W] bool, copied.
        rows: Of the photo, by rising number.
        saved_seq: The labels hold the operations up to this one.
        approved: As it was saved.

    Returns:
        The labels, writable, and the state with the map of touched pixels.

    Raises:
        ValueError: a row reaches outside the photo.
    """
    start = np.zeros(shape, np.uint16) if labels is None else labels
    array = np.require(start, np.uint16, ["C", "W"])
    marks = np.zeros(array.shape, bool) if touched is None else np.array(touched, bool)
    return array, Replay(LabelImage(array), marks, saved_seq, approved).run(rows)


@dataclass
class Replay:
    """The state after all operations; feed them to `add` in their order.

    Attributes:
        labels: Changed in place.
        touched: [H, W] bool, changed in place.
        saved_seq: Operations up to this one are in the labels already.
        approved: Whether the photo is approved.
        undo: Steps that can be taken back, oldest first.
        redo: Steps that can be done again, the next one last.
        loose: See `History.lay`.
        applied: How many operations came after the save.
        lost: How many could not be read.
    """

    labels: LabelImage
    touched: BoolArray
    saved_seq: int = 0
    approved: bool = False
    undo: list[Edit] = field(default_factory=list)
    redo: list[Edit] = field(default_factory=list)
    loose: Edit | None = None
    applied: int = 0
    lost: int = 0

    def run(self, rows: Iterable[JournalRow]) -> "Replay":
        """Add all of them."""
        for row in rows:
            self.add(row)
        return self

    def add(self, row: JournalRow) -> None:
        """Take one operation in."""
        later = row.seq > self.saved_seq
        self.applied += later
        if row.op in (Op.EDIT, Op.LAY) and row.edit is None:
            self._lose()
            return
        if row.op is Op.APPROVE:
            if later and row.approved is not None:
                self.approved = row.approved
            return
        {
            Op.EDIT: self._edit,
            Op.UNDO: self._undo_one,
            Op.REDO: self._redo_one,
            Op.LAY: self._lay,
            Op.LIFT: self._lift,
        }[row.op](row, later)

    def _edit(self, row: JournalRow, later: bool) -> None:
        edit = row.edit
        assert edit is not None
        if row.undone:
            self.redo.insert(0, edit)
            return
        self.undo.append(edit)
        self.redo.clear()
        self.loose = None
        if later:
            self._apply(edit)

    def _undo_one(self, row: JournalRow, later: bool) -> None:
        edit = self.undo.pop() if self.undo else row.edit
        if edit is None:
            return
        self.redo.append(edit)
        if later:
            self._revert(edit)

    def _redo_one(self, row: JournalRow, later: bool) -> None:
        edit = self.redo.pop() if self.redo else row.edit
        if edit is None:
            return
        self.undo.append(edit)
        if later:
            self._apply(edit)

    def _lay(self, row: JournalRow, later: bool) -> None:
        assert row.edit is not None
        if later:
            self._apply(row.edit)
        self.loose = row.edit if self.undo or self.redo else None

    def _lift(self, row: JournalRow, later: bool) -> None:
        if self.loose is not None and later:
            self._revert(self.loose)
        self.loose = None

    def _apply(self, edit: Edit) -> None:
        try:
            edit.apply(self.labels, self.touched)
        except ValueError:
            self._lose()
            return
        if edit.approved is not None:
            self.approved = edit.approved[1]

    def _revert(self, edit: Edit) -> None:
        try:
            edit.revert(self.labels, self.touched)
        except ValueError:
            self._lose()
            return
        if edit.approved is not None:
            self.approved = edit.approved[0]

    def _lose(self) -> None:
        """An unreadable step: what came before it cannot be taken back past it."""
        self.lost += 1
        self.undo.clear()
        self.redo.clear()
        self.loose = None
