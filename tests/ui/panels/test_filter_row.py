"""The conditions over the list: all must hold, one button clears them, none is out of sight."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from plantseg_gui.ui.panels.order_row import BY_DOUBT, BY_NAME, OrderRow
from plantseg_gui.ui.panels.photo_filter import IN_TEST_SET, NO_MODEL, NOTED, TO_DO, PhotoQuery
from plantseg_gui.ui.panels.photo_model import PhotoRole, summary
from plantseg_gui.ui.panels.photos import PhotosPanel
from tests.ui.panels.test_photos import ROWS, Row, ask_state, shown


@pytest.fixture
def panel(qtbot, theme):
    made = PhotosPanel(theme)
    qtbot.addWidget(made)
    made.resize(272, 600)
    made.show()
    rows = [
        *ROWS,
        Row("leaf_5", "predicted", tags=("coffee", "rust"), model="new", review="needs_work"),
        Row("leaf_6", "predicted", tags=("coffee",), model="old", note="edge blurred"),
        Row("leaf_7", "corrected", review="skipped", keep_out=True, model="new"),
    ]
    made.set_project("leaves", "", rows)
    return made


def tick(panel, *tags):
    for action in panel.filters.tags.ticks.actions():
        if action.isChecked() != (action.data() in tags):
            action.trigger()


def test_what_a_person_said_goes_before_how_far_the_mask_is(panel):
    ask_state(panel, "needs_work")
    assert shown(panel) == ["leaf_5"]
    ask_state(panel, "corrected")
    assert shown(panel) == ["leaf_3"]  # leaf_7 is shown as skipped
    ask_state(panel, TO_DO)
    assert "leaf_5" in shown(panel)
    assert not {"leaf_1", "leaf_7"} & set(shown(panel))
    ask_state(panel, NOTED)
    assert shown(panel) == ["leaf_6"]
    assert "edge blurred" in panel.model.index(6).data(3)


def test_all_conditions_must_hold_and_one_button_clears_them(panel, qtbot):
    tick(panel, "coffee")
    assert shown(panel) == ["leaf_1", "leaf_2", "leaf_5", "leaf_6"]
    assert panel.filters._extra.isVisible()
    tick(panel, "coffee", "rust")
    assert panel.filters.tags.currentText() == "coffee + rust"
    assert shown(panel) == ["leaf_1", "leaf_5"]
    box = panel.filters.model
    box.setCurrentIndex(box.findData("new"))
    assert shown(panel) == ["leaf_5"]
    assert panel.filters._count.text() == "1 of 8 photos"
    panel.filters.text.setText("blurred")
    assert shown(panel) == []
    assert "press Clear" in panel._nothing.text()
    assert panel._nothing.isVisible()
    panel.filters._clear.click()
    assert not panel.filters.text.text()
    assert len(shown(panel)) == 8
    assert panel.filters.query == PhotoQuery()
    assert not panel.filters._result.isVisible()


def test_test_set_and_photos_without_a_model(panel):
    panel.filters.test_set.setCurrentIndex(panel.filters.test_set.findData(IN_TEST_SET))
    assert shown(panel) == ["leaf_7"]
    panel.filters.clear()
    panel.filters.model.setCurrentIndex(panel.filters.model.findData(NO_MODEL))
    assert shown(panel) == ["leaf_1", "leaf_2", "leaf_3", "broken", "leaf_4"]


def test_a_condition_on_what_is_gone_is_dropped_and_others_stay(panel):
    tick(panel, "wheat")
    panel.filters.text.setText("leaf")
    panel.update_row(replace(panel.model.row(2), tags=()))
    assert panel.filters.query == PhotoQuery(text="leaf")
    assert len(shown(panel)) == 7
    # The same conditions hold when the photos are listed anew.
    panel.set_project("leaves", "", ROWS)
    assert shown(panel) == ["leaf_1", "leaf_2", "leaf_3", "leaf_4"]


def test_next_to_do_passes_over_skipped_ones(panel):
    panel.show_current("leaf_6")
    assert panel.step(1) == "leaf_7"
    assert panel.step(1, only_open=True) == ""


def test_ctrl_a_marks_what_the_filter_lets_through(panel):
    panel.show_current("leaf_5")
    tick(panel, "coffee")
    QTest.keyClick(panel.list_view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.list_view, Qt.Key.Key_F24)  # no key is held from here on
    assert panel.marked_count() == 4
    assert panel.marked_ids() == ["leaf_1", "leaf_2", "leaf_5", "leaf_6"]


def test_the_row_names_the_state_and_the_icon_differs(panel):
    row = panel.model.row(5)
    assert summary(row) == "Needs work"
    assert panel.model.index(5).data(PhotoRole.ROW) is row
    before = panel.grab().toImage()
    panel.update_row(replace(row, review=""))
    assert panel.grab().toImage() != before


def test_another_order_begins_at_its_usual_end_and_the_button_turns_it(theme, qtbot):
    row = OrderRow(theme)
    qtbot.addWidget(row)
    told = []
    row.chosen.connect(lambda: told.append((row.order, row.falling)))
    row.box.setCurrentIndex(row.box.findData(BY_DOUBT))
    row.box.activated.emit(row.box.currentIndex())
    row.end.click()
    assert told == [(BY_DOUBT, True), (BY_DOUBT, False)]
    assert row.end.toolTip().startswith("Surest first")
    row.set_order("gone", True)
    assert (row.order, row.falling) == (BY_NAME, True)
    assert len(told) == 2
