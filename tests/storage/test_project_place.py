"""Where a project is kept, and what happens where it cannot be written."""

import os
import shutil
from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage import project_files
from plantseg_gui.storage.project import Project
from tests.storage.conftest import id_of, open_scanned


def test_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "gone"):
        with pytest.raises(InputError, match="not a folder"):
            Project.open_folder(path)


def test_home_as_wished(photo_folder: Path, plantseg_home: Path) -> None:
    project = Project.open_folder(photo_folder, home="user")
    assert project.home.is_relative_to(plantseg_home / "projects")
    project.close()
    # An existing project is found wherever it is.
    project = Project.open_folder(photo_folder)
    assert project.home.is_relative_to(plantseg_home)
    project.close()
    assert [p.name for p in photo_folder.iterdir() if p.name.startswith("plantseg")] == []


def test_folder_that_cannot_be_written(photo_folder: Path, plantseg_home: Path, arrays_of) -> None:
    # Tests may run as root, whom permissions do not stop; a file in the way stops anybody.
    (photo_folder / project_files.PROJECT_FOLDER).write_text("in the way")
    project = open_scanned(photo_folder)
    assert project.home.is_relative_to(plantseg_home)
    assert "cannot be written to" in project.notes[0]
    project.save(id_of(project, "a.png"), arrays_of(1), status="approved")
    project.close()
    project = open_scanned(photo_folder)
    assert project.photo(id_of(project, "a.png")).status == "approved"
    project.close()


def test_no_place_at_all(photo_folder: Path, tmp_path: Path, monkeypatch) -> None:
    (photo_folder / project_files.PROJECT_FOLDER).write_text("in the way")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLANTSEG_HOME", str(tmp_path / "file" / "below"))
    with pytest.raises(StorageError):
        Project.open_folder(photo_folder)


def test_project_in_a_folder_turned_read_only_goes_on_as_a_copy(
    photo_folder: Path, plantseg_home: Path, arrays_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    project.save(photo_id, arrays_of(7), status="approved")
    (act,) = set(project.removed.remove([id_of(project, "b.png")]))
    project.close()

    real = os.access
    monkeypatch.setattr(
        os, "access", lambda p, m: real(p, m) and not str(p).startswith(str(photo_folder))
    )
    project = open_scanned(photo_folder)
    assert project.home.is_relative_to(plantseg_home)
    assert "copy" in project.notes[0]
    assert [(a.act, a.nbytes > 0) for a in project.removed.acts()] == [(act, True)]
    assert project.load(photo_id).labels.max() == 7  # type: ignore[union-attr]
    project.save(photo_id, arrays_of(8), status="approved")
    project.close()
    monkeypatch.undo()
    monkeypatch.setenv("PLANTSEG_HOME", str(plantseg_home))
    # Writable again: the newer one is where the work went on.
    project = open_scanned(photo_folder)
    assert project.load(photo_id).labels.max() == 8  # type: ignore[union-attr]
    project.close()


def test_a_renamed_photo_folder_keeps_its_project_in_the_user_s_data(photo_folder, arrays_of):
    project = Project.open_folder(photo_folder, home="user")
    project.scan()
    photo_id = project.photos()[0].photo_id
    project.save(photo_id, arrays_of(7), status="corrected")
    project.close()
    renamed = photo_folder.with_name("renamed")
    photo_folder.rename(renamed)
    again = Project.open_folder(renamed, home="user")
    again.scan()
    assert again.load(photo_id).labels.max() == 7
    assert str(photo_folder) in again.notes[0]
    assert len(again.photos()) == 3
    again.close()
    third = Project.open_folder(renamed, home="user")
    assert not third.notes
    third.close()


def test_a_copy_of_a_photo_folder_gets_a_project_of_its_own(photo_folder, arrays_of):
    project = Project.open_folder(photo_folder, home="user")
    project.scan()
    project.save(project.photos()[0].photo_id, arrays_of(7), status="corrected")
    project.close()
    copy = photo_folder.with_name("copy")
    shutil.copytree(photo_folder, copy)
    other = Project.open_folder(copy, home="user")
    other.scan()
    assert other.home != project.home
    assert {r.status for r in other.photos()} == {"new"}
    other.close()
