"""Has the overlay composed anew where a document's labels, or who touched them, changed."""

from collections.abc import Callable

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.ui.canvas.two_scales import TwoScaleRefresher

_NOWHERE = Rect(0, 0, 0, 0)


class LabelWatch:
    """Listens to one document at a time.

    Args:
        refresher: Composes.
        drawing: Whether a stroke is being drawn: its dabs are composed at once.
        shows_origin: Whether the layer that shows who touched what is on.
    """

    def __init__(
        self,
        refresher: TwoScaleRefresher,
        drawing: Callable[[], bool],
        shows_origin: Callable[[], bool],
    ) -> None:
        self._refresher, self._drawing, self._shows_origin = refresher, drawing, shows_origin
        self._document: Document | None = None
        self._stroke_area = _NOWHERE

    def watch(self, document: Document | None) -> None:
        """Listen to another document, or to none."""
        before, self._document = self._document, document
        self._stroke_area = _NOWHERE
        if before is not None:
            before.labels_changed.disconnect(self._on_labels)
            before.history.recorded.disconnect(self._on_recorded)
            before.history.dropped.disconnect(self._on_dropped)
        if document is not None:
            document.labels_changed.connect(self._on_labels)
            document.history.recorded.connect(self._on_recorded)
            document.history.dropped.connect(self._on_dropped)

    def _on_labels(self, rect: Rect) -> None:
        if self._drawing():
            self._stroke_area = self._stroke_area.union(rect)
            self._refresher.compose(rect)
        else:
            # Undo or a new prediction may write a hundred rectangles in one event.
            self._refresher.invalidate(rect)

    def _on_recorded(self, operation: Operation) -> None:
        """A step may change who touched a pixel without changing its label."""
        painted, self._stroke_area = self._stroke_area, _NOWHERE
        # Each dab of a stroke has composed its own rectangle.
        stroke = operation.op is Op.EDIT and not painted.empty
        if operation.edit is not None and self._shows_origin() and not stroke:
            for rect in operation.edit.touch_rects:
                self._refresher.invalidate(rect)

    def _on_dropped(self) -> None:
        """A stroke was taken back: what it touched is untouched again."""
        painted, self._stroke_area = self._stroke_area, _NOWHERE
        if self._shows_origin():
            self._refresher.invalidate(painted)
