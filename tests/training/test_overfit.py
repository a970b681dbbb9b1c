"""One batch can be learned by heart: nothing between photo and weights is broken."""

import numpy as np
import pytest
import torch

from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.dataset import CropSampler
from plantseg_gui.training.learner import Learner
from plantseg_gui.training.photo_cache import make_photo
from plantseg_gui.training.precision import choose_precision
from plantseg_gui.training.session import sampling_of
from tests.training.conftest import TILE, small_network, spotted


@pytest.mark.slow
def test_one_batch_is_learned_to_a_dice_above_098():
    config = TrainConfig(
        updates=300, batch=4, lr=3e-3, lesion_share=1.0, scale_low=1.0, scale_high=1.0
    )
    photos = [make_photo("own", f"p{k}", *spotted(k)) for k in range(4)]
    batch = CropSampler(photos, sampling_of(config, TILE)).batch(0, 4)
    learner = Learner(
        config, small_network(fpn_channels=64), choose_precision(torch.device("cpu"), "fp32")
    )
    for number in range(config.updates):
        learner.update(number, lambda first, size: batch)
    network = learner.average.network
    with torch.no_grad():
        logits = network(network.normalise(batch.images)).segmentation
    predicted = (logits > 0).numpy()
    truth = batch.targets.mask.numpy() > 0
    dice = 2 * np.sum(predicted & truth) / (predicted.sum() + truth.sum())
    assert dice > 0.98
