"""What is known of the photo on screen, in one line beside its name; the tooltip has it whole."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from plantseg_gui.ui.panels.parts import ElidedLabel
from plantseg_gui.ui.theme import UNIT

NARROW_PX = 80 * UNIT


class FactsLine(QWidget):
    """Date, camera and place; before them, in the colour of warnings, what is amiss."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = ElidedLabel("", "muted")
        self.note = ElidedLabel("", "warning")
        for part in (self.note, self.facts):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            part.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, UNIT, 0)
        row.setSpacing(2 * UNIT)
        row.addWidget(self.note, 1)
        row.addWidget(self.facts, 1)
        self.show_facts("", "")

    def show_facts(self, line: str, tip: str, note: str = "") -> None:
        """Show other facts.

        Args:
            line: Date, camera, place; empty for none.
            tip: All facts, for the tooltip.
            note: What to know about the file; empty for nothing.
        """
        self.facts.set_whole(line, tip)
        self.note.set_whole(note, f"{note}\n\n{tip}".strip() if note else "")
        self.facts.setVisible(bool(line))
        self.note.setVisible(bool(note))
