"""“Never train on this” in the window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from tests.ui.conftest import WAIT_MS
from tests.ui.panels.test_photos import click


def kept_out(window):
    return [r.photo_id for r in window.session.project.photos() if r.keep_out]


def test_marked_photos_go_into_the_test_set_and_out_by_the_same_act(opened, qtbot, ids):
    window, act = opened, opened.actions_["keep_out"]
    first, second = ids(window)[0], ids(window)[2]
    assert act.isEnabled()
    assert not act.isChecked()
    click(window.photos, 2, Qt.KeyboardModifier.ControlModifier)
    act.trigger()
    qtbot.waitUntil(lambda: kept_out(window) == [first, second], timeout=WAIT_MS)
    qtbot.waitUntil(act.isChecked, timeout=WAIT_MS)
    assert window.session.records[second].keep_out
    assert window.photos.model.row(2).keep_out
    # One of two: the act puts the other one in, too.
    window.photos.show_current(first)
    click(window.photos, 1, Qt.KeyboardModifier.ControlModifier)
    assert not act.isChecked()
    act.trigger()
    qtbot.waitUntil(lambda: kept_out(window) == ids(window), timeout=WAIT_MS)
    qtbot.waitUntil(act.isChecked, timeout=WAIT_MS)
    window.photos.list_view.selectAll()
    act.trigger()
    qtbot.waitUntil(lambda: kept_out(window) == [], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not act.isChecked(), timeout=WAIT_MS)


def test_the_act_is_in_the_menu_of_the_list(opened, qtbot):
    view = opened.photos.list_view
    view.customContextMenuRequested.emit(view.visualRect(view.currentIndex()).center())
    menu = next(m for m in opened.findChildren(QMenu) if m.isVisible())
    assert opened.actions_["keep_out"] in menu.actions()
    menu.close()


def test_nothing_marked_is_nothing_to_do(window):
    assert not window.actions_["keep_out"].isEnabled()
