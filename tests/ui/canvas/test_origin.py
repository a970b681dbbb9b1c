"""The layer Origin on the canvas: switched, and following strokes, undo and redo."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from plantseg_gui.core.edits import Edit, make_touch_patches
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.origin import Origin
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.core.palette import ORIGIN_COLOURS
from tests.ui.canvas.conftest import PHOTO_COLOUR, close_to, make_document

LESION, WIPED, MODEL, UNSURE = (
    ORIGIN_COLOURS[Origin[name]]
    for name in ("LESION_BY_PERSON", "HEALTHY_BY_PERSON", "LESION_BY_MODEL", "UNSURE")
)


@pytest.fixture
def shown(hand, view, document):
    """The hand, over a photo with a lesion of the model's, Origin on and opaque."""
    document.labels.write(Rect(20, 20, 80, 80), np.ones((60, 60), np.uint16))
    view.set_layer("origin", True, 1.0)
    hand.settle()
    return hand


def erase(hand, *way):
    hand.take("eraser")
    hand.drag(*way)
    hand.take("brush")


def assert_whole(view, document):
    """What was composed bit by bit is what composing everything gives."""
    whole = OverlayComposer(document.height, document.width)
    whole.set_layer("origin", True, 1.0)
    whole.compose(whole.rect, document.labels.array, document.touched)
    np.testing.assert_array_equal(view._composer.buffer, whole.buffer)


def test_the_switch_shows_and_hides(shown, view):
    assert close_to(shown.colour(50, 50), MODEL)
    view.set_layer("origin", False, 1.0)
    shown.settle()
    assert not close_to(shown.colour(50, 50), MODEL, 30)
    view.set_layer("mask", False, 0.5)
    shown.settle()
    assert close_to(shown.colour(50, 50), PHOTO_COLOUR)


def test_a_stroke_is_seen_at_once_and_nothing_else_is_composed(shown, view):
    composed = []
    view._refresher.compose = lambda rect, then=view._refresher.compose: (
        composed.append(rect),
        then(rect),
    )
    shown.press(200, 200)
    assert close_to(shown.colour(200, 200), LESION)
    shown.move(200, 240)
    shown.release(200, 240)
    assert close_to(shown.colour(200, 240), LESION)
    assert max(rect.area for rect in composed) < 80 * 40
    assert view.overlay_ready  # no chunk waits to be composed anew


def test_wiping_healthy_leaf_shows_though_no_label_changes(shown, view, document):
    before = document.labels.array.copy()
    erase(shown, (200, 200), (200, 300))
    assert close_to(shown.colour(200, 250), WIPED)
    assert np.array_equal(before, document.labels.array)
    document.undo()
    shown.settle()
    assert close_to(shown.colour(200, 250), PHOTO_COLOUR)
    document.redo()
    shown.settle()
    assert close_to(shown.colour(200, 250), WIPED)
    assert_whole(view, document)


def test_undo_and_redo_of_a_stroke(shown, view, document):
    shown.drag((50, 50), (50, 120))
    assert close_to(shown.colour(50, 60), LESION)
    document.undo()
    shown.settle()
    assert close_to(shown.colour(50, 60), MODEL)
    assert close_to(shown.colour(50, 100), PHOTO_COLOUR)
    document.redo()
    shown.settle()
    assert close_to(shown.colour(50, 100), LESION)
    assert_whole(view, document)


def test_esc_takes_the_touch_back(shown, view, document, qtbot):
    shown.take("eraser")
    shown.press(200, 200)
    shown.move(200, 260)
    view.pointer.flush()
    assert close_to(shown.colour(200, 240), WIPED)
    qtbot.keyPress(view, Qt.Key.Key_Escape)
    shown.settle()
    assert close_to(shown.colour(200, 240), PHOTO_COLOUR)
    assert_whole(view, document)


def test_unsure_has_its_own_colour(shown):
    shown.settings.paint = "unsure"
    shown.drag((300, 100), (300, 160))
    assert close_to(shown.colour(300, 130), UNSURE)


def test_accepting_makes_the_models_lesion_the_persons(shown, view, document):
    touched = document.labels.array != 0
    patches = make_touch_patches(document.touched, document.labels.rect, touched)
    document.history.push(Edit("Accept prediction", (), patches))
    shown.settle()
    assert close_to(shown.colour(50, 50), LESION)
    document.undo()
    shown.settle()
    assert close_to(shown.colour(50, 50), MODEL)


def test_another_photo_is_followed_and_the_one_before_is_not(shown, view, document):
    other = make_document(name="b")
    view.set_document(other)
    shown.settle()
    assert len(document.history.dropped) == 1  # its own document, no canvas
    erase(shown, (200, 200), (200, 300))
    assert close_to(shown.colour(200, 250), WIPED)
