"""Photos leave the project and come back: the files stay, the work too."""

import threading

import numpy as np
import pytest

from plantseg_gui.ui.dialogs.put_back import PutBackDialog
from plantseg_gui.ui.dialogs.remove_photos import RemoveDialog
from plantseg_gui.ui.presenters import removal
from tests.ui.conftest import WAIT_MS, paint, wait_photo, wait_saved


@pytest.fixture
def painted(opened, qtbot):
    """The first photo was painted on, and is marked."""
    opened.view.set_brush_px(30)
    paint(opened, (60, 60), (60, 120))
    wait_saved(qtbot, opened)
    opened.photos.show_current(opened.session.photo_id)
    return opened


def test_the_dialog_says_what_goes_and_what_stays(painted, qtbot, monkeypatch):
    window, seen = painted, {}

    def answer(dialog):
        qtbot.waitUntil(lambda: not dialog.adding_up, timeout=WAIT_MS)
        seen.update(dialog.sizes)
        return 0

    monkeypatch.setattr(RemoveDialog, "exec", answer)
    before = list(window.session.records)
    window.actions_["remove_photos"].trigger()
    use = window.session.project.removed.disk_use(window.session.photo_id)
    assert use.masks > 0
    assert seen["total"] == removal.megabytes(use.total)
    assert list(window.session.records) == before


def test_removed_and_taken_back_like_any_act_on_several_photos(painted, qtbot, ids, monkeypatch):
    window = painted
    photo, order = window.session.photo_id, ids(window)
    labels = window.session.document.labels.array.copy()
    path = window.session.records[photo].path
    window.removal.remove([photo])
    qtbot.waitUntil(lambda: photo not in ids(window), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.session.photo_id in ids(window), timeout=WAIT_MS)
    assert path.is_file()
    assert photo not in window.session.records
    assert "1 photo removed" in window.status.message
    qtbot.waitUntil(lambda: window.actions_["put_back"].isEnabled(), timeout=WAIT_MS)
    assert "MB" in window.actions_["empty_removed"].text()
    (act,) = [a for a in window.batch._acts if a["kind"] == "removed"]
    window.batch.undo(act["id"])
    qtbot.waitUntil(lambda: ids(window) == order, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.actions_["put_back"].isEnabled(), timeout=WAIT_MS)
    window.store.show(photo)
    wait_photo(qtbot, window, photo)
    assert np.array_equal(window.session.document.labels.array, labels)
    assert window.session.document.undo()
    assert not [a for a in window.batch._acts if a["kind"] == "removed"]


def test_all_removed_emptied_and_put_back(painted, qtbot, ids, monkeypatch):
    window, every = painted, ids(painted)
    window.removal.remove(every)
    qtbot.waitUntil(lambda: not ids(window), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.actions_["empty_removed"].isEnabled(), timeout=WAIT_MS)
    assert window.session.document is None

    asked = []
    monkeypatch.setattr(removal, "ask", lambda *texts: asked.append(texts[2]) or removal.EMPTY)
    window.actions_["empty_removed"].trigger()
    qtbot.waitUntil(lambda: not window.actions_["empty_removed"].isEnabled(), timeout=WAIT_MS)
    assert "3 photos" in asked[0]
    monkeypatch.setattr(PutBackDialog, "exec", lambda _: 1)
    qtbot.waitUntil(lambda: window.removal._nbytes == 0, timeout=WAIT_MS)
    window.actions_["put_back"].trigger()
    qtbot.waitUntil(lambda: len(ids(window)) == 3, timeout=WAIT_MS)
    assert not set(ids(window)) & set(every)  # they begin anew
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)


def test_cancel_in_the_middle_changes_nothing(painted, qtbot, ids):
    window, every = painted, ids(painted)
    shown = window.session.photo_id
    window.removal.remove(every)
    assert window.removal.running
    window.jobs.cancel(window.removal._job)
    qtbot.waitUntil(lambda: not window.removal.running, timeout=WAIT_MS)
    wait_photo(qtbot, window, shown)
    assert ids(window) == every
    assert "nothing was changed" in window.status.message
    assert list(window.session.project.removed.folder.iterdir()) == []


def test_a_removal_that_cannot_be_written_is_told(painted, qtbot, ids):
    window, every = painted, ids(painted)
    window.session.project.removed.folder.write_text("in the way")
    window.removal.remove(every[:1])
    qtbot.waitUntil(lambda: bool(window.stage.notice.text), timeout=WAIT_MS)
    assert "could not be saved" in window.stage.notice.text
    qtbot.waitUntil(lambda: window.session.photo_id == every[0], timeout=WAIT_MS)
    assert ids(window) == every


def test_a_photo_opened_while_it_is_removed_is_closed_and_the_one_on_screen_stays(
    painted, qtbot, ids, monkeypatch
):
    window, (first, second, third) = painted, ids(painted)
    removed, go_on = window.session.project.removed, threading.Event()
    remove = removed.remove

    def slowly(*what):
        for act in remove(*what):
            yield act
            go_on.wait(20)

    monkeypatch.setattr(removed, "remove", slowly)
    window.store.show(second)
    wait_photo(qtbot, window, second)
    wait_saved(qtbot, window)
    window.removal.remove([first])
    assert window.removal.running
    window.store.show(first)  # from the palette, say
    wait_photo(qtbot, window, first)
    window.store.show(third)
    wait_photo(qtbot, window, third)
    go_on.set()
    qtbot.waitUntil(lambda: first not in ids(window), timeout=WAIT_MS)
    assert not window.store.is_open(first)
    assert window.session.photo_id == third
    wait_saved(qtbot, window)


def test_a_save_that_comes_late_for_a_removed_photo_blocks_nothing(painted, qtbot, ids):
    window, first = painted, ids(painted)[0]
    project, document = window.session.project, window.session.document
    qtbot.waitUntil(lambda: not document.dirty, timeout=WAIT_MS)
    list(project.removed.remove([first]))
    document.update_prediction(document.prediction)
    window.store.save_all()
    assert window.store._saving
    window.store.close([first])
    qtbot.waitUntil(lambda: not window.store._saving, timeout=WAIT_MS)
    assert not window.store.at_risk
