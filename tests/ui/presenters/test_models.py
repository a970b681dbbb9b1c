"""The shelf in the real window: choose, go back, words, out and in again, prune, the menu."""

import pytest

from plantseg_gui.storage.models import add_version, default_model, list_models
from plantseg_gui.storage.shelf_record import read_shelf
from plantseg_gui.ui.dialogs.prune_models import PruneDialog
from plantseg_gui.ui.presenters.models import MOST_IN_MENU
from tests.helpers.model_folders import make_model
from tests.helpers.tiny_model import TINY_NAME


def names(window):
    return [v.name for v in window.models.versions]


@pytest.fixture
def ready(window, qtbot, tiny_model):
    """A window with its models dialog open; a version "tiny-v2" is on the shelf, not in use."""
    window.start()
    qtbot.waitUntil(lambda: window.segment.ready, timeout=60_000)
    add_version(tiny_model, "tiny-v2", candidate=True)
    window.models.show_dialog()
    qtbot.waitUntil(lambda: "tiny-v2" in names(window))
    return window


def test_use_and_go_back(ready, qtbot):
    dialog = ready.models.dialog
    dialog.choose("tiny-v2")
    dialog.details.use()
    qtbot.waitUntil(lambda: ready.session.model == "tiny-v2" == default_model())
    assert not read_shelf().entry("tiny-v2").candidate
    qtbot.waitUntil(lambda: dialog._back.isEnabled())
    dialog._back.click()
    qtbot.waitUntil(lambda: ready.session.model == TINY_NAME == default_model())
    assert dialog.message == f"{TINY_NAME} is in use again."


def test_words_are_kept_and_a_title_that_is_taken_is_told_in_the_dialog(ready, qtbot):
    models, details = ready.models, ready.models.dialog.details
    details.title_wanted.emit("tiny-v2", "Wet coffee")
    details.star_wanted.emit("tiny-v2", True)
    details.notes_wanted.emit("tiny-v2", "notes")
    qtbot.waitUntil(lambda: read_shelf().entry("tiny-v2").notes == "notes")
    qtbot.waitUntil(lambda: "Wet coffee" in [v.title for v in models.versions])
    details.title_wanted.emit(TINY_NAME, "wet coffee")
    qtbot.waitUntil(lambda: "called" in models.dialog.message)
    menu = [a.text() for a in ready.menus["Model &version>"].actions()]
    assert "Wet coffee" in menu


def test_the_card_is_read_beside_the_window(ready, qtbot):
    ready.models.dialog.choose("tiny-v2")
    qtbot.waitUntil(lambda: "Random weights, for tests." in ready.models.dialog.details.card)


def test_export_prune_import(ready, qtbot, tmp_path, monkeypatch):
    models, file = ready.models, tmp_path / "v2.zip"
    models.export("tiny-v2", file)
    qtbot.waitUntil(lambda: "was written" in models.dialog.message)
    plans = []

    def tick_and_accept(dialog):
        plans.append(dialog)
        for item in dialog._items:
            if item.text(0) == "tiny-v2":
                item.setCheckState(0, type(item.checkState(0)).Checked)
        return 1

    monkeypatch.setattr(PruneDialog, "exec", tick_and_accept)
    models.dialog.prune_wanted.emit()
    qtbot.waitUntil(lambda: "freed" in models.dialog.message)
    assert "tiny-v2" not in [r.name for r in list_models()]
    models.bring_in(file)
    qtbot.waitUntil(lambda: "On the shelf as tiny-v2" in models.dialog.message)
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    models.bring_in(tmp_path / "bad.zip")
    qtbot.waitUntil(lambda: "bad.zip" in models.dialog.message)


def test_the_menu_of_a_long_shelf_is_short_and_leads_to_all(ready, qtbot, plantseg_home):
    for number in range(30):
        make_model(plantseg_home / "models" / f"m{number}", created=f"2026-{number:02}")
    ready.models.refresh()
    qtbot.waitUntil(lambda: len(names(ready)) > 30)
    actions = ready.menus["Model &version>"].actions()
    assert len(actions) == MOST_IN_MENU + 1
    assert [a.text() for a in actions if a.isChecked()] == [TINY_NAME]
    assert actions[-1].text().startswith("All ")
    assert "m29" in [a.text() for a in actions]
