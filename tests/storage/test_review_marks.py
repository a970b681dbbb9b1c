"""What a person says of a photo besides its mask: kept, checked, found again."""

import contextlib
import sqlite3

import numpy as np
import pytest

from plantseg_gui.storage.photo_record import NEEDS_WORK, SKIPPED
from plantseg_gui.storage.project import PhotoArrays, Project
from tests.storage.test_project_schema import PEOPLE


@pytest.fixture
def project(photo_folder):
    made = Project.open_folder(photo_folder)
    made.scan()
    yield made
    made.close()


def test_marks_survive_saves_and_a_restart(project, photo_folder):
    photo_id = project.photos()[0].photo_id
    marks = {"review": NEEDS_WORK, "note": " edge \n unclear ", "note_by": "Ana", "note_at": "now"}
    project.set_marks(photo_id, marks)
    project.save(photo_id, PhotoArrays(np.zeros((24, 32), np.uint16)), status="corrected")
    project.close()
    again = Project.open_folder(photo_folder)
    found = again.photo(photo_id)
    again.close()
    assert (found.review, found.note, found.note_by) == (NEEDS_WORK, "edge unclear", "Ana")
    assert found.status == "corrected"
    assert found.has_work


def test_a_mark_that_does_not_exist_is_refused(project):
    photo_id = project.photos()[0].photo_id
    for marks in ({"review": "done"}, {"status": "approved"}):
        with pytest.raises(ValueError, match="cannot be marked"):
            project.set_marks(photo_id, marks)
    assert project.photo(photo_id).review == ""


def test_a_project_of_the_third_version_gets_them_and_a_copy_is_kept(photo_folder):
    project = Project.open_folder(photo_folder)
    project.scan()
    photo_id = project.photos()[0].photo_id
    project.set_tags(photo_id, ["coffee"])
    project.close()
    database = project.home / "project.sqlite"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for column in (*PEOPLE, "taken", "note_at", "note_by", "note", "review"):
            connection.execute(f"ALTER TABLE photos DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 3")
    project = Project.open_folder(photo_folder)
    assert project.photo(photo_id).review == ""
    project.set_marks(photo_id, {"review": SKIPPED})
    project.set_taken({photo_id: "2024-05-17T14:03:22"})
    found = project.photo(photo_id)
    project.close()
    assert (found.review, found.taken, found.tags) == (SKIPPED, "2024-05-17T14:03:22", ("coffee",))
    assert (project.home / "project.v3.backup.sqlite").is_file()


def test_marks_are_found_again_when_the_database_is_lost(photo_folder):
    project = Project.open_folder(photo_folder)
    project.scan()
    photo_id = project.photos()[0].photo_id
    project.set_marks(photo_id, {"review": SKIPPED, "note": "blurred"})
    project.save(photo_id, PhotoArrays(np.zeros((24, 32), np.uint16)), status="corrected")
    project.close()
    (project.home / "project.sqlite").write_bytes(b"no database")
    again = Project.open_folder(photo_folder)
    again.scan()
    found = {(r.review, r.note) for r in again.photos()}
    again.close()
    assert (SKIPPED, "blurred") in found
