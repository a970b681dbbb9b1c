"""One update that survives a lack of memory: the batch shrinks, the effective batch stays."""

from collections.abc import Callable
from typing import Any

import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.inference.memory import MemoryWatch
from plantseg_gui.training.learner import Learner, UpdateReport

_MEMORY_EVERY = 20


class SafeUpdater:
    """Makes updates, watching memory.

    Args:
        learner: Makes them.
        memory: Looked at every 20 updates.
        warn: Told in a sentence when the batch shrinks.
    """

    def __init__(self, learner: Learner, memory: MemoryWatch, warn: Callable[[str], None]) -> None:
        self._learner = learner
        self._memory = memory
        self._warn = warn

    def update(self, number: int, get_batch: Callable[[int, int], Any]) -> UpdateReport:
        """Make update `number`.

        Raises:
            MemoryLimitError: not even one tile fits.
            NumericError: see `Learner.update`.
        """
        if number % _MEMORY_EVERY == 0:
            device = self._learner.precision.device
            if self._memory.shortage(device, self._warn) is not None:
                self._shrink("Memory is nearly full")
        while True:
            # The batch shrinks outside the except block: an exception keeps its frames, and they
            # keep the tensors whose memory is wanted back (pytorch #18853).
            try:
                return self._learner.update(number, get_batch)
            except (MemoryError, RuntimeError) as error:
                if not is_memory_error(error):
                    raise
            if not self._shrink("Out of memory"):
                raise MemoryLimitError(
                    "Not even one tile fits into memory.", "Close other programs and use --resume."
                )

    def _shrink(self, why: str) -> bool:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if not self._learner.shrink_batch():
            return False
        self._warn(
            f"{why}: the batch is now {self._learner.batch} tiles, {self._learner.accumulate} "
            "times per update."
        )
        return True


def is_memory_error(error: BaseException) -> bool:
    """Whether memory was too short; the CPU's allocator has no exception class of its own."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or (isinstance(error, RuntimeError) and "allocate memory" in str(error))
