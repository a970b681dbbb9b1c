"""The figure and the numbers on the clipboard, and the figure as a file."""

import math

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication, QImage

from plantseg_gui.ui.canvas.picture import seen_picture
from tests.ui.conftest import WAIT_MS, paint


def pixels(image):
    """[H, W, 3] uint8 of an image."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.fixture
def measured(opened, qtbot):
    qtbot.waitUntil(lambda: opened.diagnosis.texts["area"] != "–", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: opened.canvas.overlay_ready, timeout=WAIT_MS)
    return opened


def test_the_picture_is_the_photo_at_twice_the_window_with_its_overlay(measured, qtbot):
    canvas = measured.canvas
    measured.view.set_visible("mask", False)
    qtbot.waitUntil(lambda: canvas.overlay_ready, timeout=WAIT_MS)
    bare = seen_picture(canvas, 2.0)
    side = canvas.zoom * 256 / canvas.devicePixelRatioF()
    assert abs(bare.width() - 2 * side) <= 4
    photo = measured.session.document.image
    shown = cv2.resize(pixels(bare), (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - photo).mean() < 8
    measured.view.set_visible("mask", True)
    qtbot.waitUntil(lambda: canvas.overlay_ready, timeout=WAIT_MS)
    assert not np.array_equal(pixels(seen_picture(canvas, 2.0)), pixels(bare))


def test_a_comparison_on_screen_is_in_the_picture(measured, qtbot):
    measured.actions_["wipe"].trigger()
    qtbot.waitUntil(lambda: measured.wipe.ready, timeout=WAIT_MS)
    canvas = measured.canvas
    picture = pixels(seen_picture(canvas, 1.0)).astype(int)
    corner = canvas.navigation.to_screen(QPointF(0, 0))
    y, x = max(0, math.floor(corner.y())), max(0, math.floor(corner.x()))
    height, width = picture.shape[:2]
    grabbed = pixels(canvas.grab().toImage())[y : y + height, x : x + width]
    assert np.abs(picture[4:-4, 4:-4] - grabbed[4:-4, 4:-4]).mean() < 3
    measured.wipe.view.hide()
    assert np.abs(pixels(seen_picture(canvas, 1.0)) - picture).mean() > 5


def test_copied_figure_has_a_caption_below(measured):
    measured.actions_["copy_figure"].trigger()
    figure = QGuiApplication.clipboard().image()
    picture = seen_picture(measured.canvas, 2.0)
    strip = pixels(figure)[picture.height() :]
    assert strip.shape[0] > 60
    assert (strip[:, :, 0] == 255).mean() > 0.5
    assert (strip < 100).any()


def test_numbers_are_copied_as_lines_of_a_table(measured, qtbot):
    paint(measured, (60, 60), (60, 90))
    qtbot.waitUntil(
        lambda: measured.session.records[measured.session.photo_id].status == "corrected",
        timeout=WAIT_MS,
    )
    measured.actions_["copy_numbers"].trigger()
    rows = dict(line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    record = measured.session.records[measured.session.photo_id]
    assert rows["Photo"] == record.path.name
    assert rows["Severity"] == measured.diagnosis.texts["severity"]
    assert rows["Model"] == "tiny-test"
    assert rows["State"] == "Corrected"


def test_saved_figure_can_be_read_and_a_bad_place_is_told(measured, qtbot, tmp_path):
    measured.figure.save(tmp_path / "f")
    qtbot.waitUntil(lambda: (tmp_path / "f.png").is_file(), timeout=WAIT_MS)
    assert QImage(str(tmp_path / "f.png")).size() == measured.figure.picture().size()
    (tmp_path / "file").write_text("")
    measured.figure.save(tmp_path / "file" / "below.png")
    qtbot.waitUntil(lambda: "below.png" in measured.stage.notice.text, timeout=WAIT_MS)


def test_without_a_photo_there_is_nothing_to_copy(window):
    assert not window.actions_["copy_figure"].isEnabled()


def test_a_name_that_gets_its_ending_replaces_no_file(measured, tmp_path):
    (tmp_path / "f.png").write_bytes(b"mine")
    measured.figure.save(tmp_path / "f")
    assert "f.png is there already" in measured.stage.notice.text
    assert (tmp_path / "f.png").read_bytes() == b"mine"
