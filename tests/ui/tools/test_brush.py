import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.ui.tools.base import Hand
from plantseg_gui.ui.tools.registry import make_tool
from tests.ui.canvas.conftest import Settings


def document():
    return Document("a", np.zeros((100, 120, 3), np.uint8))


def test_a_stroke_from_press_to_release():
    tool, doc = make_tool("brush", Settings(brush_px=9)), document()
    assert tool.outline_px == 9
    tool.press(doc, (50.5, 60.5))
    assert tool.active
    assert doc.labels.array[50, 60] == 1
    tool.move([(50.5, 70.5), (50.5, 80.5)])
    assert tool.release()
    assert not tool.active
    assert doc.labels.array[50, 80] == 1
    assert not tool.release()


def test_abort_leaves_no_trace():
    tool, doc = make_tool("brush", Settings()), document()
    tool.press(doc, (50, 60))
    tool.move([(60, 60)])
    tool.abort()
    assert not doc.labels.array.any()
    assert not doc.history.can_undo


def test_settings_are_read_at_each_stroke():
    settings = Settings(brush_px=1)
    tool, doc = make_tool("brush", settings), document()
    tool.press(doc, (10.5, 10.5))
    tool.release()
    assert doc.labels.lesion_mask().sum() == 1
    tool.resize(4)
    assert settings.brush_px == 5
    tool.press(doc, (50.5, 50.5))
    tool.release()
    assert doc.labels.lesion_mask()[50].sum() == 5


def test_the_eraser_and_the_other_end_of_the_pen():
    doc = document()
    make_tool("brush", Settings(brush_px=21)).press(doc, (50, 50))
    doc.history.commit()
    eraser = make_tool("eraser", Settings(brush_px=3))
    eraser.press(doc, (50.5, 50.5))
    assert eraser.release()
    assert doc.labels.array[50, 50] == 0
    brush = make_tool("brush", Settings(brush_px=3))
    brush.press(doc, (55.5, 55.5), Hand(erase=True))
    assert brush.release()
    assert doc.labels.array[55, 55] == 0
    assert doc.touched[55, 55]
