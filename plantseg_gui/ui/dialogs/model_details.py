"""Right half of the models dialog: one version, its card, and the person's title and notes."""

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QFocusEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.model_tree import State, Version
from plantseg_gui.storage.shelf_record import MAX_TITLE
from plantseg_gui.ui.panels.parts import label, primary, set_role
from plantseg_gui.ui.theme import UNIT, Theme, set_icon


class Notes(QPlainTextEdit):
    """A few lines of text.

    Attributes:
        left: The cursor left it.
    """

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell it."""
        super().focusOutEvent(event)
        self.left.emit()


class ModelDetails(QWidget):
    """See the module's text.

    Attributes:
        use_wanted: name.
        star_wanted: name, on.
        title_wanted: name, title.
        notes_wanted: name, text.
        export_wanted: name.
    """

    use_wanted = Signal(str)
    star_wanted = Signal(str, bool)
    title_wanted = Signal(str, str)
    notes_wanted = Signal(str, str)
    export_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._version: Version | None = None
        self.title = QLineEdit()
        self.title.setMaxLength(MAX_TITLE)
        self.title.setToolTip(
            "Title of this version; its name stays, so that predictions still know it"
        )
        self.title.editingFinished.connect(self._keep_title)
        self._facts = label("", "muted", wrap=True, select=True)
        self.notes = Notes()
        self.notes.setPlaceholderText("What this version is good or bad at")
        self.notes.setToolTip("Kept when you leave the field; they travel with an export")
        self.notes.setAccessibleName("Your notes")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(8 * UNIT)
        self.notes.left.connect(self.keep_notes)
        self._card = QTextBrowser()
        self._card.setOpenLinks(False)
        self._card.setToolTip("The model's card: data, figures, what it is bad at")
        self._use = primary(QPushButton("Use this version"))
        self._use.setToolTip("New photos are looked at by this version; your masks stay")
        self._use.clicked.connect(lambda: self._tell(self.use_wanted))
        self._star = QPushButton("Star")
        self._star.setCheckable(True)
        self._star.setToolTip("Starred versions are never pruned")
        set_icon(theme, self._star, "star")
        self._star.clicked.connect(self._on_star)
        self._rename = QPushButton("Rename")
        self._rename.setToolTip("Give this version a title (F2)")
        self._rename.clicked.connect(self.edit_title)
        self._export = QPushButton("Export…")
        self._export.setToolTip("Write this version as one zip file, to keep or to give away")
        self._export.clicked.connect(lambda: self._tell(self.export_wanted))
        self._lay_out()

    @property
    def name(self) -> str:
        """Of the version that is shown; empty for none."""
        return self._version.name if self._version is not None else ""

    @property
    def facts(self) -> str:
        """What is said below the title."""
        return self._facts.text()

    @property
    def card(self) -> str:
        """The card as plain text."""
        return self._card.toPlainText()

    def show_version(self, version: Version | None) -> None:
        """Show a version; notes that are being written stay."""
        if version is None or version.name != self.name:
            self.keep_notes()
            self._version = None
            self.notes.setPlainText(version.entry.notes if version else "")
            self.show_card(self.name, "")
        elif self.notes.toPlainText().strip() == self._kept_notes():
            self._set_notes(version.entry.notes)
        self._version = version
        there = version is not None
        for widget in (self.title, self.notes, self._star, self._rename, self._export, self._use):
            widget.setEnabled(there)
        if version is None:
            self.title.setText("")
            self._facts.setText("")
            return
        if not self.title.hasFocus() or not self.title.isModified():
            self.title.setText(version.title)
        self._facts.setText(facts(version))
        set_role(self._facts, "danger" if version.record.damaged else "muted")
        in_use, damaged = version.state is State.IN_USE, version.state is State.DAMAGED
        self._use.setEnabled(not in_use and not damaged)
        self._use.setText("In use" if in_use else "Use this version")
        self._star.setChecked(version.entry.starred)
        set_icon(self._theme, self._star, "star-full" if version.entry.starred else "star")
        self._export.setEnabled(not damaged)

    def show_card(self, name: str, text: str) -> None:
        """Show the card of the version `name`, in Markdown; one of another version is dropped."""
        if name == self.name:
            self._card.document().setMarkdown(
                text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub
            )
            # The document was changed behind the browser's back: its cursor stands at the end.
            self._card.moveCursor(QTextCursor.MoveOperation.Start)

    def edit_title(self) -> None:
        """Put the cursor into the title."""
        self.title.setFocus()
        self.title.selectAll()

    def use(self) -> None:
        """Choose the version, where that is possible."""
        if self._use.isEnabled():
            self._tell(self.use_wanted)

    def keep_notes(self) -> None:
        """Hand over notes that were changed."""
        text = self.notes.toPlainText().strip()
        if self._version is not None and text != self._kept_notes():
            self.notes_wanted.emit(self.name, text)

    def _kept_notes(self) -> str:
        return self._version.entry.notes if self._version is not None else ""

    def _set_notes(self, text: str) -> None:
        if text != self.notes.toPlainText().strip():
            self.notes.setPlainText(text)

    def _keep_title(self) -> None:
        version = self._version
        if version is not None and self.title.isModified():
            self.title.setModified(False)
            if self.title.text().strip() != version.title:
                self.title_wanted.emit(version.name, self.title.text())

    def _on_star(self, on: bool) -> None:
        if self._version is not None:
            self.star_wanted.emit(self.name, on)

    def _tell(self, signal: SignalInstance) -> None:
        if self._version is not None:
            signal.emit(self.name)

    def _lay_out(self) -> None:
        acts = QHBoxLayout()
        acts.setSpacing(UNIT)
        for button in (self._star, self._rename, self._export):
            button.setProperty("compact", True)
            acts.addWidget(button)
        acts.addStretch(1)
        acts.addWidget(self._use)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(self.title)
        column.addWidget(self._facts)
        column.addLayout(acts)
        column.addWidget(label("Your notes", "caption"))
        column.addWidget(self.notes)
        column.addWidget(label("Card", "caption"))
        column.addWidget(self._card, 1)


def facts(version: Version) -> str:
    """Where a version comes from, in some lines."""
    record = version.record
    if record.damaged:
        return f"Cannot be used: {record.damaged}"
    meta = record.meta
    lines = [version.name] if version.entry.title else []
    if meta.parent:
        here = "" if version.parent else " (not on this shelf)"
        lines.append(f"Retrained from {meta.parent}{here}")
    parts = [f"Made {meta.created[:16].replace('T', ' ')}"] if meta.created else []
    encoder = meta.network.get("encoder")
    if encoder:
        parts.append(f"encoder {encoder}")
    parts.append(f"lesion from {100 * meta.threshold:.0f} % probability")
    text = ", ".join(parts)
    return "\n".join([*lines, text[:1].upper() + text[1:], str(record.folder)])
