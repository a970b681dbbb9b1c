"""A real window on a folder of drawn leaves, with a real (tiny) model in its thread."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from plantseg_gui.core.drawn_leaf import demo_list
from plantseg_gui.core.memory_limits import set_limits
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.models import set_default
from plantseg_gui.storage.paths import resources_dir, user_models_dir
from plantseg_gui.storage.settings import load_settings
from plantseg_gui.ui.app import make_application
from plantseg_gui.ui.main_window import MainWindow
from plantseg_gui.ui.theme import Theme
from tests.helpers.tiny_model import TINY_NAME

LEAF_PX = 256
WAIT_MS = 60_000


@pytest.fixture(scope="session")
def drawn_photos(tmp_path_factory):
    """Three drawn leaves as PNG files; read only."""
    folder = tmp_path_factory.mktemp("drawn")
    for leaf in demo_list(3):
        write_png(folder / f"{leaf.name}.png", leaf.draw(LEAF_PX).image)
    return folder


@pytest.fixture
def photo_folder(drawn_photos, tmp_path):
    """A folder of three photos of the test's own."""
    folder = tmp_path / "leaves"
    shutil.copytree(drawn_photos, folder)
    return folder


@pytest.fixture
def theme(qapp):
    make_application()
    made = Theme(qapp, resources_dir(), "light")
    yield made
    made.setParent(None)
    qapp.setStyleSheet("")


@pytest.fixture
def shelf(tiny_model):
    """The tiny model on the user's shelf, as the default."""
    shutil.copytree(tiny_model, user_models_dir() / TINY_NAME)
    set_default(TINY_NAME)
    return TINY_NAME


@pytest.fixture(autouse=True)
def own_memory_limits():
    """A window sets the limits of its process."""
    yield
    set_limits(None)


@pytest.fixture
def make_window(qtbot, theme, monkeypatch):
    """Makes windows that are closed properly at the end of the test."""
    made = []
    # A question nobody answers would hang the test.
    monkeypatch.setattr(QMessageBox, "exec", _no_question)

    def make(**settings):
        from dataclasses import replace

        kept = replace(load_settings(), autosave_s=1.0, uncertainty_on_open=False, **settings)
        window = MainWindow(theme, kept, InferenceService())
        window.resize(1200, 800)
        window.show()
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()
        qtbot.waitUntil(lambda w=window: not w.isVisible(), timeout=WAIT_MS)
        # Without the event loop of `run_window` nobody else deletes it.
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(make_window, shelf):
    """A window with the tiny model, nothing opened."""
    return make_window()


@pytest.fixture
def opened(window, photo_folder, qtbot):
    """A window with the folder open and the first photo's prediction there."""
    window.start([photo_folder])
    wait_prediction(qtbot, window)
    return window


def wait_prediction(qtbot, window):
    """Wait until the photo on screen has a prediction and nothing runs."""
    qtbot.waitUntil(
        lambda: (
            window.session.document is not None
            and window.session.document.prediction is not None
            and not window.segment.running
        ),
        timeout=WAIT_MS,
    )


def wait_photo(qtbot, window, photo_id):
    qtbot.waitUntil(lambda: window.session.photo_id == photo_id, timeout=WAIT_MS)


def wait_saved(qtbot, window):
    """Until journal and file hold everything."""

    def saved():
        window.store.save_all()
        return window.store.state[0] == "Saved" and not window.store.unsaved()

    qtbot.waitUntil(saved, timeout=WAIT_MS)


def paint(window, *points):
    """Drag the left button through photo points (y, x)."""
    canvas = window.canvas
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

    def send(kind, y, x, button):
        at = canvas.navigation.to_screen(QPointF(x, y))
        move = kind == QEvent.Type.MouseMove
        up = kind == QEvent.Type.MouseButtonRelease
        event = QMouseEvent(
            kind,
            at,
            canvas.viewport().mapToGlobal(at),
            none if move else button,
            none if up else button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(canvas.viewport(), event)

    send(QEvent.Type.MouseButtonPress, *points[0], left)
    for y, x in points[1:]:
        send(QEvent.Type.MouseMove, y, x, left)
    send(QEvent.Type.MouseButtonRelease, *points[-1], left)


@pytest.fixture
def ids(photo_folder):
    """Helper: photo ids of a window in the order of the list."""
    return lambda window: [row.photo_id for row in window.photos.model.rows]


def _no_question(box, *_):
    text = box.text()
    raise AssertionError(f"a question was asked: {text}")


__all__ = ["Path", "SimpleNamespace"]
