"""The panel “Look at the photo”: sliders, channels, picking grey, the badge."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.display_tables import NO_GAINS, Adjustment, Channel, grey_point_gains
from tests.ui.conftest import paint


def double_click(widget):
    at = QPointF(widget.rect().center())
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    kind = QEvent.Type.MouseButtonDblClick
    event = QMouseEvent(kind, at, widget.mapToGlobal(at), left, left, none)
    QApplication.sendEvent(widget, event)


def test_sliders_badge_and_reset(opened):
    panel, badge = opened.adjust, opened.view_adjust.badge
    before = opened.session.document.image.copy()
    assert not panel.open
    opened.actions_["adjust_panel"].trigger()
    assert panel.open
    assert badge.isHidden()
    assert not opened.actions_["adjust_reset"].isEnabled()

    brightness, value = panel.sliders["Brightness"]
    brightness.setValue(40)
    panel.sliders["Gamma"][0].setValue(-50)
    panel.channels[Channel.GREEN].click()
    assert panel.look.how == Adjustment(brightness=40, gamma=0.5, channel=Channel.GREEN)
    assert value.text() == "+40"
    assert badge.isVisible()
    assert "brightness +40, gamma 0.50, channel: green" in badge.toolTip()

    double_click(brightness)
    assert panel.look.how.brightness == 0
    opened.actions_["adjust_reset"].trigger()
    assert panel.look.how.neutral
    assert badge.isHidden()
    assert panel.sliders["Gamma"][0].value() == 0
    assert panel.channels[Channel.RGB].isChecked()
    brightness.setValue(5)
    badge.click()
    assert panel.look.how.neutral
    assert np.array_equal(opened.session.document.image, before)


def test_the_next_click_says_what_is_grey_and_paints_nothing(opened):
    document, canvas, look = opened.session.document, opened.canvas, opened.adjust.look
    tool = canvas.pointer.tool
    labels = document.labels.array.copy()
    opened.actions_["pick_grey"].trigger()
    assert opened.view_adjust.picking
    paint(opened, (30.5, 40.5), (60, 60))
    assert look.how.gains == grey_point_gains(document.image, 30, 40)
    assert not opened.view_adjust.picking
    assert not opened.actions_["pick_grey"].isChecked()
    assert canvas.pointer.tool is tool
    assert np.array_equal(document.labels.array, labels)
    paint(opened, (30, 40), (60, 60))  # and then the tool has its button again
    assert not np.array_equal(document.labels.array, labels)


def test_picking_can_be_left(opened):
    action, canvas, look = opened.actions_["pick_grey"], opened.canvas, opened.adjust.look
    brush = canvas.pointer.tool
    action.trigger()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not action.isChecked()
    assert canvas.pointer.tool is brush
    action.trigger()
    opened.view.set_tool("eraser")
    assert not opened.view_adjust.picking
    assert canvas.pointer.tool.name == "eraser"
    assert look.how.gains == NO_GAINS


def test_auto_balances_by_this_photo(opened, qtbot):
    opened.adjust.auto.click()
    qtbot.waitUntil(lambda: opened.adjust.look.how.gains != NO_GAINS)
    opened.adjust._plain.click()
    assert opened.adjust.look.how.neutral
