"""Mouse, pen and keys of the canvas, native: every move counts, and paint appears on press.

pyqtgraph's own drag events come late and thinned out (canvas.md 7), so none are used here. Points
are gathered and given to the tool once per frame.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot

from plantseg_gui.core.document import Document
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.canvas.frame_clock import FrameClock
from plantseg_gui.ui.canvas.navigation import Navigation
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool


class _Act(Enum):
    NONE = auto()
    STROKE = auto()
    PAN = auto()


class Pointer(QObject):
    """Turns presses, moves and releases into strokes and pans."""

    stroke_finished = Signal()
    moved = Signal(QPointF)  # photo coordinates (x, y); in a stroke at most once a frame
    cursor_wanted = Signal()

    def __init__(self, navigation: Navigation, document: Callable[[], Document | None]) -> None:
        super().__init__(navigation)
        self._navigation = navigation
        self._document = document
        self._act = _Act.NONE
        self._button = Qt.MouseButton.NoButton
        self._last = QPointF()
        self._points: list[Point] = []
        self._hand = PLAIN
        self._hovered: QPointF | None = None
        self._clock = FrameClock(self)
        self._clock.tick.connect(self.flush)
        self.tool: Tool | None = None
        self.space_held = False

    @property
    def drawing(self) -> bool:
        """Whether a stroke is being drawn."""
        return self._act is _Act.STROKE

    @property
    def panning(self) -> bool:
        """Whether the photo is being moved."""
        return self._act is _Act.PAN

    @property
    def would_pan(self) -> bool:
        """Whether the left button would move the photo now."""
        return self.space_held or self.tool is None or self.tool.pans

    def photo_place(self) -> QPointF:
        """The photo point under the pointer: another one after each zoom, pan or new photo."""
        return self._navigation.to_photo(self._last)

    def enter(self, where: QPointF) -> None:
        """The pointer has come to a point of the viewport; no move need follow."""
        self._last = where

    def press(self, where: QPointF, button: Qt.MouseButton, hand: Hand = PLAIN) -> bool:
        """A button went down at a point of the viewport; whether that means something."""
        if self._act is not _Act.NONE:
            return True
        self._last = where
        document = self._document()
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and self.would_pan
        ):
            self._act = _Act.PAN
        elif document is not None and self.tool is not None and self._works(button):
            self._act = _Act.STROKE
            right = button == Qt.MouseButton.RightButton
            self._hand = replace(hand, right=right, screen_px=self._navigation.screen_px)
            self._hovered = None
            self.tool.press(document, self._point(where), self._hand)
        else:
            return False
        self._button = button
        self.cursor_wanted.emit()
        return True

    def move(self, where: QPointF, hand: Hand = PLAIN) -> None:
        """The pointer is at a point of the viewport."""
        before, self._last = self._last, where
        if self._act is _Act.STROKE:
            self._points.append(self._point(where))
            self._hand = replace(hand, right=self._hand.right, screen_px=self._hand.screen_px)
            self._clock.request()  # `moved` comes with the frame
            return
        if self._act is _Act.PAN:
            delta = where - before
            self._navigation.pan(delta.x(), delta.y())
        elif self.tool is not None and not self.would_pan:
            self._hovered = where
            self._hand = replace(hand, screen_px=self._navigation.screen_px)
            self._clock.request()
        self.moved.emit(self._navigation.to_photo(where))

    def release(self, button: Qt.MouseButton | None = None) -> None:
        """A button went up, or all of them (None): what the pressed one began ends."""
        if button not in (None, self._button):
            return
        act = self._act
        if act is _Act.STROKE:
            self.flush()
            self._act = _Act.NONE
            if self.tool is not None and self.tool.release():
                self.stroke_finished.emit()
        self._act = _Act.NONE
        if act is not _Act.NONE:
            self.cursor_wanted.emit()

    def finish(self) -> bool:
        """Enter: close what the tool has open; whether there was something."""
        if self.tool is None or not self.tool.open or self._act is not _Act.NONE:
            return False
        if self.tool.finish():
            self.stroke_finished.emit()
        return True

    def step_back(self) -> bool:
        """Backspace: take the tool's last click back; whether there was one."""
        if self.tool is None or not self.tool.open or self._act is not _Act.NONE:
            return False
        self.tool.step_back()
        return True

    def settle(self) -> None:
        """Everything is about to be saved: what is half done is finished."""
        self.release()
        if self.tool is not None and self.tool.settle():
            self.stroke_finished.emit()

    def take(self, tool: Tool | None) -> None:
        """Another tool, or the same one for another photo: the work of the one before ends."""
        self.release()
        self._forget_points()
        if self.tool is not None and self.tool.put_down():
            self.stroke_finished.emit()
        self.tool = tool

    def leave(self) -> None:
        """The pointer is no longer over the canvas."""
        self._hovered = None
        if self.tool is not None and self._act is _Act.NONE:
            self.tool.leave()

    def abort(self) -> bool:
        """Esc: take the stroke, or what the tool has open, back; whether there was one."""
        if self._act is _Act.NONE and self.tool is not None and self.tool.open:
            self.tool.cancel()
            return True
        if self._act is not _Act.STROKE:
            return False
        self._forget_points()
        self._act = _Act.NONE
        if self.tool is not None:
            self.tool.abort()
        self.cursor_wanted.emit()
        return True

    @Slot()
    def flush(self) -> None:
        """Give the gathered points to the tool."""
        points, hovered = self._points, self._hovered
        self._forget_points()
        document = self._document()
        if self.tool is None or document is None:
            return
        if points and self._act is _Act.STROKE:
            self.tool.move(points, self._hand)
            self.moved.emit(QPointF(points[-1][1], points[-1][0]))
        elif hovered is not None and self._act is _Act.NONE:
            self.tool.hover(document, self._point(hovered), self._hand)

    def _forget_points(self) -> None:
        self._points = []
        self._hovered = None
        self._clock.stop()

    def _works(self, button: Qt.MouseButton) -> bool:
        if button == Qt.MouseButton.LeftButton:
            return True
        right = button == Qt.MouseButton.RightButton
        return right and self.tool is not None and self.tool.takes_right

    def _point(self, where: QPointF) -> Point:
        photo = self._navigation.to_photo(where)
        return photo.y(), photo.x()
