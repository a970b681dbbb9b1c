"""The wipe view, by the pixels that it paints."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from plantseg_gui.ui.canvas.wipe_look import MAX_ZOOM
from plantseg_gui.ui.canvas.wipe_pictures import GAINED_COLOUR, LOST_COLOUR, compose
from plantseg_gui.ui.canvas.wipe_view import WipeMode, WipeView

GREY = 128


@pytest.fixture
def masks():
    """Lesion at the left before, at the right after; the middle row stays."""
    before, after = np.zeros((60, 100), bool), np.zeros((60, 100), bool)
    before[5:20, 5:45] = True
    after[5:20, 55:95] = True
    before[28:34, 10:90] = after[28:34, 10:90] = True
    return before, after


@pytest.fixture
def view(qtbot, theme, masks):
    made = WipeView(theme)
    qtbot.addWidget(made)
    made.resize(400, 240)  # four pixels of the window for each of the photo
    made.show_pictures(compose(np.full((60, 100, 3), GREY, np.uint8), *masks))
    made.show()
    return made


def pixel(view, x, y):
    """The colour painted at a point of the photo as it is shown at first."""
    return view.grab().toImage().pixelColor(4 * x + 2, 4 * y + 2).getRgb()[:3]


def drag(view, start, to):
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    steps = (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, to, none, left),
        (QEvent.Type.MouseButtonRelease, to, left, none),
    )
    for kind, at, button, buttons in steps:
        where = QPointF(*at)
        event = QMouseEvent(
            kind, where, view.mapToGlobal(where), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(view, event)


def test_each_side_of_the_divider_shows_its_mask(view):
    assert pixel(view, 30, 12) != (GREY,) * 3
    assert pixel(view, 70, 12) != (GREY,) * 3
    drag(view, (200, 200), (60, 200))
    assert view.divider == pytest.approx(0.15)
    assert pixel(view, 30, 12) == (GREY,) * 3  # of the mask after, which has nothing there
    drag(view, (60, 200), (380, 200))
    assert pixel(view, 30, 12) != (GREY,) * 3
    assert pixel(view, 70, 12) == (GREY,) * 3
    drag(view, (380, 200), (-50, 200))
    assert view.divider == 0.0


def test_keys_move_the_divider_and_zoom(view, qtbot):
    with qtbot.waitSignal(view.divider_moved):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.divider == pytest.approx(0.52)
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.divider == pytest.approx(0.42)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.divider == 1.0
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == pytest.approx(1.25)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == 1.0


def test_changed_pixels_in_two_colours(view):
    view.set_mode(WipeMode.CHANGED)
    lost, gained = np.array(pixel(view, 30, 12)), np.array(pixel(view, 70, 12))
    assert np.abs(lost - LOST_COLOUR).max() < 30
    assert np.abs(gained - GAINED_COLOUR).max() < 30
    assert pixel(view, 50, 50) == pytest.approx((GREY,) * 3, abs=2)
    divider = view.divider
    drag(view, (200, 200), (60, 200))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.divider == divider


def test_the_wheel_zooms_at_the_pointer_and_a_drag_pans_within_the_photo(view):
    at = QPointF(120, 60)
    before = view.to_photo(at)

    def wheel(turn):
        event = QWheelEvent(
            at,
            view.mapToGlobal(at),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    wheel(480)
    assert view.zoom == pytest.approx(1.25**4)
    after = view.to_photo(at)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    drag(view, (100, 150), (80, 150))
    assert view.to_photo(QPointF(100, 60)).x() == pytest.approx(before.x())
    drag(view, (100, 150), (5000, 5000))
    assert view.to_photo(QPointF(0, 0)) == QPointF(0, 0)
    wheel(12_000)
    assert view.zoom == MAX_ZOOM
    wheel(-99_000)
    assert view.to_photo(QPointF(0, 0)) == QPointF(0, 0)
    assert view.to_photo(QPointF(400, 240)) == QPointF(100, 60)


def test_compose_counts_and_refuses_other_sizes(masks):
    photo = np.zeros((60, 100, 3), np.uint8)
    made = compose(photo, *masks)
    assert (made.gained, made.lost) == (600, 600)
    assert not photo.any()
    with pytest.raises(ValueError, match="sizes differ"):
        compose(photo, masks[0], masks[1][:-1])


def test_both_schemes_and_no_photo(view, theme):
    view.show_nothing("Choose a photo.")
    light = view.grab().toImage()
    view.set_zoom(4.0)
    assert view.empty
    theme.choose("dark")
    assert view.grab().toImage() != light
