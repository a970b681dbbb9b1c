"""Middle: the photo, or what to do while there is none; above it its name and any notice."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.facts_line import NARROW_PX, FactsLine
from plantseg_gui.ui.panels.parts import ElidedLabel, NoticeBar, label, set_role
from plantseg_gui.ui.panels.tools import action_button
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

RECENT_SHOWN = 4
REVIEW_WIDTH = 26 * UNIT


class EmptyState(QWidget):
    """What a person sees first: three ways to begin.

    Attributes:
        recent_chosen: folder.
    """

    recent_chosen = Signal(str)

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        picture = QLabel()
        ratio = self.devicePixelRatioF()
        pixmap = theme.pixmap("app", round(72 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        picture.setPixmap(pixmap)
        buttons = QHBoxLayout()
        buttons.setSpacing(UNIT)
        buttons.addStretch(1)
        buttons.addWidget(action_button(actions["open_folder"], main=True))
        buttons.addWidget(action_button(actions["open_photos"]))
        buttons.addWidget(action_button(actions["demo"]))
        buttons.addStretch(1)
        text = label(
            "The program finds lesions, measures how much of the leaf is diseased, and learns from "
            "your corrections. Nothing leaves this computer.",
            "muted",
            wrap=True,
        )
        text.setFixedWidth(58 * UNIT)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = label("…or drop photos or a folder anywhere in this window.", "muted")
        self._tour = QPushButton("Take the tour (2 minutes)")
        self._tour.setProperty("link", True)
        self._tour.setCursor(Qt.CursorShape.PointingHandCursor)
        self._tour.setToolTip("Opens the demo leaves and shows where things are")
        self._tour.clicked.connect(actions["tour"].trigger)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column = QVBoxLayout(self)
        column.setSpacing(2 * UNIT)
        column.addStretch(3)
        for widget in (picture, label("Open your leaf photos", "title"), text):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        column.addWidget(hint, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._tour, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(UNIT)
        column.addLayout(self._recent)
        column.addStretch(4)

    def offer_tour(self, on: bool) -> None:
        """Offer the tour, or no longer; the Help menu always has it."""
        self._tour.setVisible(on)

    def show_recent(self, folders: Sequence[str]) -> None:
        """List the projects that were open lately."""
        while item := self._recent.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        if not folders:
            return
        self._recent.addWidget(label("Recent", "heading"), 0, Qt.AlignmentFlag.AlignHCenter)
        for folder in folders[:RECENT_SHOWN]:
            button = QPushButton(self.fontMetrics().elidedText(
                folder, Qt.TextElideMode.ElideMiddle, 52 * UNIT
            ).replace("&", "&&"))  # fmt: skip
            button.setFlat(True)
            button.setProperty("link", True)
            button.setToolTip(f"Open {folder}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _, f=folder: self.recent_chosen.emit(f))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)


class Waiting(QWidget):
    """Shown while a photo is being read, or instead of one that cannot be."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = label("", "heading", wrap=True)
        self.text = label("", "muted", wrap=True, select=True)
        column = QVBoxLayout(self)
        column.addStretch(1)
        for widget in (self.title, self.text):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(widget)
        column.addStretch(1)


