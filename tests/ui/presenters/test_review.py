"""Verdicts on photos: they go on to the next, are kept, and are taken back, on one and on many."""

import pytest
from PySide6.QtCore import Qt

from plantseg_gui.storage.photo_record import NEEDS_WORK, SKIPPED
from plantseg_gui.ui.presenters import batch as batch_module
from tests.ui.conftest import WAIT_MS, paint, wait_photo, wait_saved
from tests.ui.panels.test_photos import click


@pytest.fixture
def ready(make_window, shelf, photo_folder, qtbot, monkeypatch):
    """A window on three photos without predictions; questions are answered with yes."""
    window = make_window(predict_on_open=False)
    window.answers = []

    def yes(_window, _title, text, details, buttons, *_):
        window.answers.append(f"{text} {details}")
        return next(iter(buttons))

    monkeypatch.setattr(batch_module, "ask", yes)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    return window


def stored(window):
    return [(r.status, r.review) for r in window.session.project.photos()]


def wait_stored(qtbot, window, *expected):
    qtbot.waitUntil(lambda: stored(window) == list(expected), timeout=WAIT_MS)


def idle(qtbot, window):
    qtbot.waitUntil(lambda: not window.batch.running, timeout=WAIT_MS)


def test_needs_work_and_skip_go_on_and_are_kept(ready, qtbot, ids, make_window, photo_folder):
    first, second, third = ids(ready)
    ready.actions_["needs_work"].trigger()
    wait_photo(qtbot, ready, second)
    ready.actions_["skip"].trigger()
    wait_photo(qtbot, ready, third)
    assert ready.photos.step(-1, only_open=True) == first  # passes over the skipped one
    wait_stored(qtbot, ready, ("new", NEEDS_WORK), ("new", SKIPPED), ("new", ""))
    ready.close()
    again = make_window(predict_on_open=False)
    again.start([photo_folder])
    qtbot.waitUntil(lambda: again.session.document is not None, timeout=WAIT_MS)
    assert [r.review for r in again.session.records.values()] == [NEEDS_WORK, SKIPPED, ""]


def test_undo_on_the_photo_takes_the_verdict_back_before_the_stroke(ready, qtbot, ids):
    first, second, _ = ids(ready)
    paint(ready, (60, 60), (60, 90))
    ready.actions_["skip"].trigger()
    wait_photo(qtbot, ready, second)
    ready.actions_["previous"].trigger()
    wait_photo(qtbot, ready, first)
    assert ready.actions_["undo"].toolTip().startswith("Undo: Skipped")
    ready.actions_["undo"].trigger()
    assert ready.session.records[first].review == ""
    assert ready.session.document.labels.array.any()
    ready.actions_["undo"].trigger()
    assert not ready.session.document.labels.array.any()
    wait_saved(qtbot, ready)
    wait_stored(qtbot, ready, ("new", ""), ("new", ""), ("new", ""))


def test_a_stroke_after_the_verdict_is_undone_first(ready, qtbot, ids):
    first, second, _ = ids(ready)
    ready.actions_["needs_work"].trigger()
    wait_photo(qtbot, ready, second)
    ready.store.show(first)
    wait_photo(qtbot, ready, first)
    paint(ready, (60, 60), (60, 90))
    ready.actions_["undo"].trigger()
    assert not ready.session.document.labels.array.any()
    assert ready.session.records[first].review == NEEDS_WORK
    ready.actions_["needs_work"].trigger()  # a second time takes it back, and stays
    assert ready.session.records[first].review == ""
    assert ready.session.photo_id == first


def test_verdicts_exclude_each_other(ready, qtbot, ids):
    first, second, _ = ids(ready)
    ready.actions_["skip"].trigger()
    wait_photo(qtbot, ready, second)
    ready.store.show(first)
    wait_photo(qtbot, ready, first)
    ready.actions_["approve"].trigger()
    qtbot.waitUntil(lambda: stored(ready)[0] == ("approved", ""), timeout=WAIT_MS)
    ready.store.show(first)
    wait_photo(qtbot, ready, first)
    ready.actions_["needs_work"].trigger()
    qtbot.waitUntil(lambda: stored(ready)[0] == ("new", NEEDS_WORK), timeout=WAIT_MS)


