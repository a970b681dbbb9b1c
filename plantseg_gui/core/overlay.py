"""The one overlay of the canvas: maps and mask (or origin) composed into one ARGB buffer.

Two stages. `under` holds all visible maps composed, in chunks of 512² photo px; it changes only
when a map or a slider does, and may be brought up to date on another thread (`compose_under`,
visible chunks first). `compose` lays the labels over it; that is all that a dab costs. Maps are
composed at the working scale, where a photo of 2048² has a quarter of its pixels, and only the
result is enlarged.
"""

import threading
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.label_layer import LabelLayer, PixelBuffer, as_bytes, as_pixels
from plantseg_gui.core.palette import ColourTable, MaskMode, map_table
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.scale import network_size

MASK = "mask"
ORIGIN = "origin"
# From the lowest layer to the highest; mask or origin lies above them all.
MAP_LAYERS = (
    "leaf",
    "energy",
    "variance",
    "attention2",
    "attention1",
    "probability",
    "preview",
)
LAYERS = (*MAP_LAYERS, MASK, ORIGIN)
LAYER_MAPS = {
    "leaf": "leaf",
    "energy": "cividis",
    "variance": "viridis",
    "attention2": "cividis",
    "attention1": "viridis",
    "probability": "magma",
    "preview": "preview",
}
CHUNK_PX = 512

ByteMap = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class _MapLayer:
    """One map at the working scale and how it is shown; never changed in place."""

    table: ColourTable
    fade_table: ColourTable  # 255 - alpha of `table`, in all four bytes
    values: ByteMap | None = None
    visible: bool = False

    @property
    def shown(self) -> bool:
        return self.visible and self.values is not None


