"""Small pieces that all panels share: cards, labels with a role, an elided label, a colour bar."""

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.theme import UNIT, Theme, set_icon


def label(text: str = "", role: str = "", *, wrap: bool = False, select: bool = False) -> QLabel:
    """A label; `role` is one of those in app.qss (heading, title, muted, figure, caption…)."""
    made = WrappedLabel() if wrap else QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    if role:
        made.setProperty("role", role)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def set_role(target: QLabel, role: str) -> None:
    """Give a label another role and restyle it."""
    if target.property("role") != role:
        target.setProperty("role", role)
        target.style().unpolish(target)
        target.style().polish(target)


def primary(button: QPushButton) -> QPushButton:
    """Mark the button that is the next step; one for each place."""
    button.setProperty("primary", True)
    return button


def set_primary(button: QPushButton, on: bool) -> None:
    """Mark a button as the next step, or no longer, and restyle it."""
    if bool(button.property("primary")) != on:
        button.setProperty("primary", on)
        button.style().unpolish(button)
        button.style().polish(button)


def button_row(*buttons: QPushButton, left: Sequence[QPushButton] = ()) -> QHBoxLayout:
    """The buttons below a dialog: the next step at the right, `left` ones apart."""
    row = QHBoxLayout()
    row.setSpacing(UNIT)
    for button in left:
        row.addWidget(button)
    row.addStretch(1)
    for button in buttons:
        button.setMinimumWidth(10 * UNIT)
        row.addWidget(button)
    return row


class RowList(QListWidget):
    """A list whose rows have the style sheet's height.

    Rows that were laid out before the first show keep a height without padding, so they are laid
    out again then.
    """

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out with the final style."""
        super().showEvent(event)
        self.scheduleDelayedItemsLayout()


class WrappedLabel(QLabel):
    """Lines that break anywhere in a very long word: a file's name must not widen the window."""

    _LONG = re.compile(r"[^\s/\\-]{60}(?=[^\s/\\-])")
    _BREAK = "\u200b"

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(self._LONG.sub(rf"\g<0>{self._BREAK}", text))

    def text(self) -> str:
        """The text as it was given."""
        return super().text().replace(self._BREAK, "")


class ElidedLabel(QLabel):
    """One line that ends in … where it does not fit; the tooltip has it whole."""

    def __init__(self, text: str = "", role: str = "", *, middle: bool = False) -> None:
        super().__init__()
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.set_whole(text)

    def set_whole(self, text: str, tip: str = "") -> None:
        """Show `text`; the tooltip is `tip`, else the text where it is cut."""
        self._whole = text
        self._tip = tip
        self._elide()

    @property
    def whole(self) -> str:
        """The text, not elided."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        """May become as narrow as a few letters."""
        return QSize(3 * UNIT, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        self.setText(shown)
        self.setToolTip(self._tip or (self._whole if shown != self._whole else ""))


class Card(QFrame):
    """A titled box that can be folded to its title."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._fold = QToolButton()
        self._fold.setObjectName("fold")
        self._fold.setCheckable(True)
        self._fold.setChecked(True)
        self._fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fold.clicked.connect(self.set_open)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(0, 0, 0, 0)
        self.head.addWidget(label(title, "heading"))
        self.head.addStretch(1)
        self.head.addWidget(self._fold)
        self._title = title
        self._body = QWidget()
        self.body = QVBoxLayout(self._body)
        self.body.setContentsMargins(0, 0, 0, UNIT // 2)
        self.body.setSpacing(UNIT)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT + 4, UNIT // 2, UNIT, UNIT // 2)
        column.setSpacing(UNIT // 2)
        column.addLayout(self.head)
        column.addWidget(self._body)
        self.set_open(True)

    def set_open(self, on: bool) -> None:
        """Unfold or fold."""
        self._fold.setChecked(on)
        self._body.setVisible(on)
        set_icon(self._theme, self._fold, "collapse" if on else "expand")
        self._fold.setToolTip(f"{'Fold' if on else 'Unfold'} “{self._title}”")


class ColourBar(QWidget):
    """The legend of a map: its colours from low to high."""

    def __init__(
        self, colours: Sequence[tuple[int, int, int]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._colours = [QColor(*c[:3]) for c in colours]
        self.setFixedHeight(UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the gradient with rounded ends."""
        gradient = QLinearGradient(0, 0, self.width(), 0)
        last = max(1, len(self._colours) - 1)
        for i, colour in enumerate(self._colours):
            gradient.setColorAt(i / last, colour)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(self.rect(), 3, 3)


class NoticeBar(QFrame):
    """What went wrong or needs a look, until it is closed; it may offer one thing to do.

    Attributes:
        closed: The person closed it.
    """

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("warningBanner")
        icon = QLabel()
        icon.setPixmap(theme.pixmap("warning", 20, theme.tokens.warning))
        theme.changed.connect(
            lambda: icon.setPixmap(theme.pixmap("warning", 20, theme.tokens.warning))
        )
        self._text = label("", wrap=True, select=True)
        self.button = QPushButton()
        self.button.setToolTip("Do this")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._act)
        self._on_button: Callable[[], None] | None = None
        close = QToolButton()
        close.setToolTip("Close this message")
        set_icon(theme, close, "cancel")
        close.clicked.connect(self._close)
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT + 4, UNIT // 2, UNIT // 2, UNIT // 2)
        row.setSpacing(UNIT)
        row.addWidget(icon)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    def tell(self, text: str) -> None:
        """Show `text`."""
        self._text.setText(text)
        self._on_button = None
        self.button.hide()
        self.show()

    def ask(self, text: str, words: str, tip: str, act: Callable[[], None]) -> None:
        """Show `text` and a button with `words` that does `act`."""
        self.tell(text)
        self._on_button = act
        self.button.setText(words)
        self.button.setToolTip(tip)
        self.button.show()

    def _act(self) -> None:
        act, self._on_button = self._on_button, None
        if act is not None:
            act()

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
