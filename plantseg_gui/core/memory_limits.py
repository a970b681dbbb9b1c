"""From which use of memory on to warn and to act: one set of limits for all of a process.

They come from the environment, in GiB: `PLANTSEG_GPU_WARN_GB`, `PLANTSEG_GPU_LIMIT_GB` (GPU memory
that this process holds), `PLANTSEG_RAM_WARN_FREE_GB`, `PLANTSEG_RAM_LIMIT_FREE_GB` (RAM of the
machine that is still free). The window sets them by the person's settings, and hands them to the
processes that it starts in their environment.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

GIB = 1 << 30
MOST_GB = 1 << 20
VARIABLES = {
    "gpu_warn": "PLANTSEG_GPU_WARN_GB",
    "gpu_limit": "PLANTSEG_GPU_LIMIT_GB",
    "ram_warn_free": "PLANTSEG_RAM_WARN_FREE_GB",
    "ram_limit_free": "PLANTSEG_RAM_LIMIT_FREE_GB",
}


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
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "MemoryLimits":
        """The defaults, with what the environment sets; what is no sensible number is ignored."""
        values = os.environ if environment is None else environment
        defaults = cls()
        return cls(
            **{k: _bytes(values.get(v, ""), getattr(defaults, k)) for k, v in VARIABLES.items()}
        )

    @classmethod
    def from_gib(cls, **gib: float) -> "MemoryLimits":
        """Limits by name in GiB; 0 = automatic: that of the environment, else the default."""
        found = cls.from_environment()
        return cls(
            **{
                f.name: int(gib.get(f.name, 0.0) * GIB) or getattr(found, f.name)
                for f in fields(cls)
            }
        )

    def to_environment(self) -> dict[str, str]:
        """What hands these limits to another process."""
        return {v: repr(getattr(self, k) / GIB) for k, v in VARIABLES.items()}


class _InForce:
    limits: MemoryLimits | None = None


def limits_in_force() -> MemoryLimits:
    """The limits of this process."""
    return _InForce.limits or MemoryLimits.from_environment()


def set_limits(limits: MemoryLimits | None) -> None:
    """Use other limits in this process from now on; None = those of the environment."""
    _InForce.limits = limits


def _bytes(text: str, default: int) -> int:
    try:
        number = float(text)
    except ValueError:
        return default
    return int(number * GIB) if math.isfinite(number) and 0 <= number <= MOST_GB else default
