import cv2
import numpy as np
import pytest
import torch

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.results import TileMode
from plantseg_gui.inference.photo_features import FeatureBlend
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.inference.tiles import make_grid
from tests.inference.helpers import fp32, leaf_photo, load


def test_one_tile_is_what_the_network_gives_and_all_tiles_say_what_the_prediction_says(tiny_model):
    model = load(tiny_model)
    predictor = Predictor(model, fp32(2))
    photo = leaf_photo(size=128)
    found = predictor.photo_features(photo)
    with torch.inference_mode():
        enlarged = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_CUBIC)
        rgb = torch.from_numpy(enlarged).permute(2, 0, 1)[None]
        expected = model.network(model.network.normalise(rgb)).fpn[0].numpy()
    assert found.features.dtype == np.float16
    assert found.features.shape == expected.shape == (32, 64, 64)
    np.testing.assert_allclose(found.features, expected, rtol=2e-2, atol=2e-2)
    assert not found.features.flags.writeable
    prediction = predictor.predict(photo, mode=TileMode.FULL)
    assert np.array_equal(found.probability, prediction.probability)


def test_tiles_are_blended_by_their_shares_in_any_order():
    grid = make_grid(300, 420, 256)
    assert len(grid) > 2
    generator = np.random.default_rng(0)
    whole = generator.random((3, grid.padded_height // 4, grid.padded_width // 4))
    whole = whole.astype(np.float16)
    tiles = {}
    for index in range(len(grid)):
        rect = grid.rect(index)
        tiles[index] = whole[:, rect.y0 // 4 : rect.y1 // 4, rect.x0 // 4 : rect.x1 // 4]
    results = []
    for order in (sorted(tiles), sorted(tiles, reverse=True)):
        blend = FeatureBlend(grid, 3)
        for index in order:
            blend.add(index, tiles[index])
        results.append(blend.whole())
    assert results[0].shape == (3, 75, 105)
    np.testing.assert_allclose(results[0], whole[:, :75, :105], rtol=3e-3)
    assert np.array_equal(*results)


def test_reading_features_is_cancelled_between_tiles(tiny_model):
    predictor = Predictor(load(tiny_model), fp32(1))
    token = CancelToken()
    done = []

    def progress(number, total, text):
        done.append((number, total))
        token.cancel()

    with pytest.raises(Cancelled):
        predictor.photo_features(leaf_photo(size=320), token=token, progress=progress)
    assert done == [(1, 9)]
