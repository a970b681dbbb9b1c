"""Watching memory, of training, the window and evaluation alike (specification 6).

The limits can be set in the environment, in GiB: `PLANTSEG_GPU_WARN_GB`, `PLANTSEG_GPU_LIMIT_GB`
(GPU memory that this process holds), `PLANTSEG_RAM_WARN_FREE_GB`, `PLANTSEG_RAM_LIMIT_FREE_GB` (RAM
of the machine that is still free).
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import psutil
import torch

GIB = 1 << 30
MOST_GB = 1 << 20


class Shortage(StrEnum):
    """What is nearly used up."""

    GPU = "gpu"
    RAM = "ram"


@dataclass(frozen=True)
class MemoryLimits:
    """From where to warn and where to act, in bytes.

    Attributes:
        gpu_warn: GPU memory held by this process.
        gpu_limit: See gpu_warn.
        ram_warn_free: Free RAM of the machine.
        ram_limit_free: See ram_warn_free.
    """

    gpu_warn: int = 10 * GIB
    gpu_limit: int = 12 * GIB
    ram_warn_free: int = GIB
    ram_limit_free: int = 300 << 20

    @classmethod
    def from_environment(cls) -> "MemoryLimits":
        """The defaults, with what the environment sets; what is no sensible number is ignored."""
        return cls(
            gpu_warn=_bytes("PLANTSEG_GPU_WARN_GB", cls.gpu_warn),
            gpu_limit=_bytes("PLANTSEG_GPU_LIMIT_GB", cls.gpu_limit),
            ram_warn_free=_bytes("PLANTSEG_RAM_WARN_FREE_GB", cls.ram_warn_free),
            ram_limit_free=_bytes("PLANTSEG_RAM_LIMIT_FREE_GB", cls.ram_limit_free),
        )


class MemoryWatch:
    """Looks at memory now and then; warns once, before anything has to be changed.

    Args:
        limits: None = those of the environment.
    """

    def __init__(self, limits: MemoryLimits | None = None) -> None:
        self._limits = limits if limits is not None else MemoryLimits.from_environment()
        self._warned = False

    def shortage(self, device: torch.device, warn: Callable[[str], None]) -> Shortage | None:
        """What is beyond its limit now; None when nothing is.

        Args:
            device: Where the work runs; GPU memory is looked at on CUDA only.
            warn: Told in a sentence, the first time that memory gets short.
        """
        free = psutil.virtual_memory().available
        used = torch.cuda.memory_reserved(device) if device.type == "cuda" else 0
        limits = self._limits
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


def _bytes(variable: str, default: int) -> int:
    try:
        number = float(os.environ.get(variable, ""))
    except ValueError:
        return default
    return int(number * GIB) if math.isfinite(number) and 0 <= number <= MOST_GB else default
