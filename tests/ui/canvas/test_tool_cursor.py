"""Each tool without an outline has a pointer of its own."""

import pytest

from plantseg_gui.ui.canvas.tool_cursor import SIDE_PX, tool_cursor
from plantseg_gui.ui.tools.registry import TOOLS


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_pointers_differ_and_are_sharp_at_any_scale(qapp, ratio):
    pictures = [tool_cursor(spec.icon, ratio).pixmap().toImage() for spec in TOOLS.values()]
    assert all(p.width() == SIDE_PX * ratio for p in pictures)
    assert len({bytes(p.constBits()) for p in pictures}) == len(TOOLS)


def test_the_canvas_shows_it(hand):
    hand.take("polygon")
    wanted = tool_cursor(TOOLS["polygon"].icon, hand.view.devicePixelRatioF())
    assert hand.view.viewport().cursor().pixmap().cacheKey() == wanted.pixmap().cacheKey()
