"""One photo with its labels, its prediction and its history; no file access.

What a person did is told apart from what the network said: `touched` remembers every pixel that a
person touched. A new prediction fills the labels by itself only while nobody has touched them;
afterwards it waits beside them until a person takes it over (`accept_prediction`) or goes back to
it (`reset_to_prediction`), or until undo has taken the last touch back: then it fills the labels
after all, loosely, so that redo still works.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np

from plantseg_gui.core.edits import Edit, make_patches, make_touch_patches
from plantseg_gui.core.events import Signal
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.history import History
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.merging import Merge
from plantseg_gui.core.operations import Op, Operation, PendingOperations
from plantseg_gui.core.results import BoolArray, LabelArray, Prediction, RgbArray

Status = Literal["new", "predicted", "corrected", "approved"]


class Document:
    """A photo that is open in the window. Belongs to the main thread.

    Attributes:
        document_id: The photo's id in its project.
        image: [H, W, 3] uint8 RGB.
        labels: The label image; write to it through `history` only, or undo breaks.
        history: Undo and redo.
        pending: Operations that are not in the journal yet.
        journaled_seq: Number of the last operation that is in the journal.
        lost_steps: How many operations of the journal could not be read when it was opened.
        recorded: Signal(), `pending` has another operation.
        labels_changed: Signal(rect: Rect), labels in `rect` changed.
        status_changed: Signal(), status, approval, dirtiness or the undo list changed.
        prediction_changed: Signal(), another prediction, or its uncertainty, is there.
    """

    def __init__(
        self,
        document_id: str,
        image: RgbArray,
        labels: LabelArray | None = None,
        touched: BoolArray | None = None,
        *,
        prediction: Prediction | None = None,
        approved: bool = False,
    ) -> None:
        """Open a photo, with what was saved of it before when there is something.

        Args:
            document_id: The photo's id in its project.
            image: [H, W, 3] uint8 RGB.
            labels: [H, W] uint16, taken over; None for no lesion yet.
            touched: [H, W] bool, taken over; None for untouched.
            prediction: What a network said earlier; it does not change `labels`.
            approved: Whether a person checked the whole leaf.

        Raises:
            ValueError: A size differs from the photo's.
        """
        shape = image.shape[:2]
        for name, array in (("labels", labels), ("touched", touched)):
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} have shape {array.shape}; the photo has {shape}")
        self.document_id = document_id
        self.image = image
        self.labels = LabelImage(np.zeros(shape, np.uint16) if labels is None else labels)
        self._touched = np.zeros(shape, bool) if touched is None else np.array(touched, bool)
        self.history = History(self.labels, touched=self._touched)
        self.pending = PendingOperations()
        self.journaled_seq = self.lost_steps = 0
        self._source = self._batch = ""
        self.recorded = Signal()
        self.labels_changed, self.status_changed = Signal(), Signal()
        self.prediction_changed = Signal()
        self._prediction: Prediction | None = None
        self._approved = approved
        self._revision = 0
        self._changes = self._saved_changes = 0
        self._any_touched: bool | None = None
        # What was opened is taken as it was saved; only a prediction of this session fills labels.
        self._arrived = False
        if prediction is not None:
            self._check_size(prediction)
            self._prediction = prediction
        self.labels.changed.connect(self.labels_changed.emit)
        self.history.changed.connect(self._on_edit)
        self.history.dropped.connect(self._on_dropped)
        self.history.recorded.connect(self._on_recorded)

    @property
    def height(self) -> int:
        """Rows of the photo."""
        return self.labels.height

    @property
    def width(self) -> int:
        """Columns of the photo."""
        return self.labels.width

    @property
    def prediction(self) -> Prediction | None:
        """What the network said last, None before its first run."""
        return self._prediction

    @property
    def touched(self) -> BoolArray:
        """[H, W] bool, read-only: the pixels that a person touched."""
        view = self._touched.view()
        view.flags.writeable = False
        return view

    @property
    def revision(self) -> int:
        """Rises at each edit, undo and redo; a job's result of an older one is stale."""
        return self._revision

    @property
    def change_count(self) -> int:
        """Rises at everything that is worth saving; give it to `mark_saved` after a save."""
        return self._changes

    @property
    def dirty(self) -> bool:
        """Whether something changed since the last save."""
        return self._changes != self._saved_changes

    @property
    def approved(self) -> bool:
        """Whether a person checked the whole leaf."""
        return self._approved

    @property
    def human_edits(self) -> bool:
        """Whether a person touched any pixel, an open stroke included."""
        if self.history.open:
            return True
        if self._any_touched is None:
            self._any_touched = bool(self._touched.any())
        return self._any_touched

    @property
    def status(self) -> Status:
        """How far the photo has come."""
        if self._approved:
            return "approved"
        if self.human_edits:
            return "corrected"
        return "new" if self._prediction is None else "predicted"

    def set_prediction(self, prediction: Prediction) -> bool:
        """Keep what the network said, and fill the labels with it if no person edited them.

        Filling is no undo step and takes no redo away. While a person's edits, an open stroke or
        an approval stand, the prediction waits; it fills the labels when none is left.

        Returns:
            Whether the labels were filled.

        Raises:
            ValueError: The prediction has another size than the photo.
        """
        self._check_size(prediction)
        self._prediction = prediction
        self._arrived = True
        fill = self._fill_if_free()
        self._changes += 1
        self.prediction_changed.emit()
        self.status_changed.emit()
        return fill

    def update_prediction(self, prediction: Prediction) -> None:
        """Replace the prediction by itself with its uncertainty; labels stay as they are."""
        self._check_size(prediction)
        self._prediction, self._changes = prediction, self._changes + 1
        self.prediction_changed.emit()

    def accept_prediction(self) -> Edit | None:
        """Take the prediction over as the person's own, in one undo step.

        Pixels that the person touched keep their labels; everywhere else the prediction is taken,
        and its lesions count as touched from now on.

        Returns:
            The step; None when there is no prediction or nothing would change.
        """
        if self._prediction is None or self.history.open:
            return None
        merge = Merge(self.labels.array, self._prediction.labels, self._touched)
        with self._from_model():
            return self._push(Edit("Accept prediction", merge.patches(), merge.touch_patches()))

    def reset_to_prediction(self) -> Edit | None:
        """Throw all corrections away and go back to the prediction, in one undo step.

        The photo is no longer approved afterwards; undo brings the approval back.

        Returns:
            The step; None when there is no prediction or nothing would change.
        """
        if self._prediction is None:
            return None
        untouched = np.zeros(self.labels.shape, bool)
        with self._from_model():
            return self.replace("Reset to prediction", self._prediction.labels, untouched)

    def replace(self, name: str, labels: LabelArray, touched: BoolArray) -> Edit | None:
        """Put another mask in the place of this one, in one undo step.

        The photo is no longer approved afterwards; undo brings the approval back.

        Args:
            name: What is done, in words.
            labels: [H, W] uint16.
            touched: [H, W] bool, the pixels that count as touched by a person afterwards.

        Returns:
            The step; None when a stroke is open or nothing would change.
        """
        if self.history.open:
            return None
        approved = (True, False) if self._approved else None
        self._approved = False
        return self._push(
            Edit(
                name,
                make_patches(self.labels, self.labels.rect, labels),
                make_touch_patches(self._touched, self.labels.rect, touched),
                approved=approved,
            )
        )

    def approve(self, approved: bool) -> None:
        """Say that the whole leaf was checked, or take that back."""
        if approved != self._approved:
            if approved:  # what is approved must not be exchanged by an undo that nobody sees
                self.history.settle("New prediction")
            self._approved = approved
            self._on_recorded(Operation(Op.APPROVE, approved=approved))
            self._fill_if_free()
            self._changes += 1
            self.status_changed.emit()

    def apply_region(self, name: str, rect: Rect, values: LabelArray) -> Edit | None:
        """Write what a function of `regions` gave, in one undo step.

        Args:
            name: What the person did, in words.
            rect: Inside the photo.
            values: [h, w] uint16.

        Returns:
            The step; None when nothing changed.
        """
        self.history.begin(name)
        self.history.paint(rect, values)
        return self.history.commit()

    def undo(self) -> Edit | None:
        """Take the newest edit back and give it; None when there is none."""
        edit = self.history.next_undo
        if edit is not None and edit.approved is not None:
            self._approved = edit.approved[0]
        return self.history.undo()

    def redo(self) -> Edit | None:
        """Do the edit again that was taken back last; None when there is none."""
        edit = self.history.next_redo
        if edit is not None and edit.approved is not None:
            self._approved = edit.approved[1]
        return self.history.redo()

    def mark_saved(self, change_count: int | None = None) -> None:
        """Say that everything is on disk.

        Args:
            change_count: `change_count` when the arrays to save were copied: what changed since
                stays dirty. None: nothing changed since.
        """
        self._saved_changes = self._changes if change_count is None else change_count
        self.status_changed.emit()

    def _fill_if_free(self) -> bool:
        """Bring the labels to the prediction unless something of a person's stands in the way."""
        if self._prediction is None or not self._arrived or self._approved or self.human_edits:
            return False
        self.history.lift()
        patches = make_patches(self.labels, self.labels.rect, self._prediction.labels)
        if patches:
            with self._from_model():
                self.history.lay(Edit("New prediction", patches))
        return True

    def _push(self, edit: Edit) -> Edit | None:
        if not edit.nbytes and edit.approved is None:
            return None
        edit.batch = self._batch
        self.history.push(edit)
        return edit

    @contextmanager
    def in_batch(self, name: str) -> Iterator[None]:
        """The steps that are made inside belong to an act on several photos."""
        before, self._batch = self._batch, name
        try:
            yield
        finally:
            self._batch = before

    @contextmanager
    def _from_model(self) -> Iterator[None]:
        """What is recorded inside comes from the prediction."""
        before, self._source = self._source, self._prediction.model if self._prediction else ""
        try:
            yield
        finally:
            self._source = before

    def _on_recorded(self, operation: Operation) -> None:
        self._any_touched = None  # whoever is told asks for the status
        self.pending.add(dataclasses.replace(operation, model=self._source))
        self.recorded.emit()

    def _on_edit(self) -> None:
        self._any_touched = None
        self._revision += 1
        self._changes += 1
        self._fill_if_free()
        self.status_changed.emit()

    def _on_dropped(self) -> None:
        self._any_touched = None
        if self._fill_if_free():
            self._changes += 1
            self.status_changed.emit()

    def _check_size(self, prediction: Prediction) -> None:
        if prediction.labels.shape != self.labels.shape:
            raise ValueError(
                f"the prediction has shape {prediction.labels.shape}; "
                f"the photo has {self.labels.shape}"
            )
