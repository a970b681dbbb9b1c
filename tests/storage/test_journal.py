"""The journal: strokes, undo and redo are as they were after any restart."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.storage import journal
from plantseg_gui.storage.project import Entry, PhotoArrays, Project
from tests.storage.conftest import draw_photo, id_of, make_prediction, open_scanned

SIZE = (24, 32)
ACTS = ("paint", "erase", "undo", "redo", "accept", "reset", "predict", "approve", "withdraw")


def image():
    return np.zeros((*SIZE, 3), np.uint8)


def opened(project: Project, photo_id: str) -> Document:
    return project.work(photo_id).document(photo_id, image())


def write(project: Project, document: Document) -> None:
    """What the window does after each stroke."""
    waiting = document.pending.first()
    if waiting and document.pending.urgent:
        entries = [Entry(document.document_id, o, document.status) for o in waiting]
        document.journaled_seq = project.journal(entries)[document.document_id]
        document.pending.written(len(waiting))


def save(project: Project, document: Document) -> None:
    count = len(document.pending)
    arrays = PhotoArrays(document.labels.array.copy(), document.touched.copy(), document.prediction)
    project.save(
        document.document_id, arrays, status=document.status, saved_seq=document.journaled_seq
    )
    document.pending.saved(count)
    document.mark_saved()


def paint(document: Document, number: int, value: int) -> None:
    rng = np.random.default_rng(number)
    y, x = int(rng.integers(0, 20)), int(rng.integers(0, 28))
    rect = Rect(y, x, y + int(rng.integers(1, 5)), x + int(rng.integers(1, 5)))
    document.history.begin("Brush")
    values = np.full((rect.height, rect.width), value, np.uint16)
    document.history.paint(rect, values, np.ones(values.shape, bool))
    document.history.commit()


def do(document: Document, act: str, number: int) -> None:
    if act in ("paint", "erase"):
        paint(document, number, number % 7 + 1 if act == "paint" else 0)
    elif act == "undo":
        document.undo()
    elif act == "redo":
        document.redo()
    elif act == "accept":
        document.accept_prediction()
    elif act == "reset":
        document.reset_to_prediction()
    elif act == "predict":
        document.set_prediction(make_prediction(*SIZE, seed=number, uncertain=False))
    else:
        document.approve(act == "approve")


def state(document: Document):
    return (
        document.labels.array.tobytes(),
        document.touched.tobytes(),
        document.approved,
        document.history.names,
        document.history.can_redo,
    )


def walk(document: Document):
    """Every state that undo and redo lead to, from the one at hand back and forth."""
    # Of a restored document no prediction arrived in this session: it does not fill by itself.
    document._arrived = False
    states = [state(document)[:2]]
    while document.history.redo():
        states.append(state(document)[:2])
    while document.history.undo():
        states.append(state(document)[:2])
    return states


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from(("", "", "save", "reopen"))), max_size=25
    )
)
def test_any_sequence_of_acts_is_as_it_was_after_a_restart(tmp_path_factory, acts) -> None:
    folder = tmp_path_factory.mktemp("walk")
    draw_photo(folder / "a.png", 1, SIZE)
    project = open_scanned(folder)
    photo_id = id_of(project, "a.png")
    document = opened(project, photo_id)
    for number, (act, then) in enumerate(acts):
        do(document, act, number)
        write(project, document)
        if then == "save":
            save(project, document)
        if then == "reopen":
            if document.prediction is not None and not document.pending.urgent:
                save(project, document)  # the prediction itself comes with the file
            project.close()
            project = Project.open_folder(folder)
            document = opened(project, photo_id)
    if len(document.pending):
        save(project, document)  # a fill that can be had again
    again = opened(project, photo_id)
    assert state(again) == state(document)
    assert again.status == document.status or document.status == "predicted"
    loaded = project.load(photo_id)
    if loaded.labels is not None:
        assert np.array_equal(loaded.labels, document.labels.array)
    assert walk(again) == walk(document)
    project.close()


@pytest.fixture
def worked(tmp_path: Path):
    draw_photo(tmp_path / "photos" / "a.png", 1, SIZE)
    project = open_scanned(tmp_path / "photos")
    photo_id = id_of(project, "a.png")
    yield project, photo_id, opened(project, photo_id)
    project.close()


def test_a_stroke_is_there_without_any_save(worked) -> None:
    project, photo_id, document = worked
    paint(document, 1, 3)
    write(project, document)
    record = project.photo(photo_id)
    assert (record.status, record.revision, record.has_work) == ("corrected", 0, True)
    project.close()
    again = Project.open_folder(project.folder)
    assert np.array_equal(again.load(photo_id).labels, document.labels.array)
    again.close()


def test_who_did_what_with_which_model_is_kept(worked) -> None:
    project, _photo_id, document = worked
    document.set_prediction(make_prediction(*SIZE))
    document.accept_prediction()
    paint(document, 1, 3)
    write(project, document)
    rows = project._database.query("SELECT op, what, who, model, at FROM journal ORDER BY seq")
    assert [(r["op"], r["what"], r["model"]) for r in rows] == [
        ("lay", "New prediction", "november"),
        ("edit", "Accept prediction", "november"),
        ("edit", "Brush", ""),
    ]
    assert {r["who"] for r in rows} == {journal.person()}
    assert all(r["at"] for r in rows)


def test_a_prediction_on_an_untouched_mask_costs_no_journal(worked) -> None:
    project, _, document = worked
    document.set_prediction(make_prediction(*SIZE))
    write(project, document)
    save(project, document)
    assert not len(document.pending)
    assert not project._database.query("SELECT 1 FROM journal")


def test_a_damaged_newest_file_loses_nothing(worked) -> None:
    project, photo_id, document = worked
    for number in range(1, 5):
        paint(document, number, number)
        write(project, document)
        save(project, document)
    newest = project.arrays_dir / f"{photo_id}.4.h5"
    newest.write_bytes(newest.read_bytes()[:-7])
    again = opened(project, photo_id)
    assert np.array_equal(again.labels.array, document.labels.array)
    assert project.photo(photo_id).error == ""
    save(project, again)
    assert np.array_equal(project.load(photo_id).labels, document.labels.array)


def test_compaction_keeps_steps_and_drops_the_rest(worked) -> None:
    project, photo_id, document = worked
    for number in range(40):
        paint(document, number, number % 5 + 1)
        write(project, document)
        if number % 3 == 0:
            document.undo()
            write(project, document)
        if number % 10 == 9:
            save(project, document)
    for _ in range(3):
        save(project, document)
    rows = project._database.query("SELECT op FROM journal")
    assert {row["op"] for row in rows} == {"edit"}
    assert len(rows) == len(document.history.names) + document.history.can_redo
    assert walk(opened(project, photo_id)) == walk(document)


def test_old_steps_go_when_the_photo_s_budget_is_spent(worked, monkeypatch) -> None:
    project, photo_id, document = worked
    monkeypatch.setattr(journal, "PHOTO_BUDGET_BYTES", 2_000)
    for number in range(30):
        paint(document, number, number % 5 + 1)
        write(project, document)
    for _ in range(3):
        save(project, document)
    kept = opened(project, photo_id)
    assert 0 < len(kept.history.names) < 30
    # This window still has them all, and goes on with steps that the journal forgot.
    for _ in range(30):
        document.undo()
        write(project, document)
    document.redo()
    write(project, document)
    assert np.array_equal(opened(project, photo_id).labels.array, document.labels.array)
    for _ in range(3):
        save(project, document)
    assert np.array_equal(opened(project, photo_id).labels.array, document.labels.array)


def test_a_damaged_row_is_left_out_and_the_rest_is_there(worked) -> None:
    project, photo_id, document = worked
    for number, value in ((1, 1), (2, 2), (3, 3)):
        paint(document, number, value)
        write(project, document)
    with project._database.transaction() as connection:
        connection.execute("UPDATE journal SET data = x'00' WHERE seq = 2")
    again = opened(project, photo_id)
    assert again.lost_steps == 1
    assert {1, 3} <= set(np.unique(again.labels.array))
    assert again.history.names == ["Brush"]


@pytest.mark.parametrize("saved", [True, False])
def test_a_damaged_database_gives_its_journal_back(worked, saved: bool) -> None:
    project, photo_id, document = worked
    paint(document, 1, 1)
    write(project, document)
    if saved:
        save(project, document)
    for number in range(2, 60):
        paint(document, number, number % 9 + 1)
        write(project, document)
    project.close()
    database = project.home / "project.sqlite"
    data = bytearray(database.read_bytes())
    with closing(sqlite3.connect(database)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'photos_by_hash'"
        ).fetchone()[0]
    data[(root - 1) * size : root * size] = b"\xff" * size
    database.write_bytes(data)
    again = Project.open_folder(project.folder)
    assert any("set aside" in note for note in again.notes)
    again.scan()
    assert np.array_equal(again.load(photo_id).labels, document.labels.array)
    # New operations come after all that the files and the journal know.
    reopened = opened(again, photo_id)
    paint(reopened, 99, 6)
    write(again, reopened)
    assert np.array_equal(again.load(photo_id).labels, reopened.labels.array)
    again.close()


def test_a_lost_database_does_not_hide_later_strokes(worked) -> None:
    project, photo_id, document = worked
    for number in range(1, 9):
        paint(document, number, number)
        write(project, document)
    save(project, document)
    project.close()
    (project.home / "project.sqlite").unlink()
    again = Project.open_folder(project.folder)
    again.scan()
    reopened = opened(again, photo_id)
    assert np.array_equal(reopened.labels.array, document.labels.array)
    paint(reopened, 50, 8)
    write(again, reopened)
    assert np.array_equal(again.load(photo_id).labels, reopened.labels.array)
    again.close()


def test_the_file_s_own_word_counts_where_the_list_is_wrong(worked) -> None:
    project, photo_id, document = worked
    paint(document, 1, 1)
    write(project, document)
    save(project, document)
    paint(document, 2, 2)
    write(project, document)
    with project._database.transaction() as connection:
        connection.execute("UPDATE photos SET saved_seq = 4711")
    assert np.array_equal(project.load(photo_id).labels, document.labels.array)


def test_steps_of_a_mask_that_was_put_aside_apply_no_more(worked) -> None:
    project, photo_id, document = worked
    for number in (1, 2):
        paint(document, number, number)
        write(project, document)
        save(project, document)
    first = (project.arrays_dir / f"{photo_id}.1.h5").read_bytes()
    project.put_aside(photo_id, "The saved mask has another size than the photo.")
    assert (project.arrays_dir / f"{photo_id}.1.h5").read_bytes() == first
    assert project.load(photo_id).labels is None
    fresh = opened(project, photo_id)
    assert fresh.status == "new"
    assert not fresh.history.can_undo
    save(project, fresh)
    again = opened(project, photo_id)
    assert not again.labels.array.any()
    assert not again.history.can_undo
    assert len(list((project.home / "damaged").iterdir())) == 1
    assert project._database.query("SELECT COUNT(*) AS n FROM journal")[0]["n"] == 2


def test_a_second_window_reads_the_journal_and_cannot_write(worked) -> None:
    project, photo_id, document = worked
    reader = Project.open_folder(project.folder)
    paint(document, 1, 3)
    write(project, document)
    assert reader.read_only
    assert np.array_equal(reader.load(photo_id).labels, document.labels.array)
    with pytest.raises(StorageError, match="read-only"):
        write(reader, _touched_copy(document))
    reader.close()


def _touched_copy(document: Document) -> Document:
    other = Document(document.document_id, image())
    paint(other, 2, 2)
    return other
