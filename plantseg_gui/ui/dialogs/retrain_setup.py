"""The page of the Retrain dialog before the start: what was chosen and why, how long it takes.

Below it, folded at first, an expert can choose otherwise.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from plantseg_gui.ui.dialogs import retrain_plan_words as words
from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.dialogs.retrain_expert import ExpertPanel, LearnedPhoto
from plantseg_gui.ui.panels.parts import label, set_role
from plantseg_gui.ui.theme import UNIT, Theme


@dataclass(frozen=True)
class Plan:
    """What a run would use.

    Attributes:
        photos: What can be learned from, whether it is chosen or not.
        tested: Approved photos of the person's own test set.
        untested: Photos of the test set that are not approved, and so cannot judge.
        base: Model to start from; empty when there is none.
        in_use: Model in use.
        new_name: Name that the result will have.
        models: Models on the shelf that can be started from.
        earlier: Sentences about earlier trainings, the newest first.
    """

    photos: tuple[LearnedPhoto, ...] = ()
    tested: int = 0
    untested: int = 0
    base: str = ""
    in_use: str = ""
    new_name: str = ""
    models: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What the trial step measured and chose.

    Attributes:
        updates: Of the whole run; 0 = nothing is measured yet.
        memory_mib: Largest memory; 0 = not known.
        plan: See `training.protocol.Trial`.
    """

    updates: int = 0
    memory_mib: float = 0.0
    plan: Mapping[str, Any] = field(default_factory=dict)


class _Line:
    """One line of the page: what was chosen, and the reason below it in small letters."""

    def __init__(self, grid: QGridLayout, title: str) -> None:
        place = grid.rowCount()
        self._head = label(title, "muted")
        self.value = label("", wrap=True)
        self.reason = label("", "caption", wrap=True)
        box = QVBoxLayout()
        box.setSpacing(0)
        box.addWidget(self.value)
        box.addWidget(self.reason)
        grid.addWidget(self._head, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(box, place, 1)

    def say(self, value: str, reason: str = "") -> None:
        """Show what was chosen and why; without a value the whole line goes."""
        self.value.setText(value)
        self.reason.setText(reason)
        self._head.setVisible(bool(value))
        self.value.setVisible(bool(value))
        self.reason.setVisible(bool(value and reason))


class SetupPage(QWidget):
    """See the module's text.

    Attributes:
        choices_changed: The expert chose something; `choices` has it.
        time: Says how long it will take.
    """

    choices_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._plan, self._measured = Plan(), Measured()
        self.expert = ExpertPanel(theme)
        self.expert.changed.connect(self._on_changed)
        card = QFrame()
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        grid.setHorizontalSpacing(2 * UNIT)
        grid.setVerticalSpacing(UNIT + UNIT // 2)
        grid.setColumnMinimumWidth(0, 11 * UNIT)
        grid.setColumnStretch(1, 1)
        self.base = _Line(grid, "Starts from")
        self.uses = _Line(grid, "Learns from")
        self.judged = _Line(grid, "Judged by")
        takes = _Line(grid, "Takes")
        self.time = takes.value
        self.updates = _Line(grid, "Updates")
        self.trains = _Line(grid, "Trains")
        self.runs_on = _Line(grid, "Runs on")
        self.fitted = _Line(grid, "Changed to fit")
        set_role(self.fitted.value, "warning")
        self.keeps = _Line(grid, "Keeps")
        self.earlier = _Line(grid, "Earlier")
        takes.reason.hide()
        inner = QWidget()
        inner.setObjectName("panelBody")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, UNIT, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(card)
        column.addWidget(self.expert)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        self.expert.opened.connect(
            # Once it has its height.
            lambda: QTimer.singleShot(0, self, lambda: scroll.ensureWidgetVisible(self.expert))
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2 * UNIT)
        outer.addWidget(label("Teach the model with your corrections", "title"))
        outer.addWidget(scroll, 1)
        self.show_measured(Measured())

    @property
    def choices(self) -> Choices:
        """What the expert has chosen."""
        return self.expert.choices

    @property
    def minutes(self) -> float:
        """The time limit."""
        return self.choices.minutes

    @property
    def ready(self) -> bool:
        """Whether there is something to learn from, and a model."""
        return bool(self._plan.base) and sum(self._chosen().values()) > 0

    def show_choices(self, choices: Choices) -> None:
        """Show what was chosen for this project."""
        self.expert.show_choices(choices)

    def show_plan(self, plan: Plan) -> None:
        """Say what a run would use."""
        if plan.models != self._plan.models:
            self.expert.show_models(plan.models)
        self._plan = plan
        self.expert.show_photos(plan.photos)
        self._say()

    def show_measured(self, measured: Measured) -> None:
        """Say what the trial step chose; with nothing measured, that it will."""
        self._measured = measured
        self._say_judged()
        self.updates.say(*words.updates(measured.updates, measured.plan))
        self.trains.say(*words.frozen(measured.plan))
        self.runs_on.say(*words.machine(measured.memory_mib, measured.plan))
        self.fitted.say(*words.changes(measured.plan))

    def _on_changed(self) -> None:
        self._say()
        self.choices_changed.emit()

    def _chosen(self) -> Counter[str]:
        """How many photos of each status are learned from."""
        left_out = set(self.choices.left_out)
        return Counter(p.status for p in self._plan.photos if p.photo_id not in left_out)

    def _say(self) -> None:
        plan, counts = self._plan, self._chosen()
        approved, corrected = counts["approved"], counts["corrected"]
        left_out = len(plan.photos) - approved - corrected
        self.base.say(*words.base(plan.base, plan.in_use))
        self.uses.say(*words.uses(approved, corrected, left_out))
        set_role(self.uses.value, "" if approved + corrected else "warning")
        self._say_judged()
        self.keeps.say(*words.keeps(plan.new_name))
        self.earlier.say(plan.earlier[0] if plan.earlier else "No training in this project yet")
        tip = "\n".join(plan.earlier) or "Trainings of this project are listed"
        self.earlier.value.setToolTip(tip)

    def _say_judged(self) -> None:
        plan, only = self._plan, self.choices.own_test_only
        approved = self._chosen()["approved"]
        measured = self._measured.plan
        self.judged.say(
            *words.judged(approved, plan.tested, plan.untested, measured, test_only=only)
        )
