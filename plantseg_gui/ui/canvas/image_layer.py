"""The photo on the canvas: drawn from the level nearest the zoom, only where it is exposed."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from plantseg_gui.core.display_tables import Adjustment
from plantseg_gui.core.results import RgbArray
from plantseg_gui.jobs.io_pool import Task, run_task
from plantseg_gui.ui.canvas.adjusted_levels import AdjustedLevels
from plantseg_gui.ui.canvas.drawing import device_scale, draw_part
from plantseg_gui.ui.canvas.pyramid import Level, base_level, best_level, reduced_levels

# Halving 4 megapixels takes about 3 ms; larger photos are halved in the pool.
REDUCE_HERE_PX = 2048 * 2048


class ImageLayer(QGraphicsObject):
    """Shows one photo, one photo pixel being one unit; empty without one."""

    def __init__(self) -> None:
        super().__init__()
        # Without this flag exposedRect is the whole item for a 50 px update.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._bounds = QRectF()
        self._levels: list[Level] = []
        self._reducing: Task | None = None
        self._adjusted = AdjustedLevels(self)
        self._adjusted.ready.connect(self.update)
        self._bare = False

    def set_photo(self, photo: RgbArray | None) -> None:
        """Show [H, W, 3] uint8 RGB, or nothing."""
        self.prepareGeometryChange()
        if self._reducing is not None:
            self._reducing.drop()
            self._reducing = None
        self._levels = []
        self._adjusted.set_levels(self._levels)
        self._bounds = QRectF()
        if photo is not None:
            height, width = photo.shape[:2]
            self._bounds = QRectF(0, 0, width, height)
            base = base_level(photo)
            self._levels = [base]
            if height * width <= REDUCE_HERE_PX:
                self._levels += reduced_levels(base)
            else:
                self._reducing = run_task(
                    lambda: reduced_levels(base),
                    on_done=self._add_levels,
                    priority=5,
                    doing="preparing the photo for display",
                )
        self._adjusted.set_levels(self._levels)
        self.update()

    def set_adjustment(self, how: Adjustment) -> None:
        """Show the photo so, and the next ones too; what is on screen follows from the pool."""
        self._adjusted.set_adjustment(how)
        self.update()

    def show_bare(self, on: bool) -> None:
        """Show the photo as it is while `on`."""
        self._bare = on
        self.update()

    def boundingRect(self) -> QRectF:
        """The photo's area."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the exposed part."""
        if not self._levels:
            return
        index = best_level(len(self._levels), device_scale(painter))
        level = self._levels[index] if self._bare else self._adjusted.level(index)
        draw_part(painter, level.image, self._bounds, option.exposedRect)

    def _add_levels(self, levels: list[Level]) -> None:
        self._reducing = None
        self._levels += levels
        self._adjusted.set_levels(self._levels)
        self.update()
