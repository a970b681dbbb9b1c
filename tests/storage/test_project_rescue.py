from pathlib import Path

import pytest

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.results import Diagnosis
from plantseg_gui.storage.arrays import PhotoArrays, load_arrays, save_arrays
from plantseg_gui.storage.project import Project

NUMBERS = Diagnosis(0.8, 20.0, 400, 80, 2)


@pytest.fixture
def worked(photo_folder: Path, arrays_of) -> tuple[Path, str]:
    """A closed project whose photo a.png was saved twice (labels 1, then 2); its folder and id."""
    project = Project.open_folder(photo_folder)
    project.scan()
    photo_id = project.photos()[0].photo_id
    project.set_tags(photo_id, ["rust"])
    project.save(photo_id, arrays_of(1), status="predicted", diagnosis=NUMBERS)
    project.save(photo_id, arrays_of(2), status="approved", diagnosis=NUMBERS)
    project.close()
    return photo_folder, photo_id


def reopen(folder: Path) -> Project:
    project = Project.open_folder(folder)
    project.scan()
    return project


def label(project: Project, photo_id: str) -> int:
    return int(project.load(photo_id).labels.max())  # type: ignore[union-attr]


def damage(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(bytes(raw))


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all, just text" * 200)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def scramble(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for place in range(4096, len(raw), 7):
        raw[place] ^= 0x5A
    path.write_bytes(bytes(raw))


@pytest.mark.parametrize("spoil", [overwrite, truncate, empty, remove, scramble])
def test_lost_database_is_rebuilt_from_the_arrays(worked, spoil) -> None:
    folder, photo_id = worked
    database = folder / "plantseg_project" / "project.sqlite"
    spoil(database)
    spoiled = database.read_bytes() if database.exists() else b""
    project = reopen(folder)
    assert any("found again" in note for note in project.notes)
    record = project.photo(photo_id)
    assert (record.name, record.status, record.missing) == ("a.png", "approved", False)
    assert (record.severity_pct, record.lesion_count, record.tags) == (20.0, 2, ("rust",))
    assert label(project, photo_id) == 2
    assert len(project.photos()) == 3
    aside = list((project.home / "damaged").glob("*project.sqlite"))
    if spoil in (overwrite, truncate, scramble):
        assert [p.read_bytes() for p in aside] == [spoiled]
    project.close()


def test_save_cut_off_before_its_entry_is_taken_up(worked, arrays_of) -> None:
    folder, photo_id = worked
    arrays_dir = folder / "plantseg_project" / "arrays"
    record = load_arrays(arrays_dir / f"{photo_id}.2.h5").record
    newer = PhotoArrays(arrays_of(9).labels, None, None, record | {"revision": 3})
    save_arrays(arrays_dir / f"{photo_id}.3.h5", newer)
    # Not whole, or of another photo: left alone.
    (arrays_dir / f"{photo_id}.4.h5").write_bytes(b"half")
    save_arrays(arrays_dir / f"{'0' * 32}.7.h5", newer)
    project = reopen(folder)
    assert any("restored" in note for note in project.notes)
    assert label(project, photo_id) == 9
    assert project.photo(photo_id).revision == 3
    assert project.save(photo_id, arrays_of(10), status="approved").revision == 4
    assert label(project, photo_id) == 10
    project.close()


def test_damaged_save_goes_back_to_the_one_before(worked) -> None:
    folder, photo_id = worked
    damage(folder / "plantseg_project" / "arrays" / f"{photo_id}.2.h5")
    project = reopen(folder)
    assert label(project, photo_id) == 1
    record = project.photo(photo_id)
    assert "the one before it is shown" in record.error
    assert record.status == "predicted"
    assert len(list((project.home / "damaged").iterdir())) == 1
    project.close()
    project = reopen(folder)
    assert label(project, photo_id) == 1
    project.close()


def test_both_saves_damaged_leave_the_rest_open(worked, arrays_of) -> None:
    folder, photo_id = worked
    for path in (folder / "plantseg_project" / "arrays").iterdir():
        damage(path)
    project = reopen(folder)
    with pytest.raises(StorageError, match="damaged"):
        project.load(photo_id)
    record = project.photo(photo_id)
    assert (record.status, record.tags) == ("new", ("rust",))
    assert "set aside" in record.error
    assert project.load(photo_id).labels is None
    for number in range(1, 4):
        project.save(photo_id, arrays_of(number), status="corrected")
        assert label(project, photo_id) == number
    project.close()


def test_removed_arrays_go_back_too(worked) -> None:
    folder, photo_id = worked
    (folder / "plantseg_project" / "arrays" / f"{photo_id}.2.h5").unlink()
    project = reopen(folder)
    assert label(project, photo_id) == 1
    project.close()


def test_reader_moves_nothing(worked) -> None:
    folder, photo_id = worked
    path = folder / "plantseg_project" / "arrays" / f"{photo_id}.2.h5"
    damage(path)
    writer = reopen(folder)
    reader = Project.open_folder(folder)
    with pytest.raises(StorageError, match="damaged"):
        reader.load(photo_id)
    assert path.exists()
    reader.close()
    writer.close()


def test_database_damaged_while_another_window_has_it(worked) -> None:
    folder, _ = worked
    writer = reopen(folder)
    overwrite(folder / "plantseg_project" / "project.sqlite")
    with pytest.raises(StorageError, match=r"project\.sqlite"):
        Project.open_folder(folder)
    writer.close()
