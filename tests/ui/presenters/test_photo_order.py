"""Orders of the list: by value, either end first, remembered; the next most doubtful photo."""

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.core.results import Descriptor
from plantseg_gui.core.teaching import novelties
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.panels.order_row import (
    BY_DATE,
    BY_DOUBT,
    BY_NAME,
    BY_NOVELTY,
    BY_SEVERITY,
)
from plantseg_gui.ui.presenters.photo_order import in_order
from tests.ui.conftest import WAIT_MS, wait_photo
from tests.ui.presenters.test_teaching import choose, record, say_doubts, shown


def test_photos_without_a_value_come_last_from_either_end(tmp_path):
    records = [
        record("a", tmp_path, severity_pct=3.0),
        record("b", tmp_path, severity_pct=None),
        record("c", tmp_path, severity_pct=9.0),
    ]
    assert in_order(None, records, BY_SEVERITY, True) == ["c", "a"]
    assert in_order(None, records, BY_SEVERITY, False) == ["a", "c"]


def test_the_date_is_that_of_the_camera_else_of_the_file(tmp_path):
    grey = Image.fromarray(np.full((8, 8, 3), 128, np.uint8))
    for name, taken in (("a", "2024:05:17 10:00:00"), ("b", ""), ("c", "2020:01:02 03:04:05")):
        exif = Image.Exif()
        if taken:
            exif.get_ifd(0x8769)[0x9003] = taken
        # Another content for each: they are other photos.
        grey.putpixel((0, 0), (ord(name), 0, 0))
        grey.save(tmp_path / f"{name}.jpg", exif=exif)
    os.utime(tmp_path / "b.jpg", (1_650_000_000, 1_650_000_000))  # April 2022
    project = Project.open_folder(tmp_path)
    project.scan()
    names = {r.photo_id: r.path.stem for r in project.photos()}
    for _ in range(2):  # the second time from what was kept
        found = in_order(project, project.photos(), BY_DATE, False)
        assert [names[i] for i in found] == ["c", "b", "a"]
    assert project.photos()[0].taken.startswith("2024-05-17T10:00")
    project.close()


def test_novelty_is_the_distance_to_what_was_learned():
    vectors = {k: np.array(v, float) for k, v in {"a": (1, 0), "b": (0, 1), "c": (1, 0.1)}.items()}
    found = novelties(vectors, ["a"])
    assert found["b"] > found["c"] > 0
    assert found["a"] > 0  # to the middle: it is no reason for itself
    assert max(novelties(vectors, []), key=novelties(vectors, []).get) == "b"
    assert novelties({}, []) == {}


@pytest.fixture
def three(make_window, shelf, photo_folder, qtbot):
    made = make_window(predict_on_open=False)
    made.start([photo_folder])
    qtbot.waitUntil(lambda: made.session.document is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: made.session.model == shelf, timeout=WAIT_MS)
    return made


def test_the_order_is_remembered_with_its_end(three, qtbot, make_window, photo_folder):
    first, second, third = say_doubts(three, 0.1, 0.3, 0.2)
    choose(three, BY_DOUBT)
    qtbot.waitUntil(lambda: shown(three) == [second, third, first], timeout=WAIT_MS)
    three.photos.order_row.end.click()
    qtbot.waitUntil(lambda: shown(three) == [first, third, second], timeout=WAIT_MS)
    choose(three, BY_NAME)
    three.photos.order_row.end.click()
    assert shown(three) == [third, second, first]
    project = three.session.project
    qtbot.waitUntil(lambda: project.get("photo_order") == {"by": BY_NAME, "falling": True})
    three.close()
    again = make_window(predict_on_open=False)
    again.start([photo_folder])
    qtbot.waitUntil(lambda: again.session.document is not None, timeout=WAIT_MS)
    assert (again.photos.order, again.photos.falling) == (BY_NAME, True)
    assert shown(again) == [third, second, first]
    assert again.photos.falling


def test_the_most_doubtful_comes_next_and_each_once(three, qtbot):
    first, second, third = say_doubts(three, 0.1, 0.2, 0.3)
    act = three.actions_["next_doubtful"]
    act.trigger()
    wait_photo(qtbot, three, third)
    act.trigger()
    wait_photo(qtbot, three, second)
    three.session.set_record(replace(three.session.records[third], status="approved"))
    act.trigger()  # all were shown once: from the beginning, without the approved one
    wait_photo(qtbot, three, first)


def test_novelty_orders_the_list(three, qtbot, monkeypatch):
    first, second, third = say_doubts(three, 0.1, 0.2, 0.3)
    looks = {first: (1, 0), second: (1, 0.2), third: (0, 1)}
    vectors = {i: Descriptor("e", np.array(v, np.float16)) for i, v in looks.items()}
    monkeypatch.setattr(three.session.project, "vectors", lambda: vectors)
    changed = replace(three.session.records[first], status="approved")
    three.session.set_record(changed)
    choose(three, BY_NOVELTY)
    qtbot.waitUntil(lambda: shown(three)[0] == third, timeout=WAIT_MS)
