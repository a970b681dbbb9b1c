"""The shelf of models: choose the version to work with, read its card, add one from a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.ui.panels.parts import RowList, button_row, label, primary
from plantseg_gui.ui.theme import UNIT


class ModelRow(Protocol):
    """What the dialog needs of a model; `storage.models.ModelRecord` has it."""

    @property
    def name(self) -> str:
        """Name on the shelf."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def meta(self) -> ModelMeta:
        """Its description."""

    @property
    def shipped(self) -> bool:
        """Whether it came with the program."""

    @property
    def damaged(self) -> str:
        """Why it cannot be used; empty when it can."""


class ModelsDialog(QDialog):
    """See the module's text.

    Attributes:
        chosen: name of the model to use.
        add_wanted: The person wants to add a model folder.
    """

    chosen = Signal(str)
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(104 * UNIT, 72 * UNIT)
        self._rows: list[ModelRow] = []
        self._current = ""
        self._list = RowList()
        self._list.setFixedWidth(36 * UNIT)
        self._list.setToolTip("Models on this computer; the newest last")
        self._list.currentRowChanged.connect(self._show)
        self._list.itemDoubleClicked.connect(lambda _: self._use_clicked())
        self._title = label("", "title", wrap=True)
        self._facts = label("", "muted", wrap=True, select=True)
        self._card = QTextBrowser()
        self._card.setOpenLinks(False)
        self._card.setToolTip("The model's card: data, figures, what it is bad at")
        self._use = primary(QPushButton("Use this model"))
        self._use.setToolTip("New photos are looked at by this model; your masks stay")
        self._use.clicked.connect(self._use_clicked)
        add = QPushButton("Add a model folder…")
        add.setToolTip("Copy a model folder onto the shelf, for instance from “plantseg finetune”")
        add.clicked.connect(self.add_wanted)
        close = QPushButton("Close")
        close.setToolTip("Close this dialog (Esc)")
        close.clicked.connect(self.reject)
        right = QVBoxLayout()
        right.setSpacing(UNIT)
        for widget in (self._title, self._facts):
            right.addWidget(widget)
        right.addWidget(self._card, 1)
        middle = QHBoxLayout()
        middle.setSpacing(2 * UNIT)
        middle.addWidget(self._list)
        middle.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(2 * UNIT)
        column.addLayout(middle, 1)
        column.addLayout(button_row(close, self._use, left=[add]))

    def show_models(self, rows: Sequence[ModelRow], current: str) -> None:
        """List the models; `current` is the one in use."""
        self._rows, self._current = list(rows), current
        self._list.clear()
        chosen = 0
        for i, row in enumerate(self._rows):
            kind = "came with the program" if row.shipped else "your own"
            state = "damaged" if row.damaged else ("in use" if row.name == current else kind)
            item = QListWidgetItem(f"{row.name}\n{state}")
            item.setToolTip(row.damaged or f"{kind}, {row.folder}")
            self._list.addItem(item)
            if row.name == current:
                chosen = i
                font = item.font()
                font.setBold(True)
                item.setFont(font)
        self._list.setCurrentRow(chosen)

    def _show(self, place: int) -> None:
        if not 0 <= place < len(self._rows):
            return
        row = self._rows[place]
        self._title.setText(row.name)
        self._facts.setText(facts(row))
        self._card.document().setMarkdown(
            card_text(row), QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        )
        # The document was changed behind the browser's back: its cursor stands at the end.
        self._card.moveCursor(QTextCursor.MoveOperation.Start)
        self._use.setEnabled(not row.damaged and row.name != self._current)
        self._use.setText("In use" if row.name == self._current else "Use this model")

    def _use_clicked(self) -> None:
        row = self._rows[self._list.currentRow()]
        if self._use.isEnabled():
            self.chosen.emit(row.name)


def facts(row: ModelRow) -> str:
    """Where a model comes from, in one or two lines."""
    if row.damaged:
        return f"Cannot be used: {row.damaged}"
    parts = []
    if row.meta.created:
        parts.append(f"Made {row.meta.created[:16].replace('T', ' ')}")
    if row.meta.parent:
        parts.append(f"retrained from {row.meta.parent}")
    encoder = row.meta.network.get("encoder")
    if encoder:
        parts.append(f"encoder {encoder}")
    parts.append(f"lesion from {100 * row.meta.threshold:.0f} % probability")
    return ", ".join(parts) + f".\n{row.folder}"


def card_text(row: ModelRow) -> str:
    """The card's Markdown; a line in its place when there is none."""
    path = Path(row.folder) / "card.md"
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:200_000]
    except OSError:
        return row.meta.notes or "This model has no card."
