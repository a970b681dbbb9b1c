"""Looking at a photo with other colours: what is painted, and when."""

import numpy as np
import pytest

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.display_tables import Adjustment, Channel, adjusted
from plantseg_gui.ui.canvas import pyramid
from plantseg_gui.ui.canvas.pyramid import adjusted_level, base_level
from tests.ui.canvas.conftest import PHOTO_COLOUR, close_to, make_document

DARKER = Adjustment(brightness=-30, gains=(1.2, 1.0, 0.7))
PHOTO = np.random.default_rng(1).integers(0, 256, (61, 47, 3), dtype=np.uint8)


@pytest.mark.parametrize("limit_px", [10, 10_000])
def test_bands_give_what_the_whole_photo_gives(monkeypatch, limit_px):
    monkeypatch.setattr(pyramid, "CONVERT_LIMIT_PX", limit_px)
    monkeypatch.setattr(pyramid, "BAND_PX", 47 * 10)
    level = base_level(PHOTO)
    before = level.pixels.copy()
    made = adjusted_level(level, DARKER, CancelToken())
    wanted = adjusted(PHOTO, DARKER)
    for y, x in ((0, 0), (9, 5), (10, 46), (60, 46)):
        assert made.image.pixelColor(x, y).getRgb()[:3] == tuple(wanted[y, x])
    assert np.array_equal(level.pixels, before)


def test_it_stops_between_bands():
    token = CancelToken()
    token.cancel()
    assert adjusted_level(base_level(PHOTO), DARKER, token) is None


def test_the_canvas_shows_it_and_the_document_does_not_change(view, hand, document, qtbot):
    before = document.image.copy()
    view.set_adjustment(Adjustment(channel=Channel.RED))
    qtbot.waitUntil(lambda: close_to(hand.colour(100, 100), (PHOTO_COLOUR[0],) * 3, 1))
    view.peek(True)  # the bare photo
    assert hand.colour(100, 100) == PHOTO_COLOUR
    view.peek(False)
    assert close_to(hand.colour(100, 100), (PHOTO_COLOUR[0],) * 3, 1)
    view.set_document(make_document(300, 300, "b"))  # kept for the next photos
    hand.settle()
    qtbot.waitUntil(lambda: close_to(hand.colour(100, 100), (PHOTO_COLOUR[0],) * 3, 1))
    view.set_adjustment(Adjustment())
    assert hand.colour(100, 100) == PHOTO_COLOUR
    assert np.array_equal(document.image, before)


def test_only_the_newest_wish_stays_while_a_slider_moves(view, hand, qtbot):
    layer = view._image._adjusted
    for brightness in (10, 20, 30, 40, 50):
        view.set_adjustment(Adjustment(brightness=brightness))
        view.grab()
    wanted = adjusted(np.full((1, 1, 3), PHOTO_COLOUR, np.uint8), Adjustment(50))[0, 0].tolist()
    qtbot.waitUntil(lambda: close_to(hand.colour(100, 100), wanted, 1))
    assert {how.brightness for how, _ in layer._made.values()} == {50}
