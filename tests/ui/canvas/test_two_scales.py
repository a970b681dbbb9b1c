"""The overlay of a large photo: coarse from afar, composed in full only where it is looked at."""

import numpy as np
import pytest

from plantseg_gui.core import large_overlay
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.large_overlay import LargeOverlay, make_overlay, to_coarse, to_photo
from plantseg_gui.core.overlay import OverlayComposer
from tests.ui.canvas.conftest import PHOTO_COLOUR, close_to

HEIGHT, WIDTH = 2403, 3202


@pytest.fixture
def large(view, hand, monkeypatch):
    """A photo that counts as large, a lesion in the middle and one at the lower right edge."""
    monkeypatch.setattr(large_overlay, "LARGE_PX", 2000 * 2000)
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[1000:1400, 1400:1800] = 1
    labels[2300:, 3100:] = 2
    image = np.full((HEIGHT, WIDTH, 3), PHOTO_COLOUR, np.uint8)
    document = Document("large", image, labels)
    view.set_document(document)
    hand.settle()
    return document


def masked(hand, y, x):
    return not close_to(hand.colour(y, x), PHOTO_COLOUR, 20)


def test_rectangles_of_both_scales():
    assert to_coarse(Rect(3, 4, 9, 8)) == Rect(0, 1, 3, 2)
    assert to_photo(Rect(0, 1, 3, 2)) == Rect(0, 4, 12, 8)
    assert type(make_overlay(4096, 4096)) is OverlayComposer
    assert type(make_overlay(4097, 4096)) is LargeOverlay


def test_from_afar_nothing_is_composed_in_full(view, hand, large):
    assert view.zoom < 0.25
    assert view._composer.buffer.max() == 0
    assert masked(hand, 1200, 1600)
    assert masked(hand, 2390, 3190)
    assert not masked(hand, 500, 500)


def test_close_only_what_is_around_is_composed(view, hand, large):
    view.zoom_to(Rect(1100, 1500, 1300, 1700))
    assert masked(hand, 1200, 1600)  # from the coarse overlay, until the full one is there
    assert view._composer.buffer.max() == 0
    hand.settle()
    assert masked(hand, 1200, 1600)
    assert view._composer.buffer[1000:1400, 1400:1800].min() > 0
    assert view._composer.buffer[2300:].max() == 0
    reference = OverlayComposer(HEIGHT, WIDTH)
    for name, (visible, opacity) in view._styles.items():
        reference.set_layer(name, visible, opacity)
    part = Rect(1024, 1536, 1536, 2048)
    reference.compose(part, large.labels.array)
    assert np.array_equal(view._composer.buffer[part.slices], reference.buffer[part.slices])


def test_a_dab_from_afar_is_there_at_once_and_close_by_later(view, hand, large):
    hand.settings.brush_px = 120
    hand.press(500, 500)
    hand.release(500, 500)
    assert masked(hand, 500, 500)
    assert not masked(hand, 700, 700)
    view.zoom_to(Rect(450, 450, 550, 550))
    hand.settle()
    assert masked(hand, 500, 500)
    assert view._composer.buffer[500, 500] > 0
    # And back again: what is painted close by is seen from afar.
    hand.press(470, 560)
    hand.release(470, 560)
    view.fit()
    hand.settle()
    assert masked(hand, 470, 590)


def test_a_layer_is_switched_at_both_scales(view, hand, large):
    view.zoom_to(Rect(1100, 1500, 1300, 1700))
    hand.settle()
    view.set_layer("mask", False, 0.5)
    hand.settle()
    assert not masked(hand, 1200, 1600)
    view.fit()
    hand.settle()
    assert not masked(hand, 1200, 1600)
