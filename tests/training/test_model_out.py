import numpy as np
import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import load_model, model_files
from plantseg_gui.storage.models import read_model
from plantseg_gui.training import model_out
from plantseg_gui.training.gate import Judgement, Method
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.model_out import (
    check_out,
    model_card,
    result_meta,
    result_name,
    write_model_folder,
)
from plantseg_gui.training.preview import LONG_SIDE_PX, preview_picture
from tests.training.conftest import small_network
from tests.training.test_gate import tiles

BASE = ModelMeta("leaf", {}, threshold=0.4, temperature=1.3, figures={"val": {"dice": 0.9}})
JUDGED = Judgement(Method.HELD_OUT, {"a": 0.2, "b": 0.4}, {"a": 0.8, "b": 0.9})


def meta():
    training = {"photos": 8, "approved": 8, "held_out": 2, "seconds": 50.0, "updates": 80}
    return result_meta(BASE, "wheat", JUDGED, training, threshold=0.5, scorer_threshold=0.05)


def files(seed=0):
    return model_files(small_network(seed), meta())


def test_the_folder_is_a_model_with_its_history(tmp_path):
    out = tmp_path / "wheat"
    write_model_folder(out, files(), model_card(meta(), JUDGED, "leaf"))
    found = load_model(out).meta
    assert (found.parent, found.threshold, found.temperature) == ("leaf", 0.5, 1.3)
    assert found.figures["retraining"]["dice_after"] == pytest.approx(0.85)
    assert "val" not in found.figures
    assert not read_model(out).damaged
    card = (out / "card.md").read_text(encoding="utf-8")
    assert "0.30 before and 0.85 after" in card
    assert "leaf" in card


def test_half_a_model_is_no_model(tmp_path, monkeypatch):
    out = tmp_path / "wheat"
    write_model_folder(out, files(), "old")

    def full_disk(path, text):
        raise InputError("full")

    monkeypatch.setattr(model_out, "write_text", full_disk)
    with pytest.raises(InputError):
        write_model_folder(out, files(1), "new")
    assert read_model(out).damaged


def test_a_network_that_is_not_finite_is_not_written():
    network = small_network()
    network.segmentation.logit.bias.data.fill_(np.nan)
    with pytest.raises(InputError, match="not finite"):
        model_files(network, meta())


def test_a_model_is_not_overwritten_and_its_name_must_be_allowed(tmp_path):
    check_out(tmp_path / "new")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "config.json").write_text("{}")
    (tmp_path / "file").write_text("")
    for name in ("taken", "file", "blätter", ".hidden"):
        with pytest.raises(InputError):
            check_out(tmp_path / name)


def test_names(tmp_path):
    job = FinetuneJob((), tmp_path, tmp_path / "wheat", tmp_path)
    assert result_name(job, BASE) == "wheat"
    window = FinetuneJob((), tmp_path, tmp_path / "model", tmp_path, window=True)
    assert result_name(window, BASE) == "leaf-v2"
    named = FinetuneJob((), tmp_path, tmp_path / "model", tmp_path, name="mine", window=True)
    assert result_name(named, BASE) == "mine"


def test_the_preview_shows_photo_prediction_and_outline():
    truth = np.zeros((300, 900), bool)
    truth[100:200, 100:300] = True
    mask = np.zeros_like(truth)
    mask[100:200, 600:800] = True
    photo = tiles(truth)
    photo.image[...] = 90
    picture = preview_picture(photo, mask)
    assert picture.shape == (round(300 * LONG_SIDE_PX / 900), LONG_SIDE_PX, 3)
    assert picture.dtype == np.uint8
    assert (picture[85, 400] != 90).any()
    assert (picture[85, 110] == 90).all()
    assert (picture == 255).all(axis=2).any()
    assert (picture[5, 5] == 90).all()
