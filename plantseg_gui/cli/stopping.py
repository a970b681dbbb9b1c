"""Ctrl-C and SIGTERM as a request to end well."""

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
