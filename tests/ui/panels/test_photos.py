from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest

from plantseg_gui.ui.panels.photo_filter import TO_DO
from plantseg_gui.ui.panels.photo_model import PhotoRole, summary, tooltip
from plantseg_gui.ui.panels.photos import NO_FOLDER, NO_MATCH, NO_PHOTOS, PhotosPanel


@dataclass(frozen=True)
class Row:
    photo_id: str
    status: str = "new"
    severity_pct: float | None = None
    lesion_count: int | None = None
    tags: tuple[str, ...] = ()
    error: str = ""
    keep_out: bool = False
    folder: str = "field"
    model: str = ""
    review: str = ""
    note: str = ""
    note_by: str = ""
    note_at: str = ""
    spent_s: float = 0.0
    corrected_by: str = ""
    corrected_at: str = ""
    approved_by: str = ""
    approved_at: str = ""
    extra: dict = field(default_factory=dict)

    @property
    def path(self):
        return Path(self.folder) / f"{self.photo_id}.jpg"


ROWS = [
    Row("leaf_1", "approved", 3.25, 4, ("coffee", "rust")),
    Row("leaf_2", "predicted", 0.0, 0, ("coffee",)),
    Row("leaf_3", "corrected", tags=("wheat",)),
    Row("broken", error="The file is cut off."),
    Row("leaf_4"),
]


@pytest.fixture
def panel(qtbot, theme):
    made = PhotosPanel(theme)
    qtbot.addWidget(made)
    made.resize(260, 500)
    made.show()
    made.set_project("leaves", "/x/leaves", ROWS)
    return made


def ask_state(panel, state):
    box = panel.filters.state
    box.setCurrentIndex(box.findData(state))


def shown(panel):
    view = panel.list_view.model()
    return [view.index(i, 0).data(PhotoRole.ROW).photo_id for i in range(view.rowCount())]


def test_filter_needs_every_word_in_name_or_tag(panel):
    panel.filters.text.setText("COFFEE leaf_1")
    assert shown(panel) == ["leaf_1"]
    panel.filters.text.setText("rust wheat")
    assert shown(panel) == []
    assert panel._nothing.isVisible()
    assert panel._nothing.text() == NO_MATCH
    panel.filters.text.clear()
    assert len(shown(panel)) == 5


def test_an_empty_list_says_what_to_do(qtbot, theme):
    made = PhotosPanel(theme)
    qtbot.addWidget(made)
    assert made._nothing.text() == NO_FOLDER
    assert not made._nothing.isHidden()
    made.set_project("leaves", "/x/leaves", [])
    assert made._nothing.text() == NO_PHOTOS


def test_status_filter_and_count(panel):
    ask_state(panel, TO_DO)
    assert "leaf_1" not in shown(panel)
    assert panel.filters._count.text() == "4 of 5 photos"
    ask_state(panel, "corrected")
    assert shown(panel) == ["leaf_3"]


def test_predictions_of_another_version_are_marked_and_filtered(panel, theme):
    rows = [replace(row, model="leaf") for row in ROWS]
    panel.set_project("leaves", "", rows)
    plain = panel.grab().toImage()
    panel.set_model_in_use("leaf-v2")
    assert panel.grab().toImage() != plain
    index = panel.model.index(1)
    assert index.data(PhotoRole.OUTDATED)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "Made by leaf, not by the model in use (leaf-v2)" in tip
    ask_state(panel, "outdated")
    # A mask that a person approved or corrected is theirs, and a new photo has none.
    assert shown(panel) == ["leaf_2"]
    panel.update_row(replace(rows[1], model="leaf-v2"))
    assert shown(panel) == []
    panel.set_model_in_use("leaf")
    assert shown(panel) == ["leaf_2"]


def test_step_walks_over_those_shown_and_past_unreadable_ones(panel):
    panel.show_current("leaf_3")
    assert panel.step(1) == "leaf_4"
    panel.show_current("leaf_2")
    assert panel.step(-1) == "leaf_1"
    assert panel.step(-1, only_open=True) == ""
    panel.show_current("leaf_4")
    assert panel.step(1) == ""


def test_step_goes_on_from_where_a_photo_that_is_filtered_away_would_be(panel):
    ask_state(panel, "approved")
    panel.show_current("leaf_2")
    assert panel.step(1) == ""
    assert panel.step(-1) == "leaf_1"
    ask_state(panel, TO_DO)
    panel.show_current("leaf_1")
    assert panel.step(1) == "leaf_2"
    assert panel.step(-1) == ""


