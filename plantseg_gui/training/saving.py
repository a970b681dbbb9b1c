"""What a run that ran out of memory is tried again with: less and less memory, at last safe mode.

Inside one update the batch is halved at once (`safe_update`). What cannot be cured there, or killed
the whole process, is answered by the next level: trying the same again would end the same way.
"""

import gc
from dataclasses import dataclass

import torch

from plantseg_gui.core.errors import AppError, MemoryLimitError, StorageError
from plantseg_gui.inference.faults import Fault, classify
from plantseg_gui.storage.patience import is_transient

SAFE_LEVEL = 3
# Between two tries, in seconds; doubled each time.
FIRST_WAIT_S = 1.0
STORAGE_TRIES = 2
_WORDS = (
    "as planned",
    "with half the batch and half as many prepared crops",
    "with one crop at a time, a quarter of the prepared crops and one thread",
    "in safe mode: on the processor, in full precision, one crop at a time (slow)",
)


@dataclass(frozen=True)
class MemorySaving:
    """How much a run saves on memory.

    Attributes:
        level: 0 = nothing, 1 to 2 = more and more, 3 = safe mode.
    """

    level: int = 0

    @property
    def safe(self) -> bool:
        """Whether this is safe mode (specification 6): CPU, fp32, one crop at a time."""
        return self.level >= SAFE_LEVEL

    @property
    def words(self) -> str:
        """How the run goes on, for a sentence."""
        return _WORDS[min(self.level, SAFE_LEVEL)]

    def batch(self, planned: int) -> int:
        """Crops that may be in memory at a time; the effective batch stays as planned."""
        return 1 if self.level >= 2 else max(1, planned >> self.level)

    def views(self, planned: int) -> int:
        """Crops to prepare."""
        return max(1, planned >> min(self.level, 2))

    def threads(self, planned: int) -> int:
        """Threads of torch; each has its own working memory."""
        return 1 if self.level >= 2 else planned


@dataclass(frozen=True)
class Retry:
    """How a run that broke off is tried again.

    Attributes:
        saving: On memory.
        device: "auto", "cpu" or "cuda".
        cause: In words, for a sentence that goes on with "the training goes on …".
    """

    saving: MemorySaving
    device: str
    cause: str


def next_try(
    error: BaseException, saving: MemorySaving, device: str, tries: int, *, on_card: bool
) -> Retry | None:
    """How to try again after a fault; None where that would not help.

    Bad input, numbers that are not finite and faults of the program stay what they are.

    Args:
        error: The fault.
        saving: On memory, so far.
        device: As asked for.
        tries: Made so far.
        on_card: Whether the run used a graphics card.
    """
    fault = classify(error)
    if fault is Fault.MEMORY or isinstance(error, MemoryLimitError):
        if saving.safe:
            return None
        return Retry(MemorySaving(saving.level + 1), device, "Memory ran out")
    if fault is Fault.DEVICE and on_card:
        return Retry(saving, "cpu", "The graphics card stopped answering")
    if isinstance(error, StorageError) and is_transient(error) and tries <= STORAGE_TRIES:
        return Retry(saving, device, f"{error.what.rstrip('.')} (the drive was busy)")
    return None


def free_memory() -> None:
    """Give back what the try before has left."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def in_words(error: Exception) -> AppError | None:
    """A memory or device fault of torch as an error for the person; None for any other fault."""
    if isinstance(error, AppError):
        return error
    if classify(error) is Fault.MEMORY:
        return MemoryLimitError(
            "There is not enough memory to train, even one crop at a time.",
            "Close other programs, then try again.",
        )
    return None
