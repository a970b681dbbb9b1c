"""Above the canvas while two looks of the photo are compared: what is left, what is right."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
)

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.canvas.wipe_view import WipeMode
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

PAINTING_OFF = "Painting is off"
PAINTING_OFF_TIP = "Nothing can be painted while you compare. Esc ends the comparison"
NARROW_PX = 560
MODES = {
    WipeMode.WIPE: ("Wipe", "Drag the divider, or move it with ← and → (Shift: further)"),
    WipeMode.CHANGED: ("Changed", "Only the pixels that became lesion, or no longer are"),
}


class ChoiceRow(Protocol):
    """An entry of a chooser."""

    @property
    def key(self) -> str:
        """What it stands for."""

    @property
    def text(self) -> str:
        """Its name."""

    @property
    def tip(self) -> str:
        """What it shows."""

    @property
    def group(self) -> int:
        """Entries of one group stand together."""


class WipeBar(QFrame):
    """See the module's text.

    Attributes:
        chosen: The person chose something else for a side.
        swapped: Left and right are to change places.
        mode_chosen: WipeMode.
        closed: The comparison is to end.
    """

    chosen = Signal()
    swapped = Signal()
    mode_chosen = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("canvasHead")
        self.left = _chooser("Left of the divider")
        self.right = _chooser("Right of the divider")
        for box in (self.left, self.right):
            box.currentIndexChanged.connect(lambda _: self.chosen.emit())
        swap = _button(theme, "swap", "Change left and right")
        swap.clicked.connect(self.swapped)
        close = _button(theme, "cancel", "End the comparison (Esc)")
        close.clicked.connect(self.closed)
        self.modes: dict[WipeMode, QToolButton] = {}
        group = QButtonGroup(self)
        top, below = QHBoxLayout(), QHBoxLayout()
        for row in (top, below):
            row.setSpacing(UNIT // 2)
        self._names: list[QLabel] = []
        for text, box in (("Left", self.left), ("Right", self.right)):
            name = label(text, "muted")
            name.setBuddy(box)
            self._names.append(name)
            top.addWidget(name)
            top.addWidget(box, 1)
            if box is self.left:
                top.addWidget(swap)
        top.addWidget(close)
        for mode, (text, tip) in MODES.items():
            button = QToolButton()
            button.setObjectName("framed")
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(lambda _, mode=mode: self.mode_chosen.emit(mode))
            group.addButton(button)
            self.modes[mode] = button
            below.addWidget(button)
        self._figures = ElidedLabel("")
        off = label(PAINTING_OFF, "muted")
        off.setToolTip(PAINTING_OFF_TIP)
        below.addSpacing(UNIT // 2)
        below.addWidget(self._figures, 1)
        below.addWidget(off)
        below.addSpacing(UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT, UNIT // 2, UNIT, UNIT)
        column.setSpacing(UNIT // 2)
        column.addLayout(top)
        column.addLayout(below)
        self.show_mode(WipeMode.WIPE, can_change=False)
        self.hide()

    @property
    def figures(self) -> str:
        """The line of figures, whole."""
        return self._figures.whole

    @property
    def keys(self) -> tuple[str, str]:
        """What is chosen, left and right; empty where nothing can be."""
        return str(self.left.currentData() or ""), str(self.right.currentData() or "")

    def show_choices(self, rows: Sequence[ChoiceRow], left: str, right: str) -> None:
        """Fill both choosers and choose; says nothing."""
        for box, key in ((self.left, left), (self.right, right)):
            with quiet(box):
                box.clear()
                group = rows[0].group if rows else 0
                for row in rows:
                    if row.group != group:
                        group = row.group
                        box.insertSeparator(box.count())
                    box.addItem(row.text, row.key)
                    box.setItemData(box.count() - 1, row.tip, Qt.ItemDataRole.ToolTipRole)
                box.setCurrentIndex(max(0, box.findData(key)))

    def show_mode(self, mode: WipeMode, *, can_change: bool) -> None:
        """Show which mode is on, and whether changed pixels can be shown."""
        self.modes[mode].setChecked(True)
        changed = self.modes[WipeMode.CHANGED]
        changed.setEnabled(can_change)
        changed.setToolTip(
            MODES[WipeMode.CHANGED][1] if can_change else "Choose a mask on both sides first"
        )

    def show_figures(self, text: str) -> None:
        """What differs, in a line."""
        self._figures.set_whole(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the choosers need the room."""
        super().resizeEvent(event)
        for name in self._names:
            name.setVisible(self.width() >= NARROW_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _chooser(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(4)
    box.setMaxVisibleItems(20)
    box.view().setMinimumWidth(42 * UNIT)
    return box


def _button(theme: Theme, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    set_icon(theme, button, icon)
    return button
