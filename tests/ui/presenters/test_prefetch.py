"""What is read ahead is shown at once, and never when anything changed since."""

import os
import time

import numpy as np
import pytest

from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.project import Entry, PhotoArrays
from plantseg_gui.ui.presenters import prefetch as prefetch_module
from tests.ui.conftest import WAIT_MS, paint, wait_photo, wait_saved


@pytest.fixture
def ready(make_window, shelf, photo_folder, qtbot):
    """A window on the first of three photos, the second one read ahead."""
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    wait_ahead(qtbot, window, list(window.session.records)[1])
    window.waits = []
    window.store.waiting.connect(lambda *words: window.waits.append(words))
    return window


def wait_ahead(qtbot, window, photo_id):
    qtbot.waitUntil(
        lambda: photo_id in window.store.prefetch.kept and not window.store.prefetch.busy,
        timeout=WAIT_MS,
    )


def go_on(qtbot, window, photo_id):
    window.actions_["next"].trigger()
    wait_photo(qtbot, window, photo_id)
    return window.session.document


def some_labels(document_or_shape, label=3):
    labels = np.zeros(document_or_shape, np.uint16)
    labels[40:80, 40:80] = label
    return labels


def test_the_next_photo_is_shown_without_being_read_again(ready, qtbot, ids):
    _, second, third = ids(ready)
    ahead = ready.store.prefetch._kept[second].loaded.document
    assert go_on(qtbot, ready, second) is ahead
    assert ready.waits == []
    assert second not in ready.store.prefetch.kept
    # Then the one after it, and strokes on a photo that was read ahead are journaled as on others.
    wait_ahead(qtbot, ready, third)
    paint(ready, (60, 60), (60, 90))
    wait_saved(qtbot, ready)
    assert ready.session.project.load(second).labels.any()


def test_a_save_or_a_step_in_the_journal_since_is_shown(ready, qtbot, ids):
    _, second, third = ids(ready)
    project = ready.session.project
    shape = ready.session.document.labels.shape
    project.save(second, PhotoArrays(some_labels(shape)), status="corrected")
    document = go_on(qtbot, ready, second)
    assert (document.labels.array == some_labels(shape)).all()
    assert ready.waits  # it was read again
    wait_ahead(qtbot, ready, third)
    project.journal([Entry(third, Operation(Op.APPROVE, approved=True), "approved")])
    assert go_on(qtbot, ready, third).approved


def test_another_file_in_its_place_is_read_again(ready, qtbot, ids):
    second = ids(ready)[1]
    record = ready.session.records[second]
    pixels = np.full((64, 80, 3), 90, np.uint8)
    write_png(record.path, pixels)
    os.utime(record.path, ns=(time.time_ns(), time.time_ns() + 1))
    ready.actions_["next"].trigger()
    # The project knows the photo by its content: it refuses another one, or shows the new one.
    qtbot.waitUntil(
        lambda: ready.session.photo_id == second or ready.stage.page == "waiting", timeout=WAIT_MS
    )
    document = ready.session.document
    assert document is None or document.document_id != second or document.image.shape == (64, 80, 3)
    qtbot.waitUntil(lambda: not ready.store.reading._under_way, timeout=WAIT_MS)


def test_marks_that_were_put_on_it_meanwhile_stay(ready, qtbot, ids):
    second = ids(ready)[1]
    ready.review.set_tags([ready.session.records[second]], ("rust",))
    qtbot.waitUntil(lambda: ready.session.records[second].tags == ("rust",), timeout=WAIT_MS)
    go_on(qtbot, ready, second)
    assert ready.session.records[second].tags == ("rust",)
    assert ready.session.records[second].width == ready.session.document.width


def test_an_edit_just_before_going_on_and_back_is_shown(ready, qtbot, ids, monkeypatch):
    """Nothing is kept open behind the photo on screen, so that going back reads it, too."""
    monkeypatch.setattr("plantseg_gui.ui.presenters.open_save.KEPT_PX", 1)
    first, second, _ = ids(ready)
    expected = None
    for n in range(4):
        y = 40 + 30 * n
        paint(ready, (y, 60), (y, 120))
        expected = ready.session.document.labels.array.copy()
        ready.actions_["next"].trigger()
        wait_photo(qtbot, ready, second)
        if n % 2:
            wait_saved(qtbot, ready)  # it is let go, and read ahead as the one before
            qtbot.waitUntil(lambda: first in ready.store.prefetch.kept, timeout=WAIT_MS)
        ready.actions_["previous"].trigger()
        wait_photo(qtbot, ready, first)
        assert (ready.session.document.labels.array == expected).all()
    wait_saved(qtbot, ready)


def test_too_large_photos_are_not_kept_and_still_open(ready, qtbot, ids, monkeypatch):
    _, second, third = ids(ready)
    go_on(qtbot, ready, second)
    monkeypatch.setattr(prefetch_module, "MOST_BYTES", 1000)
    ready.store.prefetch.forget_all()
    ready.store.prefetch.want([third])
    qtbot.waitUntil(lambda: not ready.store.prefetch.busy, timeout=WAIT_MS)
    assert ready.store.prefetch.kept == ()
    go_on(qtbot, ready, third)


def test_what_lies_beside_follows_the_order_of_the_list(ready, qtbot, ids):
    first, second, third = ids(ready)
    ready.photos.set_order([second, third, first])
    wait_ahead(qtbot, ready, third)
    assert second not in ready.store.prefetch.kept


def test_a_photo_that_is_being_read_ahead_is_waited_for(ready, qtbot, ids):
    third = ids(ready)[2]
    prefetch = ready.store.prefetch
    prefetch.want(())
    prefetch.want([third])
    assert prefetch.is_reading(third)
    ready.store.show(third)
    wait_photo(qtbot, ready, third)
    assert ready.waits  # said that it is being read
