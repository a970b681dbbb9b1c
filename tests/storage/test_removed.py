"""Photos taken out of a project: nothing is lost, whatever breaks in between."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.storage.project import Entry, PhotoArrays, Project
from tests.helpers.powers import no_power_over_permissions
from tests.storage.conftest import id_of, make_prediction, open_scanned
from tests.storage.kill_child import acknowledge
from tests.storage.test_photo_vectors import described
from tests.storage.test_project_schema import PEOPLE


def work_on(project: Project, name: str, label: int) -> str:
    """A save with prediction, a stroke, a save after it, marks and time."""
    photo_id = id_of(project, name)
    labels = np.zeros((24, 32), np.uint16)
    project.save(photo_id, PhotoArrays(labels, labels > 9, described()), status="predicted")
    document = project.work(photo_id).document(photo_id, np.zeros((24, 32, 3), np.uint8))
    document.replace("Brush", labels + label, labels == 0)
    acknowledge(project, document)
    project.save(
        photo_id,
        PhotoArrays(document.labels.array, document.touched, make_prediction()),
        status="corrected",
        saved_seq=document.journaled_seq,
    )
    project.set_marks(photo_id, {"tags": ["rust"], "note": "edge"})
    project.add_time(photo_id, 12.5)
    return photo_id


def run(steps) -> str:
    """All steps of an act; its name."""
    return list(steps)[-1]


def state(project: Project, photo_id: str):
    """What a person would miss."""
    record = project.photo(photo_id)
    work = project.work(photo_id)
    document = work.document(photo_id, np.zeros((24, 32, 3), np.uint8))
    now = document.labels.array.copy()
    document.undo()
    return (
        record, now.tolist(), document.labels.array.tolist(),
        {k: v.vector.tolist() for k, v in project.vectors().items() if k == photo_id},
    )  # fmt: skip


def test_removed_photos_stay_away_and_come_back_with_all_their_work(photo_folder):
    project = open_scanned(photo_folder)
    a, b = work_on(project, "a.png", 3), work_on(project, "b.png", 5)
    before = state(project, a), state(project, b)
    use = project.removed.disk_use(a)
    assert use.masks > 0
    assert use.predictions > 0
    assert use.history > 0
    files = {p.name for p in project.arrays_dir.glob(f"{a}.*")}
    assert use.total >= sum((project.arrays_dir / f).stat().st_size for f in files)
    act = run(project.removed.remove([a, b], "Ana"))
    assert [r.name for r in project.photos()] == ["sub/a.png"]
    assert not list(project.arrays_dir.glob(f"{a}.*"))
    assert (photo_folder / "a.png").is_file()
    # The next look, also after a restart and a rename, does not bring it back.
    (photo_folder / "a.png").rename(photo_folder / "renamed.png")
    project.scan()
    project.close()
    project = open_scanned(photo_folder)
    assert [r.name for r in project.photos()] == ["sub/a.png"]
    assert set(project.vectors()) == set()
    (found,) = project.removed.acts()
    assert (found.act, found.names) == (act, ("b.png", "renamed.png"))
    assert found.nbytes == project.removed.nbytes() > 0
    with pytest.raises(InputError, match="was removed from the project"):
        project.photo(a)
    run(project.removed.put_back(act))
    after = state(project, a), state(project, b)
    assert after[1] == before[1]
    assert after[0][1:] == before[0][1:]
    assert (after[0][0].name, after[0][0].tags, after[0][0].spent_s) == (
        "renamed.png", ("rust",), 12.5,
    )  # fmt: skip
    assert project.removed.nbytes() == 0
    assert project.removed.acts() == []
    # The journal goes on above the numbers that came back.
    seq = project.journal([Entry(a, Operation(Op.APPROVE, approved=True), "approved")])[a]
    assert seq > before[0][0].revision
    project.close()


def test_a_removed_photo_whose_file_goes_and_comes_back_stays_away(photo_folder):
    project = open_scanned(photo_folder)
    a = id_of(project, "a.png")  # nothing was done with it
    act = run(project.removed.remove([a]))
    content = (photo_folder / "a.png").read_bytes()
    (photo_folder / "a.png").unlink()
    assert project.scan().missing == []
    (photo_folder / "a.png").write_bytes(content)
    assert project.scan().added == []
    assert project.add_photos([photo_folder / "a.png"]) == []
    run(project.removed.put_back(act))
    assert [r.name for r in project.photos()] == ["a.png", "b.png", "sub/a.png"]
    # Another photo under a removed one's name is new.
    run(project.removed.remove([a]))
    (photo_folder / "a.png").write_bytes((photo_folder / "b.png").read_bytes() + b"x")
    assert len(project.scan().added) == 1
    project.close()


def test_emptied_for_good_and_the_photo_begins_anew(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    act = run(project.removed.remove([a]))
    size = project.removed.nbytes()
    assert project.removed.empty() == size
    project.scan()
    assert len(project.photos()) == 2
    assert [(f.act, f.nbytes) for f in project.removed.acts()] == [(act, 0)]
    list(project.removed.put_back(act))
    project.scan()
    record = project.photo(id_of(project, "a.png"))
    assert (record.status, record.revision, record.tags) == ("new", 0, ())
    project.close()


def test_an_act_that_is_stopped_or_fails_changes_nothing(photo_folder, monkeypatch):
    project = open_scanned(photo_folder)
    a, b = work_on(project, "a.png", 3), work_on(project, "b.png", 5)
    before = state(project, a), state(project, b)
    steps = project.removed.remove([a, b])
    next(steps)
    next(steps)
    steps.close()  # Cancel
    steps = project.removed.remove([a, b])
    next(steps)
    next(steps)
    project.add_time(a, 0.0)
    project.set_marks(a, {"note": "meanwhile"})
    with pytest.raises(StorageError, match=r"a\.png was changed meanwhile; nothing was removed"):
        list(steps)
    project.set_marks(a, {"note": "edge"})
    with no_power_over_permissions():
        project.removed.folder.chmod(0o500)
        try:
            if not os.access(project.removed.folder, os.W_OK) or sys.platform == "linux":
                with pytest.raises(StorageError, match="not allowed"):
                    list(project.removed.remove([a]))
        finally:
            project.removed.folder.chmod(0o700)
    assert (state(project, a), state(project, b)) == before
    assert list(project.removed.folder.iterdir()) == []
    project.close()


def test_a_second_window_removes_nothing(photo_folder):
    project = open_scanned(photo_folder)
    second = Project.open_folder(photo_folder)
    for act in (second.removed.remove([id_of(project, "a.png")]), second.removed.put_back("x")):
        with pytest.raises(StorageError, match="read-only"):
            list(act)
    with pytest.raises(StorageError, match="read-only"):
        second.removed.empty()
    second.close()
    project.close()


def test_a_damaged_zip_is_told_and_keeps_its_photos_away(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    act = run(project.removed.remove([a]))
    path = project.removed.folder / f"{act}.zip"
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be unpacked"):
        list(project.removed.put_back(act))
    assert len(project.removed.acts()) == 1
    assert not list(project.arrays_dir.glob(f"{a}.*"))
    project.close()


def test_a_lost_database_still_knows_what_was_removed(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    before = state(project, a)
    act = run(project.removed.remove([a]))
    project.close()
    for suffix in ("-wal", "-shm", ""):
        (project.home / f"project.sqlite{suffix}").unlink(missing_ok=True)
    (project.home / "project.sqlite").write_bytes(b"no database")
    project = open_scanned(photo_folder)
    assert [r.name for r in project.photos()] == ["b.png", "sub/a.png"]
    run(project.removed.put_back(act))
    assert state(project, a) == before
    project.close()


CHILD = """
import os, signal, sys
from pathlib import Path
from plantseg_gui.storage import removed
from plantseg_gui.storage.project import Project
project = Project.open_folder(Path(sys.argv[1]))
act, point = sys.argv[2:4]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if point == "zip": removed.write_summary = die
if point == "commit": removed.RemovedPhotos._forget = die
if point == "files": removed.RemovedPhotos._unlink_arrays = die
if point == "restore": removed._restore = die
unlink = Path.unlink
if point == "unlink":
    Path.unlink = lambda p, **k: die() if p.parent.name == "removed" else unlink(p, **k)
