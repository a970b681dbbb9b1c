import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantseg_gui.storage.project import Project
from plantseg_gui.storage.project_files import natural_key
from tests.storage.conftest import draw_photo


def worked_on(folder: Path, arrays_of) -> tuple[Project, dict[str, str]]:
    """A project whose every photo has a mask; ids by name."""
    project = Project.open_folder(folder)
    project.scan()
    ids = {}
    for number, record in enumerate(project.photos(), 1):
        project.save(record.photo_id, arrays_of(number), status="corrected")
        ids[record.name] = record.photo_id
    return project, ids


def names(project: Project) -> dict[str, str]:
    return {r.photo_id: r.name for r in project.photos()}


def label(project: Project, photo_id: str) -> int:
    return int(project.load(photo_id).labels.max())  # type: ignore[union-attr]


def test_renamed_and_moved_photos_keep_their_masks(photo_folder: Path, arrays_of) -> None:
    project, ids = worked_on(photo_folder, arrays_of)
    (photo_folder / "a.png").rename(photo_folder / "new ä.png")
    (photo_folder / "b.png").rename(photo_folder / "sub" / "b.png")
    report = project.scan()
    assert set(report.renamed) == {ids["a.png"], ids["b.png"]}
    assert report.added == report.missing == []
    assert names(project)[ids["a.png"]] == "new ä.png"
    assert names(project)[ids["b.png"]] == "sub/b.png"
    assert [label(project, ids[n]) for n in ("a.png", "b.png", "sub/a.png")] == [1, 2, 3]
    project.close()


def test_swapped_names_are_told_apart(photo_folder: Path, arrays_of) -> None:
    project, ids = worked_on(photo_folder, arrays_of)
    (photo_folder / "a.png").rename(photo_folder / "t")
    (photo_folder / "sub" / "a.png").rename(photo_folder / "a.png")
    (photo_folder / "t").rename(photo_folder / "sub" / "a.png")
    project.scan()
    assert names(project)[ids["a.png"]] == "sub/a.png"
    assert names(project)[ids["sub/a.png"]] == "a.png"
    assert label(project, ids["a.png"]) == 1
    project.close()


def test_copies_stay_two_photos(photo_folder: Path, arrays_of) -> None:
    shutil.copy(photo_folder / "a.png", photo_folder / "sub" / "a copy.png")
    project, ids = worked_on(photo_folder, arrays_of)
    assert len(set(ids.values())) == 4
    (photo_folder / "sub" / "a copy.png").rename(photo_folder / "c.png")
    project.scan()
    assert names(project)[ids["sub/a copy.png"]] == "c.png"
    assert names(project)[ids["a.png"]] == "a.png"
    assert label(project, ids["a.png"]) != label(project, ids["sub/a copy.png"])
    project.close()


def test_replaced_file_is_a_new_photo(photo_folder: Path, arrays_of) -> None:
    project, ids = worked_on(photo_folder, arrays_of)
    draw_photo(photo_folder / "a.png", 77)
    report = project.scan()
    assert len(report.changed) == len(report.added) == 1
    assert "a.png is another photo" in report.notes[0]
    assert project.photo(report.added[0]).revision == 0
    assert ids["a.png"] not in names(project)
    # The first one comes back under any name.
    draw_photo(photo_folder / "back.png", 1)
    assert project.scan().renamed == [ids["a.png"]]
    assert label(project, ids["a.png"]) == 1
    project.close()


def test_touched_files_are_unchanged(photo_folder: Path, arrays_of) -> None:
    project, ids = worked_on(photo_folder, arrays_of)
    for name in ids:
        os.utime(photo_folder / name, (1, 1))
    report = project.scan()
    assert (report.added, report.changed, report.renamed, report.missing) == ([], [], [], [])
    assert names(project) == {v: k for k, v in ids.items()}
    project.close()


def test_gone_with_its_drive_and_back(photo_folder: Path, tmp_path: Path, arrays_of) -> None:
    draw_photo(photo_folder / "unworked.png", 8)
    project, ids = worked_on(photo_folder, arrays_of)
    draw_photo(photo_folder / "fresh.png", 9)
    project.scan()
    (photo_folder / "sub").rename(tmp_path / "sub")
    (photo_folder / "fresh.png").unlink()
    report = project.scan()
    assert report.missing == [ids["sub/a.png"]]
    assert "1 photo with masks is no longer" in report.notes[0]
    assert len(project.photos()) == 3
    assert [r.missing for r in project.photos(include_missing=True)].count(True) == 1
    assert project.scan().missing == []
    (tmp_path / "sub").rename(photo_folder / "sub")
    report = project.scan()
    assert (report.added, report.renamed) == ([], [])
    assert label(project, ids["sub/a.png"]) == 3
    project.close()


