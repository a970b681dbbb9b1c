import contextlib
import sqlite3
from pathlib import Path

import pytest

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage import project_schema
from plantseg_gui.storage.project import Project


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

    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", 2)
    monkeypatch.setitem(project_schema.MIGRATIONS, 1, add_column)
    for _ in range(2):
        project = Project.open_folder(photo_folder)
        assert len(project.photos()) == 3
        assert project.get("a") == 1
        project.close()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(photos)")]
        assert "camera" in columns
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 2
    backup = database.with_name("project.v1.backup.sqlite")
    with contextlib.closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT count(*) FROM photos").fetchone()[0] == 3
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1


def test_failed_migration_changes_nothing(photo_folder, database, monkeypatch) -> None:
    def break_off(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM photos")
        connection.execute("no SQL")

    with monkeypatch.context() as patch:
        patch.setattr(project_schema, "SCHEMA_VERSION", 2)
        patch.setitem(project_schema.MIGRATIONS, 1, break_off)
        with pytest.raises(StorageError, match=r"project\.sqlite"):
            Project.open_folder(photo_folder)
    project = Project.open_folder(photo_folder)
    assert len(project.photos()) == 3
    project.close()


def test_missing_migration_is_said(photo_folder, database, monkeypatch) -> None:
    monkeypatch.setattr(project_schema, "SCHEMA_VERSION", 2)
    with pytest.raises(StorageError, match="cannot bring up to 2"):
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
