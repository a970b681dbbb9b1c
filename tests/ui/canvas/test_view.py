"""The canvas as a person meets it: real events in, pixels out."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.ui.canvas import view as view_module
from plantseg_gui.ui.canvas.overlay_layer import OverlayLayer
from tests.ui.canvas.conftest import MIDDLE, PHOTO_COLOUR, close_to, make_document, tile


def test_a_photo_is_shown_whole_and_true_in_colour(hand, view):
    for y, x in ((2, 2), (2, 597), (397, 2), (397, 597), (200, 300)):
        assert close_to(hand.colour(y, x), PHOTO_COLOUR), (y, x)
    assert not close_to(hand.colour(-8, 300), PHOTO_COLOUR)


def test_paint_appears_on_press_and_the_stroke_is_one_undo_step(hand, view, document, qtbot):
    hand.press(200, 300)
    assert document.labels.array[200, 300] == 1
    pressed = hand.colour(200, 300)
    assert not close_to(pressed, PHOTO_COLOUR, 20)
    with qtbot.waitSignal(view.stroke_finished, timeout=1000):
        hand.move(200, 340)
        hand.release(200, 340)
    assert document.labels.array[200, 340] == 1
    assert document.labels.array[200, 320] == 1
    assert document.history.names == ["Paint lesion"]
    document.undo()
    hand.settle()
    assert not document.labels.array.any()
    assert close_to(hand.colour(200, 320), PHOTO_COLOUR)


def test_every_move_between_two_frames_is_in_the_stroke(hand, document):
    hand.settings.brush_px = 5
    hand.drag((100, 50), (300, 550), steps=200)
    for t in np.linspace(0, 1, 50):
        assert document.labels.array[int(100 + 200 * t), int(50 + 500 * t)]


def test_the_brush_is_as_wide_as_its_outline(hand, document):
    hand.settings.brush_px = 21
    hand.press(200.5, 300.5)
    hand.release(200.5, 300.5)
    assert document.labels.lesion_mask()[200].sum() == 21
    assert document.labels.lesion_mask()[:, 300].sum() == 21


def test_eraser_and_unsure(hand, document):
    hand.drag((200, 200), (200, 400))
    hand.take("eraser")
    hand.drag((200, 300), (200, 310))
    assert document.labels.array[200, 305] == 0
    assert document.labels.array[200, 220] == 1
    hand.take("brush")
    hand.settings.paint = "unsure"
    hand.drag((100, 300), (100, 310))
    assert document.labels.array[100, 305] == UNSURE
    assert document.history.names == ["Paint lesion", "Erase", "Mark unsure"]


def test_esc_takes_the_stroke_back(hand, view, document, qtbot):
    hand.press(200, 300)
    hand.move(200, 350)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not document.labels.array.any()
    hand.move(200, 400)
    hand.release(200, 400)
    assert not document.labels.array.any()
    assert document.history.names == []


def test_a_lost_release_ends_the_stroke(hand, view, document, qtbot):
    hand.press(200, 300)
    qtbot.mouseMove(view.viewport(), hand.screen(100, 100).toPoint())
    assert document.history.names == ["Paint lesion"]
    assert document.labels.array[100, 100] == 0


def test_a_click_beside_the_photo_changes_nothing(hand, document):
    hand.press(-60, 300)
    hand.release(-60, 300)
    assert not document.dirty


class CountingLayer(OverlayLayer):
    """Writes down what it had to paint."""

    def __init__(self):
        super().__init__()
        self.exposed = []

    def paint(self, painter, option, widget=None):
        # A copy: Qt's own is gone after the call.
        self.exposed.append(QRectF(option.exposedRect))
        super().paint(painter, option, widget)


def test_a_dab_repaints_its_own_rectangle_only(qtbot, monkeypatch, document):
    monkeypatch.setattr(view_module, "OverlayLayer", CountingLayer)
    from tests.ui.canvas.conftest import Hand

    view = view_module.CanvasView()
    qtbot.addWidget(view, before_close_func=lambda w: w.shutdown())
    view.resize(800, 600)
    view.show()
    qtbot.waitExposed(view)
    view.set_document(document)
    hand = Hand(view, qtbot)
    hand.take("brush")
    hand.settle()
    QApplication.processEvents()
    layer = view._overlay
    assert max(r.width() for r in layer.exposed) >= 600
    hand.move(200, 300)
    QApplication.processEvents()
    layer.exposed.clear()
    hand.press(200, 300)
    qtbot.waitUntil(lambda: layer.exposed != [])
    qtbot.wait(30)
    for rect in layer.exposed:
        assert rect.width() <= 21 + 10
        assert rect.height() <= 21 + 10
        assert rect.contains(QPointF(300, 200))


def test_double_click_is_two_dabs(hand, view, document):
    at = (50, 50)
    hand.press(*at)
    hand.release(*at)
    hand.mouse(QEvent.Type.MouseButtonDblClick, 350, 550)
    hand.release(350, 550)
    assert document.labels.array[350, 550]


def test_wheel_zooms_at_the_pointer(hand, view, qtbot):
    at = QPointF(500, 200)
    before, zoom = view.navigation.to_photo(at), view.zoom
    with qtbot.waitSignal(view.zoom_changed, timeout=1000) as changed:
        hand.wheel(at, 240)
    after = view.navigation.to_photo(at)
    assert view.zoom == pytest.approx(zoom * 1.25**2)
    assert changed.args[0] == pytest.approx(view.zoom)
    assert after.x() == pytest.approx(before.x(), abs=0.01)
    assert after.y() == pytest.approx(before.y(), abs=0.01)


def test_shift_wheel_sizes_the_brush(hand, view):
    zoom = view.zoom
    hand.wheel(QPointF(400, 300), 120, Qt.KeyboardModifier.ShiftModifier)
    assert hand.settings.brush_px == 22
    assert view._cursor._radius == 11
    assert view.zoom == zoom


@pytest.mark.parametrize("way", ["middle", "space", "tool"])
def test_pan(hand, view, document, qtbot, way):
    view.navigation.set_zoom(3.0)
    button = Qt.MouseButton.LeftButton
    if way == "middle":
        button = MIDDLE
    elif way == "space":
        qtbot.keyPress(view, Qt.Key.Key_Space)
    else:
        hand.take("pan")
    start, end = QPointF(400, 300), QPointF(340, 330)
    grabbed = view.navigation.to_photo(start)
    hand.press(grabbed.y(), grabbed.x(), button)
    target = view.navigation.to_photo(end)
    hand.move(target.y(), target.x(), button)
    under = view.navigation.to_photo(end)
    assert under.x() == pytest.approx(grabbed.x(), abs=0.1)
    assert under.y() == pytest.approx(grabbed.y(), abs=0.1)
    hand.release(under.y(), under.x(), button)
    assert not document.labels.array.any()
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.pointer.would_pan == (way == "tool")


def test_changing_the_photo_closes_the_stroke(hand, view, document):
    hand.press(200, 300)
    view.set_document(make_document(name="b"))
    assert document.history.names == ["Paint lesion"]
    hand.release(200, 300)
    hand.drag((100, 100), (100, 120))
    assert document.labels.array[100, 110] == 0
    assert view.document.labels.array[100, 110] == 1
    assert len(document.labels_changed) == 0


def test_without_a_photo_nothing_happens(hand, view, qtbot):
    view.set_document(None)
    hand.press(10, 10)
    hand.release(10, 10)
    view.set_map("mask", None)
    view.show_tile(tile(Rect(0, 0, 8, 8), 1.0))
    view.clear_preview()
    view.fit()
    view.actual_size()
    hand.wheel(QPointF(10, 10), 120)
    assert not view.grab().isNull()


def test_the_pointer_s_place_is_told(hand, view, qtbot):
    places = []
    view.cursor_moved.connect(lambda y, x: places.append((y, x)))
    hand.move(10.5, 20.5, Qt.MouseButton.NoButton)
    hand.move(-30, 20, Qt.MouseButton.NoButton)
    assert places == [(10, 20), (-1, -1)]


def test_fitted_stays_fitted_and_zoomed_does_not(hand, view, qtbot):
    view.resize(500, 500)
    qtbot.wait(20)
    corners = hand.screen(0, 0), hand.screen(400, 600)
    assert corners[0].x() >= 0
    assert corners[1].x() <= 500
    view.actual_size()
    assert view.zoom == pytest.approx(view.devicePixelRatioF() ** 0)
    view.resize(700, 500)
    qtbot.wait(20)
    assert view.zoom == pytest.approx(1.0, rel=0.02)


def test_zoom_to_a_lesion_shows_it_whole(hand, view):
    view.zoom_to(Rect(50, 60, 80, 100))
    shown = view.navigation.visible_rect()
    assert shown.intersect(Rect(50, 60, 80, 100)) == Rect(50, 60, 80, 100)
    assert shown.area < 400 * 600 / 4
    view.zoom_to(Rect(10, 10, 11, 11))
    assert view.zoom <= 64.5
    view.zoom_in()
    view.zoom_out()


def test_the_photo_cannot_get_lost(hand, view):
    for _ in range(50):
        view.navigation.pan(500, 500)
    assert not view.navigation.visible_rect().empty
    for _ in range(60):
        hand.wheel(QPointF(400, 300), -120)
    assert view.zoom > 0.05


def test_the_other_end_of_the_pen_erases(hand, view, document):
    hand.drag((200, 200), (200, 400))

    def pen(kind, y, x):
        at = hand.screen(y, x)
        device = QPointingDevice(
            "pen",
            1,
            QPointingDevice.DeviceType.Stylus,
            QPointingDevice.PointerType.Eraser,
            QPointingDevice.Capability.Position,
            1,
            1,
        )
        event = QTabletEvent(
            kind,
            device,
            at,
            view.viewport().mapToGlobal(at),
            0.5,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            Qt.KeyboardModifier.NoModifier,
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
        )
        QApplication.sendEvent(view.viewport(), event)
        return event.isAccepted()

    assert pen(QEvent.Type.TabletPress, 200, 300)
    assert pen(QEvent.Type.TabletMove, 200, 320)
    assert pen(QEvent.Type.TabletRelease, 200, 320)
    assert document.labels.array[200, 310] == 0
    assert document.labels.array[200, 220] == 1
    assert document.history.names[-1] == "Erase"


def test_the_ground_follows_light_and_dark(view, qtbot):
    from PySide6.QtGui import QColor, QPalette

    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor("#202020"))
    view.setPalette(palette)
    qtbot.wait(10)
    assert QColor(view.grab().toImage().pixel(2, 2)).lightness() < 60
    view.set_ground("#ff0000")
    assert QColor(view.grab().toImage().pixel(2, 2)).red() == 255
