"""The running page shows what events say, and survives events that make no sense."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from plantseg_gui.jobs.io_pool import wait_for_tasks
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.training import protocol as p
from plantseg_gui.ui.dialogs.retrain_running import MAX_WORDS, RunningPage
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.retrain_view import RunView
from tests.training.test_protocol import EVERY


@pytest.fixture
def view(qtbot, theme, tmp_path):
    page = RunningPage(theme)
    qtbot.addWidget(page)
    page.resize(960, 600)
    page.show()
    made = RunView(page, JobModel(page), lambda: None, lambda: False)
    page.begin()
    made.begin()
    made.new_run(Run(tmp_path, "leaf", "leaf-v2", {"a": "a.jpg", "b": "b.jpg"}))
    return made


def picture(folder, name, side=64):
    image = QImage(side, side, QImage.Format.Format_RGB888)
    image.fill(0x336633)
    assert image.save(str(folder / name))


def test_two_photos_before_and_now(view, qtbot, tmp_path):
    page = view._page
    for name in ("one.png", "two.png"):
        picture(tmp_path, name)
    for place, photo in enumerate("ab"):
        view.show(p.Preview(0, str(tmp_path / "one.png"), photo, True, 0.4, place))
        view.show(p.Preview(30, str(tmp_path / "two.png"), photo, True, 0.75, place))
    wait_for_tasks()
    qtbot.waitUntil(lambda: all(s.before.filled and s.now.filled for s in page.photos))
    assert page.photos[0].caption == "○ a.jpg Dice 0.40 → 0.75"
    assert page.photos[1].caption == "△ b.jpg Dice 0.40 → 0.75"
    assert page.curves.shown[1].at == [0, 30]


def test_figures_say_how_far_fast_large_and_long(view):
    view.show(p.Started(1, 1.0, "run", "cpu", 3, time=1000.0))
    view.show(p.Step(20, 80, 0.5, 30.0, 0.4, crops_per_s=9.87, memory_mib=1536.0, time=1065.0))
    text = view._page.figures.text()
    assert text.startswith("Update 20 of 80  ·  9.87 crops/s  ·  memory 1.5 of ")
    assert text.endswith("1 min 5 s used")
    # A second process of the same run: the time between the two does not count.
    view.show(p.Started(2, 5000.0, "run", "cpu", 3, time=5000.0))
    view.show(p.Step(21, 80, 0.5, 30.0, 0.4, time=5002.0))
    assert view._page.figures.text().endswith("1 min 7 s used")


def test_the_best_moment_is_marked_and_the_log_has_times(view):
    for update, dice, best in [(0, 0.4, False), (20, 0.7, True), (40, 0.6, False)]:
        view.show(p.Epoch(update, 80, {}, dice, best))
    curves = view._page.curves
    curves.draw()
    assert [list(axis) for axis in curves._star.getData()] == [[20], [0.7]]
    assert all(line[2] == ":" for line in view._page.log_text.splitlines())


def test_pictures_come_from_the_run_folder_and_are_small(view, qtbot, tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    picture(outside, "x.png")
    picture(tmp_path, "huge.png", side=3000)
    for name in (outside / "x.png", tmp_path / "huge.png", "/dev/zero", ""):
        view.show(p.Preview(0, str(name), "a", True, 0.4, 0))
    view.show(p.Preview(0, "x.png", "a", True, 0.4, 7))
    wait_for_tasks()
    qtbot.wait(50)
    assert not view._page.photos[0].before.filled


whole = st.integers(-(10**12), 10**12)
numbers = whole | st.floats(-1e12, 1e12, allow_nan=False)


@given(st.lists(st.sampled_from(EVERY), max_size=12), st.data())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_events_in_any_order_with_any_values_do_no_harm(view, events, data):
    for event in events:
        values = json.loads(event.to_line())
        for key, value in values.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                values[key] = data.draw(whole if isinstance(value, int) else numbers)
            elif isinstance(value, str) and key != "event":
                values[key] = data.draw(st.text(max_size=20))
        found = p.parse_line(json.dumps(values))
        assert found is not None
        view.show(found)
    view._page.curves.draw()


def test_a_sentence_without_end_is_cut(view):
    view.show(p.Warning_("x" * 1_000_000))
    view.show(p.Stage("y" * 1_000_000))
    assert len(view._page.stage.text()) == MAX_WORDS + 1
    assert len(view._page.log_text) < 3 * MAX_WORDS
