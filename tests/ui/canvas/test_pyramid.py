import numpy as np
import pytest
from PySide6.QtGui import QImage

from plantseg_gui.ui.canvas import pyramid
from plantseg_gui.ui.canvas.pyramid import base_level, best_level, reduced_levels


def test_colours_and_sizes_of_all_levels():
    photo = np.empty((1201, 1600, 3), np.uint8)
    photo[...] = (10, 120, 250)
    base = base_level(photo)
    levels = [base, *reduced_levels(base)]
    assert [(x.image.width(), x.image.height()) for x in levels] == [
        (1600, 1201),
        (800, 601),
        (400, 301),
    ]
    for level in levels:
        assert level.image.pixelColor(3, 3).getRgb()[:3] == (10, 120, 250)
        assert level.image.format() == QImage.Format.Format_RGB32


def test_a_large_photo_is_wrapped_not_copied(monkeypatch):
    monkeypatch.setattr(pyramid, "CONVERT_LIMIT_PX", 100)
    photo = np.zeros((700, 600, 3), np.uint8)
    base = base_level(photo)
    assert np.shares_memory(base.pixels, photo)
    photo[5, 7] = (1, 2, 3)
    assert base.image.pixelColor(7, 5).getRgb()[:3] == (1, 2, 3)
    assert reduced_levels(base)[0].image.format() == QImage.Format.Format_RGB32


@pytest.mark.parametrize(
    ("scale", "level"),
    [(4.0, 0), (1.0, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.01, 2)],
)
def test_the_level_has_a_pixel_for_every_screen_pixel(scale, level):
    assert best_level(3, scale) == level


def test_fine_texture_is_averaged_when_reduced(view, hand, qtbot):
    """A checkerboard at a sixth of its size is grey: no flicker, no moiré."""
    from plantseg_gui.core.document import Document

    board = (np.indices((2400, 2400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    view.set_document(Document("board", np.repeat(board[..., None], 3, axis=2)))
    hand.settle()
    qtbot.waitUntil(lambda: len(view._image._levels) > 1)
    view.grab()
    shades = [hand.colour(y, x)[0] for y, x in ((300, 300), (1200, 1203), (2000, 700))]
    assert all(abs(shade - 127) < 12 for shade in shades)
