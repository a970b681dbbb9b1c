import pytest
import torch

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.config import Generation, NetworkConfig
from plantseg_gui.nn.network import build_network

SMALL = {"encoder": "tf_efficientnet_lite0", "fpn_channels": 32}


@pytest.fixture(scope="module")
def november():
    torch.manual_seed(0)
    return build_network(NetworkConfig(**SMALL))


@pytest.mark.parametrize("generation", list(Generation))
def test_every_generation_returns_logits_of_the_inputs_size(generation):
    network = build_network(NetworkConfig.for_generation(generation, **SMALL))
    with torch.inference_mode():
        output = network(torch.randn(2, 3, 64, 96))
    assert output.segmentation.shape == (2, 1, 64, 96)
    assert output.region.shape == (2, 1)
    plain = generation in ("initial", "september")
    assert (output.boundary is not None) == plain
    if not plain:
        assert output.affinity.shape == (2, 8, 16, 24)
        assert output.query_class.shape == (2, 32, 1)
        assert output.query_box.shape == (2, 32, 4)
        assert output.attention8.shape == (2, 1, 8, 12)
        assert output.attention16.shape == (2, 1, 4, 6)
        assert 0 <= float(output.attention8.min()) <= float(output.attention8.max()) <= 1


def test_november_alone_upsamples_by_a_transposed_convolution(november):
    def transposed(network):
        return [m for m in network.modules() if isinstance(m, torch.nn.ConvTranspose2d)]

    october = build_network(NetworkConfig.for_generation("october", **SMALL))
    assert transposed(november)
    assert not transposed(october)


def test_cached_features_decode_to_the_same_output(november):
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        direct = november(x)
        cached = november.decode(november.encode(x))
    assert torch.equal(direct.segmentation, cached.segmentation)


def test_normalisation_comes_from_the_encoder(november):
    assert november.config.mean == (0.5, 0.5, 0.5)
    white = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert torch.equal(november.normalise(white), torch.ones(1, 3, 2, 2))


def test_a_size_that_does_not_fit_names_the_right_one(november):
    with pytest.raises(ValueError, match="pad it to 64x96"):
        november(torch.zeros(1, 3, 50, 70))


@pytest.mark.parametrize("name", ["hf-hub:someone/model", "no_such_net", "../../etc"])
def test_an_encoder_that_timm_does_not_ship_is_refused(name):
    with pytest.raises(InputError, match="encoder"):
        build_network(NetworkConfig(encoder=name))


def test_an_encoder_without_the_strides_is_refused():
    with pytest.raises(InputError, match="encoder"):
        build_network(NetworkConfig(encoder="vit_tiny_patch16_224", fpn_channels=32))


def test_the_default_is_the_whole_november_on_b2():
    config = NetworkConfig()
    assert (config.encoder, config.fpn_channels, config.queries) == ("efficientnet_b2", 256, 32)
    assert config.generation is Generation.NOVEMBER


def test_configuration_round_trip_and_refusals():
    config = NetworkConfig.for_generation("october", encoder="resnet18")
    assert NetworkConfig.from_dict(config.to_dict()) == config
    for broken in ({"fpn_channels": 10**9}, {"surprise": 1}, {"generation": "may"}, {"mean": [1]}):
        with pytest.raises(InputError):
            NetworkConfig.from_dict({**config.to_dict(), **broken})
