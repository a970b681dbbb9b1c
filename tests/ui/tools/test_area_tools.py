"""Polygon, lasso, rectangle and redrawn edges, through the real canvas."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.document import Document
from plantseg_gui.ui.tools.base import Hand as Held
from plantseg_gui.ui.tools.brush import PRESSURE, STEADY
from plantseg_gui.ui.tools.options import KEEP_TOUCHED, ON_LEAF, OPERATION
from plantseg_gui.ui.tools.registry import make_tool
from plantseg_gui.ui.tools.scribble import ScribbleTool
from tests.ui.canvas.conftest import Settings, document, hand, view  # noqa: F401

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def lesions(doc):
    return doc.labels.lesion_mask()


def test_a_polygon_is_closed_by_enter_and_is_one_step(hand, document):  # noqa: F811
    hand.take("polygon")
    for corner in ((50, 50), (50, 150), (150, 150), (150, 50)):
        hand.click(*corner)
    assert not lesions(document).any()
    hand.key(Qt.Key.Key_Return)
    assert lesions(document)[100, 100]
    assert abs(int(lesions(document).sum()) - 100 * 100) < 500
    assert document.history.names == ["Add area"]
    document.undo()
    assert not lesions(document).any()


def test_backspace_takes_a_corner_and_escape_all(hand, document):  # noqa: F811
    hand.take("polygon")
    tool = hand.view.pointer.tool
    for corner in ((50, 50), (50, 150), (150, 150)):
        hand.click(*corner)
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Return)
    assert not lesions(document).any()  # two corners are no area
    hand.click(50, 50)
    assert tool.open
    hand.key(Qt.Key.Key_Escape)
    assert not tool.open
    assert tool.sketch.empty


def test_a_click_on_the_first_corner_closes(hand, document):  # noqa: F811
    hand.take("polygon")
    for corner in ((50, 50), (50, 150), (150, 150), (51, 51)):
        hand.click(*corner)
    assert lesions(document)[70, 120]
    assert not hand.view.pointer.tool.open


def test_a_polygon_is_not_lost_with_another_tool(hand, document):  # noqa: F811
    hand.take("polygon")
    for corner in ((50, 50), (50, 150), (150, 150)):
        hand.click(*corner)
    hand.take("brush")
    assert lesions(document)[70, 120]


def test_rectangles_add_subtract_and_intersect(hand, document):  # noqa: F811
    hand.take("rectangle")
    hand.drag((50.5, 50.5), (99.5, 99.5))
    assert lesions(document).sum() == 50 * 50
    hand.drag((50.5, 50.5), (59.5, 99.5), keys=ALT)
    assert lesions(document).sum() == 40 * 50
    hand.drag((70.5, 70.5), (200, 200), keys=SHIFT | ALT)
    assert lesions(document).sum() == 30 * 30
    assert document.touched[55, 55]
    hand.settings.set_option(OPERATION, "subtract")
    hand.drag((40, 40), (200, 200))
    assert not lesions(document).any()


def test_a_lasso_closes_on_release(hand, document):  # noqa: F811
    hand.take("lasso")
    hand.press(100, 100)
    for at in ((100, 200), (200, 200), (200, 100)):
        hand.move(*at)
    hand.view.pointer.flush()
    assert len(hand.view.pointer.tool.sketch.lines) == 2
    hand.release(200, 100)
    assert lesions(document)[150, 150]
    assert hand.view.pointer.tool.sketch.empty


def test_an_edge_is_redrawn(hand, document):  # noqa: F811
    hand.take("rectangle")
    hand.drag((100.5, 100.5), (199.5, 199.5))
    hand.take("outline")
    hand.press(100, 120)
    for at in ((60, 120), (60, 180), (100, 180)):
        hand.move(*at)
    hand.release(100, 180)
    grown = lesions(document)
    assert grown[70, 150]
    assert grown[190, 110]
    assert grown.sum() == pytest.approx(100 * 100 + 40 * 60, rel=0.03)
    hand.drag((350, 350), (380, 380))  # no lesion near
    assert document.history.names[-1] == "Redraw outline"


def leafy(size=120):
    """A document whose leaf is the left half; what stands at row 50 was touched."""
    doc = Document("a", np.zeros((size, size, 3), np.uint8))
    leaf = np.zeros((size, size), bool)
    leaf[:, : size // 2] = True
    doc._prediction = SimpleNamespace(leaf=SimpleNamespace(mask=leaf))
    return doc


def test_limits_hold_for_strokes_and_areas():
    doc, settings = leafy(), Settings(brush_px=5)
    make_tool("brush", settings)
    for tool in (make_tool("brush", settings), make_tool("rectangle", settings)):
        settings.options = {ON_LEAF.key: True, KEEP_TOUCHED.key: False}
        tool.press(doc, (20.5, 10.5))
        tool.move([(22.5, 110.5)])
        assert tool.release()
        assert lesions(doc)[21, 30]
        assert not lesions(doc)[:, 60:].any()
        settings.options = {KEEP_TOUCHED.key: True}
        before = doc.labels.array.copy()
        eraser = make_tool("eraser", settings)
        eraser.press(doc, (21.5, 30.5))
        eraser.move([(21.5, 100.5)])
        eraser.release()
        assert (doc.labels.array == before).all()
        doc.undo()
        doc.undo()


def test_a_straight_line_with_shift():
    doc, settings = leafy(), Settings(brush_px=3)
    brush = make_tool("brush", settings)
    brush.press(doc, (10.5, 10.5), Held(shift=True))
    brush.move([(30.0, 90.0), (10.5, 90.5)], Held(shift=True))
    assert not lesions(doc).any()
    assert brush.release()
    assert lesions(doc)[10, 10:90].all()
    assert not lesions(doc)[25].any()
    brush.press(doc, (60.5, 90.5), Held(shift=True))  # a click: from where the last one ended
    assert brush.release()
    assert lesions(doc)[12:60, 90].all()
    assert len(doc.history.names) == 2


def test_pressure_and_a_steady_hand():
    doc, settings = leafy(), Settings(brush_px=20)
    settings.options = {PRESSURE.key: True, STEADY.key: 80}
    brush = make_tool("brush", settings)
    brush.press(doc, (60.5, 20.5), Held(pressure=0.0))
    light = lesions(doc).sum()
    brush.move([(60.5 + (-1) ** n * 6, 20.5 + 2 * n) for n in range(1, 40)], Held(pressure=0.0))
    brush.release()
    rows = np.flatnonzero(lesions(doc)[:, 30:80].any(axis=1))
    assert light < 40
    assert rows.max() - rows.min() < 12  # 12 px of shaking and a brush of 5 px would be 17
    assert lesions(doc)[:, 98].any()  # the stroke ends where the pen was


def test_escape_on_the_closing_click_keeps_all_corners(hand, document):  # noqa: F811
    hand.take("polygon")
    for corner in ((50, 50), (50, 150), (150, 150)):
        hand.click(*corner)
    hand.press(51, 51)
    hand.key(Qt.Key.Key_Escape)
    hand.release(51, 51)
    assert not lesions(document).any()
    hand.key(Qt.Key.Key_Return)
    assert lesions(document)[70, 120]


def test_enter_closes_with_alt_held_too(hand, document):  # noqa: F811
    hand.take("rectangle")
    hand.drag((40.5, 40.5), (160.5, 160.5))
    hand.take("polygon")
    for corner in ((50, 50), (50, 150), (150, 150)):
        hand.click(*corner, keys=ALT)
    hand.key(Qt.Key.Key_Return, ALT)
    assert not lesions(document)[70, 120]
    assert lesions(document)[45, 45]


def test_another_button_does_not_end_a_stroke(hand, document):  # noqa: F811
    hand.press(100, 100)
    at = hand.screen(100, 100)
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    for kind, held in (
        (QEvent.Type.MouseButtonPress, left | right),
        (QEvent.Type.MouseButtonRelease, left),
    ):
        where = hand.view.viewport().mapToGlobal(at)
        event = QMouseEvent(kind, at, where, right, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(hand.view.viewport(), event)
    assert document.history.open
    hand.move(100, 200)
    hand.release(100, 200)
    assert lesions(document)[100, 150]
    assert len(document.history.names) == 1


def test_a_stroke_just_outside_a_corner_is_no_scribble():
    doc, tool = leafy(), ScribbleTool(Settings(brush_px=9))
    tool.press(doc, (-3.6, -3.6))
    tool.release()
    assert not tool.strokes


def test_a_line_is_as_wide_as_the_pen_was_pressed_hardest():
    doc, settings = leafy(), Settings(brush_px=21)
    brush = make_tool("brush", settings)
    brush.press(doc, (60.5, 20.5), Held(shift=True, pressure=0.1))
    brush.move([(60.5, 60.5)], Held(shift=True, pressure=1.0))
    brush.move([(60.5, 90.5)], Held(shift=True, pressure=0.2))
    brush.release()
    assert lesions(doc)[:, 50].sum() == 21


def test_a_line_goes_on_where_the_last_stroke_that_stands_ended():
    doc, settings = leafy(), Settings(brush_px=3)
    brush = make_tool("brush", settings)
    brush.press(doc, (10.5, 10.5))
    brush.release()
    brush.press(doc, (100.5, 100.5))
    brush.abort()
    brush.press(doc, (10.5, 60.5), Held(shift=True))
    brush.release()
    assert lesions(doc)[10, 12:60].all()
    assert not lesions(doc)[50:].any()