class Stage(QWidget):
    """See the module's text.

    Attributes:
        noticed: (text, source): a notice was shown above the photo.
    """

    noticed = Signal(str, str)

    def __init__(self, theme: Theme, actions: Actions, canvas: QWidget) -> None:
        super().__init__()
        self.empty = EmptyState(theme, actions)
        self.notice = NoticeBar(theme)
        self._waiting = Waiting()
        self._canvas = canvas
        self._source = ""
        self._beside = QSplitter(Qt.Orientation.Horizontal)
        self._beside.setChildrenCollapsible(False)
        left = QWidget()
        self._left = QVBoxLayout(left)
        self._left.setContentsMargins(0, 0, 0, 0)
        self._left.setSpacing(0)
        self._left.addWidget(canvas, 1)
        self._beside.addWidget(left)
        self._pages = QStackedWidget()
        for page in (self.empty, self._beside, self._waiting):
            self._pages.addWidget(page)
        self._name = ElidedLabel("", "heading", middle=True)
        self.facts = FactsLine()
        self._size = label("", "muted", select=True)
        self._review = QToolButton()
        self._review.setDefaultAction(QAction(self))
        self._review.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._review.defaultAction().triggered.connect(actions["note"].trigger)
        self._review.hide()
        self._theme = theme
        self._tags = QToolButton()
        self._tags.setDefaultAction(actions["tags"])
        self._tags.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head = self._make_head(theme, actions)
        notice_box = QVBoxLayout()
        notice_box.setContentsMargins(UNIT, UNIT, UNIT, UNIT)
        notice_box.addWidget(self.notice)
        self._notice_holder = QWidget()
        self._notice_holder.setLayout(notice_box)
        self._notice_holder.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._notice_holder)
        self._bars = QVBoxLayout()
        column.addLayout(self._bars)
        column.addWidget(self._pages, 1)
        self.notice.closed.connect(self._notice_holder.hide)
        self.show_empty()

    @property
    def page(self) -> str:
        """What is on screen: "empty", "photo" or "waiting"."""
        return ("empty", "photo", "waiting")[self._pages.currentIndex()]

    def put_bar(self, bar: QWidget) -> None:
        """Give a bar its place above the photo; its owner shows and hides it."""
        self._bars.addWidget(bar)

    def put_beside(self, widget: QWidget, head: QWidget) -> None:
        """Give a widget its place right of the canvas, half of the room.

        Args:
            widget: Its owner shows and hides it, and the head with it.
            head: Over the canvas, so that both sides begin at the same height.
        """
        self._left.insertWidget(0, head)
        self._beside.addWidget(widget)
        self._beside.setSizes([1000, 1000])

    def show_empty(self) -> None:
        """Show how to begin."""
        self._head.hide()
        self._pages.setCurrentIndex(0)

    def show_photo(self) -> None:
        """Show the canvas."""
        self._pages.setCurrentIndex(1)

    def show_waiting(self, title: str, text: str = "") -> None:
        """Show a text instead of the photo."""
        self._waiting.title.setText(title)
        self._waiting.text.setText(text)
        self._pages.setCurrentIndex(2)

    def name_photo(self, name: str, path: str, size: str) -> None:
        """Head line: name (tooltip: path) and size of the photo."""
        self._name.set_whole(name, path)
        self._size.setText(size)
        self._head.show()

    def show_facts(self, line: str, tip: str, note: str = "") -> None:
        """What the photo's file says about itself; see `FactsLine.show_facts`.

        The size has the tooltip too, and the colour of a warning: in a narrow window it is all
        that is left of the line.
        """
        self.facts.show_facts(line, tip, note)
        self._size.setToolTip(f"{note}\n\n{tip}" if note else tip)
        set_role(self._size, "warning" if note else "muted")

    def show_review(self, state: str, word: str, note: str, tip: str) -> None:
        """Say beside the name that a photo needs work or was skipped, and its note.

        Args:
            state: "needs_work", "skipped" or "".
            word: The state in words.
            note: The person's line; may be empty.
            tip: All of it, with who and when.
        """
        self._review.setVisible(bool(state or note))
        if not (state or note):
            return
        action = self._review.defaultAction()
        set_icon(
            self._theme, action, {"needs_work": "needs-work", "skipped": "skip"}.get(state, "note")
        )
        text = " · ".join(part for part in (word, note) if part)
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, REVIEW_WIDTH)
        action.setIconText(shown.replace("&", "&&"))
        action.setToolTip(f"{tip}\nClick to change the note")
        self._review.setAccessibleName(text)

    def show_tags(self, tags: Sequence[str]) -> None:
        """Show the photo's tags on the button that changes them."""
        action = self._tags.defaultAction()
        action.setIconText(", ".join(tags) if tags else "Add tags")

    def tell(self, text: str, source: str) -> None:
        """Show a notice above the photo; an empty text takes that of the same source away."""
        if text:
            self._source = source
            self.notice.tell(text)
            self._notice_holder.show()
            self.noticed.emit(text, source)
        elif source == self._source:
            self._notice_holder.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the name needs the room."""
        super().resizeEvent(event)
        self.facts.setVisible(self.width() >= NARROW_PX)

    def _make_head(self, theme: Theme, actions: Actions) -> QFrame:
        head = QFrame()
        head.setObjectName("canvasHead")
        row = QHBoxLayout(head)
        row.setContentsMargins(UNIT, 2, UNIT, 2)
        row.setSpacing(UNIT)
        for name in ("previous", "next"):
            row.addWidget(_head_button(theme, actions[name], name))
        row.addWidget(self._name, 2)
        row.addWidget(self._review)
        row.addWidget(self.facts, 3)
        row.addWidget(self._size)
        row.addWidget(self._tags)
        return head


def _head_button(theme: Theme, action: QAction, icon: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    set_icon(theme, action, icon)
    return button