ids = [r.photo_id for r in project.photos() if r.name != "sub/a.png"]
list(project.removed.remove(ids) if act == "-" else project.removed.put_back(act))
"""


def kill_at(folder, act: str, point: str) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder), act, point], check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_kill_nine_in_the_middle(photo_folder):
    project = open_scanned(photo_folder)
    ids = work_on(project, "a.png", 3), work_on(project, "b.png", 5)
    before = [state(project, i) for i in ids]
    project.close()
    for point in ("zip", "commit"):  # nothing counts yet
        kill_at(photo_folder, "-", point)
        project = open_scanned(photo_folder)
        assert project.crashed
        assert [state(project, i) for i in ids] == before
        assert list(project.removed.folder.iterdir()) == []
        project.close()
    kill_at(photo_folder, "-", "files")  # it counts
    project = open_scanned(photo_folder)
    assert [r.name for r in project.photos()] == ["sub/a.png"]
    assert not [p for i in ids for p in project.arrays_dir.glob(f"{i}.*")]
    (found,) = project.removed.acts()
    project.close()
    kill_at(photo_folder, found.act, "restore")
    project = open_scanned(photo_folder)
    assert [r.name for r in project.photos()] == ["sub/a.png"]
    assert not [p for i in ids for p in project.arrays_dir.glob(f"{i}.*")]
    project.close()
    kill_at(photo_folder, found.act, "unlink")
    project = open_scanned(photo_folder)
    assert [state(project, i) for i in ids] == before
    assert list(project.removed.folder.iterdir()) == []
    project.close()


FULL = """
import resource, sys
from pathlib import Path
from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.project import Project
project = Project.open_folder(Path(sys.argv[1]))
ids = [r.photo_id for r in project.photos()]
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
try:
    list(project.removed.remove(ids))
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_really_full_disk_removes_nothing(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    before = state(project, a)
    project.close()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(photo_folder)], capture_output=True, text=True, check=False
    )
    assert "disk is full" in done.stdout, done.stderr
    project = open_scanned(photo_folder)
    assert state(project, a) == before
    assert project.removed.nbytes() == 0
    project.close()