def test_tags_alone_follow_a_rename(photo_folder: Path) -> None:
    project = Project.open_folder(photo_folder)
    project.scan()
    photo_id = project.photos()[0].photo_id
    project.set_tags(photo_id, ["rust"])
    (photo_folder / "a.png").rename(photo_folder / "z.png")
    project.scan()
    assert project.photo(photo_id).name == "z.png"
    project.close()


def test_links_do_not_run_in_circles(photo_folder: Path) -> None:
    (photo_folder / "sub" / "loop").symlink_to(photo_folder)
    (photo_folder / "link.png").symlink_to(photo_folder / "a.png")
    project = Project.open_folder(photo_folder)
    project.scan()
    assert [r.name for r in project.photos()] == ["a.png", "b.png", "link.png", "sub/a.png"]
    project.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8))
def test_any_renaming_keeps_every_mask_with_its_content(tmp_path_factory, arrays_of, moves) -> None:
    folder = tmp_path_factory.mktemp("p")
    places = [folder / n for n in ("a.png", "b.png", "c.png", "s/a.png", "s/b.png", "t/a.png")]
    for number in range(3):
        draw_photo(places[number], number, (4, 4 + number))
    project, _ = worked_on(folder, arrays_of)
    content = {r.photo_id: r.path.read_bytes() for r in project.photos()}
    masks = {i: label(project, i) for i in content}
    for source, target in moves:
        if places[source].exists() and source != target:
            places[target].parent.mkdir(exist_ok=True)
            os.replace(places[source], places[target])
    project.scan()
    for record in project.photos():
        if record.photo_id in content:
            assert record.path.read_bytes() == content[record.photo_id]
            assert label(project, record.photo_id) == masks[record.photo_id]
    found = {r.path for r in project.photos()}
    assert found == {p for p in places if p.exists()}
    kept = {r.photo_id for r in project.photos(include_missing=True)}
    assert set(content) <= kept
    project.close()


def test_ten_thousand_photos(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for sub in range(100):
        (folder / f"{sub}").mkdir(parents=True)
        for number in range(100):
            (folder / f"{sub}" / f"leaf {number}.jpg").touch()
    project = Project.open_folder(folder)
    assert len(project.scan().added) == 10_000
    project.close()
    start = time.perf_counter()
    project = Project.open_folder(folder)
    assert len(project.photos()) == 10_000
    assert time.perf_counter() - start < 3
    project.close()


def test_natural_order() -> None:
    names = ["b", "a10", "a2", "a", "A3", "2", "10", "", "x" * 5 + "9" * 30]
    assert sorted(names, key=natural_key) == ["", "2", "10", "a", "a2", "A3", "a10", "b", names[-1]]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="Windows, macOS: names are Unicode")
def test_a_name_that_is_no_text_is_left_out_and_said(photo_folder: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.png")
    try:
        shutil.copy(photo_folder / "a.png", photo_folder / odd)
    except OSError:
        pytest.skip("a file system that wants UTF-8")
    project = Project.open_folder(photo_folder)
    report = project.scan()
    assert len(project.photos()) == len(report.added) == 3
    (note,) = report.notes
    assert note.startswith("caf\ufffd.png is left out")
    project.close()


def test_an_opened_photo_keeps_its_row_when_its_file_goes_or_is_another_one(
    photo_folder: Path, arrays_of
) -> None:
    project = Project.open_folder(photo_folder)
    project.scan()
    ids = {r.name: r.photo_id for r in project.photos()}
    for name in ("a.png", "b.png"):
        project.work(ids[name])  # opened, nothing done yet
    (photo_folder / "a.png").unlink()
    draw_photo(photo_folder / "b.png", 77)
    (photo_folder / "sub" / "a.png").unlink()
    report = project.scan()
    assert report.missing == []
    assert report.notes == ["b.png is another photo than before; it starts anew."]
    assert [r.name for r in project.photos()] == ["b.png"]
    assert project.photos()[0].photo_id != ids["b.png"]
    for number, name in enumerate(("a.png", "b.png"), 1):
        project.save(ids[name], arrays_of(number), status="corrected")
    draw_photo(photo_folder / "back.png", 1)
    assert project.scan().renamed == [ids["a.png"]]
    assert label(project, ids["a.png"]) == 1
    project.close()
