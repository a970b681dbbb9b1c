"""Time counts while somebody works at a photo, and says who did what."""

import csv
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from plantseg_gui.ui.dialogs.export import ExportOrder
from plantseg_gui.ui.panels.photo_model import approved_line, tooltip
from plantseg_gui.ui.presenters import time_spent
from tests.ui.conftest import paint, wait_photo, wait_saved
from tests.ui.presenters.test_watch import Clock


@pytest.fixture
def timed(opened, qtbot):
    """The window with a clock of the test's own, active."""
    spent = opened.time_spent
    spent._timer.stop()
    spent._clock, spent.active = Clock(), True
    spent._is_active = lambda: spent.active
    spent._unwritten.clear()
    spent._last_input = spent._last_tick = spent._clock()
    return opened


def move_mouse(window):
    """As the window system tells it."""
    at, none = QPointF(5, 5), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.windowHandle(), move)


def pass_time(window, seconds):
    for _ in range(seconds):
        window.time_spent._clock.now += 1
        window.time_spent.tick()


def test_only_active_seconds_count(timed):
    spent, photo = timed.time_spent, timed.session.photo_id
    pass_time(timed, 50)  # nobody does anything from second 30 on
    assert spent.seconds(photo) == 29
    move_mouse(timed)
    pass_time(timed, 5)
    assert spent.seconds(photo) == 34
    spent.active = False
    pass_time(timed, 5)
    spent.active = True
    move_mouse(timed)
    spent._clock.now += 3600  # the computer slept
    move_mouse(timed)
    spent.tick()
    assert spent.seconds(photo) == 34 + time_spent.LONGEST_TICK_S
    assert timed.diagnosis.texts["spent"] == "37 s"


def test_it_is_written_each_minute_and_when_another_photo_is_shown(timed, qtbot, ids):
    project, photo = timed.session.project, timed.session.photo_id
    for _ in range(59):
        move_mouse(timed)
        pass_time(timed, 1)
    assert project.photo(photo).spent_s == 0
    move_mouse(timed)
    pass_time(timed, 1)
    qtbot.waitUntil(lambda: project.photo(photo).spent_s == 60, timeout=5000)
    pass_time(timed, 5)
    other = next(i for i in ids(timed) if i != photo)
    timed.store.show(other)
    wait_photo(qtbot, timed, other)
    qtbot.waitUntil(lambda: project.photo(photo).spent_s == 65, timeout=5000)
    assert timed.session.records[photo].spent_s == 65
    assert "Time spent: 1 min 5 s" in tooltip(timed.session.records[photo])
    assert timed.time_spent.seconds(other) == 0
    # A read-only project keeps none.
    project.read_only = True
    move_mouse(timed)
    pass_time(timed, 4)
    timed.time_spent.write()
    assert timed.time_spent.seconds(other) == 4
    project.read_only = False


def test_two_people_are_told_apart_in_list_and_table(opened, qtbot, tmp_path):
    photo, session = opened.session.photo_id, opened.session
    opened.preferences.show()
    field = opened.preferences.dialog.annotator
    field.setText("  Ana  Lee ")
    field.editingFinished.emit()
    assert session.person == "Ana Lee"
    opened.view.set_brush_px(30)
    paint(opened, (60, 60), (60, 120))
    wait_saved(qtbot, opened)
    session.keep(annotator="Ben")
    assert field.text() == "Ben"
    opened.review.approve()
    qtbot.waitUntil(lambda: session.project.photo(photo).approved_by == "Ben", timeout=5000)
    opened.store.save_all()
    qtbot.waitUntil(lambda: session.records[photo].approved_by == "Ben", timeout=5000)
    record = session.records[photo]
    assert record.corrected_by == "Ana Lee"
    at = record.approved_at[:16].replace("T", " ")
    assert f"Approved by Ben, {at}" in tooltip(record)
    assert "Last corrected by Ana Lee, " in tooltip(record)
    out = tmp_path / "out"
    opened.export.write(ExportOrder(out, frozenset({"table"}), "approved"))
    qtbot.waitUntil(lambda: (out / "table.csv").is_file(), timeout=30_000)
    with (out / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert (row["corrected_by"], row["approved_by"]) == ("Ana Lee", "Ben")
    assert float(row["time_spent_s"]) >= 0
    qtbot.waitUntil(lambda: not opened.jobs.jobs, timeout=10_000)


def test_the_list_says_the_mean_of_the_approved(opened):
    records = list(opened.session.records.values())
    assert approved_line(records)[0] == ""
    rows = [
        replace(r, status="approved", spent_s=s) for r, s in zip(records, (30, 46, 0), strict=True)
    ]
    words, tip = approved_line(rows)
    assert words == "3 approved, 38 s each"
    assert "the 2 with a time" in tip
    assert approved_line(rows[2:])[0] == "1 approved"
    opened.photos.change_rows(rows)
    assert opened.photos._approved.whole == words