def test_a_project_of_the_fourth_version_learns_who_did_what(photo_folder):
    project = open_scanned(photo_folder)
    project.annotator = "Ana"
    a = work_on(project, "a.png", 3)
    project.annotator = "Ben"
    project.journal([Entry(a, Operation(Op.APPROVE, approved=True), "approved")])
    record = project.photo(a)
    assert (record.corrected_by, record.approved_by) == ("Ana", "Ben")
    assert record.approved_at >= record.corrected_at > "2"
    b = work_on(project, "b.png", 3)
    project.close()
    database = project.home / "project.sqlite"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for column in PEOPLE:
            connection.execute(f"ALTER TABLE photos DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 4")
    project = open_scanned(photo_folder)
    again = project.photo(a)
    assert (again.corrected_by, again.corrected_at) == ("Ana", record.corrected_at)
    assert (again.approved_by, again.approved_at) == ("Ben", record.approved_at)
    assert (project.photo(b).corrected_by, project.photo(b).approved_by) == ("Ben", "")
    project.journal([Entry(a, Operation(Op.APPROVE, approved=False), "corrected")])
    assert project.photo(a).approved_by == ""
    assert (project.home / "project.v4.backup.sqlite").is_file()
    project.close()


def test_the_zip_can_be_looked_into_with_any_program(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    act = run(project.removed.remove([a]))
    with zipfile.ZipFile(project.removed.folder / f"{act}.zip") as source:
        assert source.testzip() is None
        assert {n.split("/")[0] for n in source.namelist()} == {"arrays", "photos", "removed.json"}
    project.close()


def test_an_old_zip_of_a_photo_that_was_removed_again_is_passed_over(photo_folder):
    project = open_scanned(photo_folder)
    a = work_on(project, "a.png", 3)
    first = run(project.removed.remove([a]))
    kept = (project.removed.folder / f"{first}.zip").read_bytes()
    run(project.removed.put_back(first))
    second = run(project.removed.remove([a]))
    (project.removed.folder / f"{first}.zip").write_bytes(kept)  # a crash left it
    project.close()
    project = open_scanned(photo_folder)
    assert [act.act for act in project.removed.acts()] == [second]
    run(project.removed.put_back(second))
    assert project.photo(a).status == "corrected"
    project.close()
