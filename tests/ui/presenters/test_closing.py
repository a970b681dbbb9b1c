"""Closing: what is asked, in which order, and what stays as it was when the answer is no."""

import pytest
from PySide6.QtWidgets import QMessageBox

from plantseg_gui.ui.dialogs.export import ExportOrder
from tests.ui.conftest import WAIT_MS, paint


@pytest.fixture
def answer(monkeypatch):
    """Answers every question with the button of these words; gives the texts asked."""

    def use(words):
        asked = []

        def click(box, *_):
            asked.append(box.text())
            (button,) = [b for b in box.buttons() if b.text() == words]
            button.click()

        monkeypatch.setattr(QMessageBox, "exec", click)
        return asked

    return use


def test_work_in_a_read_only_window_is_not_lost_without_a_question(
    opened, make_window, photo_folder, qtbot, answer
):
    second = make_window(predict_on_open=False)
    second.start([photo_folder])
    qtbot.waitUntil(lambda: second.session.document is not None, timeout=WAIT_MS)
    assert second.session.read_only
    paint(second, (60, 60), (60, 90))
    project = second.session.project
    asked = answer("Do not open")
    second.projects.open_folder(photo_folder.parent)
    assert len(asked) == 1
    assert second.session.project is project
    asked = answer("Do not close")
    assert not second.close()
    assert len(asked) == 1
    assert "cannot be saved" in asked[0]
    asked = answer("Close and lose them")
    second.close()
    assert not second.isVisible()


def test_a_running_export_is_not_ended_without_a_question(opened, qtbot, tmp_path, answer):
    window = opened
    order = ExportOrder(tmp_path / "out", frozenset({"mask"}), "shown")
    window.store.flush(lambda _: None)
    qtbot.waitUntil(lambda: not window.store.unsaved(), timeout=WAIT_MS)
    asked = answer("Do not close")
    window.export.write(order)
    assert window.export.running
    assert not window.close()
    assert asked
    qtbot.waitUntil(lambda: not window.export.running, timeout=WAIT_MS)
    assert (tmp_path / "out").is_dir()


def test_training_is_left_alone_when_closing_is_refused(opened, qtbot, monkeypatch, answer):
    window = opened
    window.store.flush(lambda _: None)
    qtbot.waitUntil(lambda: not window.store.unsaved(), timeout=WAIT_MS)
    paint(window, (60, 60), (60, 90))
    arrays = window.session.project.arrays_dir
    arrays.rename(arrays.with_name("aside"))
    arrays.write_text("in the way")
    left = []
    monkeypatch.setattr(type(window.retrain), "running", property(lambda _: True))
    monkeypatch.setattr(window.retrain.process, "keep", lambda: left.append(1))
    asked = answer("Do not close")
    window.close()
    qtbot.waitUntil(lambda: bool(asked), timeout=WAIT_MS)
    assert window.isVisible()
    assert len(asked) == 1
    assert not left
    arrays.unlink()
    arrays.with_name("aside").rename(arrays)
    asked = answer("Go on in the background")
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    assert left == [1]
