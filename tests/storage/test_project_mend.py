"""Damage that SQLite does not notice: cells of the database with another content."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from plantseg_gui.storage.project import Project
from tests.storage.conftest import id_of, open_scanned


@pytest.fixture
def saved(photo_folder: Path, arrays_of) -> Path:
    """A closed project whose photo a.png was saved twice (labels 1, then 2)."""
    project = open_scanned(photo_folder)
    for number in (1, 2):
        project.save(id_of(project, "a.png"), arrays_of(number), status="approved")
    project.close()
    return photo_folder


def set_cell(folder: Path, column: str, value: object) -> None:
    path = folder / "plantseg_project" / "project.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE photos SET {column} = ? WHERE path = 'a.png'", (value,))


def highest_label(project: Project) -> int:
    return int(project.load(id_of(project, "a.png")).labels.max())


@pytest.mark.parametrize("revision", [0, 1, 66, 10**9, 2**40, "x", b"\xff", 1.5])
def test_a_wrong_number_of_the_newest_save_costs_no_mask(saved: Path, revision) -> None:
    set_cell(saved, "revision", revision)
    for _ in range(2):
        project = open_scanned(saved)
        assert highest_label(project) == 2
        project.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("width", value) for value in (-1, 2**40, "x", b"x", 0.5)),
        *((name, "x") for name in ("saved_seq", "last_seq", "missing", "size", "mtime_ns")),
        *((name, b"\xff\x00") for name in ("tags", "model", "error", "status", "severity_pct")),
        ("path", b"a.p\xffg"),
        ("path", "a\0.png"),
        ("status", "newest"),
        ("review", "maybe"),
        *((name, b"\xff") for name in ("note", "taken", "review", "approved_by", "doubt")),
    ],
)
def test_other_damaged_cells_leave_the_photo_usable(saved: Path, column: str, value) -> None:
    set_cell(saved, column, value)
    project = open_scanned(saved)
    assert any("put right" in note for note in project.notes)
    assert len(project.photos()) == 3
    assert highest_label(project) == 2
    project.close()
    again = open_scanned(saved)
    assert not again.notes
    again.close()


def test_a_damaged_letter_does_not_hide_the_list(saved: Path) -> None:
    path = saved / "plantseg_project" / "project.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE photos SET path = CAST(x'612eff6e67' AS TEXT) WHERE path = 'a.png'"
        )
    project = open_scanned(saved)
    assert len(project.photos()) == 3
    assert highest_label(project) == 2
    project.close()
