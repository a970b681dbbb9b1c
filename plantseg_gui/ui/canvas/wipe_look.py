"""Where a wipe looks: at a photo of its own, or where the canvas below it looks."""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from plantseg_gui.ui.canvas.view import CanvasView

MAX_ZOOM = 16.0


class WipeLook(Protocol):
    """The way from photo pixels to points of the widget."""

    # Whether what is drawn lies over a canvas that shows the photo itself.
    over_canvas: bool

    @property
    def scale(self) -> float:
        """Points of the widget per pixel of the photo."""

    @property
    def area(self) -> QRectF:
        """Where the photo lies in the widget."""

    def set_photo(self, size: QSizeF) -> None:
        """Another photo, px."""

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom at a point of the widget; None is the middle."""

    def pan(self, by: QPointF) -> None:
        """Move the photo by so many points of the widget."""

    def fit(self) -> None:
        """Show the whole photo."""

    def hover(self, at: QPointF | None) -> None:
        """The pointer is at a point of the widget; None: elsewhere."""


class OwnLook:
    """The whole photo at first; no further out than that, and never beyond its edge.

    Attributes:
        zoom: 1 = the whole photo, up to 16.
    """

    over_canvas = False

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._photo = QSizeF(1, 1)
        self._middle = QPointF()
        self.zoom = 1.0

    @property
    def scale(self) -> float:
        """See `WipeLook`."""
        fit = min(
            self._widget.width() / self._photo.width(),
            self._widget.height() / self._photo.height(),
        )
        return max(1e-6, fit) * self.zoom

    @property
    def area(self) -> QRectF:
        """See `WipeLook`."""
        left = self._widget.width() / 2 - self.scale * self._middle.x()
        top = self._widget.height() / 2 - self.scale * self._middle.y()
        return QRectF(
            left, top, self.scale * self._photo.width(), self.scale * self._photo.height()
        )

    def set_photo(self, size: QSizeF) -> None:
        """See `WipeLook`."""
        self._photo = size
        self.fit()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """See `WipeLook`."""
        at = at if at is not None else QPointF(self._widget.rect().center())
        there = self._to_photo(at)
        self.zoom = min(MAX_ZOOM, max(1.0, self.zoom * factor))
        # What was under the pointer is there again.
        self._move(there - self._to_photo(at))

    def pan(self, by: QPointF) -> None:
        """See `WipeLook`."""
        self._move(-by / self.scale)

    def fit(self) -> None:
        """See `WipeLook`."""
        self.zoom = 1.0
        self._middle = QPointF(self._photo.width() / 2, self._photo.height() / 2)

    def hover(self, at: QPointF | None) -> None:
        """See `WipeLook`."""

    def _to_photo(self, at: QPointF) -> QPointF:
        return (at - self.area.topLeft()) / self.scale

    def _move(self, by: QPointF) -> None:
        """Move the middle by so many photo pixels; no further than there is something to see."""
        half_x = min(self._photo.width(), self._widget.width() / self.scale) / 2
        half_y = min(self._photo.height(), self._widget.height() / self.scale) / 2
        to = self._middle + by
        self._middle = QPointF(
            min(max(to.x(), half_x), self._photo.width() - half_x),
            min(max(to.y(), half_y), self._photo.height() - half_y),
        )


class CanvasLook(QObject):
    """Lays a widget over a canvas and looks where the canvas looks; zoom and pan move both."""

    over_canvas = True

    def __init__(self, canvas: "CanvasView", widget: QWidget) -> None:
        super().__init__(canvas)
        self._canvas, self._widget = canvas, widget
        widget.setParent(canvas)
        canvas.viewport().installEventFilter(self)
        canvas.navigation.moved.connect(widget.update)
        self._cover()

    @property
    def scale(self) -> float:
        """See `WipeLook`."""
        return 1.0 / self._canvas.navigation.screen_px

    @property
    def area(self) -> QRectF:
        """See `WipeLook`."""
        document = self._canvas.document
        if document is None:
            return QRectF()
        to_screen = self._canvas.navigation.to_screen
        corner = QPointF(document.width, document.height)
        return QRectF(to_screen(QPointF(0, 0)), to_screen(corner))

    def set_photo(self, size: QSizeF) -> None:
        """See `WipeLook`; the canvas knows it."""

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """See `WipeLook`."""
        navigation = self._canvas.navigation
        anchor = navigation.to_photo(at) if at is not None else None
        navigation.set_zoom(navigation.zoom * factor, anchor)

    def pan(self, by: QPointF) -> None:
        """See `WipeLook`."""
        self._canvas.navigation.pan(by.x(), by.y())

    def fit(self) -> None:
        """See `WipeLook`."""
        self._canvas.fit()

    def hover(self, at: QPointF | None) -> None:
        """See `WipeLook`; the readout of the pixel goes on, and no tool hears of it."""
        if at is None:
            self._canvas.pointer_left()
        else:
            self._canvas.pointer.moved.emit(self._canvas.navigation.to_photo(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas changed its size."""
        if event.type() == QEvent.Type.Resize:
            self._cover()
        return super().eventFilter(watched, event)

    def _cover(self) -> None:
        self._widget.setGeometry(self._canvas.viewport().geometry())
