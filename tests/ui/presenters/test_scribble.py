"""Scribbles in the real window, with the real (tiny) network in its thread."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from plantseg_gui.core.geometry import Rect
from tests.helpers.builders import make_prediction
from tests.ui.conftest import WAIT_MS, paint, wait_photo


@pytest.fixture
def scribbling(opened, qtbot):
    """The first photo, its features read, the scribble tool in hand."""
    opened.view.set_brush_px(9)
    opened.view.set_tool("scribble")
    qtbot.waitUntil(lambda: opened.scribble.ready, timeout=WAIT_MS)
    return opened


def tool(window):
    return window.display.scribble


def wait_offer(qtbot, window):
    qtbot.waitUntil(lambda: tool(window)._ready is not None, timeout=WAIT_MS)


def press(window, key):
    QTest.keyClick(window.canvas, key)


def test_a_stroke_is_answered_and_enter_takes_the_proposal_as_one_step(scribbling, qtbot):
    document = scribbling.session.document
    before = document.labels.array.copy()
    steps = len(document.history.names)
    paint(scribbling, (40, 40), (40, 70))
    assert np.array_equal(document.labels.array, before)
    assert len(tool(scribbling).sketch.lines) == 2
    press(scribbling, Qt.Key.Key_Return)  # too early
    assert tool(scribbling).open
    wait_offer(qtbot, scribbling)
    assert scribbling.canvas.change.shown
    press(scribbling, Qt.Key.Key_Return)
    assert len(document.history.names) == steps + 1
    assert (document.labels.array[40, 40:70] > 0).all()
    assert document.touched[40, 40:70].all()
    assert not tool(scribbling).open
    assert not scribbling.canvas.change.shown
    document.undo()
    assert np.array_equal(document.labels.array, before)
    # What was taken back teaches no more.
    paint(scribbling, (90, 40), (90, 70))
    assert len(tool(scribbling).strokes) == 1


def test_further_strokes_refine_what_was_taken_over_but_not_what_was_painted(scribbling, qtbot):
    document = scribbling.session.document
    paint(scribbling, (40, 40), (40, 70))
    wait_offer(qtbot, scribbling)
    press(scribbling, Qt.Key.Key_Return)
    scribbling.view.set_tool("brush")
    assert tool(scribbling).document is None
    paint(scribbling, (120, 120), (120, 130))
    painted = document.touched & (document.labels.array > 0)
    scribbling.view.set_tool("scribble")
    paint(scribbling, (40, 40), (40, 70))
    wait_offer(qtbot, scribbling)
    kept = tool(scribbling)._ready
    assert (kept.labels[painted] > 0).all()
    press(scribbling, Qt.Key.Key_Return)
    paint(scribbling, (200, 40), (200, 70))
    assert len(tool(scribbling).strokes) == 2
    tool(scribbling).painted(Rect(0, 0, 10, 10))
    assert not tool(scribbling).free[:10, :10].any()


def test_esc_drops_the_last_stroke_then_all_and_backspace_one(scribbling, qtbot):
    for row in (30, 60, 90, 120):
        paint(scribbling, (row, 40), (row, 60))
    press(scribbling, Qt.Key.Key_Backspace)
    assert len(tool(scribbling).strokes) == 3
    press(scribbling, Qt.Key.Key_Escape)
    assert len(tool(scribbling).strokes) == 2
    wait_offer(qtbot, scribbling)
    assert tool(scribbling)._ready.strokes == 2
    press(scribbling, Qt.Key.Key_Escape)
    assert tool(scribbling).strokes == ()
    assert not scribbling.canvas.change.shown


def test_right_button_and_alt_say_healthy(scribbling):
    from plantseg_gui.ui.tools.base import Hand

    document = scribbling.session.document
    for hand in (Hand(), Hand(right=True), Hand(alt=True)):
        tool(scribbling).press(document, (50.0, 50.0), hand)
        tool(scribbling).release()
    assert [s.lesion for s in tool(scribbling).strokes] == [True, False, False]


def test_another_photo_drops_strokes_and_reads_its_own_features(scribbling, qtbot, ids):
    first = scribbling.session.document
    paint(scribbling, (40, 40), (40, 70))
    scribbling.store.show(ids(scribbling)[1])
    wait_photo(qtbot, scribbling, ids(scribbling)[1])
    assert tool(scribbling).strokes == ()
    assert not first.human_edits
    qtbot.waitUntil(lambda: scribbling.scribble.ready, timeout=WAIT_MS)
    assert scribbling.session.document is not first


def test_reading_can_be_stopped_and_the_next_stroke_reads_again(opened, qtbot):
    opened.view.set_tool("scribble")
    qtbot.waitUntil(lambda: bool(opened.jobs.jobs) or opened.scribble.ready, timeout=WAIT_MS)
    assert [job.text for job in opened.jobs.jobs] == ["Reading the photo for scribbles"]
    opened.jobs.jobs[0].on_cancel()
    qtbot.waitUntil(lambda: not opened.service.busy, timeout=WAIT_MS)
    assert not opened.scribble.ready
    assert not opened.jobs.jobs
    paint(opened, (40, 40), (40, 70))
    wait_offer(qtbot, opened)


def test_a_proposal_that_is_stale_is_not_taken(scribbling, qtbot):
    document = scribbling.session.document
    paint(scribbling, (40, 40), (40, 70))
    wait_offer(qtbot, scribbling)
    # Undo of a step that changed only who touched what.
    rect = Rect(200, 200, 210, 210)
    document.history.begin("Accept")
    document.history.paint(rect, document.labels.read(rect), np.ones((10, 10), bool))
    document.history.commit()
    assert tool(scribbling)._ready is None
    wait_offer(qtbot, scribbling)
    document.undo()
    assert tool(scribbling)._ready is None
    wait_offer(qtbot, scribbling)
    document.set_prediction(make_prediction(np.zeros(document.labels.shape, np.uint16)))
    assert tool(scribbling)._ready is None
    assert not scribbling.canvas.change.shown
    wait_offer(qtbot, scribbling)  # read and fitted anew
    assert scribbling.scribble.ready
