"""The page before the start: what was chosen, why, and the expert's panel."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.dialogs.retrain_expert import LearnedPhoto
from plantseg_gui.ui.dialogs.retrain_setup import Measured, Plan, SetupPage
from tests.ui.dialogs.test_retrain_choices import CHANGED

PHOTOS = (
    LearnedPhoto("a", "a.jpg", "approved"),
    LearnedPhoto("b", "b.jpg", "corrected"),
    LearnedPhoto("c", "c.jpg", "approved"),
)
PLAN = Plan(PHOTOS, 0, 0, "leaf", "leaf", "leaf-v3", ("leaf", "leaf-v2"))
FITTED = {
    "batch": 2,
    "accumulate": 2,
    "precision": "bf16",
    "device": "processor",
    "threads": 1,
    "frozen": "the decoder",
    "changes": ["Two crops at a time: four need 3 GB.", "The encoder is frozen."],
}


@pytest.fixture
def page(qtbot, theme):
    made = SetupPage(theme)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    made.show_plan(PLAN)
    return made


def button(page, text):
    return next(b for b in page.findChildren(QPushButton) if b.text() == text)


def test_each_choice_has_its_reason(page):
    page.show_measured(Measured(120, 1431.0, FITTED))
    lines = (page.base, page.uses, page.judged, page.updates, page.trains, page.runs_on, page.keeps)
    assert all(line.value.text() for line in lines)
    assert page.base.reason.text().startswith("The model in use")
    assert page.updates.value.text() == "120 updates of 4 crops, 2 at a time"
    assert (
        page.runs_on.value.text()
        == "Processor, 1 core, half precision (bf16), about 1.5 GB of memory"
    )
    assert page.fitted.value.text().splitlines() == FITTED["changes"]
    assert page.fitted.value.isVisible()
    page.show_measured(Measured(120, 0.0, {"changes": 7, "batch": "x"}))
    assert page.updates.value.text() == "120 updates"
    assert not page.fitted.value.isVisible()


def test_the_panel_is_folded_and_every_control_has_a_tooltip(page, qtbot):
    assert not page.expert.batch.isVisible()
    page.expert.set_open(True)
    assert page.expert.batch.isVisible()
    for control in (*page.expert._controls(), page.expert.photos):
        assert "Default: " in control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_choices_are_shown_read_and_set_back(page, qtbot):
    page.show_choices(CHANGED)
    assert page.choices == CHANGED
    # Read from the widgets.
    page.expert.seed.setValue(8)
    assert page.choices == replace(CHANGED, seed=8)
    assert not page.expert.held_out_share.isEnabled()
    with qtbot.waitSignal(page.choices_changed):
        button(page, "Back to the defaults").click()
    assert page.choices == Choices()
    assert page.expert.held_out_share.isEnabled()


def test_ticks_choose_the_photos(page, qtbot):
    with qtbot.waitSignal(page.choices_changed):
        button(page, "Approved only").click()
    assert page.choices.left_out == ("b",)
    assert "1 photo left out" in page.uses.reason.text()
    button(page, "None").click()
    assert not page.ready
    assert "No photo is chosen" in page.uses.value.text()
    page.expert.photos.item(1).setCheckState(Qt.CheckState.Checked)
    assert page.choices.left_out == ("a", "c")
    assert page.ready
    # Another photo, and one that is away for now: what was said of it stays.
    page.show_plan(Plan((PHOTOS[1], LearnedPhoto("d", "d.jpg", "approved")), base="leaf"))
    page.expert.seed.setValue(5)
    assert page.choices.left_out == ("a", "c")
    button(page, "All").click()
    assert page.choices.left_out == ()


def test_the_test_set_judges_by_itself_or_beside_held_out_photos(page):
    page.show_plan(Plan(PHOTOS * 2, 3, 0, "leaf", "leaf"))
    assert "Your own test set of 3 photos is used" in page.judged.value.text()
    assert "Beside it: a leave-one-out estimate" in page.judged.value.text()
    page.show_measured(Measured(50, 0.0, {"held_out": 2}))
    assert "Beside it: 2 of the approved photos, which are held out" in page.judged.value.text()
    page.expert.own_test_only.setChecked(True)
    assert "Beside it" not in page.judged.value.text()
    page.show_measured(Measured())
    page.show_plan(PLAN)
    assert "your test set has no approved photo" in page.judged.value.text()


def test_the_wheel_over_a_number_scrolls_the_page(page, qtbot):
    page.expert.set_open(True)
    box: QWidget = page.expert.batch
    at = QPointF(box.rect().center())
    event = QWheelEvent(
        at,
        box.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
    assert page.expert.batch.value() == Choices().batch
