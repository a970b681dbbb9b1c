"""The lesions of a photo one by one: the list, the canvas, and what is said of each."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.document import Document
from tests.helpers.builders import make_prediction
from tests.ui.conftest import WAIT_MS, paint

CTRL, NO_KEY = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
# Probabilities of lesions 1, 2, 3: doubt falls with the number; 4 touches 3.
SURE = {1: 0.55, 2: 0.8, 3: 0.99, 4: 0.999}


@pytest.fixture
def window(make_window):
    return make_window()


@pytest.fixture
def document(window, qtbot):
    labels = np.zeros((240, 320), np.uint16)
    labels[20:40, 20:50] = 1
    labels[100:120, 200:220] = 2
    labels[180:210, 60:100] = 3
    labels[180:210, 100:140] = 4
    probability = np.full(labels.shape, 0.001, np.float32)
    for lesion, value in SURE.items():
        probability[labels == lesion] = value
    document = Document("leaf", np.full((240, 320, 3), 90, np.uint8))
    window.session.set_document(document)
    prediction = make_prediction(labels, probability=probability)
    affinity = np.ones((8, 60, 80), np.float16)
    document.set_prediction(replace(prediction, affinity=affinity))
    window.view.set_tool("pan")
    settle(qtbot, window)
    return document


def settle(qtbot, window):
    """Until everything that the pool was asked for is on screen."""
    qtbot.waitUntil(
        lambda: (
            not window.lesions.table.stale
            and not window.lesions._busy
            and not window.grouping.busy
            and not window.lesion_pictures.busy
        ),
        timeout=WAIT_MS,
    )


def press(window, qtbot, key, modifiers=NO_KEY):
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, key, modifiers)


def click(window, y, x, modifiers=NO_KEY):
    canvas = window.canvas
    at = canvas.navigation.to_screen(QPointF(x, y))
    left = Qt.MouseButton.LeftButton
    for kind, held in (
        (QEvent.Type.MouseButtonPress, left),
        (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
    ):
        where = canvas.viewport().mapToGlobal(at)
        event = QMouseEvent(kind, at, where, left, held, modifiers)
        QApplication.sendEvent(canvas.viewport(), event)


def shown(window):
    return window.lesion_list.shown


def test_three_keys_go_through_a_photo(window, document, qtbot):
    panel = window.lesion_list
    assert panel.model.ids == [1, 2, 3, 4]
    press(window, qtbot, Qt.Key.Key_Tab)
    assert shown(window) == 1
    visible = window.canvas.navigation.visible_rect()
    assert visible.y0 <= 20
    assert visible.y1 >= 40
    assert visible.height < 240
    qtbot.waitUntil(lambda: not window.canvas._marked.empty)
    press(window, qtbot, Qt.Key.Key_A, SHIFT)
    assert document.touched[30, 30]
    assert panel.model.lesion(1).accepted
    assert shown(window) == 2
    press(window, qtbot, Qt.Key.Key_X, SHIFT)
    assert not document.labels.array[110, 210]
    assert document.touched[110, 210]
    assert shown(window) == 3
    press(window, qtbot, Qt.Key.Key_Tab)
    assert shown(window) == 4
    press(window, qtbot, Qt.Key.Key_Backtab, SHIFT)
    assert shown(window) == 3
    assert document.history.names == ["Accept lesion 1", "Reject lesion 2"]
    window.actions_["undo"].trigger()
    settle(qtbot, window)
    assert panel.model.ids == [1, 2, 3, 4]
    assert shown(window) == 3


def test_when_all_are_judged_it_says_so(window, document, qtbot):
    said = []
    window.session.said.connect(said.append)
    press(window, qtbot, Qt.Key.Key_Tab)
    for _ in range(4):
        press(window, qtbot, Qt.Key.Key_A, SHIFT)
    assert len(document.history.names) == 4
    assert "Every lesion" in said[-1]
    press(window, qtbot, Qt.Key.Key_A, SHIFT)
    assert len(document.history.names) == 4


def test_tab_moves_the_focus_outside_the_canvas(window, document, qtbot):
    window.photos.focus_filter()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert shown(window) == 0
    assert QApplication.focusWidget() is not window.photos.filters.text


def test_edit_takes_up_the_brush(window, document, qtbot):
    press(window, qtbot, Qt.Key.Key_Tab)
    press(window, qtbot, Qt.Key.Key_E, SHIFT)
    assert window.view.tool == "brush"
    assert shown(window) == 1


def test_clicks_on_the_canvas_choose_the_row(window, document, qtbot):
    window.canvas.fit()
    seen = window.canvas.navigation.visible_rect()
    click(window, 110, 210)
    assert shown(window) == 2
    assert window.lesion_list.marked_ids() == [2]
    assert window.canvas.navigation.visible_rect() == seen
    window.view.set_tool("brush")
    click(window, 190, 80, CTRL)
    assert shown(window) == 3
    click(window, 5, 5, CTRL)
    assert shown(window) == 0
    assert document.history.names == []
    assert not window.canvas.pointer.drawing


def test_a_stroke_changes_the_row_and_keeps_its_place(window, document, qtbot):
    panel = window.lesion_list
    before = panel.model.lesion(3)
    window.view.set_tool("brush")
    window.view.set_brush_px(9)
    paint(window, (178, 70), (178, 90))
    paint(window, (60, 250), (60, 270))
    settle(qtbot, window)
    assert panel.model.lesion(3).area_px > before.area_px
    assert panel.model.lesion(3).by_person
    assert not panel.model.lesion(3).accepted
    new = panel.model.lesion(5)
    assert new.accepted
    # The new one comes in where it belongs, the others stay in their order.
    assert [i for i in panel.model.ids if i != 5] == [1, 2, 3, 4]
    assert panel.model.ids[-1] == 5
    panel.order_chosen.emit("size")
    assert panel.model.ids[:2] == [3, 4]


def test_another_prediction_brings_another_order(window, document, qtbot):
    before = document.prediction
    probability = before.probability.copy()
    probability[before.labels == 4] = 0.5
    document.set_prediction(replace(before, probability=probability))
    settle(qtbot, window)
    assert window.lesion_list.model.ids == [4, 1, 2, 3]


def test_marked_rows_become_one(window, document, qtbot):
    panel = window.lesion_list
    assert not window.actions_["merge_lesions"].isEnabled()
    panel.show_current(1)
    rows = panel.list_view.selectionModel()
    rows.select(panel.model.index(panel.model.place(4)), rows.SelectionFlag.Select)
    assert window.actions_["merge_lesions"].isEnabled()
    window.actions_["merge_lesions"].trigger()
    assert panel.model.ids == [2, 3, 4]
    assert shown(window) == 4
    assert document.labels.array[30, 30] == 4
    assert document.history.names == ["Merge 2 lesions"]


def test_the_slider_joins_what_touches_as_one_step(window, document, qtbot):
    panel = window.lesion_list
    assert panel.count_text == "4 (3–4)"
    for value in (-1, -4, -2, -4):
        panel.slider.setValue(value)
        settle(qtbot, window)
    assert document.history.names == ["Regroup lesions"]
    assert panel.count_text == "3 (3–4)"
    assert document.labels.array[190, 80] == document.labels.array[190, 130]
    assert window.actions_["colour_lesions"].isChecked()
    window.actions_["undo"].trigger()
    settle(qtbot, window)
    assert panel.slider.value() == 0
    assert panel.count_text == "4 (3–4)"
    assert document.status == "predicted"


def test_the_slider_over_a_prediction_that_lies_loosely(window, document, qtbot):
    prediction = document.prediction
    fresh = Document("fresh", document.image)
    window.session.set_document(fresh)
    window.view.set_tool("brush")
    paint(window, (120, 100), (120, 120))
    window.actions_["undo"].trigger()
    fresh.set_prediction(prediction)
    settle(qtbot, window)
    for value in (-4, 0, -4):
        window.lesion_list.slider.setValue(value)
        settle(qtbot, window)
        assert window.lesion_list.slider.value() == value
        assert len(window.lesion_list.model.ids) == (3 if value else 4)
    window.actions_["undo"].trigger()
    settle(qtbot, window)
    np.testing.assert_array_equal(fresh.labels.array, prediction.labels)


def test_the_slider_leaves_what_a_person_judged(window, document, qtbot):
    press(window, qtbot, Qt.Key.Key_Tab)
    for _ in range(4):
        press(window, qtbot, Qt.Key.Key_A, SHIFT)
    window.lesion_list.slider.setValue(-4)
    settle(qtbot, window)
    assert len(document.history.names) == 4
    assert window.lesion_list.slider.value() == 0
    assert window.lesion_list.count_text == "4"


def test_pictures_are_made_of_rows_in_view(window, document, qtbot):
    view = window.lesion_list.list_view
    window.side.ensureWidgetVisible(view)
    view.viewport().repaint()
    model = window.lesion_list.model
    qtbot.waitUntil(lambda: 1 in model._pictures, timeout=WAIT_MS)
    first = model._pictures[1]
    assert first.width() == 96
    press(window, qtbot, Qt.Key.Key_Tab)
    press(window, qtbot, Qt.Key.Key_X, SHIFT)
    assert 1 not in model._pictures


def test_without_a_photo_or_a_lesion_it_says_what_to_do(window, document, qtbot):
    panel = window.lesion_list
    bare = Document("bare", np.full((60, 80, 3), 90, np.uint8))
    window.session.set_document(bare)
    settle(qtbot, window)
    assert "run the model" in panel._nothing.text()
    assert not panel.list_view.isVisible()
    assert not panel.slider.isEnabled()
    assert not window.actions_["next_lesion"].isEnabled()
    assert window.canvas._marked.empty
    window.session.set_document(None)
    assert "No photo" in panel._nothing.text()
    assert panel.count_text == ""


def test_a_double_click_with_ctrl_paints_nothing(window, document):
    window.view.set_tool("brush")
    canvas = window.canvas
    at = canvas.navigation.to_screen(QPointF(210, 110))
    kind, left = QEvent.Type.MouseButtonDblClick, Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, at, canvas.viewport().mapToGlobal(at), left, left, CTRL)
    QApplication.sendEvent(canvas.viewport(), event)
    assert not document.history.open
    assert shown(window) == 2


def test_an_open_outline_is_painted_before_everything_is_saved(window, document):
    window.view.set_tool("polygon")
    for corner in ((60, 200), (60, 240), (90, 240)):
        click(window, *corner)
    window.session.settling.emit()
    assert document.history.names == ["Add area"]
    assert document.labels.array[65, 235]
