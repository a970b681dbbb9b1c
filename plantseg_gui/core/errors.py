"""The errors that reach a person: each says what happened, to which file, and what to do.

Categories decide what the safety layer may do (specification 6): only MEMORY, DEVICE and STORAGE
faults can get better by a retry, and then with changed parameters.
"""

from enum import StrEnum


class ErrorCategory(StrEnum):
    """What kind of fault it was."""

    INPUT = "input"
    MEMORY = "memory"
    NUMERIC = "numeric"
    DEVICE = "device"
    STORAGE = "storage"
    BUG = "bug"


class AppError(Exception):
    """A fault with a text for the person in front of the program.

    Attributes:
        what: One plain sentence: what happened and to which file.
        do: One plain sentence: what the person can do; may be empty.
    """

    category: ErrorCategory = ErrorCategory.BUG

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what} {do}".strip())
        self.what = what
        self.do = do


class InputError(AppError):
    """A photo, mask, model or argument that cannot be used as it is."""

    category = ErrorCategory.INPUT


class MemoryLimitError(AppError):
    """Out of memory, on the device or in RAM."""

    category = ErrorCategory.MEMORY


class NumericError(AppError):
    """A result that is not finite."""

    category = ErrorCategory.NUMERIC


class DeviceError(AppError):
    """The GPU was lost or refused."""

    category = ErrorCategory.DEVICE


class StorageError(AppError):
    """A file or folder that could not be read or written."""

    category = ErrorCategory.STORAGE
