"""Two canvases that look at the same place, with a cross-hair in each for the pointer in the other.

Photos of different size are linked in relative coordinates: the middle of one is the middle of the
other, and what is as large in one view as the photo's longer side is so in the other.
"""

from PySide6.QtCore import QObject, QPointF

from plantseg_gui.core.document import Document
from plantseg_gui.ui.canvas.view import CanvasView


class LinkedViews(QObject):
    """See the module's text. The second follows the first; a person may move either."""

    def __init__(
        self, first: CanvasView, second: CanvasView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._views = first, second
        self._locked, self._on, self._following = True, False, False
        for i, (here, other) in enumerate(((first, second), (second, first))):
            here.navigation.moved.connect(lambda by_person, i=i: self._on_moved(i, by_person))
            here.pointer.moved.connect(lambda at, h=here, o=other: self._point(h, o, at))
            here.cursor_moved.connect(lambda row, _, o=other: o.point_at(None) if row < 0 else None)

    @property
    def locked(self) -> bool:
        """Whether zoom and place are the same in both."""
        return self._locked

    def set_locked(self, on: bool) -> None:
        """Lock: the second goes where the first is. Unlocked, each moves alone."""
        self._locked = on
        self._follow(0, 1)

    def set_on(self, on: bool) -> None:
        """Begin or end; without it nothing follows and there is no cross-hair."""
        self._on = on
        for view in self._views:
            view.point_at(None)
        self._follow(0, 1)

    def show(self, document: Document | None) -> None:
        """Show a document in the second view, where the first one looks."""
        self._views[1].set_document(document)
        self._follow(0, 1)

    def _on_moved(self, moved: int, by_person: bool) -> None:
        # The second got another size or photo: that is no wish to look elsewhere.
        if moved == 1 and not by_person:
            self._follow(0, 1)
        else:
            self._follow(moved, 1 - moved)

    def _follow(self, leader: int, follower: int) -> None:
        lead, follow = self._views[leader].navigation, self._views[follower].navigation
        ours, theirs = lead.photo_size, follow.photo_size
        ready = self._on and self._locked and not self._following
        if not ready or ours.isEmpty() or theirs.isEmpty():
            return
        self._following = True
        try:
            if lead.fitted:
                follow.fit()
            else:
                longer = max(ours.width(), ours.height()) / max(theirs.width(), theirs.height())
                place = _scaled(lead.centre, self._views[leader], self._views[follower])
                follow.look_at(place, lead.zoom * longer)
        finally:
            self._following = False

    def _point(self, here: CanvasView, other: CanvasView, at: QPointF) -> None:
        size = here.navigation.photo_size
        inside = 0 <= at.x() < size.width() and 0 <= at.y() < size.height()
        shown = self._on and inside and other.document is not None
        other.point_at(_scaled(at, here, other) if shown else None)


def _scaled(at: QPointF, here: CanvasView, other: CanvasView) -> QPointF:
    """The place in another photo that a place in this one stands for."""
    ours, theirs = here.navigation.photo_size, other.navigation.photo_size
    return QPointF(at.x() * theirs.width() / ours.width(), at.y() * theirs.height() / ours.height())
