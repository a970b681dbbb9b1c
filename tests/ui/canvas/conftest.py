from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from plantseg_gui.core.document import Document
from plantseg_gui.core.results import TileUpdate
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.tools.registry import make_tool

PHOTO_COLOUR = (70, 140, 60)
LEFT, MIDDLE, NONE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.NoButton,
)


NO_KEY = Qt.KeyboardModifier.NoModifier


@dataclass
class Settings:
    brush_px: int = 21
    paint: str = "lesion"
    options: dict = field(default_factory=dict)

    def step_brush(self, direction):
        self.brush_px += direction

    def option(self, option):
        return self.options.get(option.key, option.default)

    def set_option(self, option, value):
        self.options[option.key] = value


class Hand:
    """Works on a canvas as a person does: photo pixels in, real events out."""

    def __init__(self, view, qtbot):
        self.view = view
        self.qtbot = qtbot
        self.settings = Settings()

    def take(self, name):
        self.view.set_tool(make_tool(name, self.settings))

    def screen(self, y, x):
        """Where photo point (y, x) lies on the viewport."""
        return self.view.navigation.to_screen(QPointF(x, y))

    def mouse(self, kind, y, x, button=LEFT, keys=NO_KEY):
        at = self.screen(y, x)
        moving = kind == QEvent.Type.MouseMove
        event = QMouseEvent(
            kind,
            at,
            self.view.viewport().mapToGlobal(at),
            NONE if moving else button,
            NONE if kind == QEvent.Type.MouseButtonRelease else button,
            keys,
        )
        QApplication.sendEvent(self.view.viewport(), event)

    def press(self, y, x, button=LEFT, keys=NO_KEY):
        self.mouse(QEvent.Type.MouseButtonPress, y, x, button, keys)

    def move(self, y, x, button=LEFT, keys=NO_KEY):
        self.mouse(QEvent.Type.MouseMove, y, x, button, keys)

    def release(self, y, x, button=LEFT, keys=NO_KEY):
        self.mouse(QEvent.Type.MouseButtonRelease, y, x, button, keys)

    def drag(self, start, end, button=LEFT, steps=8, keys=NO_KEY):
        self.press(*start, button, keys)
        for n in range(1, steps + 1):
            at = (a + (b - a) * n / steps for a, b in zip(start, end, strict=True))
            self.move(*at, button, keys)
        self.release(*end, button, keys)

    def click(self, y, x, button=LEFT, keys=NO_KEY):
        self.press(y, x, button, keys)
        self.release(y, x, button, keys)

    def key(self, key, keys=NO_KEY):
        QTest.keyClick(self.view, key, keys)

    def wheel(self, at, turn, modifiers=Qt.KeyboardModifier.NoModifier):
        event = QWheelEvent(
            at,
            self.view.viewport().mapToGlobal(at),
            QPoint(),
            QPoint(0, turn),
            NONE,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view.viewport(), event)

    def settle(self):
        self.qtbot.waitUntil(lambda: self.view.overlay_ready, timeout=5000)

    def colour(self, y, x):
        """The colour on screen at photo point (y, x), (r, g, b)."""
        at = self.screen(y, x)
        return QColor(self.view.grab().toImage().pixel(at.toPoint())).getRgb()[:3]


def close_to(colour, wanted, tolerance=6):
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= tolerance


def make_document(height=400, width=600, name="a"):
    image = np.full((height, width, 3), PHOTO_COLOUR, np.uint8)
    return Document(name, image)


@pytest.fixture
def document():
    return make_document()


@pytest.fixture
def view(qtbot, document):
    view = CanvasView()
    qtbot.addWidget(view, before_close_func=lambda w: w.shutdown())
    view.resize(800, 600)
    view.show()
    qtbot.waitExposed(view)
    view.set_document(document)
    return view


@pytest.fixture
def hand(view, qtbot):
    hand = Hand(view, qtbot)
    hand.take("brush")
    hand.settle()
    return hand


def tile(rect, value, done=1, total=4):
    probability = np.full((rect.height, rect.width), value, np.float32)
    return TileUpdate(rect, probability, done, total, 800, 1200)
