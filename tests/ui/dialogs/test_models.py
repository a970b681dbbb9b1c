"""The models dialog: the tree, what it tells of the acts, and the words being written."""

import pytest
from PySide6.QtCore import Qt

from plantseg_gui.storage.model_prune import PrunePlan, plan_prune
from plantseg_gui.storage.model_tree import list_versions, set_title
from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.storage.shelf_record import ShelfEntry, set_notes, set_star, update_shelf
from plantseg_gui.ui.dialogs.models import DICE, MAX_STEPS, PHOTOS, STATE, VERSION, ModelsDialog
from plantseg_gui.ui.dialogs.prune_models import PruneDialog, megabytes
from tests.helpers.model_folders import make_model


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """leaf → leaf-v2 → leaf-v3, and a damaged one."""
    monkeypatch.setattr("plantseg_gui.storage.models.models_dir", lambda: tmp_path / "shipped")
    make_model(tmp_path / "shipped" / "leaf")
    told = {"retraining": {"dice_before": 0.5, "dice_after": 0.75}}
    make_model(user_models_dir() / "leaf-v2", parent="leaf", figures=told, training={"photos": 9})
    make_model(user_models_dir() / "leaf-v3", parent="leaf-v2", created="2026-11-01T10:00")
    (make_model(user_models_dir() / "broken") / "config.json").write_text("{")
    update_shelf(lambda s: s.with_entry("leaf-v3", ShelfEntry(candidate=True)))


@pytest.fixture
def dialog(qtbot, theme, shelf):
    made = ModelsDialog(theme)
    qtbot.addWidget(made)
    made.show_versions(list_versions("leaf-v2"), "leaf")
    made.show()
    return made


def lines(dialog):
    """Depth and cells of every row."""
    found = []

    def walk(item, depth):
        found.append((depth, item.text(VERSION), item.text(STATE)))
        for i in range(item.childCount()):
            walk(item.child(i), depth + 1)

    for i in range(dialog.tree.topLevelItemCount()):
        walk(dialog.tree.topLevelItem(i), 0)
    return found


def test_the_tree_shows_parents_states_and_figures(dialog):
    assert lines(dialog) == [
        (0, "leaf", "shipped"),
        (1, "leaf-v2", "in use"),
        (2, "leaf-v3", "candidate"),
        (0, "broken", "damaged"),
    ]
    item = dialog.tree.currentItem()
    assert [item.text(c) for c in (VERSION, PHOTOS, DICE)] == ["leaf-v2", "9", "0.50 → 0.75"]
    assert dialog.details.name == "leaf-v2"
    assert "Retrained from leaf" in dialog.details.facts


def test_acts_name_the_chosen_version(dialog, qtbot):
    dialog.choose("leaf-v3")
    with qtbot.waitSignal(dialog.details.use_wanted) as used:
        qtbot.mouseClick(dialog.details._use, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.details.star_wanted) as starred:
        qtbot.mouseClick(dialog.details._star, Qt.MouseButton.LeftButton)
    assert (used.args, starred.args) == (["leaf-v3"], ["leaf-v3", True])
    qtbot.keyClick(dialog, Qt.Key.Key_F2)
    with qtbot.waitSignal(dialog.details.title_wanted) as titled:
        dialog.details.title.clear()
        qtbot.keyClicks(dialog.details.title, "Wet coffee")
        qtbot.keyClick(dialog.details.title, Qt.Key.Key_Return)
    assert titled.args == ["leaf-v3", "Wet coffee"]
    assert dialog.isVisible()
    dialog.choose("broken")
    assert not dialog.details._use.isEnabled()
    assert not dialog.details._export.isEnabled()


def test_notes_are_kept_when_another_version_is_chosen_or_the_dialog_closed(dialog, qtbot):
    details = dialog.details
    with qtbot.waitSignal(details.notes_wanted) as kept:
        details.notes.setPlainText("good on rust")
        dialog.choose("leaf-v3")
    assert kept.args == ["leaf-v2", "good on rust"]
    assert details.notes.toPlainText() == ""
    with qtbot.waitSignal(details.notes_wanted) as kept:
        details.notes.setPlainText("weak")
        dialog.close()
    assert kept.args == ["leaf-v3", "weak"]


def test_a_shelf_looked_at_again_takes_nothing_out_of_ones_hands(dialog):
    dialog.choose("leaf-v3")
    dialog.details.notes.setPlainText("half writ")
    set_title("leaf-v3", "Wet")
    set_star("leaf-v3", True)
    set_notes("leaf", "other")
    dialog.show_versions(list_versions("leaf-v2"), "")
    assert dialog.details.name == "leaf-v3"
    assert dialog.details.notes.toPlainText() == "half writ"
    assert dialog.details.title.text() == "Wet"
    assert dialog.details._star.isChecked()
    assert not dialog._back.isEnabled()


def test_a_long_line_does_not_walk_out_of_the_window(dialog):
    for number in range(4, 104):
        make_model(user_models_dir() / f"leaf-v{number}", parent=f"leaf-v{number - 1}")
    dialog.show_versions(list_versions("leaf-v2"), "leaf")
    found = lines(dialog)
    assert len(found) == 104
    assert max(depth for depth, *_ in found) == MAX_STEPS


def test_pruning_deletes_only_what_a_person_ticks(qtbot, theme, shelf):
    make_model(user_models_dir() / "leaf-v9", parent="leaf", content=b"x" * 5_000_000)
    plan = plan_prune("leaf-v2", {"leaf-v3": 2})
    dialog = PruneDialog(theme, plan)
    qtbot.addWidget(dialog)
    assert (dialog.names(), dialog.summary) == ([], "No version is ticked.")
    assert not dialog._delete.isEnabled()
    dialog._tick_easy()
    assert dialog.names() == ["leaf-v9"]
    assert "1 version frees 5.0 MB" in dialog.summary
    reasons = {i.text(0): i.text(2) for i in dialog._items}
    assert reasons["leaf-v2"] == "It is in use."
    assert "prediction of 2 photos" in reasons["leaf-v3"]


def test_leftovers_alone_can_be_cleared(qtbot, theme, tmp_path):
    dialog = PruneDialog(theme, PrunePlan((), (tmp_path,), 2_000_000))
    qtbot.addWidget(dialog)
    assert dialog._delete.isEnabled()
    assert "2.0 MB" in dialog.summary
    assert [megabytes(n) for n in (0, 900, 3_400_000_000)] == ["0.0 MB", "0.9 kB", "3.4 GB"]