def test_step_begins_at_the_ends_when_no_photo_is_shown(panel):
    panel.show_current("")
    assert panel.step(1) == "leaf_1"
    assert panel.step(-1) == "leaf_4"


def test_click_asks_for_a_photo_once(panel, qtbot):
    panel.show_current("leaf_1")
    view = panel.list_view
    with qtbot.waitSignal(panel.chosen) as seen:
        view.setCurrentIndex(view.model().index(2, 0))
    assert seen.args == ["leaf_3"]
    with qtbot.assertNotEmitted(panel.chosen):
        panel.show_current("leaf_2")


def test_rows_in_view_ask_for_pictures_and_unreadable_ones_do_not(qtbot, theme):
    panel = PhotosPanel(theme)
    qtbot.addWidget(panel)
    asked = []
    panel.thumbnail_wanted.connect(asked.append)
    panel.resize(260, 500)
    panel.set_project("leaves", "", ROWS)
    panel.show()
    qtbot.waitUntil(lambda: len(asked) >= 4, timeout=5000)
    panel.grab()
    assert sorted(asked) == ["leaf_1", "leaf_2", "leaf_3", "leaf_4"]
    panel.set_thumbnail("leaf_1", QPixmap(8, 8))
    panel.grab()
    assert asked.count("leaf_1") == 1


def test_update_shows_the_new_state(panel):
    panel.update_row(replace(ROWS[4], status="approved", severity_pct=1.0))
    assert panel.model.row(4).status == "approved"
    panel.update_row(Row("unknown"))
    assert panel.model.rowCount() == 5


def test_texts_say_status_and_numbers():
    assert summary(ROWS[0]) == "Approved · 3.2 %"
    assert summary(ROWS[3]) == "Cannot be read"
    assert "4 lesions" in tooltip(ROWS[0])
    assert "Tags: coffee, rust" in tooltip(ROWS[0])
    assert "The file is cut off." in tooltip(ROWS[3])


def test_both_schemes_draw(panel, theme):
    light = panel.grab().toImage()
    theme.choose("dark")
    assert panel.grab().toImage() != light


def test_a_row_that_leaves_the_filter_chooses_no_other_photo(panel, qtbot):
    ask_state(panel, "new")
    panel.show_current("leaf_4")
    with qtbot.assertNotEmitted(panel.chosen):
        panel.update_row(replace(ROWS[4], status="corrected"))
    ask_state(panel, TO_DO)
    panel.show_current("leaf_2")
    with qtbot.assertNotEmitted(panel.chosen):
        panel.update_row(replace(ROWS[1], status="approved"))
    assert panel.step(1) == "leaf_3"
    assert panel.step(-1) == ""


def test_pictures_are_asked_for_again_when_the_list_is_set_anew(panel, qtbot):
    panel.grab()
    with qtbot.waitSignal(panel.thumbnail_wanted):
        panel.set_project("leaves", "", ROWS)
        panel.grab()


def click(panel, place, modifier=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton):
    view = panel.list_view
    at = view.visualRect(view.model().index(place, 0)).center()
    QTest.mouseClick(view.viewport(), button, modifier, at)


def test_ctrl_marks_several_without_opening_them_and_rows_may_change_meanwhile(panel, qtbot):
    control = Qt.KeyboardModifier.ControlModifier
    panel.show_current("leaf_1")
    with qtbot.assertNotEmitted(panel.chosen):
        click(panel, 2, control)
        click(panel, 4, control)
        panel.update_row(replace(ROWS[1], severity_pct=9.0))
    assert panel.marked_ids() == ["leaf_1", "leaf_3", "leaf_4"]
    assert panel.marked_ids(most=2) == ["leaf_1", "leaf_3"]
    assert panel.step(1) == "leaf_2"
    # The marked photo under the cursor opens by a plain click, and is then the only one.
    with qtbot.waitSignal(panel.chosen) as seen:
        click(panel, 4)
    assert seen.args == ["leaf_4"]
    assert panel.marked_ids() == ["leaf_4"]


