"""Watches over a run: memory, stalls and time (specification 6)."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
import torch

GIB = 1 << 30


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


class MemoryWatch:
    """Looks at memory now and then."""

    def __init__(
        self, device: torch.device, limits: MemoryLimits, warn: Callable[[str], None]
    ) -> None:
        self._device = device
        self._limits = limits
        self._warn = warn
        self._warned = False

    def over_limit(self) -> bool:
        """Whether the batch should shrink now; warns once before that."""
        free = psutil.virtual_memory().available
        used = torch.cuda.memory_reserved(self._device) if self._device.type == "cuda" else 0
        limits = self._limits
        if free < limits.ram_limit_free or used > limits.gpu_limit:
            return True
        if not self._warned and (free < limits.ram_warn_free or used > limits.gpu_warn):
            self._warned = True
            self._warn(
                f"Memory is getting short: {free / GIB:.1f} GiB of RAM are free"
                + (f", {used / GIB:.1f} GiB of GPU memory are in use." if used else ".")
            )
        return False


def peak_memory(device: torch.device) -> dict[str, float]:
    """Peak memory of this process in MiB: `ram`, and `gpu` on CUDA."""
    info = psutil.Process().memory_info()
    found = {"ram": round(getattr(info, "peak_wset", info.rss) / 2**20, 1)}
    if device.type == "cuda":
        found["gpu"] = round(torch.cuda.max_memory_reserved(device) / 2**20, 1)
    return found


class StallWatch:
    """Tells when no update came for far longer than one takes.

    A thread of its own looks, so that it works while the main thread hangs in a device call.
    """

    def __init__(self, on_stall: Callable[[float], None], least_s: float = 120.0) -> None:
        self._on_stall = on_stall
        self._least_s = least_s
        self._usual_s = 0.0
        self._last = time.monotonic()
        self._told = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall-watch", daemon=True)
        self._thread.start()

    def beat(self, usual_s: float = 0.0) -> None:
        """Something was finished; `usual_s` = how long one update takes."""
        self._last = time.monotonic()
        self._usual_s = usual_s or self._usual_s
        self._told = False

    def close(self) -> None:
        """End the watching thread."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(min(5.0, self._least_s / 4)):
            silent = time.monotonic() - self._last
            if silent > max(self._least_s, 20 * self._usual_s) and not self._told:
                self._told = True
                self._on_stall(silent)


class LossWatch:
    """Notices a training that gets worse instead of better.

    Args:
        losses: What an earlier process has seen.
    """

    FIRST, LAST, WORSE = 6, 8, 1.25

    def __init__(self, losses: Sequence[float] = ()) -> None:
        self.losses = list(losses)

    def add(self, loss: float) -> None:
        """The loss of one update; only the first and the last few are kept."""
        self.losses.append(loss)
        if len(self.losses) > self.FIRST + self.LAST:
            del self.losses[self.FIRST]

    @property
    def astray(self) -> bool:
        """Whether the last losses are clearly higher than the first, or no numbers."""
        if len(self.losses) < self.FIRST + self.LAST:
            return False
        first, last = self.losses[: self.FIRST], self.losses[self.FIRST :]
        return not sum(last) / len(last) <= self.WORSE * sum(first) / len(first)


class Pace:
    """Seconds per update, smoothed, and the time that is left."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._count = 0

    def add(self, seconds: float) -> None:
        """One update took so long."""
        self._count += 1
        share = max(1 / self._count, 0.05)
        self.seconds += (seconds - self.seconds) * share

    def left(self, updates: int) -> float:
        """Seconds for `updates` more."""
        return self.seconds * max(0, updates)
