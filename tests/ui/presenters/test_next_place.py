"""N walks through the doubtful places of the photo on screen and says what is left."""

from dataclasses import replace

import numpy as np

from tests.ui.conftest import wait_prediction


def test_n_goes_from_place_to_place_until_a_person_may_stop(opened, qtbot):
    wait_prediction(qtbot, opened)
    window, document = opened, opened.session.document
    probability = np.full(document.prediction.probability.shape, 0.001, np.float32)
    rows, columns = probability.shape
    leaf = document.prediction.leaf.mask
    ys, xs = np.nonzero(leaf)
    y, x = int(np.median(ys)), int(np.median(xs))
    row, column = y * rows // leaf.shape[0], x * columns // leaf.shape[1]
    probability[row : row + rows // 20, column : column + columns // 20] = 0.5
    document.update_prediction(replace(document.prediction, probability=probability))
    said = []
    window.session.said.connect(said.append)
    action = window.actions_["next_place"]
    assert action.isEnabled()
    before = window.canvas.zoom
    action.trigger()
    qtbot.waitUntil(lambda: len(said) == 1)
    assert "you may stop" in said[0]
    assert window.canvas.zoom > before
    shown = window.canvas.navigation.visible_rect()
    assert shown.y0 <= y < shown.y1
    assert shown.x0 <= x < shown.x1
    action.trigger()
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[1].startswith("No doubtful place is left")
