"""The marks of photos that are there twice, and the line of facts above the photo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPixmap

from plantseg_gui.ui.panels.facts_line import NARROW_PX, FactsLine
from plantseg_gui.ui.panels.photo_filter import TWINS
from plantseg_gui.ui.panels.photo_model import PhotoRole
from plantseg_gui.ui.panels.photos import PhotosPanel
from tests.ui.panels.test_photos import ROWS, shown


@pytest.fixture
def panel(qtbot, theme):
    made = PhotosPanel(theme)
    qtbot.addWidget(made)
    made.resize(260, 500)
    made.show()
    made.set_project("leaves", "/x/leaves", ROWS)
    return made


def of(panel, photo_id, role):
    return panel.model.data(panel.model.index(panel.model.place(photo_id)), role)


def test_tooltip_and_screen_reader_name_the_twin(panel):
    panel.set_twins({"leaf_2": "Same photo as leaf_3.jpg\nLooks like leaf_4.jpg"})
    tip = of(panel, "leaf_2", Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("\nSame photo as leaf_3.jpg\nLooks like leaf_4.jpg")
    spoken = of(panel, "leaf_2", Qt.ItemDataRole.AccessibleTextRole)
    assert "Same photo as leaf_3.jpg" in spoken
    assert "\n" not in spoken
    assert of(panel, "leaf_3", PhotoRole.TWINS) == ""
    assert not of(panel, "leaf_3", Qt.ItemDataRole.ToolTipRole).endswith("\n")


def test_texts_are_taken_back_one_by_one_and_all(panel):
    panel.set_twins({"leaf_1": "Same photo as b", "leaf_2": "Looks like c"})
    panel.set_twins({"leaf_1": "", "leaf_4": "", "nobody": "Looks like d"})
    assert of(panel, "leaf_1", PhotoRole.TWINS) == ""
    assert of(panel, "leaf_2", PhotoRole.TWINS) == "Looks like c"
    panel.set_twins({})
    assert of(panel, "leaf_2", PhotoRole.TWINS) == ""


def test_the_filter_shows_duplicates_and_follows_them(panel):
    panel.set_twins({"leaf_1": "Same photo as leaf_4.jpg", "leaf_4": "Same photo as leaf_1.jpg"})
    box = panel.filters.state
    box.setCurrentIndex(box.findData(TWINS))
    assert shown(panel) == ["leaf_1", "leaf_4"]
    assert panel.filters._count.text() == "2 of 5 photos"
    chosen = []
    panel.chosen.connect(chosen.append)
    panel.show_current("leaf_1")
    panel.set_twins({"leaf_1": "", "leaf_3": "Looks like leaf_4.jpg"})
    assert shown(panel) == ["leaf_3", "leaf_4"]
    assert panel.filters._count.text() == "2 of 5 photos"
    # The photo on screen left the list; no other was chosen for it.
    assert chosen == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mark_is_painted_on_the_picture(panel, theme, scheme):
    theme.choose(scheme)
    picture = QPixmap(56, 56)
    picture.fill(QColor("#204020"))
    for row in ROWS:
        panel.set_thumbnail(row.photo_id, picture)
    before = panel.list_view.viewport().grab().toImage()
    panel.set_twins({"leaf_2": "Same photo as leaf_3.jpg"})
    after = panel.list_view.viewport().grab().toImage()
    rect = panel.list_view.visualRect(panel.list_view.model().index(1, 0))
    changed = {
        (x, y)
        for x in range(0, after.width())
        for y in range(0, after.height())
        if before.pixel(x, y) != after.pixel(x, y)
    }
    assert 100 < len(changed) < 700
    assert all(rect.contains(x, y) for x, y in changed)


def test_the_line_of_facts(qtbot):
    line = FactsLine()
    qtbot.addWidget(line)
    line.resize(600, 24)
    line.show()
    assert not line.facts.isVisible()
    line.show_facts("2024-05-17 14:03 · NIKON D90 · GPS", "Place: 48.52009° N, 9.05000° W")
    assert line.facts.text() == "2024-05-17 14:03 · NIKON D90 · GPS"
    assert line.facts.toolTip() == "Place: 48.52009° N, 9.05000° W"
    assert not line.note.isVisible()
    line.show_facts("", "Size: 9 × 8 px", "Only the first page of 3 is used.")
    assert not line.facts.isVisible()
    assert line.note.text() == "Only the first page of 3 is used."
    assert "Size" in line.note.toolTip()
    for part in (line.facts, line.note):
        assert part.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_the_size_stands_for_the_line_in_a_narrow_window(window, qtbot):
    stage = window.stage
    stage.name_photo("a.jpg", "/x/a.jpg", "9 × 8 px")
    stage.show_facts("NIKON D90", "Camera: NIKON D90", "Only the first page of 3 is used.")
    assert stage._size.property("role") == "warning"
    assert stage._size.toolTip().startswith("Only the first page of 3 is used.\n")
    stage.resize(NARROW_PX - 1, 400)
    assert stage.facts.isHidden()
    stage.resize(NARROW_PX, 400)
    assert not stage.facts.isHidden()
    stage.show_facts("", "")
    assert stage._size.property("role") == "muted"
