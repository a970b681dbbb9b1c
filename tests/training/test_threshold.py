from dataclasses import replace

import numpy as np
import pytest
import torch

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import logit
from plantseg_gui.training.finetune_data import LabelledPhoto
from plantseg_gui.training.finetune_prepare import LookedPhoto
from plantseg_gui.training.gate import photo_dice
from plantseg_gui.training.photo_cache import make_photo
from plantseg_gui.training.photo_maps import FrozenEncoder, encode_photo, lesion_probability
from plantseg_gui.training.precision import Precision
from plantseg_gui.training.threshold import (
    FARTHEST,
    choose_threshold,
    lowered_scorer_threshold,
)
from tests.training.conftest import TILE, small_network, spotted

FP32 = Precision(torch.device("cpu"), torch.float32)
META = ModelMeta("m", {}, threshold=0.5, scorer_threshold=0.3)


@pytest.fixture(scope="module")
def setting():
    network = small_network()
    photo = make_photo("own", "p", *spotted(1))
    encoder = FrozenEncoder(network, FP32)
    tiles = encode_photo(encoder, photo, TILE)
    return network, [
        LookedPhoto(LabelledPhoto("p", True, photo), 0.1, tiles.truth, None, None, tiles)
    ]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_a_threshold_that_is_moved_gains_dice_on_calibrated_probabilities(setting, threshold):
    network, photos = setting
    tiles = photos[0].tiles
    rough = lesion_probability(network, tiles, FP32, META)
    # The middle probability is made 0.5: masks at 0.3 and 0.7 differ, whatever the random weights.
    spread = max(1e-3, float(logit(rough).std()))
    middle = float(np.median(logit(rough)))
    meta = replace(META, threshold=threshold, temperature=spread, bias=-middle / spread)
    found = choose_threshold(network, photos, FP32, meta)
    probability = lesion_probability(network, tiles, FP32, meta)
    gain = photo_dice(probability >= found, tiles) - photo_dice(probability >= threshold, tiles)
    assert gain >= 0.005 if found != threshold else gain == 0


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_the_threshold_moves_a_quarter_at_most(setting, threshold):
    network, photos = setting
    found = choose_threshold(network, photos, FP32, replace(META, threshold=threshold))
    assert threshold - FARTHEST <= found <= threshold + FARTHEST
    assert 0.0 < found < 1.0


def test_without_lesions_the_base_models_stays(setting):
    network, _ = setting
    assert choose_threshold(network, [], FP32, META) == META.threshold
    assert lowered_scorer_threshold(network, [], META) == META.scorer_threshold


def test_the_scorers_threshold_never_rises(setting):
    network, photos = setting
    for base in (0.0, 0.3, 1.0):
        meta = replace(META, scorer_threshold=base)
        assert lowered_scorer_threshold(network, photos, meta) <= base
    high = lowered_scorer_threshold(network, photos, replace(META, scorer_threshold=1.0))
    assert 0.0 < high < 1.0
