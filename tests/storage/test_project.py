import errno
import json
import os
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.results import Diagnosis
from plantseg_gui.storage import atomic, project_files
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import Project
from plantseg_gui.storage.training_log import TrainingRecord
from tests.storage.conftest import draw_photo, id_of, make_prediction, open_scanned


def tree(folder: Path) -> dict[str, bytes]:
    """Every photo's bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*.png")
        if project_files.PROJECT_FOLDER not in p.parts
    }


def test_a_plain_folder_just_works(photo_folder: Path) -> None:
    draw_photo(photo_folder / "leaf 10.png", 4)
    draw_photo(photo_folder / "leaf 2.png", 5)
    draw_photo(photo_folder / ".hidden" / "x.png", 6)
    (photo_folder / "notes.txt").write_text("no photo")
    before = tree(photo_folder)
    project = open_scanned(photo_folder)
    names = [r.name for r in project.photos()]
    assert names == ["a.png", "b.png", "leaf 2.png", "leaf 10.png", "sub/a.png"]
    record = project.photos()[0]
    assert record.path == photo_folder / "a.png"
    assert (record.status, record.tags, record.error, record.revision) == ("new", (), "", 0)
    assert not project.read_only
    assert not project.crashed
    assert project.notes == []
    project.close()
    project.close()
    assert tree(photo_folder) == before


def test_scan_reads_no_photo(photo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise AssertionError(f"hashed {path}")

    monkeypatch.setattr("plantseg_gui.storage.project_scan.hash_file", refuse)
    project = open_scanned(photo_folder)
    assert len(project.scan().added) == 0
    assert len(project.photos()) == 3
    project.close()


def test_save_and_reopen(photo_folder: Path) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "sub/a.png")
    assert project.load(photo_id) == PhotoArrays()
    prediction = make_prediction()
    labels = prediction.labels.copy()
    labels[0, 0] = 65535
    diagnosis = Diagnosis(np.float64(0.9), 12.5, np.int64(500), 60, 3)
    arrays = PhotoArrays(labels, labels == 65535, prediction)
    saved = project.save(photo_id, arrays, status="corrected", diagnosis=diagnosis)
    assert (saved.width, saved.height, saved.model) == (32, 24, "november")
    project.set_tags(photo_id, [" rust ", "old", "rust", ""])
    project.set("view", {"zoom": 2.0, "ä": [1]})
    project.close()

    project = open_scanned(photo_folder)
    record = project.photo(photo_id)
    assert record.status == "corrected"
    assert record.tags == ("rust", "old")
    assert project.all_tags() == ["old", "rust"]
    assert (record.severity_pct, record.disease_probability) == (12.5, 0.9)
    assert (record.lesion_count, record.lesion_area_px, record.leaf_area_px) == (3, 60, 500)
    read = project.load(photo_id)
    assert read.labels is not None
    assert read.touched is not None
    assert np.array_equal(read.labels, labels)
    assert read.touched.sum() == (labels == 65535).sum()
    assert read.prediction is not None
    assert project.get("view") == {"zoom": 2.0, "ä": [1]}
    assert project.get("nothing", 7) == 7
    project.close()


def test_only_the_last_two_saves_are_kept(photo_folder: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    for number in range(1, 6):
        project.save(photo_id, arrays_of(number), status="corrected")
    assert sorted(p.name for p in project.arrays_dir.iterdir()) == [
        f"{photo_id}.4.h5",
        f"{photo_id}.5.h5",
    ]
    assert project.load(photo_id).labels.max() == 5  # type: ignore[union-attr]
    project.close()


def test_status_tags_and_errors_alone(photo_folder: Path) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    project.set_status(photo_id, "approved")
    project.set_error(photo_id, "too dark")
    record = project.photo(photo_id)
    assert (record.status, record.error) == ("approved", "too dark")
    with pytest.raises(ValueError, match="status"):
        project.set_status(photo_id, "maybe")
    with pytest.raises(ValueError, match="status"):
        project.save(photo_id, PhotoArrays(), status="maybe")
    for act in (project.photo, project.load, lambda i: project.set_tags(i, ["x"])):
        with pytest.raises(InputError, match="not in the project"):
            act("unknown")
    project.close()
    with pytest.raises(StorageError, match="is closed"):
        project.photos()


def test_describe_fills_in_size_and_errors(photo_folder: Path) -> None:
    (photo_folder / "bad.png").write_bytes(b"no picture")
    project = open_scanned(photo_folder)
    assert project.describe(id_of(project, "a.png")).width == 32
    assert project.photo(id_of(project, "a.png")).height == 24
    assert "not an image" in project.describe(id_of(project, "bad.png")).error
    project.close()


def test_add_files_folders_and_strangers(photo_folder: Path, tmp_path: Path) -> None:
    outside = draw_photo(tmp_path / "elsewhere" / "x.png", 9)
    project = Project.open_folder(photo_folder)
    ids = project.add_photos([photo_folder / "a.png", outside, photo_folder / "notes.txt"])
    assert [project.photo(i).path for i in ids] == [photo_folder / "a.png", outside]
    assert project.add_photos([outside, outside]) == [ids[1]]
    assert len(project.add_photos([photo_folder])) == 3
    project.scan()
    assert len(project.photos()) == 4
    assert project.photo(ids[0]).name == "a.png"
    outside.unlink()
    project.scan()
    assert len(project.photos()) == 3
    project.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_failed_save_keeps_what_was_saved(
    photo_folder: Path, arrays_of, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    project.save(photo_id, arrays_of(1), status="predicted")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, fail)
        said = r"The work on a\.png is not saved.* could not be saved"
        with pytest.raises(StorageError, match=said):
            project.save(photo_id, arrays_of(2), status="corrected")
    assert project.photo(photo_id).status == "predicted"
    assert project.load(photo_id).labels.max() == 1  # type: ignore[union-attr]
    assert project.save(photo_id, arrays_of(3), status="corrected").revision == 2
    assert project.load(photo_id).labels.max() == 3  # type: ignore[union-attr]
    project.close()


def test_full_database_is_said(photo_folder: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    writer = project._database._writer
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"):
        project.set("big", "x" * 500_000)
    writer.execute("PRAGMA max_page_count = 1000000")
    project.set("big", "x" * 500_000)
    project.close()


def test_many_threads(photo_folder: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    ids = [r.photo_id for r in project.photos()]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                photo_id = ids[(number + turn) % len(ids)]
                project.save(photo_id, arrays_of(number + 1), status="corrected")
                project.load(photo_id)
                project.photos()
                project.set(f"k{number}", turn)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(r.revision for r in project.photos()) == 20
    project.close()


def test_second_window_reads_only(photo_folder: Path, arrays_of) -> None:
    first = open_scanned(photo_folder)
    photo_id = id_of(first, "a.png")
    second = Project.open_folder(photo_folder)
    assert second.read_only
    assert f"process {os.getpid()}" in second.notes[0]
    first.save(photo_id, arrays_of(4), status="approved")
    assert second.photo(photo_id).status == "approved"
    assert second.load(photo_id).labels.max() == 4  # type: ignore[union-attr]
    for act in (
        lambda: second.save(photo_id, arrays_of(5), status="approved"),
        lambda: second.set_tags(photo_id, ["x"]),
        lambda: second.set("a", 1),
        lambda: second.add_photos([photo_folder / "a.png"]),
    ):
        with pytest.raises(StorageError, match="read-only"):
            act()
    assert "open elsewhere" in second.scan().notes[0]
    second.describe(photo_id)
    first.close()
    second.close()
    third = Project.open_folder(photo_folder)
    assert not third.read_only
    assert not third.crashed
    third.close()


def test_changed_photo_is_not_given_the_old_mask(photo_folder: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    project.save(photo_id, arrays_of(6), status="approved")
    # Another photo under the same name, size and time: only the content tells.
    path = photo_folder / "a.png"
    stat = path.stat()
    swapped = bytearray(path.read_bytes())
    swapped[-20] ^= 1
    path.write_bytes(bytes(swapped))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert project.scan().changed == []
    with pytest.raises(InputError, match="another photo than the one its mask"):
        project.load(photo_id)
    report = project.scan()
    assert len(report.changed) == 1
    assert project.load(report.changed[0]) == PhotoArrays()
    assert project.photo(photo_id).missing
    project.close()


def test_copy_of_a_project_while_open(photo_folder: Path, tmp_path: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    project.save(photo_id, arrays_of(3), status="approved")
    shutil.copytree(photo_folder, tmp_path / "copy")
    project.save(photo_id, arrays_of(4), status="approved")
    copy = open_scanned(tmp_path / "copy")
    assert not copy.read_only
    assert copy.load(photo_id).labels.max() == 3  # type: ignore[union-attr]
    copy.close()
    project.close()


def test_database_settings(photo_folder: Path) -> None:
    project = open_scanned(photo_folder)
    writer = project._database._writer
    assert writer is not None
    assert writer.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert writer.execute("PRAGMA synchronous").fetchone()[0] == 2
    project.close()
    with sqlite3.connect(project.home / "project.sqlite") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    plain.close()


def test_lock_text_is_json(photo_folder: Path) -> None:
    project = Project.open_folder(photo_folder)
    owner = json.loads((project.home / "project.lock").read_text())
    assert owner["pid"] == os.getpid()
    project.close()
    assert (project.home / "project.lock").read_text() == ""


def test_arrays_of_another_size_are_refused(photo_folder: Path, arrays_of) -> None:
    project = open_scanned(photo_folder)
    photo_id = id_of(project, "a.png")
    wrong = replace(arrays_of(1), touched=np.zeros((3, 3), np.bool_))
    with pytest.raises(ValueError, match="different photos"):
        project.save(photo_id, wrong, status="corrected")
    assert project.photo(photo_id).revision == 0
    project.close()


def test_trainings_and_what_became_of_them_are_listed(photo_folder) -> None:
    project = Project.open_folder(photo_folder)
    first = TrainingRecord(
        "run-1", "2026-01-02T10:00:00", "november", "", ("a", "b"), {"dice_before": 0.3}
    )
    project.note_training(first)
    project.note_training(
        TrainingRecord(
            "run-2",
            "2026-01-03T11:30:00",
            "november",
            "november-2",
            ("a",),
            {"dice_before": 0.31, "dice_after": 0.62},
            "kept",
        )
    )
    project.note_training(replace(first, decision="discarded"))
    project.close()
    project = Project.open_folder(photo_folder)
    newest, oldest = project.trainings()
    assert newest.sentence == (
        "2026-01-03 11:30: 1 photo, from november, Dice 0.31 before, 0.62 after; kept as november-2"
    )
    assert oldest.sentence.endswith("2 photos, from november; discarded")
    assert oldest.photos == ("a", "b")
    project.close()
