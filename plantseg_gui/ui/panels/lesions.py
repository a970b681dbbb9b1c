"""Right, below the tools: the lesions of the photo one by one, and how finely they are divided."""

from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QListView,
    QSizePolicy,
    QWidget,
)

from plantseg_gui.core.lesions import Lesion
from plantseg_gui.core.regrouping import Interval
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.panels.lesion_delegate import ROW_PX, LesionDelegate
from plantseg_gui.ui.panels.lesion_model import ORDERS, LesionModel, LesionRole
from plantseg_gui.ui.panels.parts import Card, label
from plantseg_gui.ui.panels.threshold import MarkedSlider
from plantseg_gui.ui.panels.tools import tool_button
from plantseg_gui.ui.theme import UNIT, Theme

ROWS_SHOWN = 5
# Steps of the slider on each side of the model's own level.
LEVEL_STEPS = 4
NO_PHOTO = "No photo is open."
NO_LESION = "No lesion yet: run the model (Model menu) or paint one."
LEVEL_TIP = (
    "Lesions that touch: fewer and larger to the left, more and smaller to the right, in the "
    "middle as the model says. The mask stays; lesions that you worked on stay as they are"
)
NO_LEVEL_TIP = "Needs a prediction: run the model first (Model menu)"


class LesionsPanel(Card):
    """See the module's text.

    Attributes:
        chosen: Lesion id; the person wants to see this one.
        marks_changed: Other rows are marked.
        order_chosen: A key of `lesion_model.ORDERS`, also when it is chosen again.
        level_moved: -1 (few) to 1 (many), 0 as the model says.
    """

    chosen = Signal(int)
    marks_changed = Signal()
    order_chosen = Signal(str)
    level_moved = Signal(float)

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__(theme, "Lesions")
        self.model = LesionModel()
        self._delegate = LesionDelegate(theme)
        self._shown = 0
        self._count = label("", "muted")
        self.head.insertWidget(2, self._count)
        self.slider = self._level_slider(theme)
        self._order = self._order_box()
        self.list_view = self._list()
        self._nothing = label(NO_PHOTO, "muted", wrap=True)
        buttons = {
            name: tool_button(actions[name])
            for name in ("accept_lesion", "reject_lesion", "edit_lesion", "merge_lesions")
        }
        self._colours = tool_button(actions["colour_lesions"], text=False)
        self._colours.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._parts: list[QWidget] = [self._order, self._colours, self.list_view, *buttons.values()]
        self.body.addLayout(self._level())
        self.body.addWidget(self._nothing)
        row = QHBoxLayout()
        row.setSpacing(UNIT // 2)
        row.addWidget(self._order, 1)
        row.addWidget(self._colours)
        self.body.addLayout(row)
        self.body.addWidget(self.list_view)
        for left, right in (("accept_lesion", "reject_lesion"), ("edit_lesion", "merge_lesions")):
            row = QHBoxLayout()
            row.setSpacing(UNIT // 2)
            row.addWidget(buttons[left], 1)
            row.addWidget(buttons[right], 1)
            self.body.addLayout(row)
        theme.changed.connect(self.list_view.viewport().update)
        self.show_level(None)
        self.say_nothing(NO_PHOTO)

    @property
    def count_text(self) -> str:
        """The number of lesions as it is told."""
        return self._count.text()

    @property
    def shown(self) -> int:
        """Id of the lesion that is shown enlarged, 0 for none."""
        return self._shown

    def say_nothing(self, why: str) -> None:
        """No lesion: say why, or "" while they are on their way."""
        with quiet(self.list_view.selectionModel()):
            self.model.clear()
        self._nothing.setText(why)
        self._on_rows()

    def show_lesions(self, lesions: Mapping[int, Lesion], changed: frozenset[int]) -> None:
        """Show the lesions as they are now; see `LesionModel.set_lesions`."""
        # A row that goes hands Qt's mark to a neighbour: nobody chose that lesion.
        with quiet(self.list_view.selectionModel()):
            self.model.set_lesions(lesions, changed)
        self._on_rows()

    def set_order(self, order: str) -> None:
        """Put the lesions into an order; the one that is shown stays marked and in view."""
        with quiet(self.list_view.selectionModel()):
            self.model.set_order(order)
        self._on_rows()

    def show_count(self, count: int, interval: Interval | None) -> None:
        """Tell how many lesions there are.

        Args:
            count: Now.
            interval: What the slider could make of them; None where it is not known.
        """
        text = "" if not count else f"{count:,}"
        tip = f"{count:,} lesions"
        if interval is not None and interval.fewest != interval.most:
            text += f" ({interval.fewest:,}–{interval.most:,})"
            tip += (
                f"; {interval.fewest:,} if all that touch are one, "
                f"{interval.most:,} if they are divided at every neck"
            )
        self._count.setText(text)
        self._count.setToolTip(tip if text else "")

    def show_level(self, level: float | None) -> None:
        """Show the level of grouping that is in force; None while there is nothing to group."""
        self.slider.setEnabled(level is not None)
        self.slider.setToolTip(NO_LEVEL_TIP if level is None else LEVEL_TIP)
        with quiet(self.slider):
            self.slider.setValue(round((level or 0.0) * LEVEL_STEPS))
        self.slider.update()

    def show_current(self, lesion_id: int, *, keep_marks: bool = False) -> None:
        """Mark the lesion that is shown, without asking for it again; 0 for none."""
        self._shown = lesion_id
        index = self.model.index(self.model.place(lesion_id))
        selection = self.list_view.selectionModel()
        with quiet(selection):
            if index.isValid():
                flag = QItemSelectionModel.SelectionFlag
                stay = keep_marks and selection.isSelected(index)
                selection.setCurrentIndex(index, flag.NoUpdate if stay else flag.ClearAndSelect)
                self.list_view.scrollTo(index)
            else:
                selection.clear()
        self.marks_changed.emit()
        self.list_view.viewport().update()

    def marked_ids(self) -> list[int]:
        """Ids of the marked lesions, in the list's order."""
        rows = sorted(index.row() for index in self.list_view.selectionModel().selectedIndexes())
        ids = self.model.ids
        return [ids[row] for row in rows]

    def _on_rows(self) -> None:
        # Without a word the lesions are on their way: nothing jumps between two photos.
        nothing = self.model.rowCount() == 0 and bool(self._nothing.text())
        self._nothing.setVisible(nothing)
        for part in self._parts:
            part.setVisible(not nothing)
        if self.model.place(self._shown) >= 0:
            self.show_current(self._shown, keep_marks=True)
        elif self._shown:
            self.show_current(0)
        else:
            self.marks_changed.emit()

    def _on_current(self, current: QModelIndex) -> None:
        lesion = current.data(LesionRole.LESION) if current.isValid() else None
        # With Ctrl or Shift rows are marked, not shown.
        marking = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if lesion is not None and not QApplication.keyboardModifiers() & marking:
            self.chosen.emit(lesion.id)

    def _level_slider(self, theme: Theme) -> MarkedSlider:
        slider = MarkedSlider(theme)
        slider.setRange(-LEVEL_STEPS, LEVEL_STEPS)
        slider.setPageStep(1)
        slider.set_mark(0)
        slider.setAccessibleName("Touching lesions: few or many")
        slider.valueChanged.connect(lambda value: self.level_moved.emit(value / LEVEL_STEPS))
        return slider

    def _level(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(label("Touching", "muted"))
        line.addWidget(label("few", "caption"))
        line.addWidget(self.slider, 1)
        line.addWidget(label("many", "caption"))
        return line

    def _order_box(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName("Order of the lesions")
        box.setToolTip(
            "Order of the lesions; choose it again to bring it up to date after corrections"
        )
        for place, (key, (text, tip)) in enumerate(ORDERS.items()):
            box.addItem(text, key)
            box.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        box.activated.connect(lambda _: self.order_chosen.emit(str(box.currentData())))
        return box

    def _list(self) -> QListView:
        view = QListView()
        view.setObjectName("lesionList")
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setUniformItemSizes(True)
        view.setFixedHeight(ROWS_SHOWN * ROW_PX + UNIT)
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setTabKeyNavigation(False)
        view.setAccessibleName("Lesions")
        view.selectionModel().currentChanged.connect(self._on_current)
        view.selectionModel().selectionChanged.connect(lambda *_: self.marks_changed.emit())
        # A click on the row that is current already zooms to it again.
        view.clicked.connect(self._on_current)
        return view
