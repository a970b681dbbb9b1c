"""Tiny lesions: the project's photos are looked at at twice the scale."""

from plantseg_gui.storage.project import Project
from tests.ui.conftest import WAIT_MS, wait_prediction


def test_tiny_lesions_hold_for_the_project_and_are_recorded(
    opened, qtbot, photo_folder, make_window
):
    window = opened
    assert window.actions_["scale_1"].isChecked()
    before = window.session.document.prediction
    assert before.scale == 1
    window.actions_["scale_2"].trigger()
    qtbot.waitUntil(lambda: window.session.document.prediction.scale == 2, timeout=WAIT_MS)
    now = window.session.document.prediction
    assert now.probability.shape[0] == 2 * before.probability.shape[0]
    assert now.labels.shape == before.labels.shape
    assert "2×" in window.diagnosis.texts["tiles"]
    assert window.view.note("attention1") != ""
    assert now.cells_px[0] == before.cells_px[0] / 2
    window.segment.run_uncertainty()
    qtbot.waitUntil(lambda: not window.segment.running, timeout=WAIT_MS)
    assert window.session.document.prediction.uncertainty.variance.shape == now.probability.shape
    window.store.save_all()
    qtbot.waitUntil(lambda: window.store.state[0] == "Saved", timeout=WAIT_MS)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    project = Project.open_folder(photo_folder)
    assert project.get("scale") == 2
    project.close()
    again = make_window()
    again.start([photo_folder])
    wait_prediction(qtbot, again)
    assert again.session.scale == 2
    assert again.actions_["scale_2"].isChecked()
    assert again.session.document.prediction.scale == 2


def test_the_settings_dialog_offers_it_with_a_project_only(window, qtbot, photo_folder):
    window.actions_["settings"].trigger()
    box = window.preferences.dialog.lesions
    assert not box.isEnabled()
    window.start([photo_folder])
    wait_prediction(qtbot, window)
    assert box.isEnabled()
    box.setCurrentIndex(box.findData(2))
    assert window.session.scale == 2
    assert window.actions_["scale_2"].isChecked()
    qtbot.waitUntil(lambda: window.session.document.prediction.scale == 2, timeout=WAIT_MS)
    window.actions_["scale_1"].trigger()
    assert box.currentData() == 1
