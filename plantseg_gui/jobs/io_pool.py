"""Short work off the main thread: decode, thumbnails, autosave, export.

    run_task(lambda: read_photo(path), on_done=self._show, on_error=self._tell)

Both callbacks run on the thread that called `run_task` (the main thread), through its event loop.
Tests replace the pool by `ImmediatePool`, which runs the task inside the call.
"""

from collections.abc import Callable
from typing import Any, Protocol

import shiboken6
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.bridge import as_app_error

THREADS = 2


class Pool(Protocol):
    """What `run_task` needs of a pool."""

    def start(self, runnable: QRunnable, /, priority: int = 0) -> None:
        """Run it when a thread is free, the highest priority first."""


class ImmediatePool:
    """Runs each task at once in the caller's thread: for tests."""

    def start(self, runnable: QRunnable, /, priority: int = 0) -> None:
        """Run it now."""
        runnable.run()


class Task(QObject):
    """One task on its way; keep it only to cancel it."""

    _succeeded = Signal(object)
    _broke = Signal(object)

    def __init__(
        self,
        on_done: Callable[[Any], None] | None,
        on_error: Callable[[AppError], None] | None,
    ) -> None:
        super().__init__()
        self._on_done = on_done
        self._on_error = on_error
        self.dropped = False
        # Auto connection: queued from a pool thread, direct from an ImmediatePool.
        self._succeeded.connect(self._deliver)
        self._broke.connect(self._deliver_error)

    def drop(self) -> None:
        """Forget the callbacks; a task that has not begun is not run at all."""
        self.dropped = True

    @Slot(object)
    def _deliver(self, result: object) -> None:
        _alive.discard(self)
        if not self.dropped and _callable(self._on_done):
            self._on_done(result)  # type: ignore[misc]

    @Slot(object)
    def _deliver_error(self, error: AppError) -> None:
        _alive.discard(self)
        if not self.dropped and _callable(self._on_error):
            self._on_error(error)  # type: ignore[misc]


class _Runnable(QRunnable):
    def __init__(self, fn: Callable[[], Any], task: Task, doing: str) -> None:
        super().__init__()
        self._fn = fn
        self._task = task
        self._doing = doing

    def run(self) -> None:
        """Called by the pool, in its thread."""
        task = self._task
        if task.dropped:
            task._succeeded.emit(None)
            return
        try:
            result = self._fn()
        except Exception as error:  # noqa: BLE001 - the border of the thread
            task._broke.emit(as_app_error(error, self._doing))
        else:
            task._succeeded.emit(result)


# A task must outlive its run although nobody needs to keep it.
_alive: set[Task] = set()
_pool: Pool | None = None
_storage: Pool | None = None


def _callable(fn: Callable[..., None] | None) -> bool:
    """Whether there is a callback whose widget has not been deleted meanwhile."""
    owner = getattr(fn, "__self__", None)
    return fn is not None and not (isinstance(owner, QObject) and not shiboken6.isValid(owner))


def default_pool() -> Pool:
    """The shared pool of two threads, or its replacement."""
    global _pool
    if _pool is None:
        threads = QThreadPool()
        threads.setObjectName("io")
        threads.setMaxThreadCount(THREADS)
        _pool = threads
    return _pool


def storage_pool() -> Pool:
    """The one thread that writes strokes down: they keep their order, and wait for nothing else."""
    global _storage
    if _storage is None:
        thread = QThreadPool()
        thread.setObjectName("storage")
        thread.setMaxThreadCount(1)
        # Starting a thread for a stroke costs more than keeping it.
        thread.setExpiryTimeout(-1)
        _storage = thread
    return _storage


def set_default_pool(pool: Pool | None) -> None:
    """Replace both pools (tests); None makes new ones at the next task."""
    global _pool, _storage
    _pool = _storage = pool


def wait_for_tasks(timeout_ms: int = 5000) -> bool:
    """Wait until both pools are idle, at the end of the program.

    Returns:
        Whether they are; callbacks still need a turn of the event loop.
    """
    pools = [pool for pool in (_pool, _storage) if isinstance(pool, QThreadPool)]
    return sum(pool.waitForDone(timeout_ms) for pool in pools) == len(pools)


def run_task(
    fn: Callable[[], Any],
    *,
    on_done: Callable[[Any], None] | None = None,
    on_error: Callable[[AppError], None] | None = None,
    pool: Pool | None = None,
    priority: int = 0,
    doing: str = "working in the background",
) -> Task:
    """Run `fn` in a pool thread and hand its result to `on_done` on this thread.

    Args:
        fn: The work; takes nothing, captured values must not change meanwhile.
        on_done: Gets the result. A bound method of a deleted widget is skipped.
        on_error: Gets an `AppError`, whatever was raised.
        pool: Another pool than the shared one.
        priority: Higher runs first; thumbnails 0, the photo that is being opened 10.
        doing: Words for an unexpected fault, for instance "reading a.jpg".

    Returns:
        The task, to drop it.
    """
    task = Task(on_done, on_error)
    _alive.add(task)
    (pool or default_pool()).start(_Runnable(fn, task, doing), priority)
    return task
