"""Acts on whole lesions without a tool: fill holes, remove specks, grow, shrink, smooth.

They work on the lesion under the pointer when it is over one, else on all, and say which. The work
is done in the pool on a copy; acts wait for each other, so a key pressed three times grows by 3 px.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.outline import grow_lesions, smooth_outlines
from plantseg_gui.core.region_change import Change, ChangeCount, count_change
from plantseg_gui.core.regions import fill_holes, remove_specks, speck_areas
from plantseg_gui.core.results import LabelArray
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.dialogs.specks import SpecksDialog
from plantseg_gui.ui.presenters.session import Session

PRIORITY = 9
SMOOTH_PX = 2.0
SPECK_PX = 20
NAMES = ("fill_holes", "remove_specks", "grow", "shrink", "smooth")


@dataclass(frozen=True)
class Act:
    """One act that waits or runs.

    Attributes:
        name: Of the undo step.
        done: What was done, in words, before "in 3 lesions".
        lesion: The lesion to work on; None for all.
        change: Gives the change of labels [H, W] uint16.
    """

    name: str
    done: str
    lesion: int | None
    change: Callable[[LabelArray], Change]


class Tidy(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, canvas: CanvasView, actions: Actions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session, self._canvas, self._actions = session, canvas, actions
        self._window = window
        self._waiting: deque[Act] = deque()
        self._busy = False
        self._smallest_px = SPECK_PX
        actions["fill_holes"].triggered.connect(self.fill_holes)
        actions["remove_specks"].triggered.connect(self.ask_specks)
        actions["grow"].triggered.connect(lambda: self.grow(1))
        actions["shrink"].triggered.connect(lambda: self.grow(-1))
        actions["smooth"].triggered.connect(self.smooth)
        session.document_opened.connect(self._on_document)
        self._on_document()

    def lesion(self) -> int | None:
        """The lesion under the pointer; None when it is over none."""
        document = self._session.document
        if document is None or not self._canvas.viewport().underMouse():
            return None
        place = self._canvas.pointer.photo_place()
        row, column = int(place.y() // 1), int(place.x() // 1)
        if not (0 <= row < document.height and 0 <= column < document.width):
            return None
        label = int(document.labels.array[row, column])
        return None if label in (HEALTHY, UNSURE) else label

    def fill_holes(self) -> None:
        """Give what a lesion encloses to it."""
        lesion = self.lesion()
        self._do(Act("Fill holes", "Holes filled", lesion, partial(fill_holes, lesion_id=lesion)))

    def grow(self, by_px: int) -> None:
        """Move outlines out by some px, or in."""
        lesion = self.lesion()
        name, done = ("Grow", "Grown") if by_px > 0 else ("Shrink", "Shrunk")
        change = partial(grow_lesions, by_px=by_px, lesion_id=lesion)
        self._do(Act(name, f"{done} by {abs(by_px)} px", lesion, change))

    def smooth(self) -> None:
        """Round outlines."""
        lesion = self.lesion()
        change = partial(smooth_outlines, by_px=SMOOTH_PX, lesion_id=lesion)
        self._do(Act("Smooth outlines", "Outlines smoothed", lesion, change))

    def ask_specks(self) -> None:
        """Count the spots, ask how small ones shall go, and remove them."""
        document, lesion = self._session.document, self.lesion()
        if document is None:
            return
        labels = document.labels.read(document.labels.rect)
        run_task(
            lambda: speck_areas(labels, lesion),
            on_done=partial(self._on_counted, document, lesion),
            on_error=self._session.fail,
            priority=PRIORITY,
            doing="counting spots",
        )

    def _on_counted(
        self, document: Document, lesion: int | None, areas: npt.NDArray[np.int64]
    ) -> None:
        if not self._session.is_shown(document):
            return
        where = "this photo" if lesion is None else f"lesion {lesion}"
        if not areas.size:
            self._session.say("No specks to remove: this photo has no lesion.")
            return
        dialog = SpecksDialog(areas, where, self._smallest_px, self._window)
        if dialog.exec() and self._session.is_shown(document):
            self._smallest_px = dialog.smallest_px
            change = partial(remove_specks, min_area_px=self._smallest_px, lesion_id=lesion)
            done = f"Specks below {self._smallest_px} px removed"
            self._do(Act("Remove specks", done, lesion, change))

    def _do(self, act: Act) -> None:
        if self._session.document is not None:
            self._waiting.append(act)
            self._work()

    def _work(self) -> None:
        document = self._session.document
        if self._busy or not self._waiting or document is None:
            return
        act = self._waiting.popleft()
        self._busy = True
        labels = document.labels.read(document.labels.rect)
        stamp = document.revision, document.labels.version

        def change() -> tuple[Change, ChangeCount]:
            made = act.change(labels)
            return made, count_change(labels, made)

        run_task(
            change,
            on_done=lambda made: self._on_made(act, document, stamp, *made),
            on_error=self._on_error,
            priority=PRIORITY,
            doing=act.done.lower(),
        )

    def _on_made(
        self,
        act: Act,
        document: Document,
        stamp: tuple[int, int],
        change: Change,
        count: ChangeCount,
    ) -> None:
        self._busy = False
        if not self._session.is_shown(document):
            self._session.say(f"{act.name}: not done, another photo was opened meanwhile.")
        elif document.history.open or stamp != (document.revision, document.labels.version):
            self._session.say(f"{act.name}: not done, the mask changed meanwhile. Try again.")
        elif document.apply_region(act.name, *change) is None:
            where = "any lesion" if act.lesion is None else f"lesion {act.lesion}"
            self._session.say(f"{act.name}: nothing to change in {where}.")
        else:
            self._session.say(said(act, count))
        self._work()

    def _on_error(self, error: AppError) -> None:
        self._busy = False
        self._session.fail(error)
        self._work()

    def _on_document(self) -> None:
        self._waiting.clear()
        self._actions.enable(self._session.document is not None, *NAMES)


def said(act: Act, count: ChangeCount) -> str:
    """What came of an act, for the status bar."""
    if act.lesion is not None:
        where = f"lesion {act.lesion}"
    else:
        where = f"{count.lesions} lesion{'s' * (count.lesions != 1)}"
    text = f"{act.done}: {where}, {count.pixels} px."
    if count.gone:
        gone = "1 lesion is" if count.gone == 1 else f"{count.gone} lesions are"
        text += f" {gone} gone; undo brings back what was there."
    return text
