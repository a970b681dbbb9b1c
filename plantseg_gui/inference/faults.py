"""Telling the faults that another way of running can cure from all others."""

from enum import StrEnum

import torch

_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")
_DEVICE_WORDS = (
    "cuda error",
    "cudnn error",
    "cudnn_status",
    "cublas_status",
    "device-side assert",
    "no cuda-capable device",
    "cuda driver",
    "nvidia driver",
    "no cuda gpus",
)


class Fault(StrEnum):
    """A fault that the ladder of fallbacks answers.

    PRESSURE is not raised by anything: memory is beyond its limit, but nothing has failed yet.
    """

    MEMORY = "memory"
    PRESSURE = "pressure"
    DEVICE = "device"


def classify(error: BaseException) -> Fault | None:
    """What kind of curable fault an exception is; None for any other.

    torch raises plain RuntimeErrors for most of them, so their text has to be read.
    """
    text = str(error).lower()
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return Fault.MEMORY
    if not isinstance(error, RuntimeError):
        return None
    if any(word in text for word in _MEMORY_WORDS):
        return Fault.MEMORY
    if any(word in text for word in _DEVICE_WORDS):
        return Fault.DEVICE
    return None
