"""The conditions over the photo list: words, state, tags, model, test set; all must hold."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.panels.photo_filter import (
    IN_TEST_SET,
    NO_MODEL,
    NOT_IN_TEST_SET,
    NOTED,
    OUTDATED,
    TO_DO,
    TWINS,
    PhotoQuery,
)
from plantseg_gui.ui.panels.photo_model import STATUS_TEXT, STATUS_TIP, TEST_SET_TIP
from plantseg_gui.ui.panels.photo_row import PhotoRow
from plantseg_gui.ui.panels.tag_box import TagBox
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

# Conditions beside the states of a photo: text, tooltip, icon, colour of the theme.
_OTHERS = {
    TWINS: (
        "Duplicates",
        "Photos that are there twice, or look as if they were",
        "duplicate",
        "warning",
    ),
    OUTDATED: (
        "Outdated",
        "Predictions that another version made than the one in use",
        "clock",
        "status_predicted",
    ),
    NOTED: ("With a note", "Photos that somebody wrote a note about", "note", "text"),
}


class FilterRow(QWidget):
    """See the module's text. What is asked for stays until it is cleared, or the window closes.

    Attributes:
        changed: PhotoQuery; what is asked for is another.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.text = QLineEdit()
        self.text.setPlaceholderText("Filter by name, tag or note")
        self.text.setAccessibleName("Filter photos by name, tag or note")
        self.text.setClearButtonEnabled(True)
        self.name_key("")
        self.state = self._state_box()
        self.tags = TagBox()
        self.model = _box("Model", "Show only photos whose prediction this version made")
        self.test_set = _box("Test set", TEST_SET_TIP)
        for text, value in (
            ("In the test set or not", ""),
            ("In the test set", IN_TEST_SET),
            ("Not in the test set", NOT_IN_TEST_SET),
        ):
            self.test_set.addItem(text, value)
        self._known: tuple[set[str], set[str]] = (set(), set())
        self._fill_models(set())
        self._more = QToolButton()
        self._more.setCheckable(True)
        self._more.setAccessibleName("More conditions")
        self._more.setToolTip("Filter by tag (crop, disease), model or test set, too")
        set_icon(theme, self._more, "filter")
        self._extra = QWidget()
        self._count = label("", "muted")
        self._clear = QPushButton("Clear")
        self._clear.setFlat(True)
        self._clear.setProperty("link", True)
        self._clear.setToolTip("Take all conditions away: show every photo")
        self._clear.setAccessibleName("Clear all filters")
        self._clear.setCursor(Qt.CursorShape.PointingHandCursor)
        self._result = QWidget()
        self._lay_out()
        self.text.textChanged.connect(self._tell)
        for box in (self.state, self.model, self.test_set):
            box.currentIndexChanged.connect(self._tell)
        self.tags.changed.connect(self._tell)
        self._more.toggled.connect(self._extra.setVisible)
        self._clear.clicked.connect(self.clear)

    def name_key(self, key: str) -> None:
        """Say in the box's tooltip which key leads there."""
        tip = "Show only photos with these words"
        self.text.setToolTip(f"{tip} ({key})" if key else tip)

    @property
    def query(self) -> PhotoQuery:
        """What is asked for."""
        return PhotoQuery(
            self.text.text(),
            str(self.state.currentData()),
            self.tags.chosen,
            str(self.model.currentData() or ""),
            str(self.test_set.currentData()),
        )

    def clear(self) -> None:
        """Show every photo."""
        self.text.clear()
        with quiet(self.state, self.model, self.test_set):
            for box in (self.state, self.model, self.test_set):
                box.setCurrentIndex(0)
        self.tags.choose(frozenset())
        self._tell()

    def show_count(self, shown: int, total: int) -> None:
        """Say how many photos the conditions leave."""
        self._count.setText(f"{shown} of {total} photos")
        self._result.setVisible(not self.query.empty)

    def offer(self, rows: Iterable[PhotoRow]) -> None:
        """Offer the tags and models that these photos have; a choice that is gone is dropped."""
        tags: set[str] = set()
        models: set[str] = set()
        for row in rows:
            tags.update(row.tags)
            models.add(row.model)
        if (tags, models) == self._known:
            return
        self._known = tags, models
        before = self.query
        self._fill_models(models)
        self.tags.offer(tags)
        if self.query != before:
            self._tell()

    def focus(self) -> None:
        """Put the cursor into the box for words."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()

    def _state_box(self) -> QComboBox:
        box = _box("State", "Show only photos of this state")
        box.addItem("All photos", "")
        box.addItem("Still to do", TO_DO)
        tip = Qt.ItemDataRole.ToolTipRole
        box.setItemData(1, "Neither approved nor skipped", tip)
        icons: dict[str, tuple[str, str]] = {}
        for state, text in STATUS_TEXT.items():
            box.addItem(text, state)
            box.setItemData(box.count() - 1, STATUS_TIP[state], tip)
            icons[state] = f"status-{state}", f"status_{state}"
        for state, (text, what, icon, colour) in _OTHERS.items():
            box.addItem(text, state)
            box.setItemData(box.count() - 1, what, tip)
            icons[state] = icon, colour

        def paint_icons() -> None:
            for state, (icon, colour) in icons.items():
                made = self._theme.icon(icon, getattr(self._theme.tokens, colour))
                box.setItemIcon(box.findData(state), made)

        paint_icons()
        self._theme.changed.connect(paint_icons)
        return box

    def _fill_models(self, models: set[str]) -> None:
        chosen = self.model.currentData()
        with quiet(self.model):
            self.model.clear()
            self.model.addItem("Any model", "")
            for name in sorted(models - {""}, key=str.casefold):
                self.model.addItem(name, name)
            if "" in models:
                self.model.addItem("No model yet", NO_MODEL)
            self.model.setCurrentIndex(max(0, self.model.findData(chosen)))

    def _tell(self, *_: object) -> None:
        query = self.query
        if query.tags or query.model or query.test_set:
            # A condition that holds is never out of sight.
            self._more.setChecked(True)
        self.changed.emit(query)

    def _lay_out(self) -> None:
        extra = QVBoxLayout(self._extra)
        extra.setContentsMargins(0, 0, 0, 0)
        extra.setSpacing(UNIT)
        for widget in (self.tags, self.model, self.test_set):
            extra.addWidget(widget)
        self._extra.hide()
        first = QHBoxLayout()
        first.setSpacing(UNIT // 2)
        first.addWidget(self.state, 1)
        first.addWidget(self._more)
        result = QHBoxLayout(self._result)
        result.setContentsMargins(0, 0, 0, 0)
        result.addWidget(self._count, 1)
        result.addWidget(self._clear)
        self._result.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(self.text)
        column.addLayout(first)
        column.addWidget(self._extra)
        column.addWidget(self._result)


def _box(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    # A long name of a model must not widen the panel.
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box
