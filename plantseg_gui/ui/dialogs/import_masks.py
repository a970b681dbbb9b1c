"""Asks which annotations to import, and shows first which photo each one goes to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.formats.pairing import Pairing
from plantseg_gui.storage.formats.registry import FORMATS
from plantseg_gui.ui.panels.parts import button_row, label, primary
from plantseg_gui.ui.theme import UNIT

HEADS = ("Annotation", "Photo", "Lesions", "What happens")
# Rows beyond these are counted, not listed: a table of 100,000 rows helps nobody.
MOST_ROWS = 5_000


class ImportDialog(QDialog):
    """See the module's text.

    Attributes:
        look: (path, format key); the person chose something to look at.
    """

    look = Signal(object, str)

    def __init__(self, folder: str, parent: QWidget | None = None) -> None:
        """Make the dialog.

        Args:
            folder: Where the file dialogs begin.
            parent: Window.
        """
        super().__init__(parent)
        self.setWindowTitle("Import masks")
        self.resize(104 * UNIT, 72 * UNIT)
        self._folder = folder
        self._rows: Sequence[Pairing] = ()
        self._statuses: Mapping[str, str] = {}
        self._path = QLineEdit()
        self._path.setReadOnly(True)
        self._path.setPlaceholderText("A file or a folder of masks or annotations")
        self._path.setToolTip("What is imported")
        self._format = QComboBox()
        self._format.setToolTip("Kind of the files")
        self._format.addItem("Find out by content", "")
        for key, one in FORMATS.items():
            self._format.addItem(one.label, key)
            keeps = f"Keeps {one.keeps}"
            self._format.setItemData(self._format.count() - 1, keeps, Qt.ItemDataRole.ToolTipRole)
        self._format.currentIndexChanged.connect(self._ask_look)
        self._table = self._make_table()
        self._over = QCheckBox()
        self._over.setToolTip("Off: the masks that people made stay, and these are left out")
        self._over.toggled.connect(self._show_rows)
        self._summary = label("Choose what to import.", "muted", wrap=True)
        self._go = primary(QPushButton("Import"))
        self._go.setToolTip("Put these masks onto the photos; one undo step takes all of it back")
        self._go.setDefault(True)
        self._go.clicked.connect(self.accept)
        self._lay_out()
        self._show_rows()

    @property
    def source(self) -> tuple[Path, str]:
        """File or folder, and the format's key ("" = by content)."""
        return Path(self._path.text()), str(self._format.currentData())

    @property
    def replaces_work(self) -> bool:
        """Whether masks that people corrected or approved are replaced as well."""
        return self._over.isChecked()

    def set_path(self, path: Path) -> None:
        """Look at a file or folder."""
        self._path.setText(str(path))
        self._folder = str(path if path.is_dir() else path.parent)
        self._ask_look()

    def show_looking(self, text: str) -> None:
        """Nothing is known yet."""
        self._rows = ()
        self._show_rows()
        self._summary.setText(text)

    def show_pairings(self, rows: Sequence[Pairing], statuses: Mapping[str, str]) -> None:
        """Show what goes where.

        Args:
            rows: From `formats.pairing`.
            statuses: Photo id → status of its mask now.
        """
        self._rows, self._statuses = rows, statuses
        work = sum(r.usable and self._is_work(r) for r in rows)
        photos = "1 photo" if work == 1 else f"{work} photos"
        self._over.setText(f"Also replace the masks of {photos} corrected or approved by a person")
        self._over.setVisible(work > 0)
        self._show_rows()

    def chosen(self) -> int:
        """How many would be imported."""
        return sum(self._takes(row) for row in self._rows)

    def _is_work(self, row: Pairing) -> bool:
        photo = row.photo
        return photo is not None and self._statuses.get(photo.photo_id) in ("corrected", "approved")

    def _takes(self, row: Pairing) -> bool:
        return row.usable and (self._over.isChecked() or not self._is_work(row))

    def _what(self, row: Pairing) -> str:
        if not row.usable:
            return row.reason
        if not self._takes(row):
            return "Left out: a person corrected this photo"
        what = "Replaces the mask of a person" if self._is_work(row) else "Imported"
        if not row.lesions:
            what += ", no lesion"
        return ". ".join([what, *row.notes])

    def _show_rows(self) -> None:
        table = self._table
        shown = sorted(self._rows, key=lambda r: r.usable)[:MOST_ROWS]
        table.setRowCount(len(shown))
        for line, row in enumerate(shown):
            name = row.name or row.file.name
            photo = row.photo.path if row.photo is not None else "–"
            lesions = str(row.lesions) if row.usable else "–"
            cells = (name, photo, lesions, self._what(row))
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{row.file}\n{text}" if column != 3 else text)
                if column == 2:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                if not self._takes(row):
                    item.setForeground(self.palette().placeholderText())
                table.setItem(line, column, item)
        count = self.chosen()
        self._go.setEnabled(count > 0)
        self._go.setText(f"Import {count}" if count else "Import")
        if self._rows:
            left = len(self._rows) - count
            text = f"{_masks(count)} will be imported."
            text += f" {_masks(left)} will not: see the lines above." if left else ""
            if len(self._rows) > MOST_ROWS:
                text += f" The first {MOST_ROWS:,} are listed."
            self._summary.setText(text)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(HEADS))
        table.setHorizontalHeaderLabels(HEADS)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(False)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setAccessibleName("Which annotation goes to which photo")
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 1):
            head.resizeSection(column, 26 * UNIT)
        head.resizeSection(2, 9 * UNIT)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        file, folder = QPushButton("File…"), QPushButton("Folder…")
        file.setToolTip("One file: COCO, HDF5, or the annotation of one photo")
        folder.setToolTip("A folder with a file for each photo")
        file.clicked.connect(self._choose_file)
        folder.clicked.connect(self._choose_folder)
        cancel = QPushButton("Cancel")
        cancel.setToolTip("Change nothing (Esc)")
        cancel.clicked.connect(self.reject)
        for button in (file, folder, cancel):
            button.setAutoDefault(False)
        place = QHBoxLayout()
        place.setSpacing(UNIT)
        place.addWidget(self._path, 1)
        place.addWidget(file)
        place.addWidget(folder)
        place.addWidget(self._format)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(UNIT)
        column.addLayout(place)
        column.addWidget(self._table, 1)
        column.addWidget(self._over)
        column.addWidget(self._summary)
        column.addLayout(button_row(cancel, self._go))
        self._over.hide()

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import a file", self._folder)
        if name:
            self.set_path(Path(name))

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Import a folder", self._folder)
        if name:
            self.set_path(Path(name))

    def _ask_look(self, *_: object) -> None:
        if self._path.text():
            self.look.emit(*self.source)


def _masks(count: int) -> str:
    return "1 mask" if count == 1 else f"{count} masks"
