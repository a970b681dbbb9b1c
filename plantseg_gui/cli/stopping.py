"""Requests to end well: Ctrl-C, SIGTERM, and the end of the input."""

import contextlib
import os
import signal
import threading
from types import FrameType

from plantseg_gui.core.cancel import CancelToken


def stop_on_signals(token: CancelToken) -> threading.Event:
    """First Ctrl-C or SIGTERM: finish the update, save, end. Second Ctrl-C: end at once."""
    interrupted = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        token.cancel()
        if number == signal.SIGINT:
            interrupted.set()
            signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handle)
        signal.signal(signal.SIGTERM, handle)
    return interrupted


def stop_when_input_ends(token: CancelToken) -> None:
    """End when standard input is closed: the program at its other end asks for it, or is gone.

    Works on every system, also where that program was killed.
    """

    def watch() -> None:
        # Not through sys.stdin: its lock, held here, would break the program's end.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        token.cancel()

    threading.Thread(target=watch, name="end of input", daemon=True).start()
