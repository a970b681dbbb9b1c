"""Right of the canvas: another photo, or the same one by another model version; read-only."""

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

PHOTO, MODEL = "photo", "model"
KINDS = {
    PHOTO: ("Photo", "photo", "Another photo of the list"),
    MODEL: ("Model", "model", "This photo as another model version sees it"),
}
NEXT, PREVIOUS = "next", "previous"
NARROW_PX = 340
CLOSE = "Close this side"
LOCKED_TIP = "Zoom and place are the same in both. Click to move each alone"
FREE_TIP = "Each side moves alone. Click to look at the same place again"


class SideView(QWidget):
    """See the module's text.

    Attributes:
        canvas: Shows the other side.
        left_head: Says what is on the canvas, as high as this side's own head.
        kind_chosen: A key of `KINDS`.
        chosen: Key of what is to be shown.
        pinned: Whether zoom and place are locked.
        act_wanted: The button below the waiting text was pressed.
        closed: The side is to go.
    """

    kind_chosen = Signal(str)
    chosen = Signal(str)
    pinned = Signal(bool)
    act_wanted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__()
        self._theme, self._actions = theme, actions
        self._keys: list[str] = []
        self.canvas = CanvasView()
        self.canvas.setFrameShape(QFrame.Shape.NoFrame)
        self.canvas.setAccessibleName("The other side, with its lesion mask; read-only")
        self.chooser = _chooser()
        self.chooser.currentIndexChanged.connect(self._on_chosen)
        self.pin = QToolButton()
        self.pin.setCheckable(True)
        self.pin.setChecked(True)
        self.pin.toggled.connect(self._show_pin)
        self.pin.toggled.connect(self.pinned)
        self.kinds: dict[str, QToolButton] = {}
        # The name may be cut, the figures may not.
        self._name = ElidedLabel("", middle=True)
        self._figures = label("")
        self._figures.setMinimumWidth(1)
        self._left_figures = ElidedLabel("")
        self.left_head = self._make_left_head()
        self._title = label("", "heading", wrap=True)
        self._text = label("", "muted", wrap=True, select=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self.act = QPushButton()
        self.act.clicked.connect(self.act_wanted)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.canvas)
        self._pages.addWidget(self._waiting())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = self._head()
        self.left_head.setFixedHeight(head.sizeHint().height())
        head.setFixedHeight(head.sizeHint().height())
        column.addWidget(head)
        column.addWidget(self._pages, 1)
        self._show_pin(True)
        self.setMinimumWidth(24 * UNIT)
        self.hide()

    @property
    def what(self) -> str:
        """What is shown, in words: name and figures."""
        return f"{self._name.whole}{self._figures.text()}"

    @property
    def left_what(self) -> str:
        """The figures of what is on the canvas."""
        return self._left_figures.whole

    @property
    def waiting(self) -> tuple[str, str] | None:
        """Title and text that are shown instead of a photo; None where there is one."""
        if self._pages.currentIndex() == 0:
            return None
        return self._title.text(), self._text.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the chooser needs the room."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        narrow = self.width() < NARROW_PX
        for button in self.kinds.values():
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if narrow else style.ToolButtonTextBesideIcon
            )

    def setVisible(self, on: bool) -> None:
        """Show or hide, with the head over the canvas."""
        super().setVisible(on)
        self.left_head.setVisible(on)

    def show_left(self, what: str) -> None:
        """Say what is on the canvas."""
        self._left_figures.set_whole(what)

    def show_kind(self, kind: str) -> None:
        """Show which kind is chosen."""
        self.kinds[kind].setChecked(True)

    def show_choices(self, rows: Sequence[tuple[str, str]], key: str) -> None:
        """Fill the chooser with (key, text) and choose; says nothing."""
        with quiet(self.chooser):
            self._keys = [row[0] for row in rows]
            # One model for all: a folder may hold ten thousand photos.
            self.chooser.setModel(QStringListModel([row[1] for row in rows], self.chooser))
            self.chooser.setCurrentIndex(self._keys.index(key) if key in self._keys else -1)
        self.chooser.setEnabled(bool(rows))

    def show_photo(self, name: str, figures: str = "", tip: str = "") -> None:
        """Show the canvas, and say what is on it."""
        self._name.set_whole(name, tip)
        self._figures.setText(f"  ·  {figures}" if figures else "")
        self._figures.setToolTip(f"{name}{self._figures.text()}")
        self._pages.setCurrentIndex(0)

    def show_waiting(
        self, title: str, text: str = "", *, act: str = "", share: float | None = None
    ) -> None:
        """Show a text instead of a photo.

        Args:
            title: What goes on, or what is wrong.
            text: More.
            act: Of the button; empty for none.
            share: Progress, 0 to 1; below 0 while it is unknown; None for no bar.
        """
        self._name.set_whole("")
        self._figures.setText("")
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.act.setText(act)
        self.act.setToolTip(f"{act}: {title}" if act else "")
        self.act.setVisible(bool(act))
        self._bar.setVisible(share is not None)
        if share is not None:
            self._bar.setRange(0, 0 if share < 0 else 1000)
            self._bar.setValue(round(1000 * max(0.0, share)))
        self._pages.setCurrentIndex(1)

    def _on_chosen(self, place: int) -> None:
        if 0 <= place < len(self._keys):
            self.chosen.emit(self._keys[place])

    def _name_keys(self) -> None:
        keys = self._actions.key_text("side_by_side")
        self._close.setToolTip(f"{CLOSE} ({keys})" if keys else CLOSE)

    def _show_pin(self, on: bool) -> None:
        set_icon(self._theme, self.pin, "lock" if on else "unlock")
        self.pin.setToolTip(LOCKED_TIP if on else FREE_TIP)
        self.pin.setAccessibleName("Lock zoom and place")

    def _head(self) -> QFrame:
        close = QToolButton()
        set_icon(self._theme, close, "cancel")
        close.setAccessibleName(CLOSE)
        close.clicked.connect(self.closed)
        self._close = close
        self._name_keys()
        self._actions.keys_changed.connect(self._name_keys)
        group = QButtonGroup(self)
        top = QHBoxLayout()
        top.setSpacing(UNIT // 2)
        for kind, (text, icon, tip) in KINDS.items():
            button = QToolButton()
            button.setObjectName("framed")
            button.setText(text)
            set_icon(self._theme, button, icon)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(lambda _, kind=kind: self.kind_chosen.emit(kind))
            group.addButton(button)
            self.kinds[kind] = button
            top.addWidget(button)
        top.addWidget(self.chooser, 1)
        top.addWidget(self.pin)
        top.addWidget(close)
        head = QFrame()
        head.setObjectName("canvasHead")
        column = QVBoxLayout(head)
        column.setContentsMargins(UNIT, UNIT // 2, UNIT // 2, UNIT)
        column.setSpacing(UNIT // 2)
        column.addLayout(top)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self._name, 1)
        below.addWidget(self._figures)
        below.addStretch(0)
        column.addLayout(below)
        return head

    def _make_left_head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("canvasHead")
        column = QVBoxLayout(head)
        column.setContentsMargins(UNIT, UNIT // 2, UNIT, UNIT)
        column.setSpacing(UNIT // 2)
        column.addWidget(ElidedLabel("This photo, yours to correct", "muted"), 1)
        column.addWidget(self._left_figures)
        return head

    def _waiting(self) -> QWidget:
        page = QWidget()
        page.setObjectName("emptyState")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(page)
        column.setContentsMargins(3 * UNIT, UNIT, 3 * UNIT, UNIT)
        column.setSpacing(UNIT)
        column.addStretch(1)
        for text in (self._title, self._text):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(text)
        column.addWidget(self._bar)
        column.addWidget(self.act, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page


def _chooser() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName("What is shown on this side")
    box.setToolTip("What is shown on this side")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(2)
    box.setMaxVisibleItems(20)
    rows = QListView()
    rows.setUniformItemSizes(True)
    rows.setMinimumWidth(34 * UNIT)
    box.setView(rows)
    return box
