"""Colours, spacing, icons: one look, light or dark, following the system unless told otherwise.

Fusion with our own palette looks the same on every system. All sizes are multiples of `UNIT` px.
Icons are SVG drawn with `currentColor`; they are rendered in the text's colour and again when the
scheme changes. A widget or action gets its icon by `set_icon(target, name)`, never by `setIcon`,
so that the theme can find it again.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

UNIT = 8
ICON_PX = 20
ICON_PROPERTY = "themeIcon"
THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Tokens:
    """The colours of one scheme, as #rrggbb."""

    window: str
    surface: str
    sunken: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_text: str
    accent_soft: str
    danger: str
    warning: str
    canvas: str
    status_new: str
    status_predicted: str
    status_corrected: str
    status_approved: str
    status_needs_work: str
    status_skipped: str
    curve: str
    curve_2: str


# Text on its ground: contrast >= 4.5; marks differ in shape too, so colour is never alone.
LIGHT = Tokens(
    window="#f3f4f1",
    surface="#ffffff",
    sunken="#e9ebe7",
    hover="#e6e9e4",
    border="#d3d7d0",
    text="#1c221e",
    muted="#5a645d",
    accent="#1f6f48",
    accent_hover="#195c3b",
    accent_text="#ffffff",
    accent_soft="#dcefe3",
    danger="#b3261e",
    warning="#8a5a00",
    canvas="#dfe2dd",
    status_new="#7b857e",
    status_predicted="#2f74b5",
    status_corrected="#c2620c",
    status_approved="#1f7a4d",
    status_needs_work="#a3308f",
    status_skipped="#5a645d",
    curve="#1f6f48",
    curve_2="#c2620c",
)
DARK = Tokens(
    window="#1a1d1b",
    surface="#232725",
    sunken="#151816",
    hover="#313733",
    border="#3b423d",
    text="#e6eae7",
    muted="#a0aaa3",
    accent="#5fc08c",
    accent_hover="#74cf9d",
    accent_text="#0d1a12",
    accent_soft="#24402f",
    danger="#ff8a80",
    warning="#f0b95a",
    canvas="#121413",
    status_new="#8d978f",
    status_predicted="#6aa9e4",
    status_corrected="#f09a4a",
    status_approved="#5fc08c",
    status_needs_work="#e58ad6",
    status_skipped="#a0aaa3",
    curve="#5fc08c",
    curve_2="#f09a4a",
)


class HasIcon(Protocol):
    """An action or a button."""

    def setIcon(self, icon: QIcon) -> None:
        """Show `icon`."""

    def setProperty(self, name: str, value: object) -> bool:
        """Remember `value`."""


class Theme(QObject):
    """The look that is in force.

    Attributes:
        changed: Emitted after the palette, the style sheet and all icons were renewed.
    """

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._resources = resources
        self._choice = "system"
        self._dark = False
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self.choose(choice)

    @property
    def choice(self) -> str:
        """One of `THEMES`."""
        return self._choice

    @property
    def dark(self) -> bool:
        """Whether the dark scheme is shown."""
        return self._dark

    @property
    def tokens(self) -> Tokens:
        """Colours in force."""
        return DARK if self._dark else LIGHT

    def choose(self, choice: str) -> None:
        """Follow the system, or stay light or dark.

        Args:
            choice: One of `THEMES`; anything else counts as "system".
        """
        self._choice = choice if choice in THEMES else "system"
        # Tells Qt too, so that native title bars and file dialogs go along.
        self._app.styleHints().setColorScheme(
            {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(
                self._choice, Qt.ColorScheme.Unknown
            )
        )
        self._apply()

    def icon(self, name: str, colour: str = "") -> QIcon:
        """An icon in the text's colour, or in `colour`; greyed where disabled."""
        text = colour or self.tokens.text
        icon = QIcon()
        # Each size costs time at the start; the third is for very fine screens alone.
        for times in (1, 2, 3) if self._app.devicePixelRatio() > 2 else (1, 2):
            side = times * ICON_PX
            icon.addPixmap(self.pixmap(name, side, text))
            icon.addPixmap(self.pixmap(name, side, self._faded()), QIcon.Mode.Disabled)
            if not colour:
                icon.addPixmap(
                    self.pixmap(name, side, self.tokens.accent), QIcon.Mode.Normal, QIcon.State.On
                )
        return icon

    def pixmap(self, name: str, side: int, colour: str = "") -> QPixmap:
        """An icon as a pixmap of side × side device px."""
        return _render(self._resources / "icons" / f"{name}.svg", side, colour or self.tokens.text)

    def _faded(self) -> str:
        return _mix(self.tokens.text, self.tokens.window, 0.35)

    def _apply(self, *_: object) -> None:
        scheme = self._app.styleHints().colorScheme()
        self._dark = self._choice == "dark" or (
            self._choice == "system" and scheme == Qt.ColorScheme.Dark
        )
        self._app.setPalette(_palette(self.tokens))
        self._app.setStyleSheet(_style_sheet(self._resources, self.tokens, self._dark))
        for widget in self._app.topLevelWidgets():
            for target in (widget, *widget.findChildren(QObject)):
                name = target.property(ICON_PROPERTY)
                if name and isinstance(target, (QAction, QAbstractButton)):
                    target.setIcon(self.icon(name))
        self.changed.emit()


def set_icon(theme: Theme, target: HasIcon, name: str) -> None:
    """Give an action or button the icon `name`, now and after each change of the scheme."""
    target.setProperty(ICON_PROPERTY, name)
    target.setIcon(theme.icon(name))


# More than all icons in all sizes and colours of one scheme.
@lru_cache(maxsize=4096)
def _render(path: Path, side: int, colour: str) -> QPixmap:
    data = path.read_bytes().replace(b"currentColor", colour.encode())
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(data)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def _mix(front: str, back: str, share: float) -> str:
    a, b = QColor(front), QColor(back)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(share * x + (1 - share) * y) for x, y in pairs)).name()


def _palette(t: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.surface,
        role.AlternateBase: t.window,
        role.Text: t.text,
        role.Button: t.surface,
        role.ButtonText: t.text,
        role.BrightText: t.danger,
        role.ToolTipBase: t.surface,
        role.ToolTipText: t.text,
        role.PlaceholderText: t.muted,
        role.Highlight: t.accent,
        role.HighlightedText: t.accent_text,
        role.Accent: t.accent,
        role.Link: t.accent,
        role.LinkVisited: t.accent,
        role.Mid: t.border,
        role.Midlight: t.hover,
        role.Dark: t.border,
        role.Light: t.surface,
        role.Shadow: t.sunken,
    }.items():
        palette.setColor(which, QColor(colour))
    faded = QColor(_mix(t.text, t.window, 0.4))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, faded)
    return palette


def _style_sheet(resources: Path, tokens: Tokens, dark: bool) -> str:
    sheet = (resources / "qss" / "app.qss").read_text(encoding="utf-8")
    # Longest names first: @accent must not eat the beginning of @accent_text.
    for name in sorted(Tokens.__dataclass_fields__, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", getattr(tokens, name))
    sheet = sheet.replace("@scheme", "dark" if dark else "light")
    return sheet.replace("@icons", (resources / "icons").as_posix())
