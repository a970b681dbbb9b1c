"""The tour: offered once, on the demo or the photo on screen, by keys and mouse."""

import pytest
from PySide6.QtCore import Qt

from plantseg_gui.storage.settings import load_settings
from plantseg_gui.ui.presenters.demo import demo_dir
from tests.ui.conftest import WAIT_MS

KEY = Qt.Key


@pytest.fixture
def tour(opened):
    opened.actions_["tour"].trigger()
    return opened.tour.overlay


def test_first_start_offers_it_and_opens_the_demo(window, qtbot):
    button = window.stage.empty._tour
    assert button.isVisible()
    window.demo.leaves, window.demo.size_px = 1, 128
    button.click()
    qtbot.waitUntil(lambda: window.tour.overlay is not None, timeout=WAIT_MS)
    assert window.session.project.folder == demo_dir()
    qtbot.keyClick(window.tour.overlay, KEY.Key_Escape)
    assert window.tour.overlay is None
    assert load_settings().tour_seen


def test_who_has_seen_it_is_not_asked_again(make_window, shelf):
    window = make_window(tour_seen=True)
    assert not window.stage.empty._tour.isVisible()
    assert window.actions_["tour"].isEnabled()


def test_keys_and_buttons_walk_through_six_places(opened, tour, qtbot):
    assert len(tour.stops) == 6
    qtbot.keyClick(tour, KEY.Key_Right)
    qtbot.keyClick(tour, KEY.Key_Return)
    assert tour.place == 2
    qtbot.keyClick(tour, KEY.Key_Left)
    assert tour.place == 1
    qtbot.mouseClick(tour.next, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(tour.back, Qt.MouseButton.LeftButton)
    assert tour.place == 1
    qtbot.mouseClick(tour, Qt.MouseButton.LeftButton, pos=tour.badge(4).center())
    assert tour.place == 4
    qtbot.keyClick(tour, KEY.Key_Right)
    assert tour.next.text() == "Done"
    qtbot.keyClick(tour, KEY.Key_Right)
    assert opened.tour.overlay is None


def test_no_key_reaches_the_window_below(opened, tour, qtbot):
    shown, tool = opened.session.photo_id, opened.view.tool
    for key in (KEY.Key_D, KEY.Key_E, KEY.Key_Tab):
        qtbot.keyClick(tour, key)
    assert (opened.session.photo_id, opened.view.tool) == (shown, tool)
    assert opened.tour.overlay is tour


@pytest.mark.parametrize("size", [(1400, 900), (900, 600)])
def test_card_and_numbers_lie_in_the_window_at_every_place(opened, tour, size):
    opened.resize(*size)
    for place in range(len(tour.stops)):
        tour.go(place)
        assert tour.rect() == opened.rect()
        assert tour.rect().contains(tour._card.geometry())
        assert tour.rect().contains(tour.badge(place))
        assert not tour.area(place).isEmpty()


def test_a_fault_ends_the_waiting(window, qtbot, photo_folder, tmp_path):
    window.demo.open = lambda: None
    window.actions_["tour"].trigger()
    window.projects.open_paths([tmp_path / "gone"])
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    assert window.tour.overlay is None
