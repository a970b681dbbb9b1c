"""Where the view looks: fit, zoom at the pointer, pan, and the way from screen to photo pixels."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyqtgraph import ViewBox
from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Signal
from PySide6.QtWidgets import QGraphicsView

from plantseg_gui.core.geometry import Rect

# Wheel: one notch (120 eighths of a degree) zooms by this factor.
NOTCH_FACTOR = 1.25
MAX_ZOOM = 64.0
FIT_MARGIN = 0.02
# The photo may shrink to this share of its fitted size.
MIN_FIT_SHARE = 0.25


class Navigation(QObject):
    """Moves a `ViewBox` whose unit is one photo pixel.

    Zoom is in device pixels per photo pixel: 1.0 shows every photo pixel on one pixel of the
    screen, on HiDPI screens too.

    Attributes:
        zoom_changed: The new zoom.
    """

    zoom_changed = Signal(float)
    # After each fit, zoom and pan; whether it was a person's act, no other photo or window size.
    moved = Signal(bool)

    def __init__(self, view: QGraphicsView, box: ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self._box = box
        self._photo = QRectF()
        self._last_zoom = 0.0
        self._by_person = True
        self.fitted = True

    def set_photo_size(self, height: int, width: int) -> None:
        """Another photo: show the whole of it."""
        self._photo = QRectF(0, 0, width, height)
        with self._by_itself():
            self.fit()

    @property
    def zoom(self) -> float:
        """Device px per photo px; 0 before the first layout."""
        width = self._box.viewRect().width()
        return self._box.width() * self._view.devicePixelRatioF() / width if width else 0.0

    @property
    def screen_px(self) -> float:
        """Photo px per pixel of the window's own units."""
        zoom = self.zoom
        return self._view.devicePixelRatioF() / zoom if zoom else 1.0

    def fit(self) -> None:
        """Show the whole photo; it stays fitted when the window changes its size."""
        if not self._photo.isEmpty():
            self._box.setRange(self._photo, padding=FIT_MARGIN)
        self.fitted = True
        self._settle()

    def resized(self) -> None:
        """The window changed its size: a fitted photo stays fitted, another keeps its zoom."""
        with self._by_itself():
            if self.fitted:
                self.fit()
            elif self._last_zoom:
                self.set_zoom(self._last_zoom)

    def zoom_to(self, rect: Rect) -> None:
        """Show `rect`, with some of its surroundings."""
        self.fitted = False
        area = QRectF(rect.x0, rect.y0, max(1, rect.width), max(1, rect.height))
        self._box.setRange(area, padding=0.25)
        if self.zoom > MAX_ZOOM:
            self.set_zoom(MAX_ZOOM)
        self._settle()

    def set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom so that the photo point `anchor` stays where it is; None: the middle of the view."""
        if self._photo.isEmpty() or self.zoom <= 0:
            return
        self.fitted = False
        zoom = min(MAX_ZOOM, max(self._min_zoom(), zoom))
        centre = anchor if anchor is not None else self._box.viewRect().center()
        self._box.scaleBy((self.zoom / zoom, self.zoom / zoom), centre)
        self._keep_in_sight()

    @property
    def photo_size(self) -> QSizeF:
        """Of the photo, px; empty before the first."""
        return self._photo.size()

    @property
    def centre(self) -> QPointF:
        """The photo point in the middle of the view."""
        return QPointF(self._box.viewRect().center())

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """Put a photo point into the middle of the view, at a zoom."""
        if self._photo.isEmpty() or self.zoom <= 0:
            return
        self.fitted = False
        zoom = min(MAX_ZOOM, max(self._min_zoom(), zoom))
        self._box.scaleBy((self.zoom / zoom, self.zoom / zoom), self.centre)
        self._box.translateBy((centre.x() - self.centre.x(), centre.y() - self.centre.y()))
        self._keep_in_sight()

    def wheel(self, eighths: float, anchor: QPointF) -> None:
        """Zoom by a turn of the wheel, in eighths of a degree, at a photo point."""
        self.set_zoom(self.zoom * NOTCH_FACTOR ** (eighths / 120), anchor)

    def pan(self, dx: float, dy: float) -> None:
        """Move the photo by so many pixels of the window's own units."""
        self.fitted = False
        self._box.translateBy((-dx * self.screen_px, -dy * self.screen_px))
        self._keep_in_sight()

    def centre_on(self, photo: QPointF) -> None:
        """Move the photo point (x, y) to the middle of the view; the zoom stays."""
        self.fitted = False
        centre = self._box.viewRect().center()
        self._box.translateBy((photo.x() - centre.x(), photo.y() - centre.y()))
        self._keep_in_sight()

    def to_photo(self, point: QPointF) -> QPointF:
        """Photo coordinates (x, y) of a point of the viewport; pixel n spans n to n + 1."""
        # QGraphicsView.mapToScene takes whole pixels only.
        scene = self._view.viewportTransform().inverted()[0].map(point)
        photo: QPointF = self._box.mapSceneToView(scene)
        return photo

    def to_screen(self, photo: QPointF) -> QPointF:
        """The point of the viewport at photo coordinates (x, y)."""
        return self._view.viewportTransform().map(self._box.mapViewToScene(photo))

    def visible_rect(self) -> Rect:
        """The photo pixels on screen."""
        area = self._box.viewRect().intersected(self._photo)
        if area.isEmpty():
            return Rect(0, 0, 0, 0)
        x1, y1 = int(area.right()) + 1, int(area.bottom()) + 1
        return Rect(int(area.top()), int(area.left()), y1, x1).clip(
            int(self._photo.height()), int(self._photo.width())
        )

    def _min_zoom(self) -> float:
        ratio = self._view.devicePixelRatioF()
        fit = min(
            self._box.width() / self._photo.width(), self._box.height() / self._photo.height()
        )
        return min(1.0, fit * ratio * MIN_FIT_SHARE)

    def _keep_in_sight(self) -> None:
        """The middle of the view stays on the photo, so that it cannot get lost."""
        centre = self._box.viewRect().center()
        x = min(max(centre.x(), self._photo.left()), self._photo.right())
        y = min(max(centre.y(), self._photo.top()), self._photo.bottom())
        if (x, y) != (centre.x(), centre.y()):
            self._box.translateBy((x - centre.x(), y - centre.y()))
        self._settle()

    def _settle(self) -> None:
        """Move the items now; pyqtgraph would wait for the next paint and tell in its middle."""
        self._box.updateMatrix()
        zoom = self.zoom
        if abs(zoom - self._last_zoom) > 1e-6 * zoom:
            self._last_zoom = zoom
            self.zoom_changed.emit(zoom)
        self.moved.emit(self._by_person)

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """What happens inside is no act of a person."""
        self._by_person = False
        try:
            yield
        finally:
            self._by_person = True
