"""The demo: leaves drawn by the program, opened as a project while the rest is being drawn."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
from PySide6.QtCore import QObject

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.storage.masks import write_labels
from plantseg_gui.storage.paths import user_data_dir
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.session import Session

if TYPE_CHECKING:
    from plantseg_gui.core.drawn_leaf import DemoLeaf

JPEG_QUALITY = 93
LEAVES = 12
SIZE_PX = 2048


def demo_dir() -> Path:
    """Where the demo photos lie."""
    return user_data_dir() / "Demo leaves"


def masks_dir() -> Path:
    """Where their exact masks lie (16-bit label images), to compare with."""
    return user_data_dir() / "Demo masks"


class Demo(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        projects: OpenProject,
        jobs: JobModel,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._projects, self._jobs = session, projects, jobs
        self.leaves, self.size_px = LEAVES, SIZE_PX
        self._queue: list[DemoLeaf] = []
        self._total = 0
        self._job = 0
        self._opened = False
        actions["demo"].triggered.connect(self.open)

    def open(self) -> None:
        """Open the demo folder; draw what is not there yet, one leaf after the other."""
        if self._job:
            return
        self._job = self._jobs.add("Drawing demo leaves", self._stop)
        count = self.leaves
        run_task(
            lambda: _list(count), on_done=self._on_listed, on_error=self._on_error, doing="drawing"
        )

    def _on_listed(self, wanted: "list[DemoLeaf]") -> None:
        self._queue = [leaf for leaf in wanted if not photo_path(leaf).is_file()]
        self._total = len(self._queue)
        self._opened = len(self._queue) < len(wanted)
        if self._opened:
            self._projects.open_folder(demo_dir())
        if self._queue:
            self._session.say("Drawing the demo leaves: the first is there in some seconds.")
        self._jobs.update(self._job, 0, self._total)
        self._next()

    def _next(self) -> None:
        if not self._queue:
            self._jobs.remove(self._job)
            self._job = 0
            return
        leaf, size = self._queue.pop(0), self.size_px
        run_task(
            lambda: _draw(leaf, size),
            on_done=self._on_drawn,
            on_error=self._on_error,
            doing="drawing a demo leaf",
        )

    def _on_drawn(self, path: Path) -> None:
        self._jobs.update(self._job, self._total - len(self._queue), self._total)
        if not self._opened:
            self._opened = True
            self._projects.open_folder(demo_dir())
        else:
            self._projects.look_again(demo_dir())
        self._next()

    def _on_error(self, error: AppError) -> None:
        self._stop()
        self._next()
        self._session.fail(error)

    def _stop(self) -> None:
        self._queue.clear()


def photo_path(leaf: "DemoLeaf") -> Path:
    """The photo's file."""
    return demo_dir() / f"{leaf.name}.jpg"


def _list(count: int) -> "list[DemoLeaf]":
    """The leaves to draw; imports scikit-image, which the window must not wait for."""
    from plantseg_gui.core.drawn_leaf import demo_list

    return demo_list(count)


def _draw(leaf: "DemoLeaf", size: int) -> Path:
    """Draw and write one leaf; the photo last, so that a photo means that all is there."""
    drawn = leaf.draw(size)
    write_labels(masks_dir() / f"{leaf.name}.png", drawn.labels)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(drawn.image, cv2.COLOR_RGB2BGR), quality)
    if not done:
        raise AppError("The demo leaf could not be written as JPEG.")
    path = photo_path(leaf)
    write_bytes(path, data.tobytes())
    return path