def test_rows_come_and_go_while_the_marks_and_the_photo_on_screen_stay(panel, qtbot):
    control = Qt.KeyboardModifier.ControlModifier
    panel.show_current("leaf_3")
    click(panel, 4, control)
    panel.set_order(["leaf_4", "leaf_3"])
    many = [Row(f"new_{number:02d}", "predicted") for number in range(30)]
    with qtbot.assertNotEmitted(panel.chosen):
        # One goes, one has another name, one a new state, many come.
        panel.change_rows([Row("broken"), *many, ROWS[2], replace(ROWS[4], status="approved"),
                           Row("a_first"), ROWS[0]])  # fmt: skip
    assert panel.marked_ids() == ["leaf_4", "leaf_3"]
    names = [r.photo_id for r in many]
    assert shown(panel) == ["leaf_4", "leaf_3", "broken", *names, "a_first", "leaf_1"]
    assert [panel.model.place(i) for i in shown(panel)] == list(range(35))
    assert panel.model.row(0).status == "approved"
    assert panel.step(1) == "broken"
    panel.change_rows([ROWS[0]])
    assert shown(panel) == ["leaf_1"]
    assert panel.marked_ids() == []


def test_going_to_a_photo_that_is_not_marked_ends_the_marks(panel):
    panel.show_current("leaf_1")
    click(panel, 2, Qt.KeyboardModifier.ControlModifier)
    panel.show_current("leaf_3")
    assert panel.marked_ids() == ["leaf_1", "leaf_3"]
    panel.show_current("leaf_2")
    assert panel.marked_ids() == ["leaf_2"]


def test_the_test_set_is_said_and_filtered(panel):
    mine = replace(ROWS[0], keep_out=True)
    before = panel.grab().toImage()
    panel.update_row(mine)
    assert panel.grab().toImage() != before
    assert summary(mine) == "Approved · 3.2 % · test set"
    assert "never learn from it" in tooltip(mine)
    index = panel.model.index(0)
    assert "in your test set" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    panel.filters.test_set.setCurrentIndex(1)
    assert shown(panel) == ["leaf_1"]
    panel.update_row(ROWS[0])
    assert shown(panel) == []


def test_rows_take_another_order_and_their_names_order_again(panel, qtbot):
    panel.show_current("leaf_2")
    panel.set_reasons({"leaf_4": "No. 1 to correct: unsure on 12 % of the leaf"})
    chosen = []
    panel.chosen.connect(chosen.append)
    panel.set_order(["leaf_4", "gone", "leaf_2"])
    assert shown(panel) == ["leaf_4", "leaf_2", "leaf_1", "leaf_3", "broken"]
    assert panel.list_view.currentIndex().data(PhotoRole.ROW).photo_id == "leaf_2"
    assert panel.step(-1) == "leaf_4"
    assert chosen == []  # nobody chose a photo
    place = panel.model.index(panel.model.place("leaf_4"))
    assert place.data(Qt.ItemDataRole.ToolTipRole).endswith("unsure on 12 % of the leaf")
    # New photos follow in the order of their names; the filter counts as before.
    panel.set_project("leaves", "/x/leaves", [*ROWS[:1], Row("leaf_0"), *ROWS[1:]])
    assert shown(panel) == ["leaf_4", "leaf_2", "leaf_1", "leaf_0", "leaf_3", "broken"]
    ask_state(panel, "new")
    assert shown(panel) == ["leaf_4", "leaf_0", "broken"]
    panel.set_order(())
    assert shown(panel) == ["leaf_0", "broken", "leaf_4"]


def test_only_changed_rows_are_told_and_marks_outlast_a_long_list(panel, qtbot):
    told = []
    panel.model.dataChanged.connect(lambda first, last, *_: told.append((first.row(), last.row())))
    new = [replace(row, severity_pct=1.0) if i in (0, 1, 4) else row for i, row in enumerate(ROWS)]
    panel.change_rows(new)
    assert told == [(0, 1), (4, 4)]
    panel.show_current("leaf_3")
    for place in (1, 4):
        click(panel, place, Qt.KeyboardModifier.ControlModifier)
    click(panel, 2, Qt.KeyboardModifier.ControlModifier)  # no longer the one on screen
    many = [Row(f"new_{number:03d}") for number in range(300)]
    with qtbot.assertNotEmitted(panel.chosen):
        panel.change_rows([*many, *new])
    assert panel.marked_ids() == ["leaf_2", "leaf_4"]
    assert panel.step(1) == "leaf_4"
