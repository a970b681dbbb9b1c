"""The command palette in the window."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from plantseg_gui.ui.acts.table import ACTIONS
from tests.ui.conftest import wait_photo

KEY = Qt.Key


@pytest.fixture
def typed(qtbot):
    def type_text(window, text):
        window.actions_["palette"].trigger()
        qtbot.keyClicks(window.palette_.box.line, text)
        return window.palette_.box

    return type_text


def test_an_act_is_found_by_some_letters_and_done_by_enter(opened, qtbot, typed):
    opened.view.set_tool("brush")
    opened.canvas.setFocus()
    box = typed(opened, "ersr")
    assert box.entries[0].key == "eraser"
    assert box.entries[0].keys == "E"
    qtbot.keyClick(box.line, KEY.Key_Return)
    assert box.isHidden()
    assert opened.view.tool == "eraser"
    # The next time it stands first.
    opened.actions_["palette"].trigger()
    assert box.entries[0].key == "eraser"


def test_photos_and_models_are_found_by_name(opened, qtbot, typed, ids, shelf):
    third = ids(opened)[2]
    name = opened.session.records[third].path.name
    box = typed(opened, name)
    assert (box.entries[0].kind, box.entries[0].key) == ("photo", third)
    qtbot.keyClick(box.line, KEY.Key_Return)
    wait_photo(qtbot, opened, third)
    qtbot.waitUntil(lambda: bool(opened.models.versions))
    box = typed(opened, shelf)
    assert ("model", shelf) in [(e.kind, e.key) for e in box.entries]


def test_what_cannot_be_done_stands_below_and_says_why(window, qtbot, typed):
    box = typed(window, "run model")
    entry = next(e for e in box.entries if e.key == "run")
    assert not entry.able
    assert entry.detail == "Open photos first"
    box.line.clear()
    able = [entry.able for entry in box.entries]
    assert able == sorted(able, reverse=True)
    assert {e.key for e in box.entries} == set(ACTIONS) - {"palette"}


def test_no_key_reaches_the_window_while_it_is_open(opened, qtbot, typed):
    box = typed(opened, "zoom")
    first = box.rows.currentRow()
    qtbot.keyClick(box.line, KEY.Key_Down)
    assert box.rows.currentRow() == first + 1
    shown = opened.session.photo_id
    qtbot.keyClick(box.line, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(box.line, KEY.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(box.line, KEY.Key_Tab)
    assert opened.session.photo_id == shown
    assert box.isVisible()
    qtbot.keyClick(box.line, KEY.Key_Escape)
    assert box.isHidden()


def test_ten_thousand_photos_are_searched_by_name(opened, qtbot, typed):
    session = opened.session
    one = next(iter(session.records.values()))
    session.records = {
        f"id{i}": replace(one, photo_id=f"id{i}", name=f"plot/IMG_{i:05}.jpg")
        for i in range(10_000)
    }
    box = typed(opened, "img 09871")
    assert [e.key for e in box.entries] == ["id9871"]
    box.line.setText("img")
    assert len(box.entries) <= 60
    box.line.setText("qqqq")
    assert box.entries == []
    assert not box._nothing.isHidden()
