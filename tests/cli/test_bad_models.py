"""Model folders, spoilt or hostile: one line, exit code 2, nothing is written (section 6)."""

import json
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.__main__ import main
from tests.cli.conftest import one_line_about, save_photo
from tests.helpers.tiny_model import write_tiny_model


def copied(model: Path, folder: Path) -> Path:
    return Path(shutil.copytree(model, folder))


def set_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        where = config["network"] if key in config["network"] else config
        where[key] = value
    file.write_text(json.dumps(config), encoding="utf-8")


def other_architecture(folder: Path) -> None:
    set_config(folder, fpn_channels=64)


def other_encoder(folder: Path) -> None:
    set_config(folder, encoder="tf_efficientnet_lite1")


def unknown_encoder(folder: Path) -> None:
    set_config(folder, encoder="no_such_encoder")


def encoder_from_a_hub(folder: Path) -> None:
    set_config(folder, encoder="hf-hub:stranger/payload")


def absurd_width(folder: Path) -> None:
    set_config(folder, fpn_channels=10**9)


def threshold_is_text(folder: Path) -> None:
    set_config(folder, threshold="0.5; rm -rf /")


def config_is_no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def config_is_a_list(folder: Path) -> None:
    (folder / "config.json").write_text("[1, 2]", encoding="utf-8")


def config_nests_deep(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 200_000, encoding="utf-8")


def newer_format(folder: Path) -> None:
    set_config(folder, format=99)


def weights_cut_off(folder: Path) -> None:
    file = folder / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def weights_empty(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"")


def weights_missing(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()


def header_lies_about_its_length(folder: Path) -> None:
    file = folder / "weights.safetensors"
    file.write_bytes(struct.pack("<Q", 2**62) + file.read_bytes()[8:])


def weights_are_not_finite(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    file = folder / "weights.safetensors"
    state = load_file(file)
    key = next(k for k, v in state.items() if v.dtype == np.float16)
    state[key] = np.full_like(state[key], np.nan)
    save_file(state, file)


@pytest.mark.parametrize(
    "spoil",
    [
        other_architecture,
        other_encoder,
        unknown_encoder,
        encoder_from_a_hub,
        absurd_width,
        threshold_is_text,
        config_is_no_json,
        config_is_a_list,
        config_nests_deep,
        newer_format,
        weights_cut_off,
        weights_empty,
        weights_missing,
        header_lies_about_its_length,
        weights_are_not_finite,
    ],
)
def test_spoilt_model_is_one_line_and_exit_code_2(
    spoil, tiny_model, predict, photos, tmp_path, capsys
):
    save_photo(photos / "a.jpg")
    model = copied(tiny_model, tmp_path / "spoilt")
    spoil(model)
    assert predict(photos, model=model) == 2
    one_line_about(capsys)
    assert list((tmp_path / "out").iterdir()) == []


class Payload:
    """What a hostile pickle would run."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json"])
def test_hostile_pickle_is_never_run(name, tiny_model, predict, photos, tmp_path, capsys):
    marker = tmp_path / "pwned"
    model = copied(tiny_model, tmp_path / "hostile")
    (model / name).write_bytes(pickle.dumps(Payload(marker)))
    save_photo(photos / "a.jpg")
    assert predict(photos, model=model) == 2
    one_line_about(capsys)
    assert not marker.exists()


def test_weights_of_another_architecture_say_so(tiny_model, predict, photos, tmp_path, capsys):
    other = write_tiny_model(tmp_path / "other", fpn_channels=64)
    model = copied(tiny_model, tmp_path / "mixed")
    shutil.copy(other / "weights.safetensors", model)
    save_photo(photos / "a.jpg")
    assert predict(photos, model=model) == 2
    one_line_about(capsys, "architecture")


def test_unknown_model_name(predict, photos, capsys):
    save_photo(photos / "a.jpg")
    assert predict(photos, model=Path("no-such-model")) == 2
    one_line_about(capsys, "no-such-model")


def test_graphics_card_that_is_not_there(tiny_model, photos, tmp_path, capsys):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    save_photo(photos / "a.jpg")
    arguments = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--device", "cuda"]
    assert main(["predict", str(photos), *arguments]) == 2
    one_line_about(capsys, "CUDA", "cpu")
