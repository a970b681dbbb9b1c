"""New photos in the folder join the list by themselves; nothing else moves."""

import errno
import os
import shutil
import sys

import pytest

from plantseg_gui.storage.folder_watch import SETTLED_S, FolderWatch
from tests.storage.conftest import draw_photo, id_of, open_scanned
from tests.ui.conftest import WAIT_MS, wait_saved


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def project(tmp_path):
    for number in range(2):
        draw_photo(tmp_path / "small" / f"{number}.png", number)
    opened = open_scanned(tmp_path / "small")
    yield opened
    opened.close()


def test_a_file_counts_when_it_rests_and_can_be_decoded(project):
    watch, folder = FolderWatch(project), project.folder
    assert watch.look(0.0).report is None
    whole = draw_photo(folder / "spare.png", 7).read_bytes()
    (folder / "spare.png").unlink()
    (folder / "new.png").write_bytes(whole[:200])
    assert watch.look(1.0).waiting == 1
    (folder / "new.png").write_bytes(whole[:400])
    assert watch.look(1.0 + SETTLED_S).waiting == 1  # it grew: from the beginning
    seen = watch.look(3.0 + 2 * SETTLED_S)
    assert [str(e).count("new.png") for e in seen.unreadable] == [1]
    again = watch.look(20.0)
    assert again.unreadable == ()  # named once
    (folder / "new.png").write_bytes(whole)
    watch.look(21.0)
    assert watch.look(20.9 + SETTLED_S).report is None
    seen = watch.look(21.0 + SETTLED_S)
    assert [project.photo(i).name for i in seen.report.added] == ["new.png"]


def test_a_known_file_that_is_being_written_anew_is_not_gone(project):
    watch, key = FolderWatch(project), id_of(project, "0.png")
    draw_photo(project.folder / "0.png", 9)
    draw_photo(project.folder / "2.png", 8)
    watch.look(0.0)
    draw_photo(project.folder / "0.png", 10, (30, 30))  # still at it
    watch.look(SETTLED_S)
    assert [r.name for r in project.photos()] == ["0.png", "1.png", "2.png"]
    assert project.photo(key).name == "0.png"


def test_what_goes_is_marked_missing_and_a_folder_that_cannot_be_reached_is_not_empty(project):
    watch, folder = FolderWatch(project), project.folder
    project.set_tags(id_of(project, "0.png"), ["rust"])
    (folder / "0.png").unlink()
    seen = watch.look(0.0)
    assert len(seen.report.missing) == 1
    away = folder.with_name("away")
    folder.rename(away)
    assert not watch.look(1.0).reachable
    away.rename(folder)
    assert [r.name for r in project.photos()] == ["1.png"]


def test_what_lies_in_a_folder_that_cannot_be_read_stays(project, monkeypatch):
    folder = project.folder
    draw_photo(folder / "sub" / "deep" / "2.png", 2)
    project.scan()
    watch, real = FolderWatch(project), os.scandir

    def refused(path):
        if os.fspath(path) == str(folder / "sub"):
            raise PermissionError(errno.EACCES, "no", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert watch.look(0.0).report is None
    (folder / "0.png").unlink()
    watch.look(1.0)
    assert [r.name for r in project.photos()] == ["1.png", "sub/deep/2.png"]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="Windows, macOS: names are Unicode")
def test_a_name_that_is_no_text_is_told_once(project):
    odd = project.folder / os.fsdecode(b"caf\xe9.png")
    try:
        draw_photo(project.folder / "spare.png", 7).rename(odd)
    except OSError:
        pytest.skip("a file system that wants UTF-8")
    watch = FolderWatch(project)
    (fault,) = watch.look(0.0).unreadable
    assert "not valid text" in fault.what
    again = watch.look(SETTLED_S)
    assert (again.report, again.unreadable, again.waiting) == (None, (), 0)


def test_a_removed_photo_does_not_come_back(project):
    list(project.removed.remove([id_of(project, "0.png")]))
    assert FolderWatch(project).look(0.0).report is None
    assert len(project.photos()) == 1


def test_new_photos_come_in_and_are_predicted_behind_the_work(
    opened, qtbot, ids, drawn_photos, clock
):
    window, watch = opened, opened.watch
    watch._clock = clock
    wait_saved(qtbot, window)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=WAIT_MS)
    shown, before = window.session.photo_id, ids(window)
    marked = window.photos.marked_ids()
    window.actions_["watch"].trigger()
    qtbot.waitUntil(lambda: not watch._looking and bool(watch._changes.directories()))
    source = sorted(drawn_photos.glob("*.png"))[0]
    shutil.copy(source, window.session.project.folder / "a new one.png")
    (window.session.project.folder / "broken.png").write_bytes(b"no photo")

    def look():
        watch.look()
        clock.now += 0.3
        return len(ids(window)) == len(before) + 1

    qtbot.waitUntil(look, timeout=WAIT_MS)
    assert window.session.photo_id == shown
    assert window.photos.marked_ids() == marked
    assert [i for i in ids(window) if i in before] == before
    (new,) = set(ids(window)) - set(before)
    assert "1 new photo: a new one.png." in window.status.message
    qtbot.waitUntil(lambda: "broken.png" in window.stage.notice.text, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.session.records[new].status == "predicted", timeout=WAIT_MS)
    assert window.session.photo_id == shown
    # Kept in the project.
    assert window.session.project.get("watched") is True
    window.actions_["watch"].trigger()
    assert not watch.watching
    qtbot.waitUntil(lambda: window.session.project.get("watched") is False, timeout=5000)


def test_a_project_that_was_watched_is_watched_again(window, photo_folder, qtbot):
    project = open_scanned(photo_folder)
    project.set("watched", True)
    project.close()
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    assert window.watch.watching
    assert window.actions_["watch"].isChecked()
