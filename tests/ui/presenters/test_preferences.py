"""Settings: every control acts at once and is kept."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from plantseg_gui.core.memory_limits import GIB, MemoryLimits, limits_in_force
from plantseg_gui.storage.paths import user_projects_dir
from plantseg_gui.storage.settings import Settings, load_settings
from tests.ui.conftest import WAIT_MS, paint, wait_prediction


@pytest.fixture
def dialog(window):
    window.actions_["settings"].trigger()
    assert window.preferences.dialog.isVisible()
    return window.preferences.dialog


def choose(box, value):
    box.setCurrentIndex(box.findData(value))


def test_every_choice_is_kept(window, dialog):
    choose(dialog.device, "cpu")
    choose(dialog.place, "user")
    choose(dialog.look, "dark")
    dialog.threads.setValue(1)
    dialog.autosave.setValue(17)
    dialog.undo.setValue(64)
    kept = load_settings()
    assert (kept.device, kept.project_home, kept.theme) == ("cpu", "user", "dark")
    assert (kept.threads, kept.autosave_s, kept.undo_mib) == (1, 17.0, 64)
    assert window.session.settings == kept
    assert window._theme.dark


def test_memory_limits_hold_at_once_and_go_to_the_training_process(window, dialog):
    assert dialog.ram_warn.text() == "warn (auto)"
    automatic = limits_in_force()
    dialog.ram_limit.setValue(1.5)
    dialog.card_limit.setValue(6.0)
    assert load_settings().ram_limit_free_gib == 1.5
    held = limits_in_force()
    assert (held.ram_limit_free, held.gpu_limit) == (3 * GIB // 2, 6 * GIB)
    assert (held.ram_warn_free, held.gpu_warn) == (automatic.ram_warn_free, automatic.gpu_warn)
    handed = MemoryLimits.from_environment(window.retrain.process.variables())
    assert handed == held
    dialog.ram_limit.setValue(0.0)
    dialog.card_limit.setValue(0.0)
    assert limits_in_force() == automatic


def test_every_control_has_a_tooltip_and_a_name(dialog):
    for control in (
        *(
            dialog.device,
            dialog.threads,
            dialog.autosave,
            dialog.place,
            dialog.undo,
            dialog.look,
            dialog.lesions,
            dialog.ram_warn,
            dialog.ram_limit,
            dialog.card_warn,
            dialog.card_limit,
        ),
    ):
        assert control.toolTip()
        assert control.accessibleName()


def test_theme_of_the_menu_and_of_the_dialog_agree(window, dialog):
    window.actions_["theme_dark"].trigger()
    assert dialog.look.currentData() == "dark"
    choose(dialog.look, "light")
    assert window.actions_["theme_light"].isChecked()
    assert not window._theme.dark


def test_defaults_come_back(window, dialog):
    choose(dialog.place, "user")
    dialog.undo.setValue(64)
    window.session.keep(brush_radius_px=33)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Defaults").click()
    assert dialog.place.currentData() == "beside"
    assert load_settings().undo_mib == Settings().undo_mib
    assert load_settings().brush_radius_px == 33  # is not shown here


def test_fewer_threads_hold_from_the_next_photo_on(opened, qtbot):
    window = opened
    window.actions_["settings"].trigger()
    dialog = window.preferences.dialog
    assert "graphics card" in dialog.found.text().lower() or "Found" in dialog.found.text()
    assert "tiny-test (" in dialog.found.text()
    dialog.threads.setValue(1)
    window.segment.run()
    first = window.session.document.prediction
    qtbot.waitUntil(
        lambda: window.session.document.prediction is not first and not window.segment.running,
        timeout=WAIT_MS,
    )
    assert window.session.document.prediction.device.endswith("1 thread")
    assert "1 thread)" in dialog.found.text()
    command = window.retrain._command(window.session.project.home / "job.json")
    assert command[command.index("--threads") + 1] == "1"


def test_a_card_that_is_not_there_cannot_be_chosen(window, dialog, qtbot):
    dialog.show_hardware("No usable graphics card was found.", card=False)
    item = dialog.device.model().item(dialog.device.findData("cuda"))
    assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
    dialog.show_hardware("Found: Card, 8 GB.", card=True)
    assert item.flags() & Qt.ItemFlag.ItemIsEnabled


def test_less_undo_memory_drops_the_oldest_steps(opened, qtbot):
    window = opened
    window.view.set_brush_px(40)
    for x in range(40, 200, 20):
        paint(window, (60, x), (160, x))
    history = window.session.document.history
    assert history.budget_bytes == Settings().undo_mib << 20
    assert history.can_undo
    window.session.keep(undo_mib=16)
    assert history.budget_bytes == 16 << 20


def test_new_projects_go_where_it_was_chosen(window, dialog, photo_folder, qtbot):
    choose(dialog.place, "user")
    window.start([photo_folder])
    wait_prediction(qtbot, window)
    assert window.session.project.home.is_relative_to(user_projects_dir())
    assert not list(photo_folder.glob("*.plantseg*"))
