"""Signals without Qt, so that the core can say what changed and views decide what to redraw.

Bound methods are held weakly: a panel that is closed must not live on because a document knows
it. Functions and lambdas are held strongly: nobody else does.
"""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Listener = Callable[..., object]


class Signal:
    """A list of listeners that are called in the order in which they connected.

    Not thread-safe: connect and emit on the thread that owns the model (in the window: the main
    thread). An exception of a listener goes to whoever emitted.
    """

    def __init__(self) -> None:
        # Zero-argument references: a WeakMethod gives None once its object is gone.
        self._references: list[Callable[[], Listener | None]] = []
        self._block_depth = 0

    def connect(self, listener: Listener) -> None:
        """Call `listener` at each emit; connecting it twice counts once."""
        if not any(reference() == listener for reference in self._references):
            self._references.append(_reference(listener))

    def disconnect(self, listener: Listener) -> None:
        """Forget `listener`; an unknown one is no fault, as it may have been collected."""
        self._references = [r for r in self._references if r() not in (None, listener)]

    def emit(self, *args: object) -> None:
        """Call every listener with `args`, unless the signal is blocked."""
        if self._block_depth:
            return
        # A copy: a listener may connect or disconnect others while it runs.
        dead = False
        for reference in tuple(self._references):
            listener = reference()
            if listener is None:
                dead = True
            else:
                listener(*args)
        if dead:
            self._references = [r for r in self._references if r() is not None]

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Emit nothing inside the `with` block; blocks nest."""
        self._block_depth += 1
        try:
            yield
        finally:
            self._block_depth -= 1

    def __len__(self) -> int:
        return sum(reference() is not None for reference in self._references)


def _reference(listener: Listener) -> Callable[[], Listener | None]:
    # Methods of C++ objects have no __func__ and cannot be held weakly.
    if hasattr(listener, "__self__") and hasattr(listener, "__func__"):
        method: Any = listener
        return weakref.WeakMethod(method)
    return lambda: listener
