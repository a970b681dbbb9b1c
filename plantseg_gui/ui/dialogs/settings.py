"""The settings that a person changes rarely. Each acts at once; Close only closes.

To add one: a field in `storage.settings.Settings`, a row here, and whoever acts on it listens to
`Session.settings_changed`.
"""

import os
from collections.abc import Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import button_row, label
from plantseg_gui.ui.theme import UNIT

DEVICES = {"auto": "Best available", "cpu": "Processor (CPU)", "cuda": "Graphics card (CUDA)"}
PLACES = {"beside": "Beside the photos", "user": "In my user folder"}
LESIONS = {1: "Normal", 2: "Tiny (2×, four times slower)"}
LOOKS = {"system": "Like the system", "light": "Light", "dark": "Dark"}
CONTROL_WIDTH = 30 * UNIT
MOST_LETTERS = 80
# Setting, words before the number, tooltip.
MEMORY = (
    ("ram_warn_free_gib", "warn", "Warn when less memory of the computer is free"),
    ("ram_limit_free_gib", "save", "Save memory when less memory of the computer is free"),
    ("gpu_warn_gib", "warn", "Warn when the program holds more graphics memory"),
    ("gpu_limit_gib", "save", "Save graphics memory when the program holds more"),
)


class SettingsDialog(QDialog):
    """See the module's text.

    Attributes:
        changed: (name of the setting, its new value).
        defaults_wanted: The person wants the settings shown here as they were at first.
    """

    changed = Signal(str, object)
    defaults_wanted = Signal()

    def __init__(self, user_folder: str, login: str, parent: QWidget | None = None) -> None:
        """Make the rows.

        Args:
            login: The name of whoever is logged in, which counts where none is given.
            user_folder: Where projects go that do not lie beside their photos.
            parent: Window.
        """
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(88 * UNIT)
        self.device = self._choice(
            "device", DEVICES, "What the model runs on, for photos and for retraining"
        )
        cores = os.cpu_count() or 1
        self.threads = self._number(
            "threads", 0, cores, "", "How many processor cores the model may use"
        )
        self.threads.setSpecialValueText(f"All ({cores})")
        self.autosave = self._number(
            "autosave_s",
            1,
            600,
            " s",
            "Strokes are kept at once; after so many seconds the mask file follows",
        )
        self.lesions = self._choice(
            "scale", LESIONS, "How large this project's photos are looked at by the model"
        )
        self.place = self._choice("project_home", PLACES, "Where the masks of a new folder lie")
        self.undo = self._number(
            "undo_mib", 16, 8192, " MB", "Memory for undo; with less, the oldest steps go first"
        )
        self.undo.setSingleStep(64)
        self.ram_warn, self.ram_limit, self.card_warn, self.card_limit = (
            self._gigabytes(name, words, tip) for name, words, tip in MEMORY
        )
        self.annotator = self._name_field(login)
        self.look = self._choice("theme", LOOKS, "Colours of the window")
        self.found = label("", "caption", wrap=True)
        defaults = self._button("Defaults", "Set everything here back to how it was at first")
        defaults.clicked.connect(self.defaults_wanted)
        close = self._button("Close", "Close this dialog; everything is in force (Esc)")
        close.clicked.connect(self.reject)
        self._row = 0
        card = QFrame()
        card.setObjectName("card")
        self._grid = QGridLayout(card)
        self._grid.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        self._grid.setHorizontalSpacing(3 * UNIT)
        self._grid.setVerticalSpacing(UNIT // 2)
        self._grid.setColumnStretch(0, 1)
        self._add(
            "Your name", self.annotator,
            label("In the project's journal and exports: who corrected and approved each photo.",
                  "caption", wrap=True),
        )  # fmt: skip
        self._add("Look", self.look, label("Applies at once.", "caption", wrap=True))
        self._add("Model runs on", self.device, self.found)
        self._add(
            "Processor cores", self.threads,
            label("Fewer leave more for other programs. From the next photo on.", "caption",
                  wrap=True),
        )  # fmt: skip
        self._add(
            "Autosave after", self.autosave,
            label("Your work is also saved when you go to another photo or close.", "caption",
                  wrap=True),
        )  # fmt: skip
        self._add(
            "Lesions in this project",
            self.lesions,
            label(
                "Tiny: only a few pixels wide in the photo. Kept in the project.",
                "caption",
                wrap=True,
            ),
        )
        self._add(
            "New projects", self.place,
            label(f"For folders opened for the first time; others stay where they are. "
                  f"User folder: {user_folder}", "caption", wrap=True),
        )  # fmt: skip
        self._add(
            "Memory for undo", self.undo,
            label("For each open photo. The last step can always be taken back.", "caption",
                  wrap=True),
        )  # fmt: skip
        self._add(
            "Free memory", _pair(self.ram_warn, self.ram_limit),
            label("Warn, then save memory, when less is free: smaller batches, at last safe mode.",
                  "caption", wrap=True),
        )  # fmt: skip
        self._add(
            "Graphics memory", _pair(self.card_warn, self.card_limit),
            label("Warn, then save memory, when the program holds more.", "caption", wrap=True),
        )  # fmt: skip
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(2 * UNIT)
        column.addWidget(card)
        column.addStretch(1)
        column.addLayout(button_row(close, left=[defaults]))

    def fit(self) -> None:
        """As high as the notes need at this width: a wrapped note has no fixed height."""
        self._column.activate()
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        boxes = {self.device: settings.device, self.place: settings.project_home,
                 self.look: settings.theme}  # fmt: skip
        for box, value in boxes.items():
            with quiet(box):
                box.setCurrentIndex(max(0, box.findData(value)))
        if self.annotator.text().strip() != settings.annotator:
            self.annotator.setText(settings.annotator)
        numbers = {self.threads: settings.threads, self.autosave: round(settings.autosave_s),
                   self.undo: settings.undo_mib}  # fmt: skip
        for spin, number in numbers.items():
            with quiet(spin):
                spin.setValue(number)
        for amount, (name, *_) in zip(self._memory_boxes, MEMORY, strict=True):
            with quiet(amount):
                amount.setValue(getattr(settings, name))

    def show_scale(self, scale: int, *, project: bool) -> None:
        """Show how large the open project's photos are looked at; off without a project."""
        with quiet(self.lesions):
            self.lesions.setCurrentIndex(self.lesions.findData(scale))
        self.lesions.setEnabled(project)

    def show_hardware(self, text: str, *, card: bool | None) -> None:
        """Say what was found.

        Args:
            text: For the person.
            card: Whether there is a graphics card; None while it is not known. Without one it
                cannot be chosen, unless it is chosen already.
        """
        self.found.setText(text)
        model = self.device.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.device.findData("cuda"))
        usable = card is not False or self.device.currentData() == "cuda"
        item.setEnabled(usable)
        item.setToolTip("" if usable else "No graphics card was found")

    @property
    def _memory_boxes(self) -> tuple[QDoubleSpinBox, ...]:
        return self.ram_warn, self.ram_limit, self.card_warn, self.card_limit

    def _add(self, title: str, control: QWidget, note: QWidget) -> None:
        head = label(title)
        head.setBuddy(control)
        control.setAccessibleName(title)
        if self._row:
            self._grid.setRowMinimumHeight(self._row, UNIT + UNIT // 2)
            self._row += 1
        self._grid.addWidget(head, self._row, 0)
        self._grid.addWidget(note, self._row + 1, 0)
        self._grid.addWidget(control, self._row, 1, 2, 1, Qt.AlignmentFlag.AlignTop)
        self._row += 2

    def _choice(self, name: str, choices: Mapping[Any, str], tip: str) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setFixedWidth(CONTROL_WIDTH)
        for value, text in choices.items():
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda _: self.changed.emit(name, box.currentData()))
        return box

    def _name_field(self, login: str) -> QLineEdit:
        field = QLineEdit()
        field.setMaxLength(MOST_LETTERS)
        field.setPlaceholderText(login)
        field.setToolTip("Your name, by which your work is told from that of others; empty: the "
                         "login name")  # fmt: skip
        field.setFixedWidth(CONTROL_WIDTH)
        field.editingFinished.connect(self._on_name)
        return field

    def _on_name(self) -> None:
        # A field that is deleted with the window still says that it lost the focus.
        if shiboken6.isValid(self):
            self.changed.emit("annotator", " ".join(self.annotator.text().split()))

    def _number(self, name: str, low: int, high: int, unit: str, tip: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setSuffix(unit)
        box.setToolTip(tip)
        box.setFixedWidth(CONTROL_WIDTH)
        # The style sheet's padding does not reach the text.
        box.lineEdit().setTextMargins(UNIT - 2, 0, 0, 0)
        # A number that is being typed is not yet meant.
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self.changed.emit(name, value))
        return box

    def _gigabytes(self, name: str, words: str, tip: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(0.0, 1024.0)
        box.setSingleStep(0.5)
        box.setDecimals(1)
        box.setPrefix(f"{words} ")
        box.setSuffix(" GB")
        box.setSpecialValueText(f"{words} (auto)")
        box.setToolTip(tip)
        box.setAccessibleName(tip)
        box.setFixedWidth((CONTROL_WIDTH - UNIT) // 2)
        box.lineEdit().setTextMargins(UNIT - 4, 0, 0, 0)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self.changed.emit(name, value))
        return box

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button


def _pair(left: QWidget, right: QWidget) -> QWidget:
    """Two controls in the room of one."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(UNIT)
    row.addWidget(left)
    row.addWidget(right)
    pair.setFixedWidth(CONTROL_WIDTH)
    pair.setFocusProxy(left)
    return pair
