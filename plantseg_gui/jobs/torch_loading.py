"""Loading torch in a thread without freezing the window (threads.md 10).

`import torch` and `ctypes.CDLL(path)` hold the interpreter while the linker works. libc's own
`dlopen`, called through ctypes, does not; once the libraries are mapped, the import finds them by
name. Measured with a 10 ms heartbeat, warm: longest gap 229 ms with a plain import, 21 ms here.
Most of it is the collector: the first full collection after the import walks 400,000 new objects,
so they are frozen out of it (and released at exit, otherwise nanobind reports them as leaks).
"""

import atexit
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plantseg_gui.core.cancel import CancelToken

SWITCH_INTERVAL_S = 0.001
_LIBRARIES = (
    "libtorch_global_deps.so",
    "libc10.so",
    "libtorch_cpu.so",
    "libtorch.so",
    "libtorch_python.so",
)
_MODULES = ("torch", "torchvision", "timm")


@contextmanager
def _quiet_interpreter() -> Iterator[None]:
    """No garbage collection, and threads take turns every millisecond."""
    interval_s = sys.getswitchinterval()
    collecting = gc.isenabled()
    gc.disable()
    sys.setswitchinterval(min(interval_s, SWITCH_INTERVAL_S))
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if collecting:
            gc.freeze()
            atexit.register(gc.unfreeze)
            gc.enable()


def _map_libraries(token: CancelToken) -> None:
    """Map torch's libraries without holding the interpreter; what fails is left to the import."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    folder = Path(spec.origin).parent / "lib"
    for name in _LIBRARIES:
        token.raise_if_cancelled()
        path = folder / name
        if path.is_file():
            dlopen(os.fsencode(path), os.RTLD_NOW)


def load_torch(token: CancelToken) -> None:
    """Import torch, torchvision and timm; call it in a worker thread.

    Raises:
        Cancelled: the token was cancelled between two steps.
        ImportError: one of them is not installed.
    """
    if all(name in sys.modules for name in _MODULES):
        return
    # The OpenMP runtime reads its environment once, when torch loads it.
    importlib.import_module("plantseg_gui.threads_env")
    with _quiet_interpreter():
        if sys.platform == "linux" and "torch" not in sys.modules:
            _map_libraries(token)
        for name in _MODULES:
            token.raise_if_cancelled()
            importlib.import_module(name)