def test_marked_photos_are_counted_before_and_taken_back_together(ready, qtbot, ids):
    click(ready.photos, 2, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "3 marked" in ready.actions_["skip"].text())
    assert ready.photos._count.text() == "3 marked of 3"
    ready.actions_["skip"].trigger()
    idle(qtbot, ready)
    assert "3 photos" in ready.answers[-1]
    assert stored(ready) == [("new", SKIPPED)] * 3
    # Told otherwise since: stays.
    ready.review.set_note([ready.session.records[ids(ready)[0]]], "blurred")
    ready.actions_["undo_batch"].trigger()
    idle(qtbot, ready)
    assert stored(ready) == [("new", "")] * 3
    qtbot.waitUntil(lambda: ready.session.project.photos()[0].note == "blurred", timeout=WAIT_MS)


def test_marked_photos_with_a_mask_are_approved_and_the_others_left_out(ready, qtbot, ids):
    first, second, _ = ids(ready)
    for photo in (first, second):
        ready.store.show(photo)
        wait_photo(qtbot, ready, photo)
        paint(ready, (60, 60), (60, 90))
    wait_saved(qtbot, ready)
    ready.photos.list_view.selectAll()
    ready.actions_["approve_marked"].trigger()
    idle(qtbot, ready)
    assert "1 photo without a mask" in ready.answers[-1]
    wait_saved(qtbot, ready)
    assert [s for s, _ in stored(ready)] == ["approved", "approved", "new"]
    ready.actions_["undo_batch"].trigger()
    idle(qtbot, ready)
    wait_saved(qtbot, ready)
    assert [s for s, _ in stored(ready)] == ["corrected", "corrected", "new"]


def test_tags_of_several_keep_what_only_some_have(ready, qtbot, ids):
    records = ready.session.records
    first, second, _ = ids(ready)
    ready.review.set_tags([records[first]], ("rust",))
    ready.review.set_tags([records[i] for i in ids(ready)], ("coffee",), frozenset({"rust"}))
    idle(qtbot, ready)
    assert ready.session.records[first].tags == ("rust", "coffee")
    assert ready.session.records[second].tags == ("coffee",)
    ready.actions_["undo_batch"].trigger()
    idle(qtbot, ready)
    assert [r.tags for r in ready.session.project.photos()] == [("rust",), (), ()]


def test_a_note_is_shown_above_the_photo_with_who_wrote_it(ready, qtbot, ids):
    record = ready.session.records[ids(ready)[0]]
    ready.review.set_note([record], "ask which rust this is")
    button = ready.stage._review
    assert button.isVisible()
    assert "ask which rust" in button.accessibleName()
    tip = ready.photos.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "ask which rust this is (" in tip
    ready.actions_["undo"].trigger()
    assert not button.isVisible()


def test_a_mark_that_cannot_be_stored_is_told_and_not_shown(ready, qtbot, ids, monkeypatch):
    from plantseg_gui.core.errors import StorageError

    def full(*_):
        raise StorageError("The disk is full.", "Free some space.")

    monkeypatch.setattr(ready.session.project, "set_marks", full)
    first = ids(ready)[0]
    ready.actions_["skip"].trigger()
    qtbot.waitUntil(lambda: "disk is full" in ready.stage.notice.text, timeout=WAIT_MS)
    assert ready.session.records[first].review == ""


def test_documents_that_were_closed_are_let_go(ready, qtbot, ids, monkeypatch):
    monkeypatch.setattr("plantseg_gui.ui.presenters.open_save.KEPT_PX", 1)
    first, second, third = ids(ready)
    for photo, following in ((first, second), (second, third)):
        ready.actions_["approve"].trigger()
        wait_photo(qtbot, ready, following)
        wait_saved(qtbot, ready)
        assert not ready.store.is_open(photo)
    ready.actions_["skip"].trigger()
    assert set(ready.marks._last) == {third}
