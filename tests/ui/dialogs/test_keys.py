"""The list of keys in the window: search, record, conflicts, refusals, restore; kept at once."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from plantseg_gui.storage.settings import load_settings
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.shortcuts import CANVAS_KEYS

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def dialog(window):
    window.actions_["shortcuts"].trigger()
    assert window.keys.dialog.isVisible()
    return window.keys.dialog


def press(qtbot, dialog, name, key, modifier=Qt.KeyboardModifier.NoModifier):
    """Go to an act, then press its new key as a person does."""
    dialog.choose(name)
    qtbot.mouseClick(
        dialog.tree.viewport(),
        Qt.MouseButton.LeftButton,
        pos=dialog.tree.visualItemRect(dialog.tree.currentItem()).center(),
    )
    qtbot.keyClick(dialog.fields.fields[0], key, modifier)


def test_a_recorded_key_holds_at_once_and_after_a_new_start(window, dialog, make_window, qtbot):
    press(qtbot, dialog, "fit", Qt.Key.Key_F8)
    fit = window.actions_["fit"]
    assert fit.shortcuts() == [QKeySequence("F8")]
    assert fit.toolTip().endswith("(F8)")
    assert load_settings().shortcuts == {"fit": ["F8"]}
    again = make_window(shortcuts={"fit": ["F8"], "no such act": ["F7"]})
    assert again.actions_["fit"].shortcuts() == [QKeySequence("F8")]


def test_a_key_of_another_act_is_moved_only_when_asked(window, dialog, qtbot):
    press(qtbot, dialog, "fit", Qt.Key.Key_R, CTRL)
    assert "“Run model”" in dialog.question.text
    assert window.actions_["run"].shortcut() == QKeySequence("Ctrl+R")
    qtbot.mouseClick(dialog.question.button, Qt.MouseButton.LeftButton)
    assert window.actions_["run"].shortcuts() == []
    assert "(" not in window.actions_["run"].toolTip()
    assert window.actions_["fit"].shortcut() == QKeySequence("Ctrl+R")
    dialog._one.click()
    assert window.actions_["run"].shortcut() == QKeySequence("Ctrl+R")
    assert load_settings().shortcuts == {}


def test_refused_keys_say_why_and_change_nothing(window, dialog, qtbot):
    press(qtbot, dialog, "reset", Qt.Key.Key_R)
    assert "by accident" in dialog.question.text
    assert dialog.question.button.isHidden()
    assert window.actions_["reset"].shortcut() == QKeySequence("Ctrl+Shift+R")
    press(qtbot, dialog, "brush", Qt.Key.Key_Space)
    assert "belongs to the photo" in dialog.question.text
    assert window.actions_["brush"].shortcut() == QKeySequence("B")
    assert load_settings().shortcuts == {}


def test_backspace_takes_a_key_away_and_escape_does_not(window, dialog, qtbot):
    press(qtbot, dialog, "fit", Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert window.actions_["fit"].shortcut() == QKeySequence("Ctrl+F")
    press(qtbot, dialog, "fit", Qt.Key.Key_Backspace)
    assert window.actions_["fit"].shortcuts() == []
    assert load_settings().shortcuts == {"fit": []}


def test_restored_defaults_can_be_taken_back(window, dialog, qtbot):
    press(qtbot, dialog, "fit", Qt.Key.Key_F8)
    press(qtbot, dialog, "tags", Qt.Key.Key_G, ALT)
    dialog._all.click()
    assert load_settings().shortcuts == {}
    assert window.actions_["fit"].shortcut() == QKeySequence("Ctrl+F")
    dialog.question.button.click()
    assert load_settings().shortcuts == {"fit": ["F8"], "tags": ["Alt+G"]}


def test_the_list_has_every_act_and_the_search_narrows_it(window, dialog):
    assert set(dialog._rows) == set(ACTIONS)
    shown = lambda: [n for n, row in dialog._rows.items() if not row.isHidden()]  # noqa: E731
    dialog._find.setText("ctrl+shift+k")
    assert shown() == ["keep_out"]
    dialog._find.setText(CANVAS_KEYS[0][1])
    assert shown() == []
    section = dialog.tree.topLevelItem(dialog.tree.topLevelItemCount() - 1)
    assert not section.isHidden()
    assert section.childCount() == len(CANVAS_KEYS)
