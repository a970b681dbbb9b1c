"""Two looks of the photo on screen under one divider, at the canvas's own place."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from plantseg_gui.ui.canvas.wipe_view import WipeMode
from plantseg_gui.ui.presenters.wipe_sides import choices
from tests.ui.conftest import WAIT_MS, paint, wait_photo, wait_prediction


def ready(qtbot, window):
    qtbot.waitUntil(lambda: window.wipe.ready, timeout=WAIT_MS)


@pytest.fixture
def painted(opened, qtbot):
    """The first photo with one stroke, and the wipe on."""
    opened.view.set_brush_px(40)
    paint(opened, (60, 60), (60, 200))
    opened.actions_["wipe"].trigger()
    ready(qtbot, opened)
    return opened


def keys(box):
    return [box.itemData(i) for i in range(box.count()) if box.itemData(i)]


def test_shows_what_changed_between_prediction_and_mask(painted, qtbot):
    window, bar = painted, painted.wipe.bar
    document = window.session.document
    assert bar.keys == ("prediction", "mask")
    before, after = document.prediction.labels > 0, document.labels.lesion_mask()
    changed = int((before != after).sum())
    assert changed > 0
    assert bar.figures.startswith(f"{changed:,} px changed")
    assert "severity" in bar.figures
    assert "lesions" in bar.figures
    pictures = window.wipe.view._pictures
    assert (pictures.gained, pictures.lost) == (changed, 0)
    # Where the stroke lies, only the right side is tinted.
    assert (pictures.before.pixelColor(130, 60).alpha() > 0) == before[60, 130]
    assert pictures.after.pixelColor(130, 60).alpha() > 0
    bar.modes[WipeMode.CHANGED].click()
    ready(qtbot, window)
    assert not window.wipe.view._pictures.changed.isNull()
    qtbot.waitUntil(lambda: window.wipe.ready and not window.canvas._overlay.isVisible())


def test_earlier_masks_maps_and_the_bare_photo_can_be_chosen(painted, qtbot):
    window, wipe = painted, painted.wipe
    there = keys(wipe.bar.left)
    assert {"photo", "mask", "prediction", "opened", "step:0", "layer:probability"} <= set(there)
    assert "layer:variance" not in there  # not computed
    wipe.choose("opened", "step:0")
    ready(qtbot, window)
    assert wipe.bar.figures == "Both masks are the same"
    wipe.choose("photo", "layer:probability")
    ready(qtbot, window)
    assert wipe.view._pictures.before.isNull()
    assert not wipe.view._pictures.after.isNull()
    assert not wipe.bar.modes[WipeMode.CHANGED].isEnabled()
    wipe.bar.swapped.emit()
    assert wipe.bar.keys == ("layer:probability", "photo")


def test_undo_is_followed_and_the_step_stays_to_be_seen(painted, qtbot):
    window, wipe = painted, painted.wipe
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: "step:1" in keys(wipe.bar.left) and wipe.ready, timeout=WAIT_MS)
    assert wipe.bar.figures == "Both masks are the same"
    wipe.choose("mask", "step:1")
    ready(qtbot, window)
    assert "taken back" in wipe.bar.right.currentText()
    assert "px changed" in wipe.bar.figures


def test_place_is_the_canvases_and_painting_is_off(opened, qtbot):
    window, canvas, navigation = opened, opened.canvas, opened.canvas.navigation
    navigation.look_at(QPointF(100, 120), 6.0)
    labels = window.session.document.labels.array.copy()
    window.wipe.set_on(True)
    ready(qtbot, window)
    view = window.wipe.view
    assert (canvas.zoom, navigation.centre) == (pytest.approx(6.0), QPointF(100, 120))
    middle = QPointF(view.rect().center())
    assert view.to_photo(middle).x() == pytest.approx(navigation.to_photo(middle).x())
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=view.rect().center() / 2)
    QTest.mouseMove(view, view.rect().center() / 2)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=view.rect().center() / 2)
    QTest.keyClick(view, Qt.Key.Key_Plus)  # zooms both
    zoom = canvas.zoom
    assert zoom > 6.0
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.divider == pytest.approx(0.52)
    assert window.session.photo_id == window.photos.model.rows[0].photo_id  # no other photo
    centre = navigation.centre
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not window.wipe.on
    assert not window.actions_["wipe"].isChecked()
    assert canvas._overlay.isVisible()
    assert (canvas.zoom, navigation.centre) == (pytest.approx(zoom), centre)
    assert np.array_equal(window.session.document.labels.array, labels)
    assert QApplication.focusWidget() is canvas


def test_another_photo_is_compared_too(painted, qtbot, ids):
    window, other = painted, ids(painted)[1]
    window.actions_["next"].trigger()
    wait_photo(qtbot, window, other)
    wait_prediction(qtbot, window)
    qtbot.waitUntil(
        lambda: window.wipe.ready and window.wipe.bar.keys == ("photo", "mask"),
        timeout=WAIT_MS,
    )
    assert window.wipe.view._pictures.after.size().width() == window.session.document.width
    assert "on both sides" in window.wipe.bar.figures


def test_a_long_list_of_steps_offers_the_newest(painted):
    from plantseg_gui.core.edits import Edit
    from plantseg_gui.core.revisions import Steps

    edits = tuple(Edit(f"e{n}", (), at=0) for n in range(1, 1001))
    steps = [c for c in choices(Steps(edits, 1000), None, None, {}) if c.key.startswith("step:")]
    assert len(steps) == 200
    assert (steps[0].text, steps[-1].text) == ("After step 999: e999", "Before step 1")
