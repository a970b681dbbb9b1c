import numpy as np
import pytest
from PySide6.QtCore import QPointF

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.region_change import ChangeCount, no_change
from plantseg_gui.ui.dialogs.specks import SpecksDialog
from plantseg_gui.ui.presenters.tidy import Act, said
from tests.ui.conftest import WAIT_MS


@pytest.fixture
def ringed(opened):
    """A window whose photo has two rings and a speck, and what it says."""
    document = opened.session.document
    labels = np.zeros(document.labels.shape, np.uint16)
    for lesion, x in ((1, 20), (2, 120)):
        labels[20:60, x : x + 40] = lesion
        labels[30:50, x + 10 : x + 30] = 0
    labels[200, 200:203] = 2
    document.apply_region("rings", document.labels.rect, labels)
    texts = []
    opened.session.said.connect(texts.append)
    return opened, document, texts


def point_at(window, monkeypatch, y, x):
    pointer = window.canvas.pointer
    pointer.enter(window.canvas.navigation.to_screen(QPointF(x, y)))
    monkeypatch.setattr(window.canvas.viewport(), "underMouse", lambda: True)


def test_acts_on_all_lesions(ringed, qtbot):
    window, document, texts = ringed
    before = document.labels.array.copy()
    window.actions_["fill_holes"].trigger()
    qtbot.waitUntil(lambda: bool(texts), timeout=WAIT_MS)
    assert texts == ["Holes filled: 2 lesions, 800 px."]
    assert document.history.names[-1] == "Fill holes"
    document.undo()
    np.testing.assert_array_equal(document.labels.array, before)


def test_a_key_pressed_three_times_grows_three_times(ringed, qtbot):
    window, document, texts = ringed
    for _ in range(3):
        window.actions_["grow"].trigger()
    qtbot.waitUntil(lambda: len(texts) == 3, timeout=WAIT_MS)
    assert document.history.names[-3:] == ["Grow"] * 3
    assert (document.labels.array[40, 17:20] == 1).all()
    assert document.labels.array[40, 16] == 0


def test_only_the_lesion_under_the_pointer(ringed, qtbot, monkeypatch):
    window, document, texts = ringed
    point_at(window, monkeypatch, 25.5, 125.5)
    before = document.labels.array.copy()
    window.actions_["shrink"].trigger()
    window.actions_["smooth"].trigger()
    qtbot.waitUntil(lambda: len(texts) == 2, timeout=WAIT_MS)
    assert texts[0].startswith("Shrunk by 1 px: lesion 2, ")
    assert texts[1].startswith("Outlines smoothed: lesion 2, ")
    np.testing.assert_array_equal(document.labels.array == 1, before == 1)
    assert not document.labels.array[200].any()


def test_specks_are_counted_before_they_go(ringed, qtbot, monkeypatch):
    window, document, texts = ringed
    shown = []

    def answer(dialog):
        for smallest in (3, 4):
            dialog._box.setValue(smallest)
            shown.append((dialog._count.text(), dialog._go.isEnabled()))
        return True

    monkeypatch.setattr(SpecksDialog, "exec", answer)
    window.actions_["remove_specks"].trigger()
    qtbot.waitUntil(lambda: bool(texts), timeout=WAIT_MS)
    assert shown == [("0 of 3 spots go", False), ("1 of 3 spots goes: 3 px", True)]
    assert texts == ["Specks below 4 px removed: 1 lesion, 3 px."]
    assert not document.labels.array[200].any()


def test_a_mask_that_changed_meanwhile_is_left(ringed, qtbot):
    window, document, texts = ringed
    window.actions_["grow"].trigger()
    document.undo()
    qtbot.waitUntil(lambda: bool(texts), timeout=WAIT_MS)
    assert texts == ["Grow: not done, the mask changed meanwhile. Try again."]


def test_what_is_said():
    every = Act("Shrink", "Shrunk by 1 px", None, lambda _: no_change())
    assert said(every, ChangeCount(4, 2, 90)) == (
        "Shrunk by 1 px: 4 lesions, 90 px. 2 lesions are gone; undo brings back what was there."
    )


def test_a_mask_that_a_stroke_was_taken_back_from_is_left(ringed, qtbot):
    window, document, texts = ringed
    document.history.begin("Paint lesion")
    document.history.paint(Rect(80, 80, 90, 90), np.full((10, 10), 7, np.uint16))
    window.actions_["grow"].trigger()
    document.history.abort()
    qtbot.waitUntil(lambda: bool(texts), timeout=WAIT_MS)
    assert texts == ["Grow: not done, the mask changed meanwhile. Try again."]
    assert not (document.labels.array == 7).any()
