import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.storage import project_schema
from plantseg_gui.storage.project import Entry, PhotoArrays, Project

PEOPLE = ("spent_s", "corrected_by", "corrected_at", "approved_by", "approved_at", "removed")


def raise_version(path: Path, version: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


@pytest.fixture
def database(photo_folder: Path) -> Path:
    """The database of a project with three photos, closed."""
    project = Project.open_folder(photo_folder)
    project.scan()
    project.set("a", 1)
    project.close()
    return project.home / "project.sqlite"


def test_newer_schema_is_refused_and_untouched(photo_folder: Path, database: Path) -> None:
    raise_version(database, 99)
    before = database.read_bytes()
    with pytest.raises(StorageError, match=r"newer version .*Update the program"):
        Project.open_folder(photo_folder)
    assert database.read_bytes() == before
    # The lock was given back: no later message about another window.
    with pytest.raises(StorageError, match="newer version"):
        Project.open_folder(photo_folder)


def test_migration_runs_once_with_a_backup(photo_folder, database, monkeypatch) -> None:
    def add_column(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE photos ADD COLUMN camera TEXT")

    now = project_schema.SCHEMA_VERSION
    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", now + 1)
    monkeypatch.setitem(project_schema.MIGRATIONS, now, add_column)
    for _ in range(2):
        project = Project.open_folder(photo_folder)
        assert len(project.photos()) == 3
        assert project.get("a") == 1
        project.close()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(photos)")]
        assert "camera" in columns
        assert connection.execute("PRAGMA user_version").fetchone()[0] == now + 1
    backup = database.with_name(f"project.v{now}.backup.sqlite")
    with contextlib.closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT count(*) FROM photos").fetchone()[0] == 3
        assert connection.execute("PRAGMA user_version").fetchone()[0] == now


def test_failed_migration_changes_nothing(photo_folder, database, monkeypatch) -> None:
    def break_off(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM photos")
        connection.execute("no SQL")

    with monkeypatch.context() as patch:
        now = project_schema.SCHEMA_VERSION
        patch.setattr(project_schema, "SCHEMA_VERSION", now + 1)
        patch.setitem(project_schema.MIGRATIONS, now, break_off)
        with pytest.raises(StorageError, match=r"project\.sqlite"):
            Project.open_folder(photo_folder)
    project = Project.open_folder(photo_folder)
    assert len(project.photos()) == 3
    project.close()


def test_missing_migration_is_said(photo_folder, database, monkeypatch) -> None:
    newer = project_schema.SCHEMA_VERSION + 1
    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", newer)
    with pytest.raises(StorageError, match=f"cannot bring up to {newer}"):
        Project.open_folder(photo_folder)


def test_locked_database_is_said(photo_folder, database, monkeypatch) -> None:
    monkeypatch.setattr(project_schema, "_BUSY_S", 0.05)
    project = Project.open_folder(photo_folder)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="in use by another program"):
            project.set("a", 2)
    project.set("a", 3)
    assert project.get("a") == 3
    project.close()


def test_a_project_of_the_first_version_gets_the_journal(photo_folder: Path) -> None:
    """Its tables as version 1 made them, with a saved mask."""
    project = Project.open_folder(photo_folder)
    project.scan()
    photo_id = project.photos()[0].photo_id
    labels = np.full((24, 32), 7, np.uint16)
    project.save(photo_id, PhotoArrays(labels), status="corrected")
    project.close()
    database = project.home / "project.sqlite"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("DROP TABLE journal")
        connection.execute("DROP TABLE training_runs")
        later = ("review", "note", "note_by", "note_at", "taken", *PEOPLE)
        for column in ("saved_seq", "last_seq", "keep_out", "doubt", *later):
            connection.execute(f"ALTER TABLE photos DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    project = Project.open_folder(photo_folder)
    assert (project.load(photo_id).labels == 7).all()
    operation = Operation(Op.APPROVE, approved=True)
    project.journal([Entry(photo_id, operation, "approved")])
    assert project.work(photo_id).replayed(24, 32)[1]
    assert not project.photos()[0].keep_out
    assert project.photos()[0].doubt is None
    project.set_keep_out(photo_id, True)
    assert project.photo(photo_id).keep_out
    assert project.photo(photo_id).has_work
    project.close()
