import io
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from plantseg_gui.__main__ import main
from plantseg_gui.cli import demo
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.ladder import no_uncertainty
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.map_files import MAP_NAMES
from plantseg_gui.storage.masks import read_labels
from tests.cli.conftest import read_result, save_photo

KEYS = {
    "image",
    "width",
    "height",
    "model",
    "disease_probability",
    "severity_percent",
    "leaf_area_px",
    "doubt",
    "lesion_area_px",
    "lesion_count",
    "threshold",
    "tiles_total",
    "tiles_processed",
    "seconds",
}


@pytest.fixture
def predict(tiny_model, tmp_path):
    """Run `predict` with the tiny model into `tmp_path/out`."""

    def run(*arguments: str | Path, out: Path | None = None) -> int:
        given = [str(a) for a in arguments]
        folder = out or tmp_path / "out"
        fixed = ["--out", str(folder), "--model", str(tiny_model), "--device", "cpu"]
        return main(["predict", *given, *fixed])

    return run


def grey(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_mask_and_numbers_of_one_photo(predict, photos, tmp_path, capsys):
    photo = save_photo(photos / "leaf.jpg", 90, 130)
    assert predict(photo) == 0
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == ["leaf.json", "leaf_mask.png"]
    mask = grey(out / "leaf_mask.png")
    assert mask.shape == (90, 130)
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) <= {0, 255}
    result = read_result(out / "leaf.json")
    assert set(result) >= KEYS
    assert result["image"] == "leaf.jpg"
    assert (result["width"], result["height"]) == (130, 90)
    assert result["model"] == "tiny-test"
    assert 0 <= result["disease_probability"] <= 1
    assert result["lesion_area_px"] <= np.count_nonzero(mask)
    assert result["tiles_processed"] <= result["tiles_total"]
    assert "leaf.jpg: " in capsys.readouterr().out


def test_severity_is_lesion_over_leaf(predict, photos, tmp_path):
    assert predict(save_photo(photos / "leaf.jpg"), "--maps", "leaf") == 0
    result = read_result(tmp_path / "out/leaf.json")
    assert result["leaf_area_px"] == np.count_nonzero(grey(tmp_path / "out/leaf_leaf.png"))
    share = 100 * result["lesion_area_px"] / result["leaf_area_px"]
    assert result["severity_percent"] == pytest.approx(share, abs=1e-3)
    assert result["reason"] is None


def test_no_leaf_is_null_with_a_reason(predict, photos, tmp_path):
    cv2.imwrite(str(photos / "sky.png"), np.full((80, 80, 3), (230, 120, 40), np.uint8))
    assert predict(photos / "sky.png", "--maps", "leaf") == 0
    result = read_result(tmp_path / "out/sky.json")
    assert result["severity_percent"] is None
    assert result["leaf_area_px"] is None
    assert "leaf" in result["reason"]
    assert result["maps"]["leaf"]["file"] is None
    assert result["maps"]["leaf"]["reason"]
    assert not (tmp_path / "out/sky_leaf.png").exists()


def test_every_map(predict, photos, tmp_path):
    save_photo(photos / "leaf.png", 100, 140)
    assert predict(photos, "--maps", ",".join(MAP_NAMES)) == 0
    out = tmp_path / "out"
    maps = read_result(out / "leaf.json")["maps"]
    assert set(maps) == {*MAP_NAMES, "attention1", "attention2"} - {"attention"}
    for name, info in maps.items():
        pixels = grey(out / info["file"])
        assert info["file"] == f"leaf_{name}.png"
        assert pixels.shape == (100, 140), name
        deep = name in {"variance", "energy", "instances"}
        assert pixels.dtype == (np.uint16 if deep else np.uint8), name
    energy = grey(out / "leaf_energy.png") * maps["energy"]["scale"] + maps["energy"]["offset"]
    # Free energy of two classes is never above -log 2, which it reaches where p is 0.5.
    assert energy.max() <= -np.log(2) + 1e-3
    variance = grey(out / "leaf_variance.png") * maps["variance"]["scale"]
    assert 0 < variance.max() + maps["variance"]["offset"] <= 0.25
    labels, mask = read_labels(out / "leaf_instances.png"), grey(out / "leaf_mask.png")
    assert np.array_equal(labels > 0, mask > 0)
    inside = labels[(labels > 0) & (grey(out / "leaf_leaf.png") > 0)]
    assert read_result(out / "leaf.json")["lesion_count"] == len(np.unique(inside)) > 0


