"""Keeps the overlay up to date at both its scales; that of most photos has only one.

Of a `LargeOverlay` the coarse one is always kept complete. The full one is composed where the view
is close enough to show it, and around there.
"""

from PySide6.QtCore import QObject, Slot

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.large_overlay import COARSE_STEP, LargeOverlay, to_coarse, to_photo
from plantseg_gui.core.overlay import CHUNK_PX, OverlayComposer
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.ui.canvas.navigation import Navigation
from plantseg_gui.ui.canvas.overlay_layer import OverlayLayer
from plantseg_gui.ui.canvas.overlay_refresher import OverlayRefresher


class TwoScaleRefresher(QObject):
    """Has the interface of `OverlayRefresher`; all rectangles are photo px."""

    def __init__(self, layer: OverlayLayer, navigation: Navigation) -> None:
        super().__init__(navigation)
        self._navigation = navigation
        self._large = False
        self._full = OverlayRefresher(layer, navigation.visible_rect, self, wanted=self._close_area)
        self._coarse = OverlayRefresher(
            _CoarseLayer(layer), lambda: to_coarse(navigation.visible_rect()), self
        )
        layer.set_blank(self._full.blank)
        navigation.moved.connect(self._on_view)

    @property
    def idle(self) -> bool:
        """Whether all that may be looked at is up to date."""
        return self._full.idle and self._coarse.idle

    def set_target(
        self,
        composer: OverlayComposer | None,
        labels: LabelImage | None,
        touched: BoolArray | None = None,
    ) -> None:
        """Work for another photo, or for none; see `OverlayRefresher.set_target`."""
        self._large = isinstance(composer, LargeOverlay)
        self._full.set_target(composer, labels, touched)
        if isinstance(composer, LargeOverlay) and labels is not None:
            some = None if touched is None else touched[::COARSE_STEP, ::COARSE_STEP]
            self._coarse.set_target(composer.coarse, _CoarseLabels(labels), some)
        else:
            self._coarse.set_target(None, None)

    def compose(self, rect: Rect) -> None:
        """Compose `rect` now, so that it appears with the next paint: for a dab."""
        self._full.compose(rect)
        self._coarse.compose(to_coarse(rect))

    def invalidate(self, rect: Rect) -> None:
        """Everything in `rect` is to be composed again, soon."""
        self._full.invalidate(rect)
        self._coarse.invalidate(to_coarse(rect))

    def finish(self) -> None:
        """Compose all that waits, now, at both scales."""
        self._full.finish()
        self._coarse.finish()

    def shutdown(self) -> None:
        """Let go of the photo and wait for the threads."""
        self.set_target(None, None)
        self._full.shutdown()
        self._coarse.shutdown()

    def _close_area(self) -> Rect | None:
        """What is shown, or soon may be, from the full overlay; None: it is the only one."""
        if not self._large:
            return None
        if self._navigation.zoom * COARSE_STEP <= 1.0:
            return Rect(0, 0, 0, 0)
        return self._navigation.visible_rect().pad(CHUNK_PX // 2)

    @Slot()
    def _on_view(self) -> None:
        if self._large:
            self._full.wake()


class _CoarseLabels:
    """Every fourth row and column of the labels, as they are now."""

    def __init__(self, labels: LabelImage) -> None:
        self._labels = labels

    @property
    def array(self) -> LabelArray:
        """[h/4, w/4] uint16, a view."""
        return self._labels.array[::COARSE_STEP, ::COARSE_STEP]


class _CoarseLayer:
    """Repaints what a rectangle of the coarse overlay covers."""

    def __init__(self, layer: OverlayLayer) -> None:
        self._layer = layer

    def refresh(self, rect: Rect) -> None:
        """Repaint `rect`, coarse px."""
        self._layer.refresh(to_photo(rect).pad(COARSE_STEP))
