"""Size and place of the window and its panels, from one start to the next."""

import base64

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter

from plantseg_gui.storage.settings import Settings


def restore(window: QMainWindow, splitter: QSplitter, settings: Settings) -> None:
    """Put window and panels where they were; what cannot be read changes nothing."""
    if settings.window_geometry:
        window.restoreGeometry(_decode(settings.window_geometry))
    if settings.window_state:
        splitter.restoreState(_decode(settings.window_state))


def state(window: QMainWindow, splitter: QSplitter) -> dict[str, str]:
    """What `restore` needs, as values of `Settings`."""
    return {
        "window_geometry": _encode(window.saveGeometry()),
        "window_state": _encode(splitter.saveState()),
    }


def _encode(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _decode(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except ValueError:
        return QByteArray()
