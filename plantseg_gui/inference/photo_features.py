"""The frozen FPN features of a whole photo: what a head that learns from scribbles reads.

It is the finest map of the FPN, the one that the segmentation head reads. Whole in float16: 33 MB
for a photo of 2048². It is never whole in float32: tiles are blended as they come, each by its
share of the blend's weight.
"""

from dataclasses import dataclass

import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import FloatArray, HalfArray, RgbArray, TileMode
from plantseg_gui.inference.analysis import lay_out
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.stitch import blend, window
from plantseg_gui.inference.tile_run import TileRun
from plantseg_gui.inference.tiles import TileGrid, cut

FEATURE_STRIDE = 4


@dataclass(frozen=True)
class PhotoFeatures:
    """What one model sees in one photo.

    Attributes:
        model: Name of the model version.
        height: Photo px.
        width: Photo px.
        scale: Network px per design px.
        features: [C, ⌈h/4⌉, ⌈w/4⌉] float16, h × w the photo at network scale.
        probability: [h, w] float32, the lesion probability of the same run, calibrated and blended.
    """

    model: str
    height: int
    width: int
    scale: float
    features: HalfArray
    probability: FloatArray


def gather_features(
    engine: TileEngine,
    meta: ModelMeta,
    image: RgbArray,
    *,
    scale_factor: float,
    token: CancelToken,
    progress: Progress,
    report: Reporter,
) -> PhotoFeatures:
    """Run all tiles of a photo and stitch their features. See `Predictor.photo_features`."""
    scene = lay_out(image, TileMode.FULL, engine, scale_factor)
    grid = scene.grid
    stitched: FeatureBlend | None = None
    probabilities: dict[int, FloatArray] = {}
    with TileRun(
        engine,
        lambda i: cut(scene.padded, grid, i),
        token,
        report,
        all_heads=False,
        features=True,
    ) as run:
        run.add(range(len(grid)))
        for index, output in run:
            assert output.fpn is not None
            if stitched is None:
                stitched = FeatureBlend(grid, len(output.fpn))
            stitched.add(index, output.fpn)
            probabilities[index] = to_probability(output.logits, meta)
            progress(len(probabilities), len(grid), "Reading the photo's features")
    assert stitched is not None
    return PhotoFeatures(
        model=meta.name,
        height=image.shape[0],
        width=image.shape[1],
        scale=scale_factor,
        features=stitched.whole(),
        probability=blend(probabilities, grid, probabilities.__getitem__),
    )


class FeatureBlend:
    """The weighted mean of the tiles' features, in float16 throughout.

    Tiles may be added in any order and are summed in raster order, as in `stitch`: one that is
    early waits. Shares of a cell add up to 1, so no sum leaves the range of its terms.

    Args:
        grid: The tiles.
        channels: Of the features.
    """

    def __init__(self, grid: TileGrid, channels: int) -> None:
        self._grid = grid
        rows = grid.padded_height // FEATURE_STRIDE
        columns = grid.padded_width // FEATURE_STRIDE
        self._sum = np.zeros((channels, rows, columns), np.float16)
        self._weights = window(grid.tile, FEATURE_STRIDE)
        self._total = np.zeros((rows, columns), np.float32)
        for index in range(len(grid)):
            self._total[self._area(index)] += self._weights
        self._early: dict[int, HalfArray] = {}
        self._next = 0

    def add(self, index: int, features: HalfArray) -> None:
        """One tile's features, [C, t/4, t/4]; every tile of the grid once."""
        self._early[index] = features
        while self._next in self._early:
            area = self._area(self._next)
            share = (self._weights / self._total[area]).astype(np.float16)
            self._sum[(slice(None), *area)] += self._early.pop(self._next) * share
            self._next += 1

    def whole(self) -> HalfArray:
        """[C, ⌈h/4⌉, ⌈w/4⌉], once all tiles are there."""
        assert self._next == len(self._grid)
        rows = -(-self._grid.height // FEATURE_STRIDE)
        columns = -(-self._grid.width // FEATURE_STRIDE)
        return np.ascontiguousarray(self._sum[:, :rows, :columns])

    def _area(self, index: int) -> tuple[slice, slice]:
        rect = self._grid.rect(index)
        y, x = rect.y0 // FEATURE_STRIDE, rect.x0 // FEATURE_STRIDE
        return slice(y, y + self._weights.shape[0]), slice(x, x + self._weights.shape[1])
