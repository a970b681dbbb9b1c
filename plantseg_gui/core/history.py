"""Undo and redo of edits, bounded by bytes and never by a count of steps.

A stroke is `begin`, any number of `paint`, then `commit` or `abort`. What a stroke overwrites is
kept in small blocks that are copied before their first write, so beginning a stroke costs nothing
and a long one costs its own area. The newest edits stay raw; older ones are compressed a little at
each commit, so that no single act waits long for it.

Everything that happens is told as an `Operation`, from which `core.replay` makes labels and history
again: the journal on the disk is a list of them.
"""

import time
from collections.abc import Sequence

from plantseg_gui.core.edits import Edit
from plantseg_gui.core.events import Signal
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.open_stroke import OpenStroke
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.revisions import Steps

DEFAULT_BUDGET_BYTES = 256 * 2**20

_NEWEST_RAW = 20
# Raw edits above this total are compressed whatever their age (twenty whole-photo edits at 2048²
# would be 480 MiB). One commit spends at most about `_COMPACT_S` on it, looking at the clock every
# `_COMPACT_BYTES`: labels that compress badly take ten times as long as usual ones.
_RAW_BYTES = 64 * 2**20
_COMPACT_BYTES = 2**19
_COMPACT_S = 0.01


class History:
    """The edits of one label image, and of its map of touched pixels.

    Attributes:
        changed: Signal(), whenever the undo or redo list changed.
        dropped: Signal(), a stroke was closed without becoming a step.
        recorded: Signal(Operation), for the journal; before `changed`.
        forgotten: How many steps of this session's list were let go of for want of memory.
    """

    def __init__(
        self,
        labels: LabelImage,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        *,
        touched: BoolArray | None = None,
    ) -> None:
        """Keep the history of `labels` and, when given, of `touched`, [H, W] bool.

        Both are changed in place by `paint`, `push`, `undo`, `redo` and `abort`.

        Raises:
            ValueError: `touched` has another shape than the labels.
        """
        if touched is not None and touched.shape != labels.shape:
            raise ValueError(f"touched has shape {touched.shape}; the labels have {labels.shape}")
        self._labels = labels
        self._touched = touched
        self._budget_bytes = budget_bytes
        self._undo: list[Edit] = []
        self._redo: list[Edit] = []
        self._stroke: OpenStroke | None = None
        self._loose: Edit | None = None
        self.forgotten = 0
        self.changed = Signal()
        self.dropped = Signal()
        self.recorded = Signal()

    def restore(self, undo: Sequence[Edit], redo: Sequence[Edit], loose: Edit | None) -> None:
        """Take up the steps of an earlier session; the labels have them already.

        Args:
            undo: Oldest first.
            redo: The one that `redo` applies next comes last.
            loose: See `lay`.
        """
        self._undo, self._redo, self._loose = list(undo), list(redo), loose
        self._drop_oldest()
        self.changed.emit()

    @property
    def budget_bytes(self) -> int:
        """How much memory the steps may take."""
        return self._budget_bytes

    def set_budget(self, budget_bytes: int) -> None:
        """Allow more or less memory; with less, the oldest steps go. The newest always stays.

        Raises:
            ValueError: less than nothing.
        """
        if budget_bytes < 0:
            raise ValueError(f"a budget of {budget_bytes} bytes; it is 0 or more")
        before, self._budget_bytes = len(self._undo), budget_bytes
        self._drop_oldest()
        if len(self._undo) != before:
            self.changed.emit()

    @property
    def open(self) -> bool:
        """Whether a stroke was begun and neither committed nor aborted."""
        return self._stroke is not None

    @property
    def can_undo(self) -> bool:
        """Whether `undo` would do something."""
        return bool(self._undo) and not self.open

    @property
    def can_redo(self) -> bool:
        """Whether `redo` would do something."""
        return bool(self._redo) and not self.open

    @property
    def undo_name(self) -> str:
        """Name of the edit that `undo` would revert; empty when there is none."""
        return self._undo[-1].name if self._undo else ""

    @property
    def redo_name(self) -> str:
        """Name of the edit that `redo` would apply; empty when there is none."""
        return self._redo[-1].name if self._redo else ""

    @property
    def next_undo(self) -> Edit | None:
        """The edit that `undo` would revert."""
        return self._undo[-1] if self.can_undo else None

    @property
    def next_redo(self) -> Edit | None:
        """The edit that `redo` would apply."""
        return self._redo[-1] if self.can_redo else None

    @property
    def names(self) -> list[str]:
        """Names of the edits that can be undone, oldest first."""
        return [edit.name for edit in self._undo]

    @property
    def steps(self) -> Steps:
        """All steps as they are now; `revisions.labels_after` makes earlier masks of them."""
        return Steps((*self._undo, *reversed(self._redo)), len(self._undo), self._loose)

    @property
    def nbytes(self) -> int:
        """Memory held by all edits."""
        loose = self._loose.nbytes if self._loose is not None else 0
        return loose + sum(edit.nbytes for edit in (*self._undo, *self._redo))

    def begin(self, name: str) -> None:
        """Open a stroke.

        Raises:
            RuntimeError: Another stroke is open.
        """
        if self._stroke is not None:
            raise RuntimeError(f"the stroke {self._stroke.name!r} is still open")
        self._stroke = OpenStroke(name, self._labels, self._touched)

    def paint(self, rect: Rect, values: LabelArray, touched: BoolArray | None = None) -> None:
        """Write labels inside the open stroke.

        Args:
            rect: Inside the image.
            values: [h, w] uint16.
            touched: [h, w] bool, the pixels that the person touched, which may be more than those
                that changed (wiping healthy leaf says that it is healthy). Left out: those that
                change.

        Raises:
            RuntimeError: No stroke is open.
            ValueError: `rect` reaches outside the image or a shape does not fit.
        """
        self._need_stroke().paint(rect, values, touched)

    def original(self, rect: Rect) -> LabelArray:
        """The labels in `rect` as they were before the open stroke, [h, w] uint16."""
        return self._labels.read(rect) if self._stroke is None else self._stroke.original(rect)

    def commit(self) -> Edit | None:
        """Close the open stroke and put it on the undo list; None when it changed nothing.

        Raises:
            RuntimeError: No stroke is open.
        """
        edit = self._need_stroke().edit()
        self._stroke = None
        if not edit.nbytes:
            self.dropped.emit()
            return None
        self._append(edit)
        return edit

    def abort(self) -> None:
        """Close the open stroke and put everything back; does nothing when none is open."""
        if self._stroke is None:
            return
        edit, self._stroke = self._stroke.edit(), None
        edit.revert(self._labels, self._touched)
        self.dropped.emit()

    def lay(self, edit: Edit) -> None:
        """Apply `edit` loosely on top: no step of its own, and redo stays possible.

        The next undo or redo takes it off first; the next step takes it in. Call `lift` before its
        patches are made, or they describe what lies there already.
        """
        edit.apply(self._labels, self._touched)
        steps = bool(self._undo or self._redo)
        if steps:
            self._loose = edit
        # With steps beside it the order of things counts, so it is written at once.
        self.recorded.emit(Operation(Op.LAY, edit, urgent=steps))

    def lift(self) -> None:
        """Take the loose edit off, if there is one."""
        loose, self._loose = self._loose, None
        if loose is not None:
            loose.revert(self._labels, self._touched)
            self.recorded.emit(Operation(Op.LIFT))

    def settle(self, name: str) -> None:
        """Make the loose edit, if there is one, a step under `name`."""
        if self._loose is not None:
            self._append(Edit(name, ()))

    def push(self, edit: Edit) -> None:
        """Apply `edit` and put it on the undo list.

        Raises:
            RuntimeError: A stroke is open.
        """
        if self._stroke is not None:
            raise RuntimeError(f"the stroke {self._stroke.name!r} is still open")
        edit.apply(self._labels, self._touched)
        self._append(edit)

    def undo(self) -> Edit | None:
        """Revert the newest edit and give it; None when there is none or a stroke is open."""
        if not self.can_undo:
            return None
        self.lift()
        edit = self._undo.pop()
        self._redo.append(edit)
        edit.revert(self._labels, self._touched)
        self.recorded.emit(Operation(Op.UNDO, edit))
        self.changed.emit()
        return edit

    def redo(self) -> Edit | None:
        """Apply the edit that was undone last and give it; None when there is none."""
        if not self.can_redo:
            return None
        self.lift()
        edit = self._redo.pop()
        self._undo.append(edit)
        edit.apply(self._labels, self._touched)
        self.recorded.emit(Operation(Op.REDO, edit))
        self.changed.emit()
        return edit

    def _append(self, edit: Edit) -> None:
        self._redo.clear()
        loose, self._loose = self._loose, None
        whole = edit if loose is None else edit.after(loose)
        self._undo.append(whole)
        self.recorded.emit(Operation(Op.EDIT, whole))
        self._compact()
        self._drop_oldest()
        self.changed.emit()

    def _compact(self) -> None:
        raw_bytes = sum(edit.raw_nbytes for edit in self._undo)
        # At least one piece each time, so that a busy machine falls behind but never stands still.
        deadline = None
        for age, edit in enumerate(self._undo[:-1]):
            old = age < len(self._undo) - _NEWEST_RAW
            while edit.raw_nbytes and (old or raw_bytes > _RAW_BYTES):
                if deadline is None:
                    deadline = time.perf_counter() + _COMPACT_S
                elif time.perf_counter() > deadline:
                    return
                raw_bytes -= edit.compact(_COMPACT_BYTES)

    def _drop_oldest(self) -> None:
        total = self.nbytes
        if total > self._budget_bytes:
            # Rare (a photo far above 4096²): what is raw is compressed before anything is lost.
            for edit in self._undo:
                while total > self._budget_bytes and edit.raw_nbytes:
                    edit.compact(_COMPACT_BYTES)
                    total = self.nbytes
        # The newest one always stays: a person must be able to take back what was just done.
        while total > self._budget_bytes and len(self._undo) > 1:
            total -= self._undo.pop(0).nbytes
            self.forgotten += 1

    def _need_stroke(self) -> OpenStroke:
        """The open stroke. Raises RuntimeError when there is none."""
        if self._stroke is None:
            raise RuntimeError("no stroke is open; call begin first")
        return self._stroke
