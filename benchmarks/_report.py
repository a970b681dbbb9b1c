"""What every benchmark prints last: one JSON object with its figures, the machine, the version."""

import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # a benchmark is run as a file, from any folder, without an install
    sys.path.insert(0, str(ROOT))


def report(figures: dict[str, Any]) -> None:
    """Print the figures with machine and program version as one JSON object on one line.

    Args:
        figures: name → number, text, list or dict of those; floats are rounded to 4 digits.
    """
    print(json.dumps({**_rounded(figures), "machine": machine(), "version": program_version()}))


def machine() -> dict[str, Any]:
    """Processor, usable cores, memory, system, Python and the libraries that set the speed."""
    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: _library(name) for name in ("numpy", "torch", "PySide6-Essentials")},
    }


def program_version() -> str:
    """Version of the checkout that is measured."""
    import plantseg_gui

    return str(getattr(plantseg_gui, "__version__", "unknown"))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        import psutil
    except ImportError:
        return None
    return round(psutil.virtual_memory().total / 2**30, 1)


def _library(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
