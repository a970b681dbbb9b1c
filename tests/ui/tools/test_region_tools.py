"""Wand, fill, scissors, cut and merge, through the real canvas."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from plantseg_gui.core.document import Document
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.ui.tools.wand import CONTIGUOUS, TOLERANCE
from tests.helpers.builders import make_prediction
from tests.ui.canvas.conftest import close_to, hand, view  # noqa: F401

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def document():
    """Two brown discs on green; a third lesion-coloured spot is labelled already."""
    image = np.full((400, 600, 3), (60, 140, 50), np.uint8)
    cv2.circle(image, (150, 150), 50, (120, 80, 40), -1)
    cv2.circle(image, (450, 250), 30, (120, 80, 40), -1)
    return Document("a", image)


@pytest.fixture
def said(hand):  # noqa: F811
    """What the tool in hand says from now on; call it after taking the tool."""
    texts = []
    return lambda: (hand.view.pointer.tool.said.connect(texts.append), texts)[1]


def hover(hand, y, x, keys=Qt.KeyboardModifier.NoModifier):  # noqa: F811
    hand.move(y, x, NONE, keys)
    hand.view.pointer.flush()
    return hand.view.pointer.tool.sketch


def disc(y=150, x=150, radius=50):
    mask = np.zeros((400, 600), np.uint8)
    cv2.circle(mask, (x, y), radius, 1, -1)
    return mask.astype(bool)


def test_the_wand_previews_and_a_click_paints(hand, document):  # noqa: F811
    hand.take("wand")
    (area,) = hover(hand, 150, 150).areas
    assert area.mask.sum() == disc().sum()
    assert not document.labels.array.any()
    hand.click(150, 150)
    np.testing.assert_array_equal(document.labels.array > 0, disc())
    assert hand.view.pointer.tool.sketch.empty
    hand.click(150, 150, keys=ALT)
    assert not document.labels.array.any()
    document.undo()
    document.undo()
    assert not document.touched.any()


def test_the_preview_is_seen_with_its_edge(hand, document):  # noqa: F811
    hand.take("wand")
    hover(hand, 150, 150)
    orange = (255, 157, 46)
    assert any(close_to(hand.colour(150.5, x), orange) for x in (100.2, 100.5, 100.8, 101.2))
    inside = hand.colour(150.5, 150.5)
    assert not close_to(inside, orange)
    assert not close_to(inside, (120, 80, 40))
    assert close_to(hand.colour(150.5, 90.5), (60, 140, 50))


def test_enter_paints_what_the_wand_shows_and_escape_hides_it(hand, document):  # noqa: F811
    hand.take("wand")
    hover(hand, 250, 450)
    hand.key(Qt.Key.Key_Escape)
    assert hand.view.pointer.tool.sketch.empty
    hand.settings.set_option(CONTIGUOUS, False)
    hover(hand, 250, 450)
    hand.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(document.labels.array > 0, disc() | disc(250, 450, 30))


def test_dragging_and_the_wheel_change_the_tolerance(hand, document, said):  # noqa: F811
    hand.take("wand")
    texts = said()
    hand.wheel(hand.screen(150, 150), 120, SHIFT)
    assert hand.settings.option(TOLERANCE) == TOLERANCE.default + 1
    hand.press(150, 150)
    zoom = hand.view.zoom
    hand.move(150, 150 + 406 / zoom)
    hand.view.pointer.flush()
    assert hand.settings.option(TOLERANCE) == 100
    assert hand.view.pointer.tool.sketch.areas[0].mask.all()
    assert texts[-1] == f"Tolerance 100: {400 * 600} px"
    hand.move(150, 152)
    hand.key(Qt.Key.Key_Escape)
    hand.release(150, 152)
    assert hand.settings.option(TOLERANCE) == TOLERANCE.default + 1
    assert not document.labels.array.any()
    hover(hand, -5, 150)
    assert hand.view.pointer.tool.sketch.empty


def test_fill_closes_an_outline_and_joins_it(hand, document, said):  # noqa: F811
    document.apply_region("ring", document.labels.rect, ring_labels())
    hand.take("fill")
    texts = said()
    hand.click(20, 20)
    assert document.labels.array[20, 20] == 0
    assert "more than half" in texts[-1]
    assert hover(hand, 20, 20).empty
    (area,) = hover(hand, 150, 150).areas
    assert area.mask.sum() == (~(ring_labels() > 0) & disc()).sum()
    hand.click(150, 150)
    np.testing.assert_array_equal(document.labels.array == 5, disc())
    assert hover(hand, 150, 150).empty  # lesion already
    assert not hover(hand, 150, 150, ALT).empty
    hand.click(150, 150, keys=ALT)
    assert not document.labels.array.any()
    document.undo()
    hand.settings.paint = "unsure"
    hand.click(150, 150)
    np.testing.assert_array_equal(document.labels.array == UNSURE, disc())


def ring_labels():
    ring = np.zeros((400, 600), np.uint16)
    ring[disc()] = 5
    ring[disc(radius=45)] = 0
    return ring


def test_the_scissors_follow_the_edge_and_close(hand, document):  # noqa: F811
    hand.take("scissors")
    for at in ((100, 150), (150, 200), (200, 150)):
        hand.click(*at)
    live = hover(hand, 150, 101)
    assert len(live.handles) == 3
    assert len(live.lines) == 4  # two paths, the live one, and back
    hand.click(150, 101)
    hand.key(Qt.Key.Key_Backspace)
    assert len(hover(hand, 150, 101).handles) == 3
    hand.click(100, 150)  # the first one
    found = document.labels.array > 0
    overlap = (found & disc()).sum() / (found | disc()).sum()
    assert overlap > 0.95  # straight lines between the three anchors give 0.32
    assert document.history.names == ["Add area"]
    assert not hand.view.pointer.tool.open


def test_scissors_take_away_with_alt_and_need_two_anchors(hand, document, said):  # noqa: F811
    document.apply_region("disc", document.labels.rect, disc().astype(np.uint16))
    hand.take("scissors")
    texts = said()
    hand.click(100, 150)
    hand.key(Qt.Key.Key_Return)
    assert "two anchors" in texts[-1]
    for at in ((100, 150), (150, 200), (200, 150), (150, 101)):
        hand.click(*at)
    hand.click(100, 150, keys=ALT)
    assert (document.labels.array > 0).sum() < 0.05 * disc().sum()
    hand.click(-40, 150)  # beside the photo: the nearest point on it
    hand.key(Qt.Key.Key_Escape)
    assert not hand.view.pointer.tool.open


def test_cutting(hand, document, said):  # noqa: F811
    document.apply_region("disc", document.labels.rect, disc().astype(np.uint16))
    hand.take("cut")
    texts = said()
    hand.drag((150, 150), (150, 190))
    assert "right across" in texts[-1]
    hand.drag((20, 20), (30, 30))
    assert "no lesion" in texts[-1]
    hand.drag((150, 80), (150, 220))
    assert texts[-1] == "Cut: 2 lesions now where the line was drawn."
    assert set(np.unique(document.labels.array)) == {0, 1, 2}
    np.testing.assert_array_equal(document.labels.array > 0, disc())
    document.undo()
    np.testing.assert_array_equal(document.labels.array == 1, disc())


def test_merging(hand, document, said):  # noqa: F811
    labels = 3 * disc().astype(np.uint16) + 4 * disc(250, 450, 30)
    document.apply_region("discs", document.labels.rect, labels.astype(np.uint16))
    hand.take("merge")
    texts = said()
    hand.drag((150, 150), (150, 180))
    assert "at least one other" in texts[-1]
    hand.press(250, 450)
    hand.move(150, 160)
    hand.view.pointer.flush()
    assert len(hand.view.pointer.tool.sketch.areas) == 2
    hand.release(150, 160)
    np.testing.assert_array_equal(document.labels.array, 4 * (labels > 0))
    assert document.history.names[-1] == "Merge 2 lesions"


def test_the_wand_lets_go_of_a_photo(hand, document):  # noqa: F811
    hand.take("wand")
    tool = hand.view.pointer.tool
    hover(hand, 150, 150)
    hand.view.set_document(Document("b", np.zeros((50, 50, 3), np.uint8)))
    assert tool._wand is None
    assert hand.view.navigation.to_photo(QPointF(0, 0)) is not None
    assert not hover(hand, 10, 10).empty


def test_accepting_the_prediction_undoes_neither_a_cut_nor_a_merge(hand, document):  # noqa: F811
    labels = (3 * disc() + 4 * disc(250, 450, 30)).astype(np.uint16)
    document.set_prediction(make_prediction(labels))
    hand.take("cut")
    hand.drag((150, 80), (150, 220))
    document.accept_prediction()
    assert set(np.unique(document.labels.array)) == {0, 3, 4, 5}
    document.undo()
    document.undo()
    hand.take("merge")
    hand.drag((250, 450), (150, 160))
    document.accept_prediction()
    np.testing.assert_array_equal(document.labels.array, 4 * (labels > 0))


def test_fill_looks_again_when_a_prediction_has_come(hand, document):  # noqa: F811
    hand.take("fill")
    assert hover(hand, 150, 150).empty  # the whole photo
    document.set_prediction(make_prediction(ring_labels()))
    (area,) = hover(hand, 150, 150).areas
    assert not area.mask.all()
    assert hover(hand, 150, 151).areas[0] is area  # its picture is kept
