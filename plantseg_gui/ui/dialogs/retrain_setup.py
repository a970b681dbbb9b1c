"""The page of the Retrain dialog before the start: what it will use, how long, what it keeps."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from plantseg_gui.ui.dialogs.retrain_words import expected_method
from plantseg_gui.ui.panels.parts import label, set_role
from plantseg_gui.ui.theme import UNIT

MINUTES = (1, 2, 5, 15, 60, 240)


@dataclass(frozen=True)
class Plan:
    """What a run would use."""

    approved: int
    corrected: int
    base: str
    new_name: str
    minutes: float
    earlier: tuple[str, ...] = ()


class SetupPage(QWidget):
    """What it will use, how long, what it keeps: read before Start is pressed.

    Attributes:
        limit_changed: Another time limit was chosen.
        time: Says how long it will take.
    """

    limit_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._uses = label("", wrap=True)
        self._base = label("", wrap=True)
        self.time = label("", wrap=True)
        self._judged = label("", wrap=True)
        self._keeps = label("", wrap=True)
        self._earlier = label("", wrap=True)
        self._limit = QComboBox()
        self._limit.setToolTip("The run ends by itself after this time and keeps the best so far")
        for minutes in MINUTES:
            text = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
            self._limit.addItem(text, float(minutes))
        self._limit.currentIndexChanged.connect(lambda _: self.limit_changed.emit())
        limit = QHBoxLayout()
        limit.setSpacing(UNIT)
        limit.addWidget(label("At most"))
        limit.addWidget(self._limit)
        limit.addStretch(1)
        card = QFrame()
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        grid.setHorizontalSpacing(2 * UNIT)
        grid.setVerticalSpacing(2 * UNIT)
        grid.setColumnStretch(1, 1)
        for i, (title, widget) in enumerate(
            {
                "Learns from": self._uses,
                "Starts from": self._base,
                "How long": self.time,
                "Judged by": self._judged,
                "Keeps": self._keeps,
                "Earlier": self._earlier,
            }.items()
        ):
            head = label(title, "muted")
            grid.addWidget(head, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, i, 1)
        grid.addWidget(label("Time limit", "muted"), 6, 0)
        grid.addLayout(limit, 6, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(label("Teach the model with your corrections", "title"))
        column.addWidget(card)
        column.addStretch(1)

    @property
    def minutes(self) -> float:
        """The time limit."""
        return float(self._limit.currentData())

    def show_plan(self, plan: Plan) -> None:
        """Say what a run would use."""
        self._earlier.setText(
            plan.earlier[0] if plan.earlier else "No training in this project yet"
        )
        self._earlier.setToolTip("\n".join(plan.earlier) or "Trainings of this project are listed")
        lines = []
        if plan.approved:
            lines.append(
                f"{_photos(plan.approved, 'approved')}: the whole picture, as you checked it"
            )
        if plan.corrected:
            lines.append(
                f"{_photos(plan.corrected, 'corrected')}: only around the places you touched"
            )
        self._uses.setText(
            "\n".join(lines)
            or "Nothing yet. Correct a mask with the brush, or approve a photo (Ctrl+Enter)."
        )
        set_role(self._uses, "" if lines else "warning")
        self._base.setText(plan.base or "No model is loaded.")
        self._judged.setText(expected_method(plan.approved))
        self._keeps.setText(
            f"The model in use stays as it is. The result is a new version beside it, "
            f"{plan.new_name or 'with a new number'}; you see before and after and choose Keep or "
            "Discard. Photos and masks are not changed."
        )
        nearest = min(range(len(MINUTES)), key=lambda i: abs(MINUTES[i] - plan.minutes))
        self._limit.setCurrentIndex(nearest)


def _photos(count: int, kind: str) -> str:
    return f"{count} {kind} photo{'s' if count != 1 else ''}"
