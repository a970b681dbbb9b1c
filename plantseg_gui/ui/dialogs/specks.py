"""Asks how small a spot must be to go, and says at each step how many would."""

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from plantseg_gui.ui.panels.parts import button_row, label, primary
from plantseg_gui.ui.theme import UNIT

MAX_PX = 100_000


class SpecksDialog(QDialog):
    """See the module's text."""

    def __init__(
        self,
        areas: npt.NDArray[np.int64],
        where: str,
        smallest_px: int,
        parent: QWidget | None = None,
    ) -> None:
        """Ask.

        Args:
            areas: Pixels of each spot, in rising order.
            where: What they are spots of: "this photo", "lesion 7".
            smallest_px: The smallest area to keep, to begin with.
            parent: The window.
        """
        super().__init__(parent)
        self.setWindowTitle("Remove specks")
        self.setMinimumWidth(48 * UNIT)
        self._areas = areas
        self._box = QSpinBox()
        self._box.setRange(1, MAX_PX)
        self._box.setSuffix(" px")
        self._box.setValue(smallest_px)
        self._box.setAccessibleName("Smallest area that stays")
        self._box.setToolTip("Spots with fewer pixels become healthy")
        self._count = label("", "heading")
        self._go = primary(QPushButton("Remove"))
        self._go.setToolTip("Make these spots healthy; one undo step brings them back (Enter)")
        self._go.setDefault(True)
        self._go.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Leave all spots (Esc)")
        cancel.clicked.connect(self.reject)
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(label("Smallest area that stays"))
        line.addStretch(1)
        line.addWidget(self._box)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addWidget(label(f"Small spots of {where} become healthy.", wrap=True))
        column.addLayout(line)
        column.addWidget(self._count)
        column.addLayout(button_row(cancel, self._go))
        self._box.valueChanged.connect(lambda _: self._show())
        self._show()
        self._box.setFocus()
        self._box.selectAll()

    @property
    def smallest_px(self) -> int:
        """The smallest area to keep."""
        return self._box.value()

    def _show(self) -> None:
        going = int(np.searchsorted(self._areas, self.smallest_px, side="left"))
        pixels = int(self._areas[:going].sum())
        spots = f"{going} of {len(self._areas)} spots"
        verb = "goes" if going == 1 else "go"
        self._count.setText(f"{spots} {verb}: {pixels} px" if going else f"{spots} go")
        self._go.setEnabled(going > 0)
