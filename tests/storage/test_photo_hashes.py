import os
import sqlite3
import threading

import pytest

from plantseg_gui.core.duplicates import Fingerprint
from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage import photo_hashes
from plantseg_gui.storage.photo_hashes import StampedPrint
from plantseg_gui.storage.project import Project
from tests.storage.conftest import draw_photo, id_of, open_scanned


def stamped(project: Project, name: str, look: bytes | None = bytes(range(32))) -> StampedPrint:
    stat = (project.folder / name).stat()
    made = Fingerprint(id_of(project, name), f"sha of {name}", look)
    return StampedPrint(made, stat.st_size, stat.st_mtime_ns)


def test_what_was_found_out_is_there_the_next_time(photo_folder):
    project = open_scanned(photo_folder)
    assert project.hashes.load() == []
    prints = [stamped(project, "a.png"), stamped(project, "b.png", None)]
    for one in prints:
        project.hashes.keep(one)
    project.hashes.flush()
    project.close()
    again = open_scanned(photo_folder)
    assert again.hashes.load() == [p.made for p in prints]
    again.close()


def test_a_project_without_the_table_is_as_before(photo_folder):
    project = open_scanned(photo_folder)
    database = project.home / "project.sqlite"
    project.close()
    with sqlite3.connect(database) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert "photos" in names
    assert "photo_hashes" not in names


def test_a_changed_file_is_looked_at_again(photo_folder):
    project = open_scanned(photo_folder)
    for name in ("a.png", "b.png"):
        project.hashes.keep(stamped(project, name))
    project.hashes.flush()
    draw_photo(photo_folder / "a.png", 77, (30, 30))
    project.scan()
    assert [p.sha256 for p in project.hashes.load()] == ["sha of b.png"]
    project.close()


def test_a_renamed_photo_keeps_its_fingerprint(photo_folder):
    project = open_scanned(photo_folder)
    project.load(id_of(project, "a.png"))  # ties it to its content
    project.hashes.keep(stamped(project, "a.png"))
    project.hashes.flush()
    os.rename(photo_folder / "a.png", photo_folder / "z.png")
    project.scan()
    (made,) = project.hashes.load()
    assert made.photo_id == id_of(project, "z.png")
    project.close()


def test_photos_that_were_taken_out_leave_the_table(photo_folder):
    project = open_scanned(photo_folder)
    project.hashes.keep(stamped(project, "a.png"))
    project.hashes.flush()
    (photo_folder / "a.png").unlink()
    project.scan()
    project.hashes.keep(stamped(project, "b.png"))
    project.hashes.flush()
    rows = project._database.query("SELECT sha256 FROM photo_hashes")
    assert [row["sha256"] for row in rows] == ["sha of b.png"]
    project.close()


def test_one_commit_for_many_and_none_for_what_is_known(photo_folder, monkeypatch):
    monkeypatch.setattr(photo_hashes, "BATCH", 2)
    project = open_scanned(photo_folder)
    count = []
    real = project._database.transaction
    monkeypatch.setattr(project._database, "transaction", lambda: (count.append(1), real())[1])
    project.hashes.keep(stamped(project, "a.png"))
    assert count == []
    project.hashes.keep(stamped(project, "b.png"))
    assert len(count) == 1
    for name in ("a.png", "b.png", "a.png"):
        project.hashes.keep(stamped(project, name))
    project.hashes.flush()
    assert len(count) == 1
    project.close()


def test_a_window_that_only_reads_writes_nothing(photo_folder):
    writer = open_scanned(photo_folder)
    reader = Project.open_folder(photo_folder)
    assert reader.read_only
    assert reader.hashes.load() == []
    reader.hashes.keep(stamped(writer, "a.png"))
    reader.hashes.flush()
    assert writer.hashes.load() == []
    writer.hashes.keep(stamped(writer, "a.png"))
    writer.hashes.flush()
    assert len(reader.hashes.load()) == 1
    reader.close()
    writer.close()


def test_damaged_rows_look_like_nothing(photo_folder):
    project = open_scanned(photo_folder)
    project.hashes.keep(stamped(project, "a.png", b"too short"))
    project.hashes.flush()
    (made,) = project.hashes.load()
    assert made.look is None
    project.close()


def test_a_closed_project_says_so(photo_folder):
    project = open_scanned(photo_folder)
    one = stamped(project, "a.png")
    project.close()
    project.hashes.keep(one)
    with pytest.raises(StorageError):
        project.hashes.flush()


def test_many_threads(photo_folder, monkeypatch):
    monkeypatch.setattr(photo_hashes, "BATCH", 3)
    project = open_scanned(photo_folder)
    one, two = stamped(project, "a.png"), stamped(project, "b.png")

    def work():
        for _ in range(30):
            project.hashes.keep(one)
            project.hashes.keep(two)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    project.hashes.flush()
    assert len(project.hashes.load()) == 2
    project.close()
