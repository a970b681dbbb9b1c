"""What this program is, and whose work it stands on."""

import importlib.metadata
import platform
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui import __version__
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import UNIT

LIBRARIES = (
    "PySide6-Essentials", "shiboken6", "pyqtgraph", "torch", "torchvision", "timm", "numpy",
    "scipy", "opencv-python-headless", "scikit-image", "h5py", "safetensors", "Pillow", "tifffile",
    "platformdirs", "psutil", "pycocotools",
)  # fmt: skip
QT = ("PySide6-Essentials", "shiboken6")
QT_NOTICE = (
    "Qt and PySide6 are used unchanged under the GNU Lesser General Public License, version 3. "
    "They are libraries of their own in this Python environment and can be replaced there by "
    "another version. Their source code is published at https://code.qt.io.\n\n"
)
_MAX_LICENCE = 60_000


class AboutDialog(QDialog):
    """Version, and each library with its licence text."""

    def __init__(self, picture: QPixmap, licences: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About PlantSeg-Next Studio")
        self.resize(92 * UNIT, 72 * UNIT)
        self._licences = licences
        logo = QLabel()
        logo.setPixmap(picture)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(label("PlantSeg-Next Studio", "title"))
        words.addWidget(label(
            f"Version {__version__}, Python {platform.python_version()}, MIT licence", "muted",
            select=True,
        ))  # fmt: skip
        words.addWidget(label(
            "Finds lesions on leaf photos, measures severity and learns from corrections, "
            "on this computer alone. It names no disease: that is your judgement.", wrap=True,
        ))  # fmt: skip
        head = QHBoxLayout()
        head.setSpacing(2 * UNIT)
        head.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels(["Library", "Version", "Licence"])
        self._tree.setRootIsDecorated(False)
        self._tree.setToolTip("Choose a library to read its licence")
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setToolTip("Licence of the chosen library")
        for name in LIBRARIES:
            self._tree.addTopLevelItem(QTreeWidgetItem(list(describe(name))))
        self._tree.currentItemChanged.connect(self._show)
        self._tree.setCurrentIndex(self._tree.model().index(0, 0))
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self._tree)
        split.addWidget(self._text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        column.setSpacing(2 * UNIT)
        column.addLayout(head)
        column.addWidget(label("Made with these libraries", "heading"))
        column.addWidget(split, 1)
        column.addWidget(buttons)

    def _show(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._text.setPlainText(licence_text(item.text(0), self._licences))


def describe(name: str) -> tuple[str, str, str]:
    """Name, version and licence of an installed library."""
    try:
        meta = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return name, "not installed", ""
    licence = meta.json.get("license_expression") or ""
    if not licence:
        classes = [
            c.split(" :: ")[-1] for c in meta.get_all("Classifier") or [] if "License ::" in c
        ]
        licence = ", ".join(classes) or str(meta.json.get("license") or "see text").splitlines()[0]
    return name, str(meta.json.get("version", "?")), str(licence)


def licence_text(name: str, shelf: Path) -> str:
    """The licence files that came with a library, or what is known of it.

    Args:
        name: Library.
        shelf: Folder of the licence texts that come with this program.
    """
    if name in QT:
        texts_here = sorted(shelf.glob("*GPL-3.0.txt"), reverse=True)
        return QT_NOTICE + "\n\n".join(f.read_text(encoding="utf-8") for f in texts_here)
    try:
        found_files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is not installed."
    texts = []
    for file in found_files:
        stem = Path(str(file)).name.casefold()
        inside = ".dist-info" in str(file)
        if inside and stem.startswith(("licen", "copying", "notice", "lgpl", "gpl")):
            path = Path(str(file.locate()))
            if path.is_file():
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
    found = "\n\n".join(texts)[:_MAX_LICENCE]
    version_licence = describe(name)[2]
    return found or f"Licence of {name}: {version_licence}. Its text is published by its authors."
