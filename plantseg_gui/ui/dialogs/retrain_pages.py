"""The page of the Retrain dialog that shows a result; the others have files of their own."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.dialogs.retrain_results import Outcome, signed
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.theme import UNIT


class ResultPage(QWidget):
    """Before and after, then Keep or Discard."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = label("", "title", wrap=True)
        self.advice = label("", wrap=True)
        self._before = label("", "figure")
        self._after = label("", "figure")
        self.method = label("", "muted", wrap=True)
        self.note = label("", wrap=True)
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels(["Held-out photo", "Before", "After", "Change"])
        self._tree.setRootIsDecorated(False)
        self._tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._tree.setToolTip(
            "Dice of the model's mask with yours, on photos held out from training"
        )
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for i in (1, 2, 3):
            header.setSectionResizeMode(i, QHeaderView.ResizeMode.ResizeToContents)
        self._figures = QFrame()
        row = QHBoxLayout(self._figures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * UNIT)
        for title, value in (("Dice before", self._before), ("Dice after", self._after)):
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(value)
            box.addWidget(label(title, "caption"))
            row.addLayout(box)
        row.addWidget(self.method, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(self.headline)
        column.addWidget(self.advice)
        column.addWidget(self._figures)
        column.addWidget(self._tree, 1)
        column.addWidget(self.note)
        column.addStretch(0)

    def show_outcome(self, outcome: Outcome, new_name: str) -> None:
        """Show the end of a run."""
        self.headline.setText(outcome.headline)
        judged = outcome.before is not None and outcome.after is not None
        self._figures.setVisible(judged)
        self._before.setText(f"{outcome.before:.2f}" if outcome.before is not None else "")
        self._after.setText(f"{outcome.after:.2f}" if outcome.after is not None else "")
        self.method.setText(f"Mean Dice, {outcome.method}. 1.00 would be exactly your masks.")
        self._tree.clear()
        for photo in outcome.photos:
            cells = [_score(photo.before), _score(photo.after), _change(photo.change)]
            item = QTreeWidgetItem([photo.name, *cells])
            for i in (1, 2, 3):
                item.setTextAlignment(
                    i, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
            self._tree.addTopLevelItem(item)
        self._tree.setVisible(bool(outcome.photos))
        self.advice.setText(outcome.advice)
        self.advice.setVisible(bool(outcome.advice))
        how = "Stopped after" if outcome.stopped else "Trained in"
        keep = (
            f"Keep puts it on the shelf as {new_name} and works with it; the one before can be "
            "chosen again at any time."
            if outcome.model
            else "Nothing was learned yet, so there is nothing to keep."
        )
        self.note.setText(f"{how} {duration(outcome.seconds)}. {keep}")


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _change(value: float | None) -> str:
    return "–" if value is None else signed(value)
