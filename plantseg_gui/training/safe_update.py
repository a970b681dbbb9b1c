"""One update that survives a lack of memory: the batch shrinks, the effective batch stays."""

from collections.abc import Callable
from typing import Any

import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.inference.faults import Fault, classify
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
        self._told = False
        self._made = 0

    def update(self, number: int, get_batch: Callable[[int, int], Any]) -> UpdateReport:
        """Make update `number`.

        Raises:
            MemoryLimitError: not even one tile fits.
            NumericError: see `Learner.update`.
        """
        self._made += 1
        if self._made % _MEMORY_EVERY == 1:
            device = self._learner.precision.device
            short = self._memory.shortage(device, self._warn) is not None
            if short and not self._shrink("Memory is nearly full") and not self._told:
                self._told = True
                self._warn(
                    "Memory is nearly full, and the batch is as small as it can be. Close other "
                    "programs."
                )
        while True:
            # The batch shrinks outside the except block: an exception keeps its frames, and they
            # keep the tensors whose memory is wanted back (pytorch #18853).
            try:
                return self._learner.update(number, get_batch)
            except (MemoryError, RuntimeError) as error:
                if classify(error) is not Fault.MEMORY:
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
