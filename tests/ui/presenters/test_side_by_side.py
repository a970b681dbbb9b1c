"""A second view beside the canvas: another photo, or another model version, at the same place."""

import shutil

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.ui.panels.side_view import MODEL
from tests.helpers.tiny_model import write_tiny_model
from tests.ui.conftest import WAIT_MS, paint, wait_photo

OTHER = "other-tiny"


@pytest.fixture(scope="session")
def other_model(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("other") / OTHER, name=OTHER, seed=1)


@pytest.fixture
def two_models(other_model, tmp_path, monkeypatch):
    """The shelf holds the tiny model in use and another tiny one, and none that was shipped."""
    monkeypatch.setattr("plantseg_gui.storage.models.models_dir", lambda: tmp_path / "none")
    shutil.copytree(other_model, user_models_dir() / OTHER)


def shown(qtbot, window, photo_id=None):
    side = window.side_by_side
    qtbot.waitUntil(
        lambda: (
            side.document is not None
            and side.side.waiting is None
            and "  ·  " in side.side.what
            and (photo_id is None or side.document.document_id == photo_id)
        ),
        timeout=WAIT_MS,
    )


def test_the_next_photo_follows_and_others_can_be_chosen(opened, qtbot, ids):
    window, side = opened, opened.side_by_side
    first, second, third = ids(window)
    window.actions_["side_by_side"].trigger()
    shown(qtbot, window, second)
    assert "no mask yet" in side.side.what
    assert "severity" in side.side.left_what
    assert side.side.canvas.pointer.tool is None
    side.choose(third)
    shown(qtbot, window, third)
    side.choose("previous")
    assert side.side.waiting is not None
    assert "No photo comes before" in side.side.waiting[0]
    side.choose("next")
    window.actions_["next"].trigger()
    wait_photo(qtbot, window, second)
    shown(qtbot, window, third)
    # One that is open is shown as it is.
    side.choose(first)
    shown(qtbot, window, first)
    assert side.document is window.store.document(first)
    window.actions_["side_by_side"].trigger()
    assert not side.on
    assert side.document is None


def test_zoom_and_place_are_locked_until_the_pin_is_taken_out(opened, qtbot):
    window, side = opened, opened.side_by_side
    left, right = window.canvas.navigation, side.side.canvas.navigation
    left.look_at(QPointF(90, 120), 5.0)
    side.set_on(True)
    shown(qtbot, window)
    assert (left.centre, left.zoom) == (QPointF(90, 120), pytest.approx(5.0))
    assert (right.centre, right.zoom) == (left.centre, pytest.approx(5.0))
    right.pan(25, 10)
    right.set_zoom(7.0)
    assert (left.centre, left.zoom) == (right.centre, pytest.approx(7.0))
    side.side.pin.click()
    left.fit()
    assert right.zoom == pytest.approx(7.0)
    side.side.pin.click()
    assert right.fitted
    assert right.zoom < 7.0


def test_the_cross_hair_shows_the_same_place_in_photos_of_two_sizes(opened, qtbot):
    from plantseg_gui.core.document import Document

    window, side = opened, opened.side_by_side
    side.set_on(True)
    shown(qtbot, window)
    big = Document("big", np.zeros((512, 1024, 3), np.uint8))
    side.link.show(big)
    left, right = window.canvas, side.side.canvas
    left.navigation.look_at(QPointF(64, 128), 8.0)
    assert right.navigation.zoom == pytest.approx(2.0)  # the longer side is four times as long
    assert right.navigation.centre == QPointF(256, 256)
    left.pointer.move(left.navigation.to_screen(QPointF(60, 100)))
    mark = right._cross_hair
    assert mark.isVisible()
    assert (mark.pos().x(), mark.pos().y()) == (pytest.approx(240), pytest.approx(200))
    assert not left._cross_hair.isVisible()
    left.pointer_left()
    assert not mark.isVisible()


def test_another_version_looks_at_the_same_photo(two_models, opened, qtbot):
    window, side = opened, opened.side_by_side
    paint(window, (60, 60), (60, 200))
    labels = window.session.document.labels.array.copy()
    side.set_on(True)
    side.side.kinds[MODEL].click()
    qtbot.waitUntil(lambda: side.runs.running is not None, timeout=WAIT_MS)
    assert side.side.act.text() == "Cancel"
    assert any("Looking with" in job.text for job in window.jobs.jobs)
    side.side.act.click()
    assert side.side.waiting is not None
    assert side.side.waiting[0] == "Stopped"
    assert not window.jobs.jobs
    side.side.act.click()  # again
    shown(qtbot, window)
    assert side.document.prediction.model == OTHER
    assert side.side.what.startswith(OTHER)
    assert np.array_equal(side.document.labels.array, side.document.prediction.labels)
    found = side.document.prediction
    # Kept for the session, and nothing of the work on the left is touched.
    side.choose(window.session.model)
    assert side.document.prediction is window.session.document.prediction
    side.choose(OTHER)
    assert side.document.prediction is found
    assert side.runs.running is None
    assert np.array_equal(window.session.document.labels.array, labels)


def test_a_version_that_cannot_be_read_says_so(two_models, opened, qtbot):
    side = opened.side_by_side
    side.set_on(True)
    side.choose_kind(MODEL)
    side.choose(opened.session.model)
    shown(qtbot, opened)
    (user_models_dir() / OTHER / "weights.safetensors").write_bytes(b"no weights")
    side.choose(OTHER)
    qtbot.waitUntil(
        lambda: side.side.waiting is not None and side.side.act.text() == "Try again",
        timeout=WAIT_MS,
    )
    assert OTHER in side.side.waiting[0]
    assert side.side.waiting[1]
