"""The brush's outline is always where the pointer is, also when the photo moves beneath it."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from tests.ui.canvas.conftest import NONE, make_document


def enter(view, at: QPointF) -> None:
    # As when the window appears under a pointer that rests.
    QApplication.sendEvent(view, QEnterEvent(at, at, QPointF(view.mapToGlobal(at))))


def outline_at(view) -> QPointF:
    return view.navigation.to_screen(view._cursor.pos())


def test_a_photo_that_opens_under_a_resting_pointer(hand, view):
    view.set_document(None)
    enter(view, QPointF(300, 200))
    view.set_document(make_document(height=900, width=500, name="b"))
    assert outline_at(view).x() == pytest.approx(300, abs=0.5)
    assert outline_at(view).y() == pytest.approx(200, abs=0.5)


def test_zoom_by_key_leaves_it_at_the_pointer(hand, view):
    hand.move(100, 150, NONE)
    before = hand.screen(100, 150)
    view.navigation.set_zoom(view.zoom * 3)
    assert outline_at(view).x() == pytest.approx(before.x(), abs=0.5)
    assert outline_at(view).y() == pytest.approx(before.y(), abs=0.5)
