"""The whole way in the real window: open, predict, paint, undo, approve, save, reopen."""

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit

from plantseg_gui.core.labels import UNSURE
from tests.ui.conftest import paint, wait_photo, wait_prediction, wait_saved


def test_way_from_folder_to_reopened_mask(opened, make_window, photo_folder, qtbot, ids):
    window, document = opened, opened.session.document
    assert window.photos.model.rowCount() == 3
    assert document.status == "predicted"
    assert window.stage.page == "photo"

    before = document.labels.array.copy()
    window.view.set_tool("brush")
    window.view.set_brush_px(20)
    paint(window, (40, 40), (40, 90), (60, 90))
    assert document.status == "corrected"
    painted = document.labels.array.copy()
    assert (painted != before).any()
    assert painted[40, 60] not in (0, UNSURE)

    window.actions_["undo"].trigger()
    assert np.array_equal(document.labels.array, before)
    window.actions_["redo"].trigger()
    assert np.array_equal(document.labels.array, painted)

    window.actions_["approve"].trigger()
    first, second = ids(window)[:2]
    wait_photo(qtbot, window, second)
    wait_prediction(qtbot, window)
    wait_saved(qtbot, window)
    assert window.session.records[first].status == "approved"
    assert window.session.records[second].status == "predicted"
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())

    again = make_window()
    again.start([photo_folder])
    qtbot.waitUntil(lambda: again.session.document is not None, timeout=30_000)
    again.store.show(first)
    wait_photo(qtbot, again, first)
    assert np.array_equal(again.session.document.labels.array, painted)
    assert again.session.document.approved
    assert again.session.document.touched.any()


def test_numbers_follow_the_brush(opened, qtbot):
    window = opened
    window.actions_["reset"].trigger()
    qtbot.waitUntil(lambda: window.diagnosis.texts["area"] != "–", timeout=10_000)
    area = window.diagnosis.texts["area"]
    window.view.set_brush_px(60)
    window.view.set_tool("eraser")
    paint(window, (100, 20), (100, 240), (160, 20))
    window.view.set_tool("brush")
    paint(window, (128, 128), (140, 140))
    qtbot.waitUntil(lambda: window.diagnosis.texts["area"] != area, timeout=10_000)
    texts = window.diagnosis.texts
    assert texts["model"] == "tiny-test"
    assert texts["lesions"] not in ("–", "0")


def test_autosave_needs_nobody(opened, qtbot):
    opened.view.set_brush_px(10)
    paint(opened, (30, 30), (30, 50))
    assert opened.store.state[0] == "Saving…"
    assert opened.isWindowModified()
    qtbot.waitUntil(lambda: opened.store.state[0] == "Saved", timeout=20_000)
    assert not opened.isWindowModified()
    qtbot.waitUntil(lambda: not opened.session.document.dirty, timeout=20_000)
    assert not opened.isWindowModified()


def test_switching_photos_loses_no_stroke(opened, qtbot, ids):
    first, second, third = ids(opened)
    opened.view.set_brush_px(16)
    paint(opened, (60, 60), (60, 120))
    painted = opened.session.document.labels.array.copy()
    opened.actions_["next"].trigger()
    opened.actions_["next"].trigger()
    wait_photo(qtbot, opened, third)
    opened.store.show(first)
    wait_photo(qtbot, opened, first)
    assert np.array_equal(opened.session.document.labels.array, painted)
    assert opened.session.document.history.can_undo
    wait_saved(qtbot, opened)
    assert opened.session.records[first].status == "corrected"
    assert second in opened.session.records


def test_result_for_another_photo_is_dropped(opened, qtbot, ids):
    first, second = ids(opened)[:2]
    kept = opened.session.document
    prediction = kept.prediction
    opened.segment.run()
    opened.store.show(second)
    wait_photo(qtbot, opened, second)
    wait_prediction(qtbot, opened)
    assert kept.prediction is prediction
    assert not opened.segment.running
    assert first != second


def test_running_again_does_not_overwrite_a_correction(opened, qtbot):
    opened.view.set_brush_px(24)
    paint(opened, (50, 50), (50, 100))
    painted = opened.session.document.labels.array.copy()
    opened.actions_["run"].trigger()
    assert opened.segment.running
    qtbot.waitUntil(lambda: not opened.segment.running, timeout=60_000)
    assert np.array_equal(opened.session.document.labels.array, painted)


def test_cancel_leaves_nothing_running(opened, qtbot):
    opened.actions_["run"].trigger()
    (job,) = opened.jobs.jobs
    opened.jobs.cancel(job.job_id)
    qtbot.waitUntil(lambda: not opened.jobs.jobs, timeout=30_000)
    assert not opened.segment.running


def test_uncertainty_becomes_a_layer(opened, qtbot):
    assert opened.view.missing("variance")
    opened.actions_["uncertainty"].trigger()
    qtbot.waitUntil(lambda: not opened.view.missing("variance"), timeout=60_000)
    opened.view.set_visible("variance", True)
    assert opened.layers.rows["variance"].legend_visible


def test_dropping_a_folder_opens_it(window, photo_folder, qtbot):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo_folder))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    assert str(photo_folder) in window.session.settings.recent_projects


def test_opening_a_photo_opens_its_folder_at_it(window, photo_folder, qtbot):
    last = sorted(photo_folder.glob("*.png"))[-1]
    window.projects.open_paths([last])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    assert window.session.records[window.session.photo_id].path.name == last.name
    assert window.photos.model.rowCount() == 3


def test_empty_window_says_what_to_do(window):
    assert window.stage.page == "empty"
    assert not window.actions_["run"].isEnabled()
    assert not window.actions_["undo"].isEnabled()
    assert window.actions_["open_folder"].isEnabled()


def test_without_a_model_painting_still_works(
    make_window, photo_folder, qtbot, monkeypatch, tmp_path
):
    monkeypatch.setattr("plantseg_gui.storage.models.models_dir", lambda: tmp_path / "none")
    window = make_window()
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    qtbot.waitUntil(lambda: bool(window.stage.notice.text), timeout=10_000)
    assert "model" in window.stage.notice.text
    assert window.diagnosis.texts["severity"] == "–"
    paint(window, (128, 100), (128, 150))
    assert window.session.document.status == "corrected"
    qtbot.waitUntil(lambda: window.diagnosis.texts["lesions"] == "1", timeout=10_000)


def test_every_control_has_a_tooltip(opened):
    window = opened
    bare = [
        f"{type(w).__name__} {w.objectName() or w.accessibleName()} in {type(w.parent()).__name__}"
        for kind in (QAbstractButton, QAbstractSlider, QLineEdit, QComboBox)
        for w in window.findChildren(kind)
        if not w.toolTip()
        and w.isVisible()
        and w.objectName() != "qt_toolbar_ext_button"
        and "ScrollBar" not in type(w).__name__
        and not isinstance(w.parent(), QLineEdit)
    ]
    assert not bare


def test_keys_work_in_the_window(opened, qtbot, ids):
    opened.activateWindow()
    opened.canvas.setFocus()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_E)
    assert opened.view.tool == "eraser"
    qtbot.keyClick(opened.canvas, Qt.Key.Key_2)
    assert (opened.view.tool, opened.view.paint) == ("brush", "unsure")
    size = opened.view.brush_px
    qtbot.keyClick(opened.canvas, Qt.Key.Key_BracketRight)
    assert opened.view.brush_px > size
    qtbot.keyClick(opened.canvas, Qt.Key.Key_D)
    wait_photo(qtbot, opened, ids(opened)[1])
    assert opened.actions_["next"].shortcut() == QKeySequence("D")
