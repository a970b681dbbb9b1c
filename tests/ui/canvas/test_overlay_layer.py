import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.ui.canvas.overlay_layer import OverlayLayer


def test_the_image_shows_the_composer_s_own_memory(qtbot):
    composer = OverlayComposer(40, 60)
    layer = OverlayLayer()
    layer.set_composer(composer)
    assert layer.boundingRect().width() == 60
    composer.buffer[5, 7] = 0xFF102030
    # Through pixelColor, a const method: a non-const one would copy the memory.
    assert layer._image.pixelColor(7, 5).getRgb() == (0x10, 0x20, 0x30, 0xFF)
    labels = np.zeros((40, 60), np.uint16)
    labels[10:20, 10:20] = 3
    composer.compose(Rect(0, 0, 40, 60), labels)
    assert layer._image.pixelColor(15, 15).alpha() > 100
    assert layer._image.pixelColor(30, 30).alpha() == 0
    layer.set_composer(None)
    assert layer.boundingRect().isEmpty()
