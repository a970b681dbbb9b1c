"""The magic wand: the pixels whose colour is like that under the pointer.

"Like" is the distance in CIE Lab, a colour space in which equal distances look equally different
(CIE76: 2 is just seen, 10 is another shade, 50 another colour). Distances are to the mean of the
3×3 pixels around the click, so that one odd pixel does not decide.
"""

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.flood import flood_region, pixel_at
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, RgbArray

MAX_TOLERANCE = 100.0

# Of a side that stays in the processor's cache: over a whole photo at once it takes ten times long.
_TILE_PX = 256
# Lab colours that are kept: all of a photo of 2048², the newest tiles of a larger one.
_KEPT_TILES = 80
_STEPS_PER_UNIT = 2
_SUM = np.ones((1, 3), dtype=np.float32)


class Wand:
    """The wand on one photo; it keeps colours and the distances of the last click.

    Another tolerance at the same place costs no colour arithmetic at all.
    """

    def __init__(self, image: RgbArray) -> None:
        """Look at `image`, [H, W, 3] uint8 RGB, which must not change."""
        self._image = image
        self._shape: tuple[int, int] = image.shape[:2]
        self._lab: dict[tuple[int, int], npt.NDArray[np.float32]] = {}
        self._place: tuple[int, int] | None = None
        self._colour = (0.0, 0.0, 0.0)
        # Twice the distance, rounded up, so that comparing with half units is exact.
        self._distance = np.empty(self._shape, dtype=np.uint8)
        tiles = [-(-side // _TILE_PX) for side in self._shape]
        self._known = np.zeros(tiles, dtype=bool)

    def region(
        self,
        y: float,
        x: float,
        tolerance: float,
        contiguous: bool = True,
        most_px: int | None = None,
    ) -> tuple[Rect, BoolArray]:
        """The pixels like the one at (y, x).

        Args:
            y: Photo px.
            x: Photo px.
            tolerance: Largest distance in Lab, 0 to 100, in steps of 0.5.
            contiguous: Only those that hang together with the click over sides; else all over
                the photo.
            most_px: Give up a contiguous region in a larger window than this; None: never.

        Returns:
            Their box and its mask [h, w] bool; the pixel at (y, x) is always among them. Both
            empty when it was given up.

        Raises:
            ValueError: The point lies outside the photo, or the tolerance outside 0 to 100.
        """
        if not 0.0 <= tolerance <= MAX_TOLERANCE:
            raise ValueError(f"the tolerance is {tolerance}; it must be 0 to {MAX_TOLERANCE:g}")
        place = pixel_at(y, x, self._shape)
        if place != self._place:
            self._place = place
            self._colour = self._mean_colour(*place)
            self._known[:] = False
        limit = int(tolerance * _STEPS_PER_UNIT)
        if contiguous:
            return flood_region(lambda rect: self._near(rect, limit), y, x, self._shape, most_px)
        like = self._near(Rect(0, 0, *self._shape), limit)
        like[place] = True
        left, top, width, height = cv2.boundingRect(like.view(np.uint8))
        box = Rect(top, left, top + height, left + width)
        return box, like[box.slices]

    def _near(self, rect: Rect, limit: int) -> BoolArray:
        rows = range(rect.y0 // _TILE_PX, -(-rect.y1 // _TILE_PX))
        columns = range(rect.x0 // _TILE_PX, -(-rect.x1 // _TILE_PX))
        for row in rows:
            for column in columns:
                if not self._known[row, column]:
                    self._measure(row, column)
        return self._distance[rect.slices] <= limit

    def _measure(self, row: int, column: int) -> None:
        """Write the distances of one tile."""
        offset = cv2.subtract(self._lab_tile(row, column), (*self._colour, 0.0))
        squares = cv2.transform(cv2.multiply(offset, offset), _SUM)
        steps = np.ceil(cv2.sqrt(squares) * np.float32(_STEPS_PER_UNIT))
        self._distance[self._tile(row, column).slices] = np.minimum(steps, 255).reshape(
            offset.shape[:2]
        )
        self._known[row, column] = True

    def _lab_tile(self, row: int, column: int) -> npt.NDArray[np.float32]:
        """Lab colours of one tile, [h, w, 3] float32: L 0 to 100, a and b about -128 to 127."""
        kept = self._lab.get((row, column))
        if kept is None:
            kept = _lab(self._image[self._tile(row, column).slices])
            if len(self._lab) >= _KEPT_TILES:
                self._lab.pop(next(iter(self._lab)))
            self._lab[row, column] = kept
        return kept

    def _tile(self, row: int, column: int) -> Rect:
        y, x = row * _TILE_PX, column * _TILE_PX
        return Rect(y, x, y + _TILE_PX, x + _TILE_PX).clip(*self._shape)

    def _mean_colour(self, row: int, column: int) -> tuple[float, float, float]:
        around = Rect(row - 1, column - 1, row + 2, column + 2).clip(*self._shape)
        light, a, b = _lab(self._image[around.slices]).reshape(-1, 3).mean(axis=0).tolist()
        return light, a, b


def wand_region(
    image: RgbArray, y: float, x: float, tolerance: float, contiguous: bool = True
) -> tuple[Rect, BoolArray]:
    """One click of a `Wand` on `image`, [H, W, 3] uint8 RGB; see `Wand.region`."""
    return Wand(image).region(y, x, tolerance, contiguous)


def _lab(rgb: RgbArray) -> npt.NDArray[np.float32]:
    # In 8 bit, OpenCV would round a and b to whole units and squeeze L.
    scaled = np.multiply(rgb, np.float32(1.0 / 255.0), dtype=np.float32)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), dtype=np.float32)
