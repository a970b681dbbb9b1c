"""Watching memory, of training, the window and evaluation alike (specification 6)."""

from collections.abc import Callable
from enum import StrEnum

import psutil
import torch

from plantseg_gui.core.memory_limits import GIB, MemoryLimits, limits_in_force


class Shortage(StrEnum):
    """What is nearly used up."""

    GPU = "gpu"
    RAM = "ram"


class MemoryWatch:
    """Looks at memory now and then; warns once, before anything has to be changed.

    Args:
        limits: None = those of the process (`core.memory_limits`), whatever they are by then.
    """

    def __init__(self, limits: MemoryLimits | None = None) -> None:
        self._limits = limits
        self._warned = False

    def shortage(self, device: torch.device, warn: Callable[[str], None]) -> Shortage | None:
        """What is beyond its limit now; None when nothing is.

        Args:
            device: Where the work runs; GPU memory is looked at on CUDA only.
            warn: Told in a sentence, the first time that memory gets short.
        """
        free = psutil.virtual_memory().available
        used = torch.cuda.memory_reserved(device) if device.type == "cuda" else 0
        limits = self._limits if self._limits is not None else limits_in_force()
        if used > limits.gpu_limit:
            return Shortage.GPU
        if free < limits.ram_limit_free:
            return Shortage.RAM
        if not self._warned and (free < limits.ram_warn_free or used > limits.gpu_warn):
            self._warned = True
            warn(
                f"Memory is getting short: {free / GIB:.1f} GiB of RAM are free"
                + (f", {used / GIB:.1f} GiB of GPU memory are in use." if used else ".")
            )
        return None


def memory_now(device: torch.device) -> float:
    """Memory of this process in MiB: GPU memory on CUDA, else RAM."""
    if device.type == "cuda":
        return float(torch.cuda.memory_reserved(device)) / 2**20
    return float(psutil.Process().memory_info().rss) / 2**20


def peak_memory(device: torch.device) -> dict[str, float]:
    """Peak memory of this process in MiB: `ram`, and `gpu` on CUDA."""
    info = psutil.Process().memory_info()
    found = {"ram": round(getattr(info, "peak_wset", info.rss) / 2**20, 1)}
    if device.type == "cuda":
        found["gpu"] = round(torch.cuda.max_memory_reserved(device) / 2**20, 1)
    return found
