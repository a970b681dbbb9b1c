"""`plantseg train --start MODEL`."""

import torch

from plantseg_gui.__main__ import main
from plantseg_gui.nn.checkpoint import load_model
from tests.training.test_resume import arguments


def test_a_run_can_start_from_a_models_weights_and_network(folders, tmp_path):
    assert main(arguments(folders, tmp_path / "first", updates=2)) == 0
    started = arguments(folders, tmp_path / "second", updates=1)
    # Its own network options would say another width: the model's count.
    started[started.index("fpn_channels=16")] = "fpn_channels=32"
    model = tmp_path / "first" / "model"
    assert main([*started, "--start", str(model), "--lr", "1e-8"]) == 0
    old = load_model(model).network
    new = load_model(tmp_path / "second" / "model").network
    assert new.config == old.config
    moved = [
        float((a - b).detach().abs().max())
        for a, b in zip(old.parameters(), new.parameters(), strict=True)
    ]
    assert max(moved) < 1e-3
    assert torch.isfinite(torch.tensor(moved)).all()


def test_a_model_and_encoder_weights_together_are_refused(folders, tmp_path, capsys):
    args = arguments(folders, tmp_path / "run", updates=1)
    extra = ["--start", str(tmp_path), "--encoder-weights", str(tmp_path / "w.safetensors")]
    assert main([*args, *extra]) == 2
    assert "--start alone" in capsys.readouterr().err
