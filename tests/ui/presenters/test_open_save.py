"""Saving that fails, photos that cannot be read, closing: nothing is lost, all is told."""

import shutil

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox

from tests.ui.conftest import paint, wait_photo, wait_saved


@pytest.fixture
def quiet_window(make_window, shelf, photo_folder, qtbot):
    """A window on the folder whose model does not run by itself."""
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    return window


def break_disk(window):
    """Make saving impossible, also for root: a file where the folder of arrays was."""
    arrays = window.session.project.arrays_dir
    shutil.rmtree(arrays)
    arrays.write_text("in the way")
    return arrays


def mend_disk(arrays):
    arrays.unlink()
    arrays.mkdir()


def test_failed_save_stays_unsaved_says_why_and_is_tried_again(quiet_window, qtbot):
    window = quiet_window
    arrays = break_disk(window)
    paint(window, (60, 60), (60, 90))
    window.store.save_all()
    qtbot.waitUntil(lambda: window.store.state[0] == "Not saved", timeout=10_000)
    assert window.session.document.dirty
    assert window.isWindowModified()
    assert window.stage.notice.text
    assert str(arrays) in window.store.state[1] or "arrays" in window.store.state[1]
    mend_disk(arrays)
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: window.store.state[0] == "Saved", timeout=10_000)
    assert not window.session.document.dirty


def test_failed_save_keeps_the_document_when_another_photo_is_opened(quiet_window, qtbot, ids):
    window = quiet_window
    first, second = ids(window)[:2]
    arrays = break_disk(window)
    paint(window, (60, 60), (60, 90))
    painted = window.session.document.labels.array.copy()
    window.store.show(second)
    wait_photo(qtbot, window, second)
    window.store.show(first)
    wait_photo(qtbot, window, first)
    assert np.array_equal(window.session.document.labels.array, painted)
    mend_disk(arrays)
    wait_saved(qtbot, window)


def test_closing_with_unsaved_work_asks(quiet_window, qtbot, monkeypatch):
    window = quiet_window
    arrays = break_disk(window)
    paint(window, (60, 60), (60, 90))
    asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box, *_: asked.append(box.text()))
    window.close()
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    assert window.isVisible()
    mend_disk(arrays)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)


def test_unreadable_photo_is_told_and_the_others_go_on(
    make_window, shelf, photo_folder, qtbot, ids
):
    (photo_folder / "a_cut_off.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 40)
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.stage.page == "waiting", timeout=30_000)
    bad = ids(window)[0]
    qtbot.waitUntil(lambda: bool(window.session.records[bad].error), timeout=30_000)
    assert window.session.document is None
    assert not window.actions_["save"].isEnabled()
    window.actions_["next"].trigger()
    wait_photo(qtbot, window, ids(window)[1])
    assert window.stage.page == "photo"


def test_second_window_is_read_only_and_says_so(quiet_window, make_window, photo_folder, qtbot):
    second = make_window(predict_on_open=False)
    second.start([photo_folder])
    qtbot.waitUntil(lambda: second.session.document is not None, timeout=30_000)
    assert second.session.read_only
    assert "open" in second.stage.notice.text
    paint(second, (60, 60), (60, 90))
    assert second.store.state[0] == "Cannot be saved"
    assert not second.actions_["save"].isEnabled()
    # Nothing to lose any more, so that the window closes without a question.
    second.session.document.undo()
    second.session.document.mark_saved()


def test_old_documents_are_let_go_but_not_unsaved_ones(quiet_window, qtbot, ids, monkeypatch):
    monkeypatch.setattr("plantseg_gui.ui.presenters.open_save.KEPT_PX", 1)
    window = quiet_window
    first, second, third = ids(window)
    for photo in (second, third):
        window.store.show(photo)
        wait_photo(qtbot, window, photo)
    assert list(window.store._open) == [third]
    paint(window, (60, 60), (60, 90))
    arrays = break_disk(window)
    window.store.show(first)
    wait_photo(qtbot, window, first)
    assert set(window.store._open) == {first, third}
    mend_disk(arrays)
    wait_saved(qtbot, window)


def test_missing_folder_is_told_and_leaves_the_recent_list(window, tmp_path, qtbot):
    window.session.settings = window.session.settings.with_recent(tmp_path / "gone")
    window.projects.open_folder(tmp_path / "gone")
    qtbot.waitUntil(lambda: bool(window.stage.notice.text), timeout=10_000)
    assert str(tmp_path / "gone") in window.stage.notice.text
    assert str(tmp_path / "gone") not in window.session.settings.recent_projects
    assert window.stage.page == "empty"


def test_empty_folder_says_what_would_be_found(window, tmp_path, qtbot):
    window.projects.open_folder(tmp_path)
    qtbot.waitUntil(lambda: window.stage.page == "waiting", timeout=10_000)


def test_file_that_is_no_photo_is_named(window, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    window.projects.open_paths([tmp_path / "notes.txt"])
    assert "notes.txt" in window.stage.notice.text


def test_a_save_that_waits_for_the_journal_follows_by_itself(quiet_window, qtbot):
    window = quiet_window
    paint(window, (60, 60), (60, 90))
    assert window.store.journal.waiting
    window.store.save_all()
    window.store._autosave.stop()
    qtbot.waitUntil(lambda: not window.store.unsaved(), timeout=10_000)
