import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.__main__ import main
from tests.cli.conftest import save_photo


@pytest.fixture
def data(tmp_path):
    """A data folder with two dev photos of one source, half of each photo being lesion."""
    folder = tmp_path / "data"
    rows = []
    for number in range(2):
        stem = f"p{number}"
        save_photo(folder / "own" / "images" / f"{stem}.jpg", seed=number)
        mask = np.zeros((96, 128), np.uint8)
        mask[:, :64] = 255
        (folder / "own" / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(folder / "own" / "masks" / f"{stem}.png")
        rows.append({"source": "own", "stem": stem, "split": "dev"})
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["source", "stem", "split"])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def config(folder) -> dict:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def test_in_place(tiny_model, data, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    assert main(["calibrate", "--model", str(model), "--data", str(data), "--device", "cpu"]) == 0
    after = config(model)
    assert (after["temperature"], after["bias"]) != (1.0, 0.0)
    assert after["figures"]["calibration"]["photos"] == 2
    assert after["network"] == config(tiny_model)["network"]


def test_into_a_copy(tiny_model, data, tmp_path):
    before = config(tiny_model)
    out = tmp_path / "new"
    arguments = ["--model", str(tiny_model), "--data", str(data), "--out", str(out)]
    assert main(["calibrate", *arguments]) == 0
    assert config(tiny_model) == before
    assert config(out)["threshold"] != before["threshold"]
    photo = save_photo(tmp_path / "a.jpg")
    assert main(["predict", str(photo), "--out", str(tmp_path / "o"), "--model", str(out)]) == 0


def test_bad_photo_is_named_and_the_rest_counts(tiny_model, data, tmp_path, capsys):
    (data / "own/images/p0.jpg").write_bytes(b"no picture")
    out = tmp_path / "new"
    arguments = ["--model", str(tiny_model), "--data", str(data), "--out", str(out)]
    assert main(["calibrate", *arguments]) == 1
    assert "p0.jpg" in capsys.readouterr().err
    assert config(out)["figures"]["calibration"]["photos"] == 1


def test_unknown_split_changes_nothing(tiny_model, data, tmp_path, capsys):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    arguments = ["--model", str(model), "--data", str(data), "--split", "test"]
    assert main(["calibrate", *arguments]) == 2
    assert "dev" in capsys.readouterr().err
    assert config(model) == config(tiny_model)


def test_existing_output_is_kept(tiny_model, data, tmp_path, capsys):
    out = tmp_path / "mine"
    out.mkdir()
    arguments = ["--model", str(tiny_model), "--data", str(data), "--out", str(out)]
    assert main(["calibrate", *arguments]) == 2
    assert "exists already" in capsys.readouterr().err
