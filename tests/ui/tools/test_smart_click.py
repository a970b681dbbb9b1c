"""Smart click through the real canvas."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.core.test_smart_click import discs, likely, photo, prediction
from tests.ui.canvas.conftest import hand, make_document, view  # noqa: F401

RIGHT = Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
ONE, OTHER = discs((400, 600), (150, 200, 30)), discs((400, 600), (150, 330, 25))


@pytest.fixture
def document():
    doc = make_document()
    doc.image[:] = photo(ONE | OTHER)
    return doc


@pytest.fixture
def said(hand):  # noqa: F811
    """The tool in hand; what it says."""
    hand.take("smart_click")
    texts = []
    hand.view.pointer.tool.said.connect(texts.append)
    return texts


def iou(document, lesion):
    mask = document.labels.lesion_mask()
    return (mask & lesion).sum() / (mask | lesion).sum()


def test_a_click_adds_the_lesion_and_a_right_click_takes_it_away(hand, document, said):  # noqa: F811
    document.update_prediction(prediction(likely(ONE | OTHER)))
    hand.press(150, 205)
    sketch = hand.view.pointer.tool.sketch
    assert sketch.areas[0].mask.any()
    assert not document.labels.lesion_mask().any()
    hand.release(150, 205)
    assert iou(document, ONE) > 0.85
    hand.click(150, 330)
    assert len(np.unique(document.labels.array)) == 3  # two lesions
    assert document.history.names == ["Add lesion", "Add lesion"]
    assert said == ["Lesion added.", "Lesion added."]
    hand.click(150, 200, RIGHT)
    assert iou(document, OTHER) > 0.85
    assert said[-1] == "Lesion taken away."
    hand.click(150, 200, RIGHT)
    assert said[-1].startswith("Nothing to take away")
    for _ in range(3):
        document.undo()
    assert not document.labels.lesion_mask().any()
    assert hand.view.pointer.tool.sketch.empty


def test_a_drag_changes_the_extent_in_one_step(hand, document, said):  # noqa: F811
    slope = 1 / (1 + np.exp((np.hypot(*(np.indices((400, 600)) - [[[150]], [[200]]])) - 30) / 8))
    document.update_prediction(prediction(slope))
    areas = []
    for end in ((150, 180), (150, 200), (150, 220)):
        hand.drag((150, 200), end)
        areas.append(document.labels.lesion_mask().sum())
        assert len(document.history.names) == 1
        document.undo()
    assert areas[0] < areas[1] < areas[2]
    hand.press(150, 200)
    hand.move(150, 240)
    hand.view.pointer.flush()
    hand.key(Qt.Key.Key_Escape)
    hand.release(150, 240)
    assert hand.view.pointer.tool.sketch.empty
    assert not document.labels.lesion_mask().any()


def test_without_a_prediction_colour_alone_decides_and_says_so(hand, document, said):  # noqa: F811
    hand.click(150, 200)
    assert iou(document, ONE) > 0.85
    assert said == ["Lesion added. There is no prediction yet, so colour alone decided."]


def test_shift_joins_the_lesion_that_is_there(hand, document, said):  # noqa: F811
    hand.take("rectangle")
    hand.drag((140.5, 225.5), (160.5, 300.5))
    hand.take("smart_click")
    hand.view.pointer.tool.said.connect(said.append)
    hand.click(150, 190, keys=SHIFT)
    assert len(np.unique(document.labels.array)) == 2
    assert document.labels.array[150, 180] == document.labels.array[150, 290]
    assert said[-1].startswith("Joined")


def test_a_click_beside_the_photo_does_nothing(hand, document, said):  # noqa: F811
    hand.click(150, -8)
    assert said == ["Click on the photo."]
    assert document.history.names == []
