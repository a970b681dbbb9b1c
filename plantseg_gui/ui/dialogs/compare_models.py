"""Two versions on the same photos: which, on what, and what came of it, photo by photo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.storage.model_tree import State, Version
from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.parts import button_row, label, primary, set_role
from plantseg_gui.ui.theme import UNIT, Theme

BAR_STEPS = 1000
# Within this a photo's Dice counts as the same (`evaluation.model_comparison`).
SAME_WITHIN = 0.005
PHOTO, FIRST, SECOND, CHANGE, TRUE, SEVERITY_1, SEVERITY_2 = range(7)
_HEADS = ("Photo", "Dice, 1st", "Dice, 2nd", "Change", "Severity", "by 1st", "by 2nd")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Choice:
    """A set of photos to judge on.

    Attributes:
        key: Name of the set.
        text: What it is called, with the number of photos.
        count: Photos; a set of none cannot be chosen.
        note: What to keep in mind; empty for nothing.
    """

    key: str
    text: str
    count: int
    note: str = ""


class CompareDialog(QDialog):
    """See the module's text.

    Attributes:
        start_wanted: first, second, key of the set.
        stop_wanted: End with what was judged so far.
        chosen: Another version or set was chosen: its note may be another.
    """

    start_wanted = Signal(str, str, str)
    stop_wanted = Signal()
    chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare models")
        self.resize(112 * UNIT, 76 * UNIT)
        self._theme = theme
        self._choices: list[Choice] = []
        self._running = False
        self.first = self._box("The version that is compared with")
        self.second = self._box("The version that is judged against it")
        self.photos = self._box("Photos with masks that both versions are judged on")
        self._note = label("", "muted", wrap=True)
        self._progress = label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._summary = QWidget()
        self._sentence = label("", "heading", wrap=True, select=True)
        self._figures: dict[tuple[int, int], QLabel] = {}
        self.table = self._make_table()
        self._start = primary(QPushButton("Compare"))
        self._start.setToolTip("Run both versions on these photos, in the background")
        self._start.clicked.connect(self._on_start)
        self._stop = QPushButton("Stop")
        self._stop.setToolTip("End with the photos that were judged so far")
        self._stop.clicked.connect(self.stop_wanted)
        close = QPushButton("Close")
        close.setToolTip("Close this dialog; a comparison that runs goes on (Esc)")
        close.clicked.connect(self.reject)
        self._lay_out(close)
        self.clear()
        self.show_running(False)

    def show_versions(self, versions: Sequence[Version], second: str = "") -> None:
        """Offer versions: the one in use on the left, `second` on the right."""
        usable = [v for v in versions if v.state is not State.DAMAGED]
        in_use = next((v.name for v in usable if v.state is State.IN_USE), "")
        other = next((v.name for v in reversed(usable) if v.name != in_use), "")
        wanted = second if second not in ("", in_use) else other
        for box, name in ((self.first, in_use), (self.second, wanted)):
            kept = str(box.currentData() or "")
            with quiet(box):
                box.clear()
                for version in usable:
                    text = version.title
                    if version.state in (State.IN_USE, State.CANDIDATE):
                        text += f" ({version.state})"
                    box.addItem(text, version.name)
                place = box.findData(kept if self._running else name)
                box.setCurrentIndex(max(0, place))
        self._on_chosen()

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Offer sets of photos; the first that has any is chosen at first."""
        kept = self.photos.currentData()
        self._choices = list(choices)
        with quiet(self.photos):
            self.photos.clear()
            for choice in choices:
                self.photos.addItem(choice.text, choice.key)
                item = self.photos.model().item(self.photos.count() - 1)  # type: ignore[attr-defined]
                item.setEnabled(choice.count > 0)
            there = [c.key for c in choices if c.count]
            wanted = kept if kept in there else (there or [""])[0]
            self.photos.setCurrentIndex(self.photos.findData(wanted))
        self._refresh()

    def show_note(self, text: str) -> None:
        """Say what to keep in mind about these versions on these photos."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def clear(self) -> None:
        """No result."""
        self._summary.hide()
        self.table.clear()
        self._sentence.setText("")
        for cell in self._figures.values():
            cell.setText("")
        self.show_names("", "")

    def show_names(self, first: str, second: str) -> None:
        """Head the columns with the versions."""
        head = self.table.headerItem()
        for dice, severity, name in ((FIRST, SEVERITY_1, first), (SECOND, SEVERITY_2, second)):
            head.setToolTip(dice, f"Dice of {name} on this photo" if name else "")
            head.setToolTip(severity, f"Severity by {name}, % of the leaf area" if name else "")
        heads = (f"1st: {first}", f"2nd: {second}", "change (95 % interval)")
        for column, text in enumerate(heads, 1):
            self._figures[0, column].setText(text)

    def show_running(self, on: bool, text: str = "") -> None:
        """A comparison runs, or does not any more."""
        self._running = on
        for box in (self.first, self.second, self.photos):
            box.setEnabled(not on)
        self._stop.setVisible(on)
        self._bar.setVisible(on)
        self._bar.setRange(0, 0)
        self._progress.setText(text)
        self._progress.setVisible(bool(text))
        set_role(self._progress, "muted")
        self._refresh()

    def show_progress(self, done: float, total: int, text: str) -> None:
        """How far it is."""
        self._bar.setRange(0, BAR_STEPS if total else 0)
        self._bar.setValue(round(BAR_STEPS * done / total) if total else 0)
        self._progress.setText(text)
        self._progress.setVisible(bool(text))

    def show_fault(self, text: str) -> None:
        """Why there is no result."""
        self.show_running(False, text)
        set_role(self._progress, "danger")

    def add_photo(self, row: Mapping[str, Any]) -> None:
        """A photo that both have judged."""
        self.table.addTopLevelItem(self._item(row))

    def show_result(self, result: Mapping[str, Any]) -> None:
        """The figures, and all photos with the worst change first."""
        first, second = result["first"], result["second"]
        self.show_names(first["name"], second["name"])
        self._sentence.setText(str(result["sentence"]))
        self._summary.show()
        lines = (
            (_spread(first, "dice_mean"), _spread(second, "dice_mean"), _change(result["change"])),
            (_spread(first, "dice_pooled"), _spread(second, "dice_pooled"), ""),
            (_severity(first), _severity(second), ""),
        )
        for line, cells in enumerate(lines, 1):
            for column, text in enumerate(cells, 1):
                self._figures[line, column].setText(text)
        self.table.clear()
        self.table.addTopLevelItems([self._item(row) for row in result["images"]])
        said = f"{result['n']} of {result['planned']} photos" if result["partial"] else ""
        failed = len(result["failed"])
        if failed:
            said = f"{said}, {failed} could not be judged".removeprefix(", ")
        self.show_running(False, said)

    @property
    def texts(self) -> dict[str, str]:
        """What is on screen, by name, for tests."""
        return {
            "sentence": self._sentence.text(),
            "progress": self._progress.text(),
            "note": self._note.text(),
            **{f"{line},{column}": cell.text() for (line, column), cell in self._figures.items()},
        }

    def _on_start(self) -> None:
        self.clear()
        self.start_wanted.emit(
            self.first.currentData(), self.second.currentData(), self.photos.currentData()
        )

    def _on_chosen(self) -> None:
        self._refresh()
        self.chosen.emit()

    def _refresh(self) -> None:
        count = next((c.count for c in self._choices if c.key == self.photos.currentData()), 0)
        two = self.first.currentData() != self.second.currentData()
        self._start.setEnabled(not self._running and two and count > 0)
        self._start.setToolTip(
            "Choose two different versions"
            if not two
            else "Correct or approve some photos first"
            if not count
            else "Run both versions on these photos, in the background"
        )

    def _item(self, row: Mapping[str, Any]) -> QTreeWidgetItem:
        change = float(row["change"])
        item = QTreeWidgetItem(
            [
                str(row["image"]),
                f"{row['dice_first']:.3f}",
                f"{row['dice_second']:.3f}",
                f"{change:+.3f}".replace("-", "−"),
                *(
                    "–" if row[key] is None else f"{row[key]:.1f} %"
                    for key in ("severity_true", "severity_first", "severity_second")
                ),
            ]
        )
        for column in range(1, len(_HEADS)):
            item.setTextAlignment(column, _RIGHT)
        item.setToolTip(PHOTO, str(row["image"]))
        if abs(change) > SAME_WITHIN:
            tokens = self._theme.tokens
            colour = tokens.status_approved if change > 0 else tokens.danger
            item.setForeground(CHANGE, QBrush(QColor(colour)))
        return item

    def _box(self, tip: str) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setAccessibleName(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        box.currentIndexChanged.connect(lambda _: self._on_chosen())
        return box

    def _make_table(self) -> QTreeWidget:
        table = QTreeWidget()
        table.setHeaderLabels(list(_HEADS))
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setAccessibleName("Photos")
        table.setToolTip("Each photo by both versions; the worst change first")
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(PHOTO, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(_HEADS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, 10 * UNIT)
            table.headerItem().setTextAlignment(column, _RIGHT)
        table.headerItem().setToolTip(TRUE, "Severity of your mask, % of the leaf area")
        return table

    def _lay_out(self, close: QPushButton) -> None:
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        for text, box in (("Compare", self.first), ("with", self.second), ("on", self.photos)):
            top.addWidget(label(text))
            top.addWidget(box, 1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, UNIT)
        grid.setHorizontalSpacing(3 * UNIT)
        grid.setVerticalSpacing(UNIT // 2)
        heads = ("", "Mean Dice", "Pooled Dice", "Severity error")
        for line, head in enumerate(heads):
            grid.addWidget(label(head, "muted"), line, 0)
            for column in range(1, 4):
                cell = label("", "muted" if line == 0 else "", select=True)
                self._figures[line, column] = cell
                grid.addWidget(cell, line, column)
        grid.setColumnStretch(3, 1)
        body = QVBoxLayout(self)
        body.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        body.setSpacing(UNIT)
        body.addLayout(top)
        body.addWidget(self._note)
        body.addWidget(self._bar)
        body.addWidget(self._progress)
        summary = QVBoxLayout(self._summary)
        summary.setContentsMargins(0, 0, 0, 0)
        summary.addWidget(self._sentence)
        summary.addLayout(grid)
        body.addWidget(self._summary)
        body.addWidget(self.table, 1)
        body.addLayout(button_row(close, self._stop, self._start))


def _spread(figures: Mapping[str, Any], name: str) -> str:
    value, (low, high) = figures[name], figures["intervals"][name]
    if value is None:
        return "–"
    return f"{value:.3f}" if low is None else f"{value:.3f}  ({low:.3f} to {high:.3f})"


def _severity(figures: Mapping[str, Any]) -> str:
    error = figures["severity"]["mean_abs_error"]
    return "–" if error is None else f"{error:.2f} points"


def _change(change: Mapping[str, Any]) -> str:
    mean, (low, high) = change["mean"], change["interval"]
    if mean is None:
        return "–"
    return f"{mean:+.3f}  ({low:+.3f} to {high:+.3f})".replace("-", "−")
