import threading

import numpy as np
import pytest

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.ui.canvas.overlay_layer import OverlayLayer
from plantseg_gui.ui.canvas.overlay_refresher import OverlayRefresher

SIDE = 1300
VISIBLE = Rect(1030, 1030, 1100, 1100)


class WatchedComposer(OverlayComposer):
    def __init__(self, side):
        super().__init__(side, side)
        self.under_threads = set()
        self.composed = []

    def compose_under(self, rect):
        if self.stale_chunks(rect):
            self.under_threads.add(threading.get_ident())
        super().compose_under(rect)

    def compose(self, rect, labels, touched=None):
        self.composed.append(rect)
        super().compose(rect, labels, touched)


@pytest.fixture
def parts(qtbot):
    generator = np.random.default_rng(3)
    composer = WatchedComposer(SIDE)
    labels = LabelImage(np.zeros((SIDE, SIDE), np.uint16))
    labels.write(Rect(500, 500, 600, 600), np.full((100, 100), 4, np.uint16))
    layer = OverlayLayer()
    layer.set_composer(composer)
    refresher = OverlayRefresher(layer, lambda: VISIBLE)
    refresher.set_target(composer, labels)
    qtbot.waitUntil(lambda: refresher.idle)
    composer.composed.clear()
    yield refresher, composer, labels, generator
    refresher.shutdown()


def test_maps_are_composed_elsewhere_and_the_visible_chunk_first(parts, qtbot):
    refresher, composer, labels, generator = parts
    composer.set_map("probability", generator.integers(0, 256, (200, 200), dtype=np.uint8))
    composer.set_layer("probability", True, 0.6)
    refresher.invalidate(composer.rect)
    assert not refresher.idle
    qtbot.waitUntil(lambda: refresher.idle)
    assert threading.get_ident() not in composer.under_threads
    assert composer.composed[0].intersect(VISIBLE) == VISIBLE
    reference = OverlayComposer(SIDE, SIDE)
    reference.set_map("probability", composer._layers["probability"].values)
    reference.set_layer("probability", True, 0.6)
    reference.compose(reference.rect, labels.array)
    assert np.array_equal(reference.buffer, composer.buffer)


def test_a_slider_that_moves_meanwhile_ends_at_its_last_value(parts, qtbot):
    refresher, composer, labels, generator = parts
    values = generator.integers(0, 256, (200, 200), dtype=np.uint8)
    composer.set_map("energy", values)
    for opacity in np.linspace(0.1, 0.9, 9):
        composer.set_layer("energy", True, float(opacity))
        refresher.invalidate(composer.rect)
        qtbot.wait(3)
    qtbot.waitUntil(lambda: refresher.idle)
    reference = OverlayComposer(SIDE, SIDE)
    reference.set_map("energy", values)
    reference.set_layer("energy", True, 0.9)
    reference.compose(reference.rect, labels.array)
    assert np.array_equal(reference.buffer, composer.buffer)


def test_another_photo_forgets_the_waiting_chunks(parts, qtbot):
    refresher, composer, _, _ = parts
    refresher.invalidate(composer.rect)
    other = WatchedComposer(100)
    refresher.set_target(other, LabelImage(np.zeros((100, 100), np.uint16)))
    qtbot.waitUntil(lambda: refresher.idle)
    assert composer.composed == []
    assert other.composed == [Rect(0, 0, 100, 100)]


def test_a_dab_does_not_wait(parts):
    refresher, composer, labels, _ = parts
    labels.write(Rect(10, 10, 20, 20), np.full((10, 10), 1, np.uint16))
    refresher.compose(Rect(10, 10, 20, 20))
    assert composer.buffer[15, 15]
    assert composer.composed == [Rect(10, 10, 20, 20)]
    refresher.invalidate(composer.rect)
    refresher.finish()
    assert refresher.idle


def test_a_fault_in_one_chunk_does_not_stop_the_others(parts, qtbot, monkeypatch):
    refresher, composer, _, _ = parts
    faults = []

    def broken(rect):
        if not faults:
            faults.append(rect)
            raise MemoryError
        WatchedComposer.compose_under(composer, rect)

    monkeypatch.setattr(composer, "compose_under", broken)
    composer.set_map("energy", np.full((200, 200), 255, np.uint8))
    composer.set_layer("energy", True, 0.5)
    refresher.invalidate(composer.rect)
    qtbot.waitUntil(lambda: refresher.idle)
    assert len(composer.composed) >= 8
