"""What is shown beside the photo: minimap, loupe, scale bar, the network's tiles.

Each is switched by its act and remembered in the settings.
"""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from plantseg_gui.core.display_tables import adjusted
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overview import overview
from plantseg_gui.core.results import RgbArray
from plantseg_gui.jobs.io_pool import Task, run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.canvas.corners import Corners
from plantseg_gui.ui.canvas.frame_clock import FrameClock
from plantseg_gui.ui.canvas.loupe import CELLS, Loupe
from plantseg_gui.ui.canvas.minimap import SIDE_PX, Minimap
from plantseg_gui.ui.canvas.scale_bar import ScaleBar
from plantseg_gui.ui.canvas.tile_grid import TileGrid
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.photo_look import PhotoLook
from plantseg_gui.ui.presenters.readout import value_lines
from plantseg_gui.ui.presenters.session import Session

AIDS = ("minimap", "loupe", "scale_bar", "tile_grid")
# The minimap's mask follows a stroke or an undo after so long.
PICTURE_WAIT_MS = 250
LOUPE_FRAME_MS = 16
NO_TILES = "Not there yet: run the model first (Model menu)"
OLD_TILES = "This prediction is from an older version without tile scores: run the model again"


class ViewAids(QObject):
    """See the module's text.

    Attributes:
        minimap, loupe, scale_bar, tile_grid: What is shown.
    """

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        look: PhotoLook,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._look, self._actions = session, canvas, look, actions
        area = canvas.viewport()
        self.minimap, self.scale_bar, self.loupe = Minimap(), ScaleBar(), Loupe(area)
        self.tile_grid = TileGrid()
        canvas.add_item(self.tile_grid)
        corners = Corners(area)
        corners.keep(self.minimap, Qt.Corner.TopRightCorner)
        corners.keep(self.scale_bar, Qt.Corner.BottomLeftCorner)
        self._picturing: Task | None = None
        self._picture_timer = QTimer(self)
        self._picture_timer.setSingleShot(True)
        self._picture_timer.setInterval(PICTURE_WAIT_MS)
        self._picture_timer.timeout.connect(self._make_picture)
        self._pointer: QPointF | None = None
        self._loupe_clock = FrameClock(self, LOUPE_FRAME_MS)
        self._loupe_clock.tick.connect(self._show_loupe)
        self._connect()
        for name in AIDS:
            actions[name].setChecked(session.settings.view_aids[name])
            actions[name].toggled.connect(lambda on, name=name: self._on_switch(name, on))
        self._on_document()

    def _connect(self) -> None:
        session, canvas = self._session, self._canvas
        session.document_opened.connect(self._on_document)
        session.prediction_changed.connect(self._show_tiles)
        session.labels_changed.connect(lambda _: self._picture_soon())
        session.status_changed.connect(self._loupe_clock.request_later)
        self._look.changed.connect(self._picture_soon)
        self._look.changed.connect(self._loupe_clock.request_later)
        canvas.navigation.moved.connect(self._on_view)
        canvas.pointer.moved.connect(self._on_pointer)
        canvas.cursor_moved.connect(self._on_cursor)
        self.minimap.centre_wanted.connect(canvas.navigation.centre_on)
        self.minimap.turned.connect(self._on_turn)

    def _wanted(self, name: str) -> bool:
        return self._actions[name].isChecked()

    def _on_switch(self, name: str, on: bool) -> None:
        self._session.keep(view_aids=self._session.settings.view_aids | {name: on})
        self._show_all()

    def _on_document(self) -> None:
        document = self._session.document
        self._pointer = None
        height, width = (0, 0) if document is None else (document.height, document.width)
        self.minimap.set_photo(height, width)
        self._actions.enable(document is not None, "minimap", "loupe", "scale_bar")
        self._show_all()
        self._make_picture()

    def _show_all(self) -> None:
        self.minimap.set_wanted(self._wanted("minimap"))
        self._on_view()
        self._show_tiles()
        self._picture_soon()

    def _on_view(self) -> None:
        """Another part of the photo, or another zoom."""
        navigation, there = self._canvas.navigation, self._session.document is not None
        self.minimap.set_seen(navigation.visible_rect() if there else Rect(0, 0, 0, 0))
        if there and self._wanted("scale_bar"):
            self.scale_bar.set_scale(navigation.screen_px)
        self.scale_bar.setVisible(there and self._wanted("scale_bar"))
        if self._pointer is not None:
            self._pointer = self._canvas.pointer.photo_place()
        self._loupe_clock.request_later()

    def _on_turn(self, eighths: float) -> None:
        seen = self._canvas.navigation.visible_rect()
        middle = QPointF((seen.x0 + seen.x1) / 2, (seen.y0 + seen.y1) / 2)
        self._canvas.navigation.wheel(eighths, middle)

    def _show_tiles(self) -> None:
        document = self._session.document
        prediction = document.prediction if document is not None else None
        tiles = prediction.tiles if prediction is not None else ()
        action = self._actions["tile_grid"]
        action.setEnabled(bool(tiles))
        missing = NO_TILES if prediction is None else "" if tiles else OLD_TILES
        self._actions.set_tip("tile_grid", missing or ACTIONS["tile_grid"].tip)
        if tiles != self.tile_grid.tiles:
            self.tile_grid.set_tiles(tiles)
        self.tile_grid.setVisible(bool(tiles) and self._wanted("tile_grid"))

    # The minimap's picture

    def _picture_soon(self) -> None:
        # Not restarted: it must follow while a person goes on painting.
        if self._wanted("minimap") and not self._picture_timer.isActive():
            self._picture_timer.start()

    def _make_picture(self) -> None:
        document, how = self._session.document, self._look.how
        if document is None or not self._wanted("minimap"):
            return
        if self._canvas.pointer.drawing or self._picturing is not None:
            self._picture_timer.start()
            return
        side = round(SIDE_PX * self._canvas.devicePixelRatioF())

        def make() -> tuple[Document, RgbArray]:
            # Labels may change meanwhile: then another picture follows this one.
            return document, overview(document.image, document.labels.array, side, how)

        self._picturing = run_task(
            make,
            on_done=self._on_picture,
            on_error=self._on_no_picture,
            doing="drawing the minimap",
        )

    def _on_picture(self, made: tuple[Document, RgbArray]) -> None:
        self._picturing = None
        if self._session.is_shown(made[0]):
            self.minimap.set_picture(made[1])

    def _on_no_picture(self, error: object) -> None:
        self._picturing = None  # logged by run_task; the frame works without it

    # The loupe

    def _on_pointer(self, photo: QPointF) -> None:
        self._pointer = photo
        if self._wanted("loupe"):
            # Later: a dab is painted first.
            self._loupe_clock.request_later()

    def _on_cursor(self, row: int, column: int) -> None:
        if row < 0:
            self._pointer = None
            self.loupe.hide()

    def _show_loupe(self) -> None:
        document, place = self._session.document, self._pointer
        if document is None or place is None or not self._wanted("loupe"):
            self.loupe.hide()
            return
        row, column = int(place.y()), int(place.x())
        if not (0 <= place.y() < document.height and 0 <= place.x() < document.width):
            self.loupe.hide()
            return
        pixels = adjusted(_around(document.image, row, column), self._look.how)
        labels = _around(document.labels.array, row, column)
        self.loupe.show_pixels(pixels, labels, value_lines(document, row, column))
        self.loupe.move_to(self._canvas.navigation.to_screen(place).toPoint())
        self.loupe.show()


def _around(array: np.ndarray, row: int, column: int) -> np.ndarray:
    """[19, 19, …] of an image [H, W, …] around a pixel; the rim is repeated outside."""
    reach = CELLS // 2
    height, width = array.shape[:2]
    rows = np.clip(np.arange(row - reach, row + reach + 1), 0, height - 1)
    columns = np.clip(np.arange(column - reach, column + reach + 1), 0, width - 1)
    return np.ascontiguousarray(array[np.ix_(rows, columns)])
