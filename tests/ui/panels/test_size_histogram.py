"""The lesions' sizes beside the numbers, and that they follow the brush."""

import numpy as np

from plantseg_gui.ui.panels.size_histogram import SizeHistogram
from tests.ui.conftest import paint, wait_prediction


def test_each_lesion_stands_in_the_bar_of_its_diameter(qtbot):
    histogram = SizeHistogram()
    qtbot.addWidget(histogram)
    assert histogram.isHidden()
    histogram.set_areas([1, 3, 13, 50, 800, 4_000_000])
    assert histogram.counts == [2, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1]
    assert "6 lesions" in histogram.toolTip()
    assert not histogram.grab().isNull()
    histogram.set_areas([])
    assert histogram.isHidden()


def test_it_follows_a_stroke(opened, qtbot):
    wait_prediction(qtbot, opened)
    sizes = opened.diagnosis.sizes
    qtbot.waitUntil(lambda: sum(sizes.counts) == len(opened.lesions.areas_px))
    document = opened.session.document
    nothing = np.zeros(document.labels.shape, np.uint16)
    document.replace("Empty", nothing, nothing == 0)  # or the prediction fills it
    qtbot.waitUntil(lambda: not opened.lesions.areas_px)
    assert sizes.isHidden()
    opened.view.set_tool("brush")
    opened.view.set_brush_px(6)
    paint(opened, (60, 60), (60, 62))
    qtbot.waitUntil(lambda: sum(sizes.counts) == 1)
    opened.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: not sizes.counts)
