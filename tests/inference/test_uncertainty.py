"""The second pass: variance over views, free energy, cancelling."""

from dataclasses import replace

import numpy as np
import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.inference.tiles import make_grid
from plantseg_gui.inference.uncertainty import free_energy, processed_tiles
from tests.inference.helpers import fp32, leaf_photo, load

PHOTO = leaf_photo(size=192)  # 384 network px, 4 tiles


def ranks(values: np.ndarray) -> np.ndarray:
    return np.unique(np.round(values, 9), return_inverse=True)[1]


def auroc(score: np.ndarray, wrong: np.ndarray) -> float:
    """Chance that a wrong pixel scores higher than a right one; ties count half."""
    from scipy.stats import rankdata

    order = rankdata(score)
    n = int(wrong.sum())
    return float((order[wrong].sum() - n * (n + 1) / 2) / (n * (~wrong).sum()))


@pytest.fixture(scope="module")
def predictor(tiny_model):
    return Predictor(load(tiny_model), fp32())


@pytest.fixture(scope="module")
def prediction(predictor):
    return predictor.predict(PHOTO, mode=TileMode.FULL)


def test_energy_is_highest_where_undecided():
    energy = free_energy(np.array([0.01, 0.3, 0.5, 0.7, 0.99], np.float32))
    assert energy[2] == pytest.approx(-np.log(2))
    assert energy.argmax() == 2
    assert energy[0] == pytest.approx(energy[4], abs=1e-3)
    assert np.isfinite(free_energy(np.array([0, 1], np.float32), 0.01)).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_energy_ranks_pixels_as_distance_from_one_half_does(temperature):
    random = np.random.default_rng(0)
    p = random.uniform(0.01, 0.99, 2000).astype(np.float32)
    wrong = random.random(2000) < np.minimum(p, 1 - p)
    energy = free_energy(p, temperature).astype(np.float64)
    assert auroc(energy, wrong) == pytest.approx(auroc(-np.abs(p - 0.5), wrong), abs=2e-4)


def test_both_maps_come_at_network_scale(predictor, prediction):
    steps: list[tuple[int, int]] = []
    found = predictor.uncertainty(
        PHOTO, prediction, CancelToken(), lambda d, t, _="": steps.append((d, t)), views=4
    )
    assert found.variance.shape == found.energy.shape == prediction.probability.shape
    assert found.variance.min() >= 0
    assert found.variance.max() > 1e-4  # random weights are not symmetric
    assert found.variance.max() <= 0.25
    assert steps == [(d, 16) for d in range(1, 17)]
    assert not found.variance.flags.writeable
    assert prediction.with_uncertainty(found).uncertainty is found


def test_variance_is_that_of_the_views_and_the_same_each_time(predictor, prediction):
    first = predictor.uncertainty(PHOTO, prediction, views=2)
    again = predictor.uncertainty(PHOTO, prediction, views=2)
    assert np.array_equal(first.variance, again.variance)
    flipped = predictor.predict(np.ascontiguousarray(PHOTO[:, ::-1]), mode=TileMode.FULL)
    mirrored = flipped.probability[:, ::-1]
    wanted = ((prediction.probability - mirrored) / 2) ** 2
    # 384 px: the tiles start at 0 and 128, so the flipped photo has the flipped tiles
    assert np.allclose(first.variance, wanted, atol=1e-4)


def test_only_processed_tiles_are_looked_at_again(predictor):
    single = predictor.predict(PHOTO, mode=TileMode.SINGLE)
    assert not single.leaf_covered
    steps: list[int] = []
    found = predictor.uncertainty(
        PHOTO, single, progress=lambda _d, total, _="": steps.append(total), views=2
    )
    assert set(steps) == {2}
    assert not found.variance[single.probability == 0].any()


def test_processed_tiles_are_read_from_the_probability():
    grid = make_grid(640, 640, 256)
    p = np.zeros((640, 640), np.float32)
    for index in (0, 4):
        p[grid.valid(index).slices] = 0.3
    assert processed_tiles(p, grid) == [0, 4]
    assert processed_tiles(p, grid, len(grid)) == list(range(len(grid)))


def test_a_prediction_of_another_model_is_refused(predictor, prediction):
    with pytest.raises(InputError, match="found by the model other"):
        predictor.uncertainty(PHOTO, replace(prediction, model="other"))


def test_cancelled_between_tiles(predictor, prediction):
    token = CancelToken()
    with pytest.raises(Cancelled):
        predictor.uncertainty(PHOTO, prediction, token, lambda *_args: token.cancel())


def test_a_prediction_of_another_photo_is_refused(predictor, prediction):
    with pytest.raises(ValueError, match="network px"):
        predictor.uncertainty(leaf_photo(size=100), prediction)
