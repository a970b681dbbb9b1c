"""The network over one photo: scale, order of tiles, growth at lesions (specification 2)."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import (
    FloatArray,
    LeafResult,
    RgbArray,
    TileMode,
    TileUpdate,
)
from plantseg_gui.core.scale import network_size
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.outputs import TileOutput
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.selection import (
    by_score,
    leaf_at_network_scale,
    leaf_tiles,
    reached_neighbours,
    tile_scores,
)
from plantseg_gui.inference.stitch import blend
from plantseg_gui.inference.tile_run import TileRun
from plantseg_gui.inference.tiles import TileGrid, cut, make_grid, make_grid24, pad_to_grid
from plantseg_gui.nn.scorer import SCORER_LONG_SIDE_PX

OnTile = Callable[[TileUpdate], None]
# The long side is at most this many tiles: 1024 px for tiles of 256, 2048 for tiles of 512.
_CAP_TILES = 4


@dataclass(frozen=True)
class Scene:
    """A photo brought to network scale and laid out in tiles.

    Attributes:
        padded: [H', W', 3] uint8, mirrored into the padding.
        grid: The tiles of the mode.
        scores: Tile scores, [tiles] float32.
        full_tiles: Tiles that `full` would process.
    """

    padded: RgbArray
    grid: TileGrid
    scores: FloatArray
    full_tiles: int


@dataclass(frozen=True)
class Analysis:
    """The kept outputs of one run.

    Attributes:
        scene: What was run.
        outputs: Per processed tile.
        probabilities: Per processed tile, [t, t] float32, calibrated, unblended.
        leaf: The leaf area, photo px.
        mode: Which tiles were processed; `full` where safe mode was needed.
    """

    scene: Scene
    outputs: dict[int, TileOutput]
    probabilities: dict[int, FloatArray]
    leaf: LeafResult
    mode: TileMode

    def blended(self) -> FloatArray:
        """The photo's lesion probability, [h, w] float32; 0 where no tile was processed."""
        return blend(self.probabilities, self.scene.grid, self.probabilities.__getitem__)


def check_photo(image: RgbArray) -> None:
    """Refuse what is not an RGB photo.

    Raises:
        InputError: wrong shape or number type.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InputError(
            f"The photo is an array of shape {image.shape} and type {image.dtype}.",
            "An RGB photo of shape (height, width, 3) and type uint8 is needed.",
        )


def lay_out(image: RgbArray, mode: TileMode, engine: TileEngine, scale_factor: float) -> Scene:
    """Bring a photo to network scale, score it and lay the tiles.

    Args:
        image: [H, W, 3] uint8.
        mode: Decides the grid.
        engine: Knows the tile's size; runs the scorer.
        scale_factor: 1; 2 for tiny lesions.
    """
    tile = engine.tile_px
    height, width = network_size(*image.shape[:2], factor=scale_factor, cap=_CAP_TILES * tile)
    small = _resized(image, height, width)
    full = make_grid(height, width, tile)
    grid = make_grid24(height, width, tile) if mode is TileMode.GRID24 else full
    ratio = min(1.0, SCORER_LONG_SIDE_PX / max(height, width))
    thumbnail = _resized(small, max(1, round(height * ratio)), max(1, round(width * ratio)))
    scores = tile_scores(engine.score_map(thumbnail), grid)
    return Scene(pad_to_grid(small, grid), grid, scores, len(full))


def analyse(
    engine: TileEngine,
    meta: ModelMeta,
    image: RgbArray,
    *,
    mode: TileMode,
    threshold: float,
    scale_factor: float,
    token: CancelToken,
    on_tile: OnTile | None,
    progress: Progress,
    report: Reporter,
) -> Analysis:
    """Process the tiles that the mode asks for, the most suspicious first.

    The tiles that are wanted in any case are started before the leaf is looked for, so that the
    first result does not wait for it.

    Raises:
        Cancelled: between two tiles.
        InputError, MemoryLimitError, DeviceError, NumericError: see `TileRun`.
    """
    check_photo(image)
    mode = TileMode.FULL if engine.safe_mode else mode
    scene = lay_out(image, mode, engine, scale_factor)
    grid, scores = scene.grid, scene.scores
    outputs: dict[int, TileOutput] = {}
    probabilities: dict[int, FloatArray] = {}
    order = by_score(list(range(len(grid))), scores)
    certain = order
    if mode is TileMode.SINGLE:
        certain = order[:1]
    elif mode is TileMode.ADAPTIVE:
        certain = [i for i in order if scores[i] >= meta.scorer_threshold]
    with TileRun(engine, lambda i: cut(scene.padded, grid, i), token, report) as run:
        run.add(certain)
        leaf = find_leaf(image)
        if mode is TileMode.ADAPTIVE:
            run.add(by_score(_leaf_choice(leaf, grid), scores))
        for index, output in run:
            outputs[index] = output
            probabilities[index] = to_probability(output.logits, meta)
            rect = grid.valid(index)
            # A copy: the preview's receiver may hold it for long, and gets it read-only.
            probability = probabilities[index][: rect.height, : rect.width].copy()
            if engine.safe_mode and mode is not TileMode.GRID24:
                # `grid24` processes all its tiles anyway; the other modes share the grid of `full`.
                mode = TileMode.FULL
                run.add(order)
            if mode is TileMode.ADAPTIVE:
                lesion = probability >= threshold
                run.add(by_score(reached_neighbours(lesion, grid, index), scores))
            if on_tile is not None:
                done, total = len(outputs), run.planned
                on_tile(TileUpdate(rect, probability, done, total, grid.height, grid.width))
            progress(len(outputs), run.planned, "Looking for lesions")
    return Analysis(scene, outputs, probabilities, leaf, mode)


def _leaf_choice(leaf: LeafResult, grid: TileGrid) -> list[int]:
    if leaf.mask is None:
        return list(range(len(grid)))
    return leaf_tiles(leaf_at_network_scale(leaf.mask, grid.height, grid.width), grid)


def _resized(image: RgbArray, height: int, width: int) -> RgbArray:
    """Area averaging when shrinking, cubic when growing."""
    if image.shape[:2] == (height, width):
        return image
    grows = height > image.shape[0] or width > image.shape[1]
    how = cv2.INTER_CUBIC if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)
