"""Asks before photos leave the project: how many, what goes with them, what stays."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.removed import DiskUse
from plantseg_gui.ui.panels.parts import button_row, label
from plantseg_gui.ui.theme import UNIT

KINDS = {
    "masks": ("Masks", "Labels, and what a person touched"),
    "predictions": ("Predictions", "What the model found: probability, attention, uncertainty"),
    "history": ("History", "Steps that can be undone, and the save before the last"),
    "total": ("Together", "What goes into the folder of removed photos"),
}


class RemoveDialog(QDialog):
    """See the module's text. The sizes follow as they are added up."""

    def __init__(
        self, records: Sequence[PhotoRecord], folder: str, parent: QWidget | None = None
    ) -> None:
        """Make the dialog.

        Args:
            records: The photos.
            folder: Where their files are.
            parent: Window.
        """
        super().__init__(parent)
        self.setWindowTitle("Remove from project")
        self.setMinimumWidth(60 * UNIT)
        self._count = len(records)
        what = records[0].path.name if len(records) == 1 else f"{len(records)} photos"
        work = sum(r.status in ("corrected", "approved") for r in records)
        self._sizes = {name: label("", select=True) for name in KINDS}
        self._state = label("", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(label(f"Remove {what} from the project?", "heading", wrap=True))
        files = "The photo file stays" if len(records) == 1 else "The photo files stay"
        column.addWidget(label(f"{files} where they are, in {folder}.".replace(
            "stays where they are", "stays where it is"), wrap=True))  # fmt: skip
        if work:
            were = "was" if work == 1 else "were"
            text = f"{work} of them {were} corrected or approved by a person."
            if self._count == 1:
                text = "A person corrected or approved it."
            column.addWidget(label(text, "warning", wrap=True))
        column.addWidget(label("What leaves the project:"))
        column.addWidget(self._card())
        column.addWidget(
            label(
                "Nothing is lost yet: Photos ▸ Put back brings it all back. The space is free "
                "after Photos ▸ Empty removed.",
                "muted",
                wrap=True,
            )
        )
        remove = QPushButton("Remove")
        remove.setToolTip("Take the photos out of the project; they can be put back")
        remove.setAutoDefault(False)
        remove.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Remove nothing (Esc)")
        cancel.setDefault(True)
        cancel.clicked.connect(self.reject)
        column.addSpacing(UNIT)
        column.addStretch(1)
        column.addLayout(button_row(cancel, remove))
        cancel.setFocus()
        self._column = column

    def show_use(self, use: DiskUse, done: int) -> None:
        """Show what was added up so far.

        Args:
            use: Bytes by kind.
            done: Of how many photos.
        """
        for name, size in self._sizes.items():
            size.setText(megabytes(getattr(use, name)))
        whole = done >= self._count
        self._state.setText("" if whole else f"adding up: {done} of {self._count} photos…")
        self._state.setVisible(not whole)
        # A wrapped line has no fixed height: as high as needed at this width.
        self._column.activate()
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))

    @property
    def sizes(self) -> dict[str, str]:
        """What is on screen, by kind; for tests."""
        return {name: size.text() for name, size in self._sizes.items()}

    @property
    def adding_up(self) -> bool:
        """Whether more is to come."""
        return bool(self._state.text())

    def _card(self) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(2 * UNIT, UNIT, 2 * UNIT, UNIT)
        grid.setHorizontalSpacing(2 * UNIT)
        grid.setVerticalSpacing(UNIT // 2)
        grid.setColumnStretch(0, 1)
        for place, (name, (title, tip)) in enumerate(KINDS.items()):
            head = label(title, "" if name == "total" else "muted")
            for part in (head, self._sizes[name]):
                part.setToolTip(tip)
            self._sizes[name].setAccessibleName(title)
            self._sizes[name].setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(head, place, 0)
            grid.addWidget(self._sizes[name], place, 1)
        grid.addWidget(self._state, len(KINDS), 0, 1, 2)
        return card


def megabytes(size: int) -> str:
    """A size on the disk, in MB."""
    return f"{size / 1e6:.1f} MB" if size < 10e6 else f"{size / 1e6:,.0f} MB"