def test_safe_mode_leaves_the_second_pass_out_and_keeps_the_mask(
    predict, photos, tmp_path, monkeypatch, capsys
):
    def refused(*_args, **_kwargs):
        raise no_uncertainty()

    monkeypatch.setattr("plantseg_gui.inference.predictor.Predictor.uncertainty", refused)
    save_photo(photos / "leaf.jpg")
    assert predict(photos, "--maps", "variance,probability") == 0
    result = read_result(tmp_path / "out/leaf.json")
    assert result["maps"]["variance"]["file"] is None
    assert (tmp_path / "out/leaf_probability.png").exists()
    assert "not measured in safe mode" in capsys.readouterr().err


def test_the_device_in_all_outputs_is_the_one_that_was_used(predict, photos, tmp_path, capsys):
    save_photo(photos / "leaf.jpg")
    with pytest.MonkeyPatch.context() as patch:
        # A number format that does not prove itself is not used, whatever was wanted.
        patch.setattr("plantseg_gui.inference.device.cpu_has_bf16", lambda: True)
        patch.setattr(TileEngine, "_proven", lambda _engine, _model: False)
        arguments = ("--device", "cpu", "--threads", "1", "--progress", "json")
        assert predict(photos, *arguments) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    model = next(e for e in events if e["event"] == "model")
    assert model["device"] == read_result(tmp_path / "out/leaf.json")["device"]
    assert model["device"] == "cpu, fp32, 1 thread"


def test_mask_is_the_probability_map_from_the_threshold_on(predict, photos, tmp_path):
    save_photo(photos / "leaf.png", 256, 256)
    assert predict(photos, "--maps", "probability", "--mode", "full", "--threshold", "0.6") == 0
    probability = grey(tmp_path / "out/leaf_probability.png")
    mask = grey(tmp_path / "out/leaf_mask.png") > 0
    assert read_result(tmp_path / "out/leaf.json")["threshold"] == 0.6
    sure = np.abs(probability.astype(int) - 153) > 4
    assert (mask == (probability >= 153))[sure].mean() > 0.99


def test_sub_folders_are_mirrored_and_stems_told_apart(predict, photos, tmp_path):
    save_photo(photos / "north/a.jpg")
    save_photo(photos / "north/a.png")
    save_photo(photos / "south/a.jpg")
    assert predict(photos) == 0
    found = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")
    )
    assert found == [
        "north/a.jpg.json",
        "north/a.jpg_mask.png",
        "north/a.png.json",
        "north/a.png_mask.png",
        "south/a.json",
        "south/a_mask.png",
    ]
    assert read_result(tmp_path / "out/north/a.png.json")["image"] == "north/a.png"


def test_second_run_replaces_its_own_results(predict, photos, tmp_path):
    photo = save_photo(photos / "a.jpg")
    assert predict(photo) == 0
    assert predict(photo, "--threshold", "0.9") == 0
    assert read_result(tmp_path / "out/a.json")["threshold"] == 0.9


@pytest.mark.parametrize("name", ["a_mask.png", "a.json"])
def test_foreign_file_is_never_replaced_unasked(name, predict, photos, tmp_path, capsys):
    photo = save_photo(photos / "a.jpg")
    save_photo(photos / "b.jpg")
    own = tmp_path / "out" / name
    own.parent.mkdir()
    own.write_bytes(b'{"shapes": ["drawn by hand"]}')
    assert predict(photos) == 1
    assert own.read_bytes() == b'{"shapes": ["drawn by hand"]}'
    assert str(own) in capsys.readouterr().err
    assert (tmp_path / "out/b.json").exists()
    assert predict(photo, "--overwrite") == 0
    assert b"drawn by hand" not in own.read_bytes()


def test_tags_are_in_the_result(predict, photos, tmp_path):
    assert predict(save_photo(photos / "a.jpg"), "--tag", "Rostpilz", "--tag", "plot 7") == 0
    assert read_result(tmp_path / "out/a.json")["tags"] == ["Rostpilz", "plot 7"]


