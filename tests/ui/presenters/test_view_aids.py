"""Minimap, loupe, scale bar and the grid of tiles, in the real window."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from plantseg_gui.storage.settings import load_settings
from tests.ui.conftest import LEAF_PX, paint


def point_at(window, y, x):
    canvas, none = window.canvas, Qt.MouseButton.NoButton
    at = canvas.navigation.to_screen(QPointF(x, y))
    where = canvas.viewport().mapToGlobal(at)
    kind = QEvent.Type.MouseMove
    event = QMouseEvent(kind, at, where, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_minimap_is_there_while_zoomed_in_and_moves_the_view(opened, qtbot):
    minimap, canvas = opened.view_aids.minimap, opened.canvas
    assert minimap.isHidden()  # the whole photo is on screen
    canvas.navigation.set_zoom(12.0)
    assert minimap.isVisible()
    qtbot.waitUntil(lambda: not minimap._image.isNull())
    # In its corner, inside the canvas.
    assert canvas.viewport().rect().contains(minimap.geometry())
    assert minimap.geometry().right() > canvas.viewport().width() - 20

    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    seen = canvas.navigation.visible_rect()
    assert (seen.y0, seen.x0) == (0, 0)
    zoom = canvas.zoom
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=minimap.rect().center())
    seen = canvas.navigation.visible_rect()
    assert abs((seen.y0 + seen.y1) / 2 - LEAF_PX / 2) < 4
    assert abs((seen.x0 + seen.x1) / 2 - LEAF_PX / 2) < 4
    minimap.setFocus()
    photo = opened.session.photo_id
    QTest.keyClick(minimap, Qt.Key.Key_Right)
    assert canvas.navigation.visible_rect().x0 > seen.x0
    assert opened.session.photo_id == photo  # elsewhere this key goes to the next photo
    assert canvas.zoom == pytest.approx(zoom)

    opened.actions_["minimap"].trigger()
    assert minimap.isHidden()
    assert load_settings().view_aids["minimap"] is False
    opened.actions_["minimap"].trigger()
    assert minimap.isVisible()
    canvas.fit()
    assert minimap.isHidden()


def test_the_minimap_shows_what_was_painted(opened, qtbot):
    opened.view.set_brush_px(80)
    opened.canvas.navigation.set_zoom(8.0)
    minimap = opened.view_aids.minimap
    qtbot.waitUntil(lambda: not minimap._image.isNull())
    side = minimap._image.width()
    middle = opened.canvas.navigation.visible_rect()
    y, x = (middle.y0 + middle.y1) // 2, (middle.x0 + middle.x1) // 2
    paint(opened, (y, x), (y + 2, x + 2))

    def blue():
        place = minimap._image.pixelColor(x * side // LEAF_PX, y * side // LEAF_PX)
        return place.blue() > place.red() + 80

    qtbot.waitUntil(blue)


def test_the_loupe_says_what_is_under_the_pointer(opened, qtbot):
    loupe, document = opened.view_aids.loupe, opened.session.document
    rows, columns = np.nonzero(document.labels.array)
    at = int(rows[0]), int(columns[0])
    point_at(opened, at[0] + 0.5, at[1] + 0.5)
    assert loupe.isHidden()
    opened.actions_["loupe"].trigger()

    def hover(y, x, condition):
        # Again and again: the pointer of the test before may still be leaving.
        def arrived():
            point_at(opened, y, x)
            return condition()

        qtbot.waitUntil(arrived)

    hover(at[0] + 0.5, at[1] + 0.5, loupe.isVisible)
    red, green, blue = document.image[at]
    assert loupe.lines[0] == f"RGB {red} {green} {blue}"
    assert loupe.lines[1].startswith("Probability ")
    assert loupe.lines[2:] == (f"lesion {document.labels.array[at]}", "by tiny-test")
    assert loupe._image.pixelColor(9, 9) == QColor(red, green, blue)
    assert opened.canvas.viewport().rect().contains(loupe.geometry())
    # At the rim of the photo as well; gone beyond it.
    corner = QColor(*document.image[-1, -1])
    hover(LEAF_PX - 0.5, LEAF_PX - 0.5, lambda: loupe._image.pixelColor(9, 9) == corner)
    assert opened.canvas.viewport().rect().contains(loupe.geometry())
    point_at(opened, -1, -1)
    assert loupe.isHidden()


def test_the_scale_bar_follows_the_zoom(opened):
    bar, canvas = opened.view_aids.scale_bar, opened.canvas
    assert bar.isVisible()
    canvas.navigation.set_zoom(1.0)
    assert bar.text == "100 px"
    canvas.navigation.set_zoom(8.0)
    assert bar.text == "20 px"
    assert bar._bar == pytest.approx(bar.length_px * canvas.zoom / canvas.devicePixelRatioF())
    assert canvas.viewport().rect().contains(bar.geometry())
    opened.actions_["scale_bar"].trigger()
    assert bar.isHidden()
    opened.actions_["scale_bar"].trigger()


def test_the_tiles_with_their_scores(opened):
    grid, action = opened.view_aids.tile_grid, opened.actions_["tile_grid"]
    document = opened.session.document
    assert grid.tiles == document.prediction.tiles
    assert len(grid.tiles) >= 4
    assert not grid.isVisible()
    plain = opened.canvas.grab().toImage()
    action.trigger()
    assert grid.isVisible()
    assert opened.canvas.grab().toImage() != plain
    # What an older version predicted has none: then the act says so.
    document.set_prediction(replace(document.prediction, tiles=()))
    assert not action.isEnabled()
    assert "older version" in action.toolTip()
    assert not grid.isVisible()
