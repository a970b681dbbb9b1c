"""Work that was once lost: double loads, damaged saves, strokes in mid-air, files that go away."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.errors import StorageError
from plantseg_gui.jobs.io_pool import wait_for_tasks
from plantseg_gui.storage.arrays import PhotoArrays
from tests.ui.conftest import paint, wait_photo, wait_saved


@pytest.fixture
def calm(make_window, shelf, photo_folder, qtbot):
    """A window on the folder whose model does not run by itself."""
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    return window


def press(window, y, x):
    """Begin a stroke and leave the button down."""
    canvas, left = window.canvas, Qt.MouseButton.LeftButton
    at = canvas.navigation.to_screen(QPointF(x, y))
    event = QMouseEvent(
        QEvent.Type.MouseButtonPress,
        at,
        canvas.viewport().mapToGlobal(at),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_going_there_and_back_while_reading_loads_once(calm, qtbot, ids):
    _, second, third = ids(calm)
    for photo in (second, third, second):
        calm.store.show(photo)
    wait_photo(qtbot, calm, second)
    document = calm.session.document
    paint(calm, (60, 60), (60, 90))
    wait_for_tasks()
    qtbot.wait(100)
    assert calm.session.document is document
    assert calm.store._open[second] is document


@pytest.mark.parametrize("saves", [1, 2])
def test_damaged_save_of_an_approved_photo_is_not_approved(calm, qtbot, ids, saves):
    project, photo = calm.session.project, ids(calm)[1]
    image = calm.session.document.image
    labels = image[..., 0].astype("uint16") * 0
    labels[10:40, 10:40] = 1
    touched = labels > 0
    statuses = ["corrected", "approved"][-saves:]
    for status in statuses:
        record = project.save(photo, PhotoArrays(labels, touched), status=status)
    calm.session.set_record(record)
    newest = max(project.arrays_dir.glob(f"*{photo}*"), key=lambda p: p.name)
    newest.write_bytes(b"broken")
    calm.store.show(photo)
    wait_photo(qtbot, calm, photo)
    document = calm.session.document
    assert not document.approved
    assert calm.stage.notice.text
    assert document.status == ("new" if saves == 1 else "corrected")
    assert calm.session.records[photo].status == document.status


def test_approved_mask_of_another_size_is_not_approved(calm, qtbot, ids):
    project, photo = calm.session.project, ids(calm)[1]
    labels = (calm.session.document.image[:100, :100, 0] * 0).astype("uint16")
    calm.session.set_record(project.save(photo, PhotoArrays(labels, labels > 0), status="approved"))
    calm.store.show(photo)
    wait_photo(qtbot, calm, photo)
    assert calm.session.document.status == "new"


def test_a_photo_that_left_the_list_is_still_saved(calm, qtbot):
    photo = calm.session.photo_id
    paint(calm, (60, 60), (60, 90))
    del calm.session.records[photo]
    wait_saved(qtbot, calm)
    assert calm.session.project.photo(photo).status == "corrected"


def test_an_open_photo_stays_known_when_its_file_goes(calm, photo_folder, qtbot, ids):
    photo = calm.session.photo_id
    calm.session.records[photo].path.unlink()
    calm.projects.look_again(photo_folder)
    qtbot.waitUntil(lambda: len(ids(calm)) == 2, timeout=10_000)
    assert calm.session.records[photo].missing


def test_flush_in_mid_stroke_saves_the_stroke(calm, qtbot):
    photo, done = calm.session.photo_id, []
    press(calm, 80, 80)
    assert calm.session.document.history.open
    calm.store.flush(done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=10_000)
    assert done == [[]]
    assert not calm.session.document.dirty
    assert calm.session.project.load(photo).labels.any()


def test_flush_waits_for_an_edit_that_is_open(calm, qtbot):
    document, done = calm.session.document, []
    document.history.begin("A long edit")
    calm.store.flush(done.append)
    qtbot.wait(600)
    assert not done
    document.history.abort()
    qtbot.waitUntil(lambda: done == [[]], timeout=10_000)


def test_a_stroke_is_on_the_disk_before_any_save(calm, qtbot):
    photo, project = calm.session.photo_id, calm.session.project
    calm.session.settings = replace(calm.session.settings, autosave_s=600.0)
    paint(calm, (60, 60), (60, 90))
    qtbot.waitUntil(lambda: calm.store.state[0] == "Saved", timeout=10_000)
    assert project.photo(photo).revision == 0
    assert project.photo(photo).status == "corrected"
    assert (project.load(photo).labels == calm.session.document.labels.array).all()


def test_undo_goes_on_after_a_restart(calm, make_window, photo_folder, qtbot):
    paint(calm, (60, 60), (60, 90))
    paint(calm, (90, 60), (90, 90))
    photo = calm.session.photo_id
    calm.correct.undo()
    labels = calm.session.document.labels.array.copy()
    calm.close()
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    window.store.show(photo)
    wait_photo(qtbot, window, photo)
    document = window.session.document
    assert (document.labels.array == labels).all()
    assert window.actions_["redo"].isEnabled()
    window.correct.redo()
    assert document.labels.array.any()
    assert len(document.history.names) == 2
    while document.undo():
        pass
    assert not document.labels.array.any()


def test_a_mask_that_cannot_be_read_now_is_not_shown_empty(calm, qtbot, ids, monkeypatch):
    project, photo = calm.session.project, ids(calm)[1]
    image = calm.session.document.image
    labels = image[..., 0].astype("uint16") * 0 + 1
    record = project.save(photo, PhotoArrays(labels, labels > 0), status="corrected")
    calm.session.set_record(record)

    def fails(path):
        raise StorageError(f"{path} could not be read: input/output error.", "Try again.")

    monkeypatch.setattr("plantseg_gui.storage.project_work.load_arrays", fails)
    calm.store.show(photo)
    qtbot.waitUntil(lambda: not calm.store.wanted, timeout=10_000)
    assert calm.session.document is None
    monkeypatch.undo()
    assert (project.load(photo).labels == 1).all()


def test_a_journal_that_cannot_be_written_is_tried_again_in_order(calm, qtbot, monkeypatch):
    project, photo = calm.session.project, calm.session.photo_id
    real = project.journal

    def full(_entries):
        raise StorageError("The disk is full.", "Free some space.")

    monkeypatch.setattr(project, "journal", full)
    paint(calm, (60, 60), (60, 90))
    qtbot.waitUntil(lambda: calm.store.state[0] == "Not saved", timeout=10_000)
    assert calm.isWindowModified()
    assert "full" in calm.stage.notice.text
    paint(calm, (90, 60), (90, 90))
    monkeypatch.setattr(project, "journal", real)
    calm.store.journal.write()
    qtbot.waitUntil(lambda: calm.store.state[0] == "Saved", timeout=10_000)
    assert (project.load(photo).labels == calm.session.document.labels.array).all()


def test_a_flush_ends_although_the_person_goes_on_painting(calm, qtbot, monkeypatch):
    project, real, done = calm.session.project, calm.session.project.save, []

    def slow(*args, **options):
        time.sleep(0.3)
        return real(*args, **options)

    monkeypatch.setattr(project, "save", slow)
    paint(calm, (60, 60), (60, 90))
    timer = QTimer()
    ticks = iter(range(1000))
    timer.timeout.connect(lambda: paint(calm, (20, 20), (20 + next(ticks) % 150, 90)))
    timer.start(60)
    calm.store.flush(done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=15_000)
    timer.stop()
    assert done == [[]]
    assert project.load(calm.session.photo_id).labels.any()
