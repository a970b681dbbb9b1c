"""Keeps the overlay up to date without holding up the window.

A dab composes its own rectangle at once. What concerns many chunks (a map arrived, a slider moved,
a large undo) is done chunk by chunk, the visible ones first: the maps of a chunk in a thread of
their own, then the mask over them here, for a few milliseconds per frame.
"""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QThreadPool, Slot

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import CHUNK_PX, OverlayComposer
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.canvas.frame_clock import FrameClock

# Composing on this thread must leave the frame its time to be painted.
BUDGET_S = 0.004
REFRESH_FRAME_MS = 16


class Labels(Protocol):
    """What is laid over the maps; `core.labels.LabelImage` is one."""

    @property
    def array(self) -> LabelArray:
        """[H, W] uint16, as it is now."""


class Layer(Protocol):
    """Who shows the buffer; `OverlayLayer` is one."""

    def refresh(self, rect: Rect) -> None:
        """Repaint the pixels in `rect`."""


class OverlayRefresher(QObject):
    """Composes what is out of date. Belongs to the main thread.

    Attributes:
        idle: Nothing that is wanted waits and nothing is under way.
        blank: Chunks that were never composed; one set for life, changed in place.
    """

    def __init__(
        self,
        layer: Layer,
        visible_rect: Callable[[], Rect],
        parent: QObject | None = None,
        *,
        wanted: Callable[[], Rect | None] = lambda: None,
    ) -> None:
        """Serve `layer`.

        Args:
            layer: Shows the composed buffer.
            visible_rect: The photo pixels on screen.
            parent: Owner.
            wanted: Where the buffer is to be up to date now; the rest waits until `wake` finds it
                wanted. None: everywhere.
        """
        super().__init__(parent)
        self._layer = layer
        self._visible_rect = visible_rect
        self._composer: OverlayComposer | None = None
        self._wanted = wanted
        self._labels: Labels | None = None
        self._touched: BoolArray | None = None
        # Chunks whose buffer is out of date, oldest wish first.
        self._waiting: dict[Rect, None] = {}
        self.blank: set[Rect] = set()
        self._in_thread: Rect | None = None
        self._clock = FrameClock(self, REFRESH_FRAME_MS)
        self._clock.tick.connect(self._work)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    @property
    def idle(self) -> bool:
        """Whether the buffer is up to date where it is wanted."""
        return self._in_thread is None and not self._due()

    def set_target(
        self,
        composer: OverlayComposer | None,
        labels: Labels | None,
        touched: BoolArray | None = None,
    ) -> None:
        """Work for another photo, or for none; `touched` is a view, [H, W] bool."""
        self._waiting.clear()
        self.blank.clear()
        self._in_thread = None
        self._composer, self._labels, self._touched = composer, labels, touched
        if composer is not None:
            self.invalidate(composer.rect)
            self.blank.update(self._waiting)

    def compose(self, rect: Rect) -> None:
        """Compose `rect` now, so that it appears with the next paint: for a dab."""
        if self._composer is None or self._labels is None:
            return
        wanted = self._wanted()
        if wanted is not None and (rect.intersect(wanted).empty or self._meets_blank(rect)):
            # Shown by the coarse overlay until its whole chunks are composed.
            self.invalidate(rect)
        else:
            self._compose_now(rect)

    def wake(self) -> None:
        """Other rectangles may be wanted now."""
        if self._due():
            self._clock.request_later()

    def invalidate(self, rect: Rect) -> None:
        """Everything in `rect` is to be composed again, soon."""
        if self._composer is None:
            return
        rect = rect.intersect(self._composer.rect)
        if rect.empty:
            return
        for y in range(rect.y0 // CHUNK_PX * CHUNK_PX, rect.y1, CHUNK_PX):
            for x in range(rect.x0 // CHUNK_PX * CHUNK_PX, rect.x1, CHUNK_PX):
                chunk = Rect(y, x, y + CHUNK_PX, x + CHUNK_PX).intersect(self._composer.rect)
                self._waiting[chunk] = None
        # Several changes of one event (all maps of a prediction) cost one round.
        self._clock.request_later()

    def finish(self) -> None:
        """Compose all that waits, now (tests, export of the view)."""
        while self._waiting:
            self._compose_now(self._take(next(iter(self._waiting))))

    def shutdown(self) -> None:
        """Let go of the photo and wait for the thread."""
        self.set_target(None, None)
        self._clock.stop()
        self._pool.waitForDone()

    def _compose_now(self, rect: Rect) -> None:
        assert self._composer is not None
        assert self._labels is not None
        self._composer.compose(rect, self._labels.array, self._touched)
        self.blank.discard(rect)
        self._layer.refresh(rect)

    def _meets_blank(self, rect: Rect) -> bool:
        return any(not chunk.intersect(rect).empty for chunk in self.blank)

    def _take(self, chunk: Rect) -> Rect:
        del self._waiting[chunk]
        return chunk

    @Slot()
    def _work(self) -> None:
        """One frame's work: ready chunks here, one chunk with old maps in the thread."""
        composer = self._composer
        if composer is None:
            return
        end_s = time.perf_counter() + BUDGET_S
        for chunk in self._due():
            if not composer.stale_chunks(chunk):
                self._compose_now(self._take(chunk))
            elif self._in_thread is None:
                self._send(composer, self._take(chunk))
            if time.perf_counter() > end_s:
                break
        due = self._due()
        ready = any(not composer.stale_chunks(chunk) for chunk in due)
        if ready or (due and self._in_thread is None):
            self._clock.request_later()

    def _due(self) -> list[Rect]:
        """What waits and is wanted, the visible chunks first."""
        visible = self._visible_rect()
        wanted = self._wanted()
        due = [c for c in self._waiting if wanted is None or not c.intersect(wanted).empty]
        return sorted(due, key=lambda chunk: chunk.intersect(visible).empty)

    def _send(self, composer: OverlayComposer, chunk: Rect) -> None:
        self._in_thread = chunk

        def done(_: object) -> None:
            if self._composer is composer:
                self._in_thread = None
                # Composed even when a slider has moved on: a late colour beats none while dragging.
                self._compose_now(chunk)
                self._work()

        def failed(error: AppError) -> None:
            # Logged by run_task; the chunk keeps its old colours and the others go on.
            if self._composer is composer:
                self._in_thread = None
                self._work()

        run_task(
            lambda: composer.compose_under(chunk),
            on_done=done,
            on_error=failed,
            pool=self._pool,
            doing="colouring a map",
        )