class OverlayComposer:
    """Composes mask and maps of one photo.

    `buffer` keeps its memory for the life of the composer, so a QImage may wrap it.

    Attributes:
        buffer: [H, W] uint32, premultiplied 0xAARRGGBB.
    """

    def __init__(self, height: int, width: int) -> None:
        """Make an empty overlay for a photo of height × width px; the mask is visible at 0.5."""
        self.height, self.width = height, width
        # zeros, not empty: the system hands out pages when they are first written, so a photo of
        # 8192² costs what was looked at.
        self.buffer: PixelBuffer = np.zeros((height, width), dtype=np.uint32)
        self._under: PixelBuffer = np.zeros((height, width), dtype=np.uint32)
        small_height, small_width = network_size(height, width)
        self._small = min(height, small_height), min(width, small_width)
        self._layers = {name: _layer(LAYER_MAPS[name], 0.6) for name in MAP_LAYERS}
        self._label_layer = LabelLayer()
        self._generation = 0
        rows, columns = -(-height // CHUNK_PX), -(-width // CHUNK_PX)
        # A chunk is stale when it was made before the last change that concerns it.
        self._wanted = np.zeros((rows, columns), dtype=np.int64)
        self._made = np.zeros((rows, columns), dtype=np.int64)
        self._lock = threading.Lock()

    @property
    def rect(self) -> Rect:
        """The whole photo."""
        return Rect(0, 0, self.height, self.width)

    @property
    def working_shape(self) -> tuple[int, int]:
        """Rows and columns at which maps are kept."""
        return self._small

    def set_map(self, name: str, values: ByteMap | None) -> None:
        """Give a layer its map; None takes it away. Compose afterwards.

        Args:
            name: One of `MAP_LAYERS`.
            values: [h, w] uint8 over the whole photo, at any scale; copied or resized.

        Raises:
            ValueError: Unknown name, or values that are no [h, w] uint8.
        """
        layer = self._layer(name)
        if values is not None:
            if values.ndim != 2 or values.dtype != np.uint8 or not values.size:
                raise ValueError(
                    f"map {name!r} has shape {values.shape} and dtype {values.dtype}; "
                    "need [h, w] uint8"
                )
            values = _resized(values, self._small)
        self._replace(name, replace(layer, values=values))

    def update_map(self, name: str, rect: Rect, values: ByteMap, scale: tuple[int, int]) -> Rect:
        """Change a part of a map, for instance one tile of a running prediction.

        Args:
            name: One of `MAP_LAYERS`; a layer without a map begins with zeros.
            rect: Where, in px of a map of `scale`.
            values: [h, w] uint8.
            scale: Rows and columns of the whole map that `rect` belongs to.

        Returns:
            The rectangle of the photo to compose again.

        Raises:
            ValueError: Unknown name, or `rect` does not fit `values` or `scale`.
        """
        layer = self._layer(name)
        if rect.clip(*scale) != rect or values.shape != (rect.height, rect.width):
            raise ValueError(f"{rect} does not fit values {values.shape} in a map of {scale}")
        # Copied, not changed in place: another thread may be composing it.
        first = layer.values is None
        target = np.zeros(self._small, np.uint8) if layer.values is None else layer.values.copy()
        part = _scaled(rect, scale, self._small)
        if not part.empty:
            target[part.slices] = _resized(values, (part.height, part.width))
        # The interpolation reaches one pixel of the working scale further.
        margin = 2 + 2 * max(self.height // self._small[0], self.width // self._small[1])
        area = _scaled(part, self._small, (self.height, self.width)).pad(margin)
        # Zeros are seen too: the leaf layer darkens them.
        area = self.rect if first else area.clip(self.height, self.width)
        self._replace(name, replace(layer, values=target), area)
        return area

    def set_layer(self, name: str, visible: bool, opacity: float) -> None:
        """Show or hide a layer and set its opacity, 0 to 1. Compose afterwards.

        Raises:
            ValueError: Unknown name; see `LAYERS`.
        """
        if name == MASK:
            self._label_layer.set_mask(visible, opacity)
            return
        if name == ORIGIN:
            self._label_layer.set_origin(visible, opacity)
            return
        layer = self._layer(name)
        styled = _layer(LAYER_MAPS[name], opacity)
        self._replace(name, replace(styled, values=layer.values, visible=visible))

    def set_mask_style(self, mode: MaskMode, *, selected: int | None = None) -> None:
        """Colour lesions alike or by id, with one lesion in white. Compose afterwards."""
        self._label_layer.set_mask_style(mode, selected)

    def stale_chunks(self, rect: Rect) -> list[Rect]:
        """The chunks of `under` that meet `rect` and are out of date, in photo px."""
        return [
            self._chunk_rect(row, column)
            for row, column in self._chunks(rect)
            if self._made[row, column] < self._wanted[row, column]
        ]

    def compose_under(self, rect: Rect) -> None:
        """Bring the maps in `rect` up to date; may run on another thread than `compose`.

        Costs 2 to 4 ms a chunk with five maps; only stale chunks are done.
        """
        for row, column in self._chunks(rect):
            # Read before the layers are: a change in between leaves the chunk stale, as it must.
            generation = self._generation
            if self._made[row, column] >= self._wanted[row, column]:
                continue
            chunk = self._chunk_rect(row, column)
            pixels = self._composed_maps(chunk)
            with self._lock:
                # A slower thread must not put older pixels over newer ones.
                if generation >= self._made[row, column]:
                    self._under[chunk.slices] = 0 if pixels is None else pixels
                    self._made[row, column] = generation

    def compose(self, rect: Rect, labels: LabelArray, touched: BoolArray | None = None) -> None:
        """Write `buffer` inside `rect`: mask or origin over the maps.

        Stale map chunks are brought up to date first, so the result is always right; to keep a
        view smooth after a slider moved, run `compose_under` on another thread before.

        Args:
            rect: Clipped to the photo.
            labels: The label image of the whole photo, [H, W] uint16.
            touched: The pixels of it that a person touched, [H, W] bool; None for none.
        """
        rect = rect.clip(self.height, self.width)
        if rect.empty:
            return
        self.compose_under(rect)
        part = rect.slices
        has_maps = any(layer.shown for layer in self._layers.values())
        self._label_layer.lay(
            self._under[part] if has_maps else None,
            labels[part],
            None if touched is None else touched[part],
            self.buffer[part],
        )

    def _composed_maps(self, chunk: Rect) -> PixelBuffer | None:
        """The maps over one chunk in photo px, [h, w] uint32; None when none is visible."""
        # One more pixel on every side, for the interpolation.
        source = _scaled(chunk, (self.height, self.width), self._small).pad(1).clip(*self._small)
        pixels: PixelBuffer | None = None
        for name in MAP_LAYERS:
            layer = self._layers[name]
            if not layer.visible or layer.values is None:
                continue
            values = layer.values[source.slices]
            colours = layer.table[values]
            if pixels is None:
                pixels = colours
                continue
            # Each factor is at most 255 - alpha: rounded, no channel rises above its alpha.
            fade = as_bytes(layer.fade_table[values])
            below = cv2.multiply(as_bytes(pixels), fade, scale=1.0 / 255.0)
            pixels = as_pixels(cv2.add(below, as_bytes(colours)))
        if pixels is None:
            return None
        return self._enlarged(pixels, source, chunk)

    def _enlarged(self, pixels: PixelBuffer, source: Rect, chunk: Rect) -> PixelBuffer:
        if (source.height, source.width) == (chunk.height, chunk.width):
            return pixels
        scale_y, scale_x = self._small[0] / self.height, self._small[1] / self.width
        # Pixel centres: photo row y lies at (y + 0.5)·scale − 0.5 of the working scale.
        matrix = np.array(
            [
                [scale_x, 0.0, (chunk.x0 + 0.5) * scale_x - 0.5 - source.x0],
                [0.0, scale_y, (chunk.y0 + 0.5) * scale_y - 0.5 - source.y0],
            ]
        )
        enlarged = cv2.warpAffine(
            as_bytes(pixels),
            matrix,
            (chunk.width, chunk.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return as_pixels(enlarged)

    def _layer(self, name: str) -> _MapLayer:
        if name not in self._layers:
            raise ValueError(f"no layer is called {name!r}; there are {', '.join(LAYERS)}")
        return self._layers[name]

    def _replace(self, name: str, layer: _MapLayer, area: Rect | None = None) -> None:
        before = self._layers[name]
        self._layers[name] = layer
        if not before.shown and not layer.shown:
            return
        self._generation += 1
        if area is None or not before.shown:
            self._wanted[...] = self._generation
        else:
            for row, column in self._chunks(area):
                self._wanted[row, column] = self._generation

    def _chunks(self, rect: Rect) -> list[tuple[int, int]]:
        rect = rect.clip(self.height, self.width)
        if rect.empty:
            return []
        rows = range(rect.y0 // CHUNK_PX, (rect.y1 - 1) // CHUNK_PX + 1)
        columns = range(rect.x0 // CHUNK_PX, (rect.x1 - 1) // CHUNK_PX + 1)
        return [(row, column) for row in rows for column in columns]

    def _chunk_rect(self, row: int, column: int) -> Rect:
        y, x = row * CHUNK_PX, column * CHUNK_PX
        return Rect(y, x, y + CHUNK_PX, x + CHUNK_PX).clip(self.height, self.width)


def _layer(map_name: str, opacity: float) -> _MapLayer:
    table = map_table(map_name, opacity)
    fade = (255 - (table >> 24)).astype(np.uint32) * np.uint32(0x01010101)
    return _MapLayer(table, fade)


def _scaled(rect: Rect, from_shape: tuple[int, int], to_shape: tuple[int, int]) -> Rect:
    """The smallest rectangle at another scale that holds `rect`."""
    (height, width), (to_height, to_width) = from_shape, to_shape
    return Rect(
        rect.y0 * to_height // height,
        rect.x0 * to_width // width,
        -(-rect.y1 * to_height // height),
        -(-rect.x1 * to_width // width),
    )


def _resized(values: ByteMap, shape: tuple[int, int]) -> ByteMap:
    """A copy of [h, w] uint8 in another shape; averaged when it shrinks."""
    if values.shape == shape:
        return values.copy()
    shrinks = values.shape[0] > shape[0]
    flag = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(values), shape[::-1], interpolation=flag)
    return np.asarray(resized, dtype=np.uint8)
