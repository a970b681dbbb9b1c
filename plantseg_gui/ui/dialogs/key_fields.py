"""The fields that record the keys of one act."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QKeySequenceEdit, QVBoxLayout, QWidget

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.shortcuts import SHORTCUTS, portable
from plantseg_gui.ui.theme import UNIT

# As many as the act with most keys has, and never less than two.
SLOTS = max(2, *(len(keys) for keys in SHORTCUTS.values()))
HINT = "Press the new key. Backspace takes it away, Esc leaves it as it is."


class KeyField(QKeySequenceEdit):
    """Records one key; Esc leaves, Backspace empties.

    Attributes:
        recorded: Another key was pressed, or the key was taken away.
        left: Esc was pressed.
    """

    recorded = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumSequenceLength(1)
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(20 * UNIT)
        self._before = QKeySequence()
        self.keySequenceChanged.connect(self._on_sequence)

    @property
    def key(self) -> str:
        """The key in portable text; "" for none."""
        return portable(self.keySequence().toString())

    def show_key(self, key: str) -> None:
        """Show a key without recording it."""
        with quiet(self):
            self.setKeySequence(QKeySequence(key))
        self._before = self.keySequence()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Record, but for the keys that steer the field itself."""
        bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if bare and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif bare and event.key() == Qt.Key.Key_Backspace:
            self.clear()
        else:
            # Qt empties the field before it shows the new key: that is no key taken away.
            with quiet(self):
                super().keyPressEvent(event)
            if not self.keySequence().isEmpty():
                self._on_sequence(self.keySequence())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that was begun and not pressed (Ctrl alone) changes nothing."""
        super().focusOutEvent(event)
        self.show_key(self._before.toString())

    def _on_sequence(self, sequence: QKeySequence) -> None:
        if sequence != self._before:
            self._before = sequence
            self.recorded.emit()


class KeyFields(QFrame):
    """Name of an act and its keys, to be pressed anew.

    Attributes:
        recorded: The act shall have these keys (tuple of portable texts).
        left: The person goes back to the list.
    """

    recorded = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._title = label("", "heading")
        self._tip = ElidedLabel("", "muted")
        self._hint = label("", "caption")
        self.fields = [KeyField() for _ in range(SLOTS)]
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        for place, field in enumerate(self.fields):
            name = "Key" if place == 0 else "Other key" if SLOTS == 2 else f"Key {place + 1}"
            field.setAccessibleName(name)
            field.setToolTip(f"{name} of the chosen act. {HINT}")
            field.recorded.connect(self._on_recorded)
            field.left.connect(self.left)
            row.addWidget(label(name, "muted"))
            row.addWidget(field)
        row.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(UNIT)
        head.addWidget(self._title)
        head.addWidget(self._tip, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT + 4, UNIT, UNIT + 4, UNIT)
        column.setSpacing(UNIT // 2)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self._hint)

    def show_act(self, title: str, tip: str, keys: tuple[str, ...]) -> None:
        """Show the keys of another act; an empty title shows `tip` alone."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._tip.set_whole(tip)
        self._hint.setText(HINT if title else " ")
        for field in self.fields:
            field.setEnabled(bool(title))
        self.show_pending(keys)

    def show_pending(self, keys: tuple[str, ...]) -> None:
        """Show keys that the act may get."""
        for place, field in enumerate(self.fields):
            field.show_key(keys[place] if place < len(keys) else "")

    def record(self) -> None:
        """Wait for the first key."""
        self.fields[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_recorded(self) -> None:
        keys = dict.fromkeys(field.key for field in self.fields if field.key)
        self.recorded.emit(tuple(keys))
