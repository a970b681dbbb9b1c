"""The result page: figures, list, masks."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from plantseg_gui.core.errors import AppError
from plantseg_gui.storage.images import write_png
from plantseg_gui.ui.canvas.wipe_view import WipeMode
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.retrain_outcome import Pictures
from plantseg_gui.ui.dialogs.retrain_photo_list import CHANGE, JudgedList
from plantseg_gui.ui.dialogs.retrain_results import outcome
from plantseg_gui.ui.presenters.retrain_gate import read_pictures
from tests.ui.dialogs.test_retrain_results import FULL


def ended(**changes):
    return outcome(FULL | changes, {}, model="/m", seconds=50.0, stopped=False)


@pytest.fixture
def dialog(qtbot, theme):
    made = RetrainDialog(theme)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def run_dir(tmp_path):
    """A photo of 20 × 30 with a mask before, and one after that has 12 pixels more."""
    photo, mask = np.full((20, 30, 3), 90, np.uint8), np.zeros((20, 30), np.uint8)
    write_png(tmp_path / "a.png", photo)
    mask[2:5, 2:6] = 255
    write_png(tmp_path / "b.png", mask)
    mask[10:13, 2:6] = 255
    write_png(tmp_path / "c.png", mask)
    return tmp_path


def texts(tree: JudgedList, column: int) -> list[str]:
    return [tree.topLevelItem(i).text(column) for i in range(tree.topLevelItemCount())]


def test_figures_list_and_recommended_button(dialog):
    dialog.show_result(ended(), "leaf-v2")
    page = dialog.ended
    assert page.dice.value.text() == "0.50 → 0.76"
    assert page.dice.change.text() == "+0.26 (95 %: +0.18 to +0.30)"
    assert page.severity.value.text() == "5.0 → 1.5"
    assert page.severity.change.text() == "−3.5 (95 %: −5.0 to −2.0)"
    assert dialog._keep.property("primary")
    assert not dialog._candidate.property("primary")
    assert dialog._candidate.isVisible()
    assert texts(page.list, 0)[0] == "i3"
    assert texts(page.list, CHANGE)[:2] == ["−0.10", "−0.01"]
    assert texts(page.list, 1)[:2] == ["your test set", "learned from"]
    worse = page.list.topLevelItem(0).foreground(CHANGE).color().name()
    better = page.list.topLevelItem(9).foreground(CHANGE).color().name()
    assert worse == dialog.setup.palette().brightText().color().name() != better
    forgot = ended(earlier={"before": {"e": 0.8}, "after": {"e": 0.6}})
    dialog.show_result(forgot, "leaf-v2")
    assert dialog._candidate.property("primary")
    assert not dialog._keep.property("primary")


def test_an_old_run_shows_no_empty_places(dialog):
    old = {key: FULL[key] for key in ("method", "before", "after")}
    dialog.show_result(outcome(old, {}, model="/m", seconds=1.0, stopped=False), "leaf-v2")
    page = dialog.ended
    assert page.dice.change.text() == "+0.26"
    assert not page.severity.isVisible()
    assert not page.notes.isVisible()
    assert not page.compare.isVisible()
    assert all(page.list.isColumnHidden(c) for c in (4, 5))
    dialog.show_result(outcome({}, {}, model="", seconds=1.0, stopped=True), "leaf-v2")
    assert not page.list.isVisible()
    assert not page.dice.isVisible()
    assert not dialog._keep.isEnabled()
    assert not dialog._candidate.isEnabled()


def test_numbers_sort_as_numbers_and_missing_ones_last(qtbot, theme):
    tree = JudgedList(theme)
    qtbot.addWidget(tree)
    results = FULL | {"before": {"a": 0.5, "b": 0.5, "c": 0.5}, "after": {"a": 0.6, "b": 0.05}}
    tree.show_photos(outcome(results, {}, model="", seconds=0, stopped=False).photos)
    assert texts(tree, 0)[0] == "b"
    assert texts(tree, 0)[-1] == "c"
    tree.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert texts(tree, 0)[:2] == ["i0", "e"]


def test_a_chosen_photo_is_wiped_over(dialog, run_dir, qtbot):
    page = dialog.ended
    wanted = []
    page.picture_wanted.connect(wanted.append)
    dialog.show_result(ended(), "leaf-v2")
    # The worst photo is chosen; the run kept no masks of it.
    assert wanted == []
    assert page.compare.view.empty
    place = texts(page.list, 0).index("i0")
    page.list.setCurrentItem(page.list.topLevelItem(place))
    assert wanted == ["i0"]
    pictures = read_pictures(run_dir, Pictures("a.png", "b.png", "../c.png"))
    page.show_picture("i1", pictures)  # came too late
    assert page.compare.view.empty
    page.show_picture("i0", pictures)
    assert not page.compare.view.empty
    assert page.compare.legend[0].startswith("lesion")
    page.compare.modes.buttons()[1].click()
    assert page.compare.view.mode is WipeMode.CHANGED
    assert page.compare.legend[:2] == ["became lesion (2.0 %)", "no longer lesion (0.0 %)"]
    page.list.setCurrentItem(page.list.topLevelItem(0))
    assert page.compare.view.empty


@pytest.mark.parametrize("broken", ["missing", "damaged", "size"])
def test_pictures_that_cannot_be_read_are_named(run_dir, broken):
    if broken == "missing":
        (run_dir / "b.png").unlink()
    elif broken == "damaged":
        (run_dir / "b.png").write_bytes(b"no picture")
    else:
        write_png(run_dir / "b.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(AppError, match=r"\w\.png"):
        read_pictures(run_dir, Pictures("a.png", "b.png", "c.png"))
