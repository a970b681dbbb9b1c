"""Asks what to write and where."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.formats.registry import FORMATS
from plantseg_gui.ui.panels.parts import button_row, label, primary
from plantseg_gui.ui.theme import UNIT

# name → (text, tooltip, checked at first)
KINDS: dict[str, tuple[str, str, bool]] = {
    "mask": ("Lesion masks", "8-bit PNG, 0 and 255, the photo's own size", True),
    "instances": ("Numbered lesions", "16-bit PNG: 0 healthy, 1, 2 … lesions, 65535 unsure", False),
    "table": (
        "Table of numbers",
        "table.csv: severity, lesions, areas, tags, camera and date; one line a photo",
        True,
    ),
    "place": ("… with the place (GPS)", "Where the photo was taken, as its file says it", False),
    "leaf": ("Leaf areas", "8-bit PNG, 255 = leaf", False),
    "probability": ("Probability maps", "8-bit PNG, 255 = 100 %", False),
    "attention": ("Attention maps", "Two 8-bit PNGs, 255 = most", False),
    "uncertainty": (
        "Uncertainty maps",
        "Variance and energy as 16-bit PNG, scale in the table",
        False,
    ),
}


@dataclass(frozen=True)
class ExportOrder:
    """What was asked for.

    Attributes:
        folder: Where to.
        kinds: Keys of `KINDS`.
        scope: "shown": the photo on screen; "marked" in the list; "approved"; "all": all with a
            mask.
        annotations: Key of a format of `formats.registry`; "" = none.
    """

    folder: Path
    kinds: frozenset[str]
    scope: str
    annotations: str = ""


class ExportDialog(QDialog):
    """See the module's text."""

    def __init__(self, folder: Path, counts: dict[str, int], parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            folder: Proposed.
            counts: scope → photos.
            parent: Window.
        """
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(60 * UNIT)
        self._kinds: dict[str, QCheckBox] = {}
        self._scopes: dict[str, QRadioButton] = {}
        self._folder = QLineEdit(str(folder))
        self._folder.setToolTip("Folder to write to; made if it is not there")
        self._folder.textChanged.connect(self._check)
        choose = QPushButton("Choose…")
        choose.setToolTip("Choose the folder")
        choose.clicked.connect(self._choose)
        place = QHBoxLayout()
        place.setSpacing(UNIT)
        place.addWidget(self._folder, 1)
        place.addWidget(choose)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Write nothing (Esc)")
        cancel.clicked.connect(self.reject)
        self._go = primary(QPushButton("Export"))
        self._go.setToolTip("Write the files; files of the same name are replaced")
        self._go.setDefault(True)
        self._go.clicked.connect(self.accept)
        boxes = QHBoxLayout()
        boxes.setSpacing(2 * UNIT)
        right = QVBoxLayout()
        right.setSpacing(2 * UNIT)
        kinds, formats = self._kind_box(), self._format_box()
        right.addWidget(self._scope_box(counts))
        right.addWidget(formats)
        right.addStretch(1)
        boxes.addWidget(kinds, 1)
        boxes.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(2 * UNIT)
        column.addLayout(boxes)
        column.addWidget(label("To this folder", "muted"))
        column.addLayout(place)
        column.addLayout(button_row(cancel, self._go))
        self._check()

    def order(self) -> ExportOrder:
        """What was asked for."""
        return ExportOrder(
            Path(self._folder.text().strip()).expanduser(),
            frozenset(name for name, box in self._kinds.items() if box.isChecked()),
            next(name for name, button in self._scopes.items() if button.isChecked()),
            str(self._format.currentData()),
        )

    def _kind_box(self) -> QGroupBox:
        group = QGroupBox("What")
        column = QVBoxLayout(group)
        for name, (text, tip, on) in KINDS.items():
            box = QCheckBox(text)
            box.setToolTip(tip)
            box.setChecked(on)
            box.toggled.connect(self._check)
            self._kinds[name] = box
            column.addWidget(box)
        return group

    def _scope_box(self, counts: dict[str, int]) -> QGroupBox:
        texts = {
            "all": ("All photos with a mask", "Every photo that a model or you worked on"),
            "approved": ("Approved photos", "Photos whose whole leaf you checked"),
            "marked": ("Marked in the list", "The photos that you marked with Ctrl or Shift"),
            "shown": ("The photo on screen", "Only this one"),
        }
        group = QGroupBox("Which photos")
        column = QVBoxLayout(group)
        for name, (text, tip) in texts.items():
            count = counts.get(name, 0)
            button = QRadioButton(f"{text} ({count})")
            button.setToolTip(tip)
            button.setEnabled(count > 0)
            button.toggled.connect(self._check)
            self._scopes[name] = button
            column.addWidget(button)
        column.addStretch(1)
        # Who marks several photos means those.
        first = next((n for n in ("marked", *texts) if counts.get(n, 0)), "all")
        self._scopes[first].setChecked(True)
        return group

    def _format_box(self) -> QGroupBox:
        group = QGroupBox("For other programs")
        column = QVBoxLayout(group)
        self._format = QComboBox()
        self._format.setToolTip("Lesions as single objects, in a folder of their own")
        self._format.addItem("No annotations", "")
        for key, one in FORMATS.items():
            if key not in ("png-binary", "png-labels"):  # the boxes beside
                self._format.addItem(one.label, key)
        self._keeps = label("", "muted", wrap=True)
        self._format.currentIndexChanged.connect(self._check)
        column.addWidget(self._format)
        column.addWidget(self._keeps)
        return group

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Export to", self._folder.text())
        if folder:
            self._folder.setText(folder)

    def _check(self, *_: object) -> None:
        place = self._kinds["place"]
        place.setEnabled(self._kinds["table"].isChecked())
        key = str(self._format.currentData())
        self._keeps.setText(f"Keeps {FORMATS[key].keeps}." if key else "")
        some = bool(key) or any(b.isChecked() for b in self._kinds.values() if b is not place)
        photos = any(b.isChecked() and b.isEnabled() for b in self._scopes.values())
        self._go.setEnabled(some and photos and bool(self._folder.text().strip()))