def test_modes(predict, photos, tmp_path):
    photo = save_photo(photos / "a.jpg", 300, 400)
    tiles = {}
    for mode in ("single", "adaptive", "full", "grid24"):
        assert predict(photo, "--mode", mode) == 0
        result = read_result(tmp_path / "out/a.json")
        assert result["mode"] == mode
        tiles[mode] = result["tiles_processed"]
    assert tiles["single"] == 1
    assert tiles["single"] < tiles["adaptive"] <= tiles["full"]


def test_same_photo_same_bytes_with_any_number_of_threads(predict, photos, tmp_path):
    photo = save_photo(photos / "a.jpg", 200, 300)
    assert predict(photo, "--threads", "1", out=tmp_path / "one") == 0
    assert predict(photo, "--threads", "2", out=tmp_path / "two") == 0
    first, second = (tmp_path / n / "a_mask.png" for n in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_json_lines(predict, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    (photos / "bad.jpg").write_bytes(b"no picture")
    assert predict(photos, "--progress", "json") == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[-1] == "finished"
    assert events[-1] == {"event": "finished", "done": 1, "failed": 1}
    done = next(e for e in events if e["event"] == "photo")
    assert done["result"] == str(tmp_path / "out" / "a.json")
    failed = next(e for e in events if e["event"] == "error")
    assert failed["file"] == str(photos / "bad.jpg")
    assert "progress" in kinds


def test_demo_draws_photos_and_their_exact_masks(predict, tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "_LEAVES", 1)
    assert predict("--demo", "--mode", "single") == 0
    out = tmp_path / "out"
    photo = next((out / "demo_photos").iterdir())
    assert read_photo(photo).shape == (2048, 2048, 3)
    assert read_result(out / f"{photo.stem}.json")["width"] == 2048
    assert grey(out / "demo_masks" / photo.name).any()


def test_no_connection_is_opened(tiny_model, photos, tmp_path):
    """A child process in which every way to a network fails loudly runs the whole command."""
    save_photo(photos / "a.jpg")
    (tmp_path / "site").mkdir()
    record = tmp_path / "connections.txt"
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import socket\n"
        "def refuse(*args, **kwargs):\n"
        f"    open({str(record)!r}, 'a').write(repr(args[-2:]) + '\\n')\n"
        "    raise OSError('the network was used')\n"
        "for name in ('connect', 'connect_ex', 'sendto'):\n"
        "    setattr(socket.socket, name, refuse)\n"
        "for name in ('getaddrinfo', 'gethostbyname', 'create_connection'):\n"
        "    setattr(socket, name, refuse)\n",
        encoding="utf-8",
    )
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([str(tmp_path / "site"), root])
    arguments = [str(photos), "--out", str(tmp_path / "out"), "--model", str(tiny_model)]
    done = subprocess.run(
        [sys.executable, "-m", "plantseg_gui", "predict", *arguments, "--maps", "variance"],
        env={**os.environ, "PYTHONPATH": path, "PLANTSEG_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not record.exists(), record.read_text()
    assert (tmp_path / "out/a_variance.png").exists()


def test_a_pipe_that_closes_early_stops_nothing(predict, photos, tmp_path, monkeypatch):
    class ClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    save_photo(photos / "a.jpg")
    save_photo(photos / "b.jpg")
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    assert predict(photos) == 0
    sys.stdout.close()
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_names_no_disease(predict, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    assert predict(photos) == 0
    text = (tmp_path / "out/a.json").read_text("utf-8") + capsys.readouterr().out
    assert not any(word in text.lower() for word in ("rust", "blight", "miner", "septoria", "spot"))


def test_scale_2_is_used_and_recorded(predict, tiny_model, photos, tmp_path):
    photo = save_photo(photos / "a.jpg", 150, 200)
    assert predict(photo, "--mode", "full") == 0
    plain = read_result(tmp_path / "out/a.json")
    assert plain["scale_factor"] == 1
    twice = tmp_path / "twice"
    assert predict(photo, "--mode", "full", "--scale", "2", out=twice) == 0
    found = read_result(twice / "a.json")
    assert found["scale_factor"] == 2
    assert found["tiles_total"] > plain["tiles_total"]
    assert grey(twice / "a_mask.png").shape == (150, 200)
    assert predict(photo, "--scale", "3") == 2
