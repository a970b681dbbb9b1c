"""Starts the window.

The order matters: it decides how soon a person sees something, and whether the window freezes.

1. `sys.setswitchinterval(0.001)`: threads that run Python give way to the window sooner
   (threads.md: p95 of a stroke 13 → 8 ms beside a Python loop).
2. QApplication, settings, log, the hooks for unhandled faults.
3. Theme and window. Nothing here may import torch, scipy or scikit-image; a test holds that.
   pyqtgraph (0.25 s) is needed for the canvas and paid for here.
4. show(). Then, from the event loop: the shelf of models is looked at in the pool, the inference
   thread loads torch and the network (jobs.torch_loading), and the folder given is opened.
5. At the end `MainWindow.closeEvent` saves, stops the threads and only then lets go.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from plantseg_gui import __version__
from plantseg_gui.jobs.io_pool import wait_for_tasks
from plantseg_gui.storage.paths import log_dir, resources_dir
from plantseg_gui.storage.settings import load_settings
from plantseg_gui.ui.errors_view import FaultTeller, log, start_log
from plantseg_gui.ui.main_window import MainWindow
from plantseg_gui.ui.theme import Theme

SWITCH_INTERVAL_S = 0.001
SIGNAL_POLL_MS = 300


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """The one QApplication, named; an existing one is taken (tests)."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["plantseg-gui", *arguments])
    app.setApplicationName("PlantSeg-Next Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("plantseg-next-studio")
    return app


def make_window(app: QApplication) -> MainWindow:
    """Theme and window by the person's settings; not shown yet."""
    settings = load_settings()
    theme = Theme(app, resources_dir(), settings.theme)
    return MainWindow(theme, settings)


def run_window(
    paths: Sequence[str | Path] = (),
    *,
    demo: bool = False,
    on_shown: Callable[[MainWindow], None] | None = None,
) -> int:
    """Show the window until it is closed.

    Args:
        paths: A folder of photos, or photos.
        demo: Open the drawn leaves.
        on_shown: Called once when the window is on screen (benchmarks).

    Returns:
        Exit code.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = make_application()
    start_log(log_dir())
    log.info("PlantSeg-Next Studio %s starts", __version__)
    teller = FaultTeller(app)
    teller.install()
    window = make_window(app)
    teller.on_report = window.help_.ask_report
    teller.faulted.connect(window.messages.add_fault)
    window.show()
    _close_on_signals(window)
    QTimer.singleShot(0, lambda: window.start([Path(p) for p in paths], demo=demo))
    if on_shown is not None:
        QTimer.singleShot(0, lambda: on_shown(window))
    code = app.exec()
    # What ended after the window's own wait may have begun another task; none may outlive Qt.
    wait_for_tasks()
    log.info("ends with code %d", code)
    return code


def run(argv: Sequence[str] | None = None) -> int:
    """Read the arguments and show the window; see `run_window`."""
    parser = argparse.ArgumentParser(prog="plantseg-gui")
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--demo", action="store_true")
    args = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    paths = [args.project] if args.project is not None else args.paths
    return run_window(paths, demo=args.demo)


def _close_on_signals(window: MainWindow) -> None:
    """Ctrl-C in the terminal and a shutdown of the session close the window as a person would."""

    def close(_number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, window.close)

    signal.signal(signal.SIGINT, close)
    signal.signal(signal.SIGTERM, close)
    # Python handles a signal only between two of its own instructions, so give it some.
    ticker = QTimer(window)
    ticker.timeout.connect(lambda: None)
    ticker.start(SIGNAL_POLL_MS)
