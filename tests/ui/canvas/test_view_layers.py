"""Layers over the photo and the preview of a running model: what the canvas shows of them."""

import numpy as np
from PySide6.QtCore import Qt

from plantseg_gui.core.geometry import Rect
from tests.ui.canvas.conftest import PHOTO_COLOUR, close_to, make_document, tile


def test_hold_to_peek(hand, view, qtbot):
    hand.drag((200, 200), (200, 400))
    qtbot.keyPress(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not close_to(hand.colour(200, 250), PHOTO_COLOUR, 20)
    qtbot.keyPress(view, Qt.Key.Key_Z)
    assert close_to(hand.colour(200, 250), PHOTO_COLOUR)
    qtbot.keyRelease(view, Qt.Key.Key_Z)
    hand.settle()
    assert not close_to(hand.colour(200, 250), PHOTO_COLOUR, 20)


def test_layers_maps_and_their_opacity(hand, view):
    everywhere = np.full((50, 75), 255, np.uint8)
    view.set_map("probability", everywhere)
    hand.settle()
    assert close_to(hand.colour(200, 300), PHOTO_COLOUR)
    view.set_layer("probability", True, 0.5)
    hand.settle()
    half = hand.colour(200, 300)
    view.set_layer("probability", True, 1.0)
    hand.settle()
    full = hand.colour(200, 300)
    assert not close_to(half, PHOTO_COLOUR, 20)
    assert not close_to(full, half, 20)
    view.set_map("probability", None)
    hand.settle()
    assert close_to(hand.colour(200, 300), PHOTO_COLOUR)


def test_the_mask_can_be_hidden(hand, view):
    hand.drag((200, 200), (200, 400))
    view.set_layer("mask", False, 0.5)
    hand.settle()
    assert close_to(hand.colour(200, 300), PHOTO_COLOUR)


def test_layer_styles_outlive_the_photo_and_maps_do_not(hand, view):
    view.set_map("probability", np.full((50, 75), 255, np.uint8))
    view.set_layer("probability", True, 1.0)
    view.set_document(make_document(name="b"))
    hand.settle()
    assert close_to(hand.colour(200, 300), PHOTO_COLOUR)
    view.set_map("probability", np.full((50, 75), 255, np.uint8))
    hand.settle()
    assert not close_to(hand.colour(200, 300), PHOTO_COLOUR, 20)


def test_the_preview_grows_tile_by_tile_and_goes(hand, view, document):
    view.show_tile(tile(Rect(0, 0, 256, 256), 0.9))
    hand.settle()
    assert not close_to(hand.colour(64, 40), PHOTO_COLOUR, 20)
    assert close_to(hand.colour(300, 500), PHOTO_COLOUR)
    view.show_tile(tile(Rect(544, 944, 800, 1200), 0.9, 2))
    # A later tile that sees less in the overlap takes nothing away.
    view.show_tile(tile(Rect(0, 0, 256, 256), 0.1, 3))
    hand.settle()
    assert not close_to(hand.colour(300, 500), PHOTO_COLOUR, 20)
    assert not close_to(hand.colour(64, 40), PHOTO_COLOUR, 20)
    assert not document.labels.array.any()
    view.clear_preview()
    hand.settle()
    assert close_to(hand.colour(64, 40), PHOTO_COLOUR)
    assert not view._preview.frame.isVisible()


def test_the_preview_uses_the_model_s_threshold(hand, view):
    view.preview_threshold = 0.8
    view.show_tile(tile(Rect(0, 0, 256, 256), 0.75))
    hand.settle()
    assert close_to(hand.colour(64, 40), PHOTO_COLOUR)
