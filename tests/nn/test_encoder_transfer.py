"""A larger encoder that starts from its smaller relative's weights."""

import pytest
import torch
from safetensors.torch import save_file

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.encoder import Encoder, load_encoder_weights
from plantseg_gui.nn.encoder_transfer import measure_norms


@pytest.fixture(scope="module")
def lite2_file(tmp_path_factory):
    torch.manual_seed(3)
    encoder = Encoder("tf_efficientnet_lite2")
    path = tmp_path_factory.mktemp("weights") / "lite2.safetensors"
    save_file({k: v.contiguous() for k, v in encoder.body.state_dict().items()}, str(path))
    return path


def test_a_smaller_relatives_weights_are_refused_unless_asked_for(lite2_file):
    with pytest.raises(InputError, match="weights missing"):
        load_encoder_weights(Encoder("tf_efficientnet_b2"), lite2_file)


def test_further_blocks_pass_through_and_gates_are_open(lite2_file):
    encoder = Encoder("tf_efficientnet_b2").eval()
    load_encoder_weights(encoder, lite2_file, grow=True)
    x = torch.rand(1, 16, 32, 32)
    extra = encoder.body.blocks[0][1]
    assert torch.equal(extra(x), x)
    block = encoder.body.blocks[1][1]
    gate = block.se(torch.ones(1, block.conv_dw.out_channels, 8, 8))
    assert torch.allclose(gate, torch.full_like(gate, 0.982), atol=1e-3)


def test_norms_are_measured_on_the_given_pictures(lite2_file):
    torch.manual_seed(1)
    encoder = Encoder("tf_efficientnet_b2").eval()
    load_encoder_weights(encoder, lite2_file, grow=True)
    measure_norms(encoder, [torch.rand(4, 3, 64, 64) for _ in range(2)])
    assert not encoder.body.bn1.training
    assert encoder.body.bn1.momentum is not None
    x = encoder.body.conv_stem(torch.rand(4, 3, 64, 64)).detach()
    found = (x.mean((0, 2, 3)) - encoder.body.bn1.running_mean) / x.std((0, 2, 3))
    assert float(found.abs().max()) < 0.3
