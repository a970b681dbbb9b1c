"""What the status bar says of the pixel under the pointer."""

from dataclasses import replace

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.ui.presenters.readout import words
from tests.ui.conftest import paint, wait_prediction


def test_words():
    labels, touched = np.zeros((4, 6), np.uint16), np.zeros((4, 6), bool)
    labels[0] = [0, 0, 3, 7, UNSURE, UNSURE]
    touched[0] = [False, True, True, False, True, False]
    document = Document("a", np.zeros((4, 6, 3), np.uint8), labels, touched)
    assert [words(document, 0, column) for column in range(6)] == [
        "",
        "healthy, by you",
        "lesion 3, by you",
        "lesion 7, by a model",
        "unsure, by you",
        "unsure",
    ]


def test_the_status_bar_follows_pointer_stroke_and_undo(opened, qtbot):
    document, pixel = opened.session.document, opened.status._pixel
    rows, columns = np.nonzero(document.labels.array)
    at = int(rows[0]), int(columns[0])
    opened.canvas.cursor_moved.emit(*at)
    assert pixel.whole == f"lesion {document.labels.array[at]}, by tiny-test"
    opened.canvas.cursor_moved.emit(-1, -1)
    assert pixel.whole == ""

    opened.view.set_tool("eraser")
    opened.view.set_brush_px(20)
    paint(opened, at, (at[0], at[1] + 3))
    opened.canvas.cursor_moved.emit(*at)
    assert pixel.whole == "healthy, by you"
    opened.actions_["undo"].trigger()
    assert pixel.whole == f"lesion {document.labels.array[at]}, by tiny-test"


def test_origin_is_there_with_and_without_a_prediction(opened, qtbot):
    wait_prediction(qtbot, opened)
    action = opened.actions_["layer_origin"]
    assert action.isEnabled()
    action.trigger()
    assert opened.view.visible("origin")
    opened.projects.close_project()
    assert opened.session.document is None


def test_a_lesion_that_the_newer_prediction_has_not_is_by_a_model(opened):
    document = opened.session.document
    rows, columns = np.nonzero(document.labels.array)
    paint(opened, (5, 5), (6, 6))
    empty = replace(document.prediction, labels=np.zeros_like(document.labels.array))
    document.set_prediction(empty)
    at = int(rows[-1]), int(columns[-1])
    assert words(document, *at).endswith("by a model")
