"""The expert's part of the Retrain dialog: everything that the program chooses by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QWidget,
)

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.dialogs.retrain_choices import (
    DEVICES,
    PRECISIONS,
    RANGES,
    UNFREEZE,
    Choices,
)
from plantseg_gui.ui.panels.parts import Card, RowList, label
from plantseg_gui.ui.theme import UNIT, Theme

MINUTES = (1, 2, 5, 15, 60, 240)
DEFAULT_MODEL = "The model in use"
_ID = Qt.ItemDataRole.UserRole


class LearnedPhoto(NamedTuple):
    """A photo that can be learned from."""

    photo_id: str
    name: str
    status: str


class ExpertPanel(Card):
    """See the module's text; folded at first.

    Attributes:
        changed: Something was chosen; `choices` has it.
        opened: It was unfolded.
    """

    changed = Signal()
    opened = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Expert: choose yourself", parent)
        self._choices = Choices()
        self._photos: tuple[LearnedPhoto, ...] = ()
        usual = Choices()
        self.base = QComboBox()
        self.base.setToolTip("The model to start from. Default: the model in use")
        self.own_test_only = QCheckBox("My own test set only")
        self.own_test_only.setToolTip(
            "Hold out nothing else: learn from all photos that are not in your test set, and judge "
            "by the test set alone. Default: off"
        )
        self.held_out_share = self._number("held_out_share", usual, " %", scale=100)
        self.held_out_share.setToolTip(
            "Share of the approved photos that is not learned from but judged by, from 6 approved "
            f"photos on. Default: {100 * usual.held_out_share:.0f} %"
        )
        self.minutes = QComboBox()
        self.minutes.setToolTip(
            "The run ends by itself after this time and keeps the best so far. Default: 5 min"
        )
        for minutes in MINUTES:
            text = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
            self.minutes.addItem(text, float(minutes))
        self.updates = self._count(
            "updates", "Exactly so many updates of the weights. Default: chosen, as many as are of "
            "use and fit into the time", "Chosen",
        )  # fmt: skip
        self.batch = self._count(
            "batch", "Crops for each update; more need more memory and time and make quieter "
            f"steps. Default: {usual.batch}",
        )  # fmt: skip
        self.lr = self._number("lr", usual, "", decimals=5, step=0.0005)
        self.lr.setToolTip(
            f"Highest learning rate. Higher learns faster and forgets more. Default: {usual.lr:g}"
        )
        self.new_share = self._number("new_share", usual, " %", scale=100)
        self.new_share.setSpecialValueText("Chosen")
        self.new_share.setToolTip(
            "How far the weights go from the model before (0 %) to the newly trained ones (100 %); "
            "less forgets less. Default: chosen by the photos that are judged"
        )
        self.unfreeze = self._choice(
            UNFREEZE, "Which parts of the network learn. The encoder is the part that sees; more "
            "of it needs more photos, time and memory. Default: chosen",
        )  # fmt: skip
        self.precision = self._choice(
            PRECISIONS, "Numbers in 32 bits, or in 16 where the machine is faster so. "
            "Default: chosen",
        )  # fmt: skip
        self.threads = self._count(
            "threads", "Processor cores; fewer leave more for other programs. "
            "Default: as in Settings", "As in Settings",
        )  # fmt: skip
        self.device = self._choice(DEVICES, "What it runs on. Default: as in Settings")
        self.seed = self._count(
            "seed", "Another number draws crops and order anew; the same one repeats a run. "
            f"Default: {usual.seed}",
        )  # fmt: skip
        self.scale_low = self._number("scale_low", usual, " ×")
        self.scale_high = self._number("scale_high", usual, " ×")
        tip = "Crops are cut so many times larger or smaller than the network's own size. Default: "
        self.scale_low.setToolTip(f"{tip}{usual.scale_low:g} to {usual.scale_high:g}")
        self.scale_high.setToolTip(self.scale_low.toolTip())
        self.photos = RowList()
        self.photos.setObjectName("checks")
        self.photos.setFixedHeight(17 * UNIT)
        self.photos.setAccessibleName("Photos to learn from")
        self.photos.setToolTip("Photos without a tick are not learned from. Default: all")
        self.photos.itemChanged.connect(lambda _: self._tell())
        for combo in (self.base, self.minutes, self.unfreeze, self.precision, self.device):
            combo.currentIndexChanged.connect(lambda _: self._tell())
        self.own_test_only.toggled.connect(self._tell)
        self._lay_out()
        for control in self._controls():
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            control.installEventFilter(self)
        self.show_choices(usual)
        self.set_open(False)

    def set_open(self, on: bool) -> None:
        """Unfold or fold."""
        super().set_open(on)
        if on:
            self.opened.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the page; it changes a number only where somebody is at it."""
        away = isinstance(watched, QWidget) and not watched.hasFocus()
        if event.type() == QEvent.Type.Wheel and away:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        return self._choices

    def show_choices(self, choices: Choices) -> None:
        """Show what is chosen; tells nobody."""
        self._choices = choices
        with quiet(*self._controls()):
            if choices.base and self.base.findData(choices.base) < 0:
                self.base.addItem(choices.base, choices.base)
            self.base.setCurrentIndex(max(0, self.base.findData(choices.base)))
            nearest = min(range(len(MINUTES)), key=lambda i: abs(MINUTES[i] - choices.minutes))
            self.minutes.setCurrentIndex(nearest)
            self.own_test_only.setChecked(choices.own_test_only)
            for share, value in (
                (self.held_out_share, choices.held_out_share),
                (self.new_share, choices.new_share),
            ):
                share.setValue(100 * value)
            for key in ("updates", "batch", "threads", "seed"):
                getattr(self, key).setValue(getattr(choices, key))
            for key in ("lr", "scale_low", "scale_high"):
                getattr(self, key).setValue(getattr(choices, key))
            for key in ("unfreeze", "precision", "device"):
                box: QComboBox = getattr(self, key)
                box.setCurrentIndex(max(0, box.findData(getattr(choices, key))))
        self._tick()
        self.held_out_share.setEnabled(not choices.own_test_only)

    def show_models(self, names: Sequence[str]) -> None:
        """The models on the shelf."""
        with quiet(self.base):
            self.base.clear()
            self.base.addItem(DEFAULT_MODEL, "")
            for name in names:
                self.base.addItem(name, name)
        self.show_choices(self._choices)

    def show_photos(self, photos: Sequence[LearnedPhoto]) -> None:
        """The photos that can be learned from."""
        if tuple(photos) == self._photos:
            return
        self._photos = tuple(photos)
        with quiet(self.photos):
            self.photos.clear()
            for photo in photos:
                item = QListWidgetItem(f"{photo.name}  ·  {photo.status}")
                item.setData(_ID, photo.photo_id)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable
                              | Qt.ItemFlag.ItemIsSelectable)  # fmt: skip
                item.setCheckState(Qt.CheckState.Checked)
                self.photos.addItem(item)
        self._tick()

    def _controls(self) -> tuple[QWidget, ...]:
        return (
            self.base, self.own_test_only, self.held_out_share, self.minutes, self.updates,
            self.batch, self.lr, self.new_share, self.unfreeze, self.precision, self.threads,
            self.device, self.seed, self.scale_low, self.scale_high,
        )  # fmt: skip

    def _items(self) -> list[QListWidgetItem]:
        return [self.photos.item(i) for i in range(self.photos.count())]

    def _tick(self) -> None:
        left_out = set(self._choices.left_out)
        with quiet(self.photos):
            for item in self._items():
                ticked = item.data(_ID) not in left_out
                item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

    def _tick_only(self, statuses: Sequence[str]) -> None:
        out = tuple(p.photo_id for p in self._photos if p.status not in statuses)
        self.show_choices(replace(self._choices, left_out=out))
        self.changed.emit()

    def _tell(self, *_: object) -> None:
        """Read what is chosen."""
        there = {p.photo_id for p in self._photos}
        unticked = [
            i.data(_ID) for i in self._items() if i.checkState() is not Qt.CheckState.Checked
        ]
        # Photos that are not listed now keep what was said of them.
        before = [photo_id for photo_id in self._choices.left_out if photo_id not in there]
        low, high = sorted((self.scale_low.value(), self.scale_high.value()))
        made = Choices(
            base=self.base.currentData() or "",
            left_out=(*before, *unticked),
            own_test_only=self.own_test_only.isChecked(),
            held_out_share=round(self.held_out_share.value() / 100, 4),
            minutes=float(self.minutes.currentData()),
            updates=self.updates.value(),
            batch=self.batch.value(),
            lr=round(self.lr.value(), 6),
            new_share=round(self.new_share.value() / 100, 4),
            unfreeze=self.unfreeze.currentData(),
            precision=self.precision.currentData(),
            threads=self.threads.value(),
            device=self.device.currentData(),
            seed=self.seed.value(),
            scale_low=round(low, 3),
            scale_high=round(high, 3),
        )
        self.held_out_share.setEnabled(not made.own_test_only)
        if made != self._choices:
            self._choices = made
            self.changed.emit()

    def _back(self) -> None:
        self.show_choices(Choices())
        self.changed.emit()

    def _choice(self, words: Mapping[str, str], tip: str) -> QComboBox:
        box = QComboBox()
        for key, text in words.items():
            box.addItem(text, key)
        box.setToolTip(tip)
        return box

    def _count(self, key: str, tip: str, special: str = "") -> QSpinBox:
        box = QSpinBox()
        low, high = RANGES[key]
        box.setRange(round(low), round(high))
        box.setSpecialValueText(special)
        box.setToolTip(tip)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._tell)
        return box

    def _number(
        self, key: str, usual: Choices, suffix: str, *, scale: float = 1, decimals: int = 2,
        step: float = 0.1,
    ) -> QDoubleSpinBox:  # fmt: skip
        box = QDoubleSpinBox()
        low, high = RANGES[key]
        box.setDecimals(0 if scale > 1 else decimals)
        box.setRange(low * scale, high * scale)
        box.setSingleStep(5 if scale > 1 else step)
        box.setSuffix(suffix)
        box.setValue(scale * getattr(usual, key))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._tell)
        return box

    def _lay_out(self) -> None:
        scales = QHBoxLayout()
        scales.setSpacing(UNIT // 2)
        for widget in (self.scale_low, label("to"), self.scale_high):
            scales.addWidget(widget)
        grid = QGridLayout()
        grid.setHorizontalSpacing(UNIT + UNIT // 2)
        grid.setVerticalSpacing(UNIT // 2)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        for place, (text, control) in enumerate(
            {
                "Starts from": self.base, "Time limit": self.minutes,
                "Held out": self.held_out_share, "Updates": self.updates,
                "What learns": self.unfreeze, "Crops for an update": self.batch,
                "Towards new weights": self.new_share, "Learning rate": self.lr,
                "Runs on": self.device, "Cores": self.threads,
                "Precision": self.precision, "Seed": self.seed,
            }.items()
        ):  # fmt: skip
            grid.addWidget(label(text, "muted"), place // 2, 2 * (place % 2))
            grid.addWidget(control, place // 2, 2 * (place % 2) + 1)
            control.setAccessibleName(text)
        grid.addWidget(label("Size of crops", "muted"), 6, 0)
        grid.addLayout(scales, 6, 1)
        grid.addWidget(self.own_test_only, 6, 3)
        ticks = QHBoxLayout()
        ticks.setSpacing(UNIT // 2)
        ticks.addWidget(label("Learns from", "muted"))
        ticks.addStretch(1)
        for text, tip, statuses in (
            ("All", "Learn from all of them", ("approved", "corrected")),
            ("None", "Take all ticks away", ()),
            ("Approved only", "Only photos that you checked as a whole", ("approved",)),
        ):
            button = self._button(text, tip)
            button.clicked.connect(lambda _, s=statuses: self._tick_only(s))
            ticks.addWidget(button)
        back = self._button("Back to the defaults", "Choose everything as the program would")
        back.clicked.connect(self._back)
        last = QHBoxLayout()
        last.addWidget(label("Remembered for this project.", "caption"), 1)
        last.addWidget(back)
        self.body.addLayout(grid)
        self.body.addLayout(ticks)
        self.body.addWidget(self.photos)
        self.body.addLayout(last)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.setProperty("compact", True)
        return button
