import numpy as np
import pytest
import torch

from plantseg_gui.core.errors import InputError, NumericError
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.dataset import CropSampler
from plantseg_gui.training.learner import Learner
from plantseg_gui.training.photo_cache import make_photo
from plantseg_gui.training.precision import LossScale, Precision
from plantseg_gui.training.session import sampling_of
from tests.training.conftest import TILE, small_network, spotted

FP32 = Precision(torch.device("cpu"), torch.float32)


def sampler(config):
    photos = [make_photo("own", f"p{k}", *spotted(k)) for k in range(3)]
    return CropSampler(photos, sampling_of(config, TILE))


def learner(updates=8, **settings):
    config = TrainConfig(updates=updates, batch=2, threads=1, frozen_share=0.25, **settings)
    return config, Learner(config, small_network(), FP32)


def weights(model):
    return {k: v.clone() for k, v in model.network.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


def test_the_same_seed_gives_the_same_weights_and_a_resumed_run_too(tmp_path):
    runs = []
    for stop_at in (None, None, 3):
        config, model = learner()
        crops = sampler(config)
        for number in range(config.updates):
            if number == stop_at:
                tensors = {k: v.clone() for k, v in model.tensors().items()}
                state = model.state()
                config, model = learner()
                model.load(tensors, state)
            model.update(number, crops.batch)
        runs.append(weights(model) | {f"a/{k}": v for k, v in weights(model.average).items()})
    assert same(runs[0], runs[1])
    assert same(runs[0], runs[2])
    config, other = learner(seed=2)
    for number in range(config.updates):
        other.update(number, sampler(config).batch)
    assert not same(weights(other), runs[0])


def test_the_encoder_is_frozen_at_first_and_free_later():
    config, model = learner()
    crops = sampler(config)
    start = weights(model)
    model.update(0, crops.batch)
    encoder = [k for k in start if k.startswith("encoder.") and k.endswith("weight")]
    assert same({k: start[k] for k in encoder}, weights(model))
    for number in range(1, 4):
        model.update(number, crops.batch)
    assert not same({k: start[k] for k in encoder}, weights(model))


def test_a_batch_that_is_not_finite_changes_nothing_and_the_run_goes_on():
    config, model = learner()
    crops = sampler(config)
    model.update(0, crops.batch)
    before = weights(model)

    def poisoned(first, size):
        batch = crops.batch(first, size)
        batch.targets.mask = batch.targets.mask.float()
        batch.targets.mask[0] = float("nan")
        return batch

    report = model.update(1, poisoned)
    assert report.discarded
    assert np.isnan(report.loss)
    assert same(before, weights(model))
    assert not model.update(2, crops.batch).discarded
    assert model.scale.discarded == 1


def test_a_network_that_stays_broken_stops_the_run_with_advice():
    config, model = learner(updates=30)
    crops = sampler(config)
    with torch.no_grad():
        model.network.segmentation.logit.bias.fill_(float("nan"))

    def train():
        for number in range(30):
            model.update(number, crops.batch)

    with pytest.raises(NumericError, match="finite") as caught:
        train()
    assert "--resume" in caught.value.do


def test_fp16_halves_its_scale_and_finds_back():
    scale = LossScale(torch.float16)
    start = scale.value
    scale.bad()
    assert scale.value == start / 2
    for _ in range(LossScale.GROW_AFTER):
        scale.good()
    assert scale.value == start
    twin = LossScale(torch.float16)
    twin.load(scale.state())
    assert twin.state() == scale.state()


def test_shrinking_keeps_the_effective_batch():
    config = TrainConfig(updates=4, batch=6, accumulate=2)
    model = Learner(config, small_network(), FP32)
    assert model.shrink_batch()
    assert (model.batch, model.accumulate) == (3, 4)
    while model.shrink_batch():
        assert model.batch * model.accumulate == 12
    assert model.batch == 1


def test_a_checkpoint_of_another_network_is_refused():
    _, model = learner()
    other = Learner(TrainConfig(updates=8, batch=2), small_network(fpn_channels=32), FP32)
    with pytest.raises(InputError, match="another network"):
        model.load(other.tensors(), other.state())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA")
def test_a_run_goes_on_from_its_state_on_a_graphics_card():
    card = Precision(torch.device("cuda"), torch.bfloat16)
    config = TrainConfig(updates=4, batch=2, frozen_share=0.0)
    crops = sampler(config)
    first = Learner(config, small_network().to("cuda"), card)
    first.update(0, crops.batch)
    # As from a checkpoint: every tensor lies on the CPU.
    tensors = {k: v.clone().cpu() for k, v in first.tensors().items()}
    second = Learner(config, small_network().to("cuda"), card)
    second.load(tensors, first.state())
    assert not second.update(1, crops.batch).discarded
