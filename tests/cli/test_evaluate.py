import csv
import json

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.__main__ import main
from plantseg_gui.evaluation import runner
from tests.cli.conftest import read_result, save_photo

METRICS = (
    "n",
    "dice_pooled",
    "dice_mean",
    "precision",
    "recall",
    "f1",
    "iou",
    "accuracy",
    "accuracy_all_healthy",
)


def save_mask(path, width: int = 128, height: int = 96, share: float = 0.3) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((height, width), np.uint8)
    mask[: round(height * share)] = 255
    Image.fromarray(mask).save(path)


@pytest.fixture
def evaluate(tiny_model, tmp_path):
    """Run `evaluate` with the tiny model; returns exit code and the file's content."""

    def run(*arguments: object):
        out = tmp_path / "figures.json"
        given = [str(a) for a in arguments]
        code = main(["evaluate", *given, "--out", str(out), "--model", str(tiny_model)])
        return code, read_result(out) if out.exists() else {}

    return run


def test_figures_agree_with_the_masks_that_predict_writes(evaluate, tiny_model, photos, tmp_path):
    masks = tmp_path / "masks"
    for number in range(3):
        save_photo(photos / f"{number}.jpg", seed=number)
        save_mask(masks / f"{number}.png", share=0.2 * number)
    code, figures = evaluate("--images", photos, "--masks", masks)
    assert code == 0
    assert set(METRICS) <= set(figures)
    assert figures["n"] == 3
    out = tmp_path / "out"
    assert main(["predict", str(photos), "--out", str(out), "--model", str(tiny_model)]) == 0
    found, true = (
        np.stack([np.asarray(Image.open(f"{folder}/{n}{end}.png")) > 0 for n in range(3)])
        for folder, end in ((out, "_mask"), (masks, ""))
    )
    both = np.count_nonzero(found & true)
    assert figures["dice_pooled"] == pytest.approx(2 * both / (found.sum() + true.sum()), abs=1e-5)
    assert figures["f1"] == figures["dice_pooled"]
    assert figures["precision"] == pytest.approx(both / found.sum(), abs=1e-5)
    assert figures["recall"] == pytest.approx(both / true.sum(), abs=1e-5)
    assert figures["iou"] == pytest.approx(both / (found | true).sum(), abs=1e-5)
    assert figures["accuracy"] == pytest.approx((found == true).mean(), abs=1e-5)
    assert figures["accuracy_all_healthy"] == pytest.approx(1 - true.mean(), abs=1e-5)
    low, high = figures["intervals"]["dice_pooled"]
    assert low <= figures["dice_pooled"] <= high


def test_what_has_no_partner_is_named(evaluate, photos, tmp_path, capsys):
    masks = tmp_path / "masks"
    save_photo(photos / "both.jpg")
    save_photo(photos / "lonely.jpg")
    save_mask(masks / "both.png")
    save_mask(masks / "stray.png")
    code, figures = evaluate("--images", photos, "--masks", masks)
    assert code == 0
    assert figures["n"] == 1
    assert figures["unmatched_images"] == ["lonely.jpg"]
    assert figures["unmatched_masks"] == ["stray.png"]
    shown = capsys.readouterr().err
    assert "lonely.jpg" in shown
    assert "stray.png" in shown


def test_results_of_predict_serve_as_masks(evaluate, tiny_model, photos, tmp_path):
    save_photo(photos / "a.jpg")
    save_photo(photos / "sub" / "a.png", seed=5)
    out = tmp_path / "out"
    assert main(["predict", str(photos), "--out", str(out), "--model", str(tiny_model)]) == 0
    code, figures = evaluate("--images", photos, "--masks", out)
    assert code == 0
    assert figures["n"] == 2
    assert figures["dice_pooled"] == 1.0


def test_no_pair_is_exit_code_2(evaluate, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    save_mask(tmp_path / "masks" / "b.png")
    code, figures = evaluate("--images", photos, "--masks", tmp_path / "masks")
    assert code == 2
    assert figures == {}
    assert "No photo has a mask" in capsys.readouterr().err


def test_bad_photo_is_named_and_the_rest_counts(evaluate, photos, tmp_path, capsys):
    for name in ("a", "b"):
        save_photo(photos / f"{name}.jpg")
        save_mask(tmp_path / "masks" / f"{name}.png")
    (photos / "a.jpg").write_bytes(b"no picture")
    code, figures = evaluate("--images", photos, "--masks", tmp_path / "masks")
    assert code == 1
    assert figures["n"] == 1
    assert figures["failed"][0]["image"] == "a.jpg"
    assert len(capsys.readouterr().err.splitlines()) == 1


def two_pairs(photos, masks) -> list[object]:
    for number in range(2):
        save_photo(photos / f"{number}.jpg", seed=number)
        save_mask(masks / f"{number}.png")
    return ["--images", photos, "--masks", masks]


def test_a_finished_evaluation_names_what_it_ran_on(evaluate, photos, tmp_path, capsys):
    folders = two_pairs(photos, tmp_path / "masks")
    code, figures = evaluate(*folders, "--device", "cpu", "--threads", "1", "--progress", "json")
    assert code == 0
    assert (figures["planned"], figures["partial"], figures["stopped"]) == (2, False, None)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    model = next(e for e in events if e["event"] == "model")
    assert model["device"] == figures["device"] == events[-1]["device"]
    assert {row["device"] for row in figures["images"]} == {figures["device"]}


def test_what_the_time_limit_left_is_marked(evaluate, photos, tmp_path, capsys):
    folders = two_pairs(photos, tmp_path / "masks")
    code, figures = evaluate(*folders, "--time-limit", "0.0000001")
    assert code == 1
    assert (figures["partial"], figures["stopped"]) == (True, "time limit")
    assert (figures["n"], figures["planned"]) == (0, 2)
    assert figures["dice_pooled"] is None
    shown = capsys.readouterr().err
    assert "0 of 2 photos were judged" in shown
    assert "--time-limit" in shown


def test_stopped_by_a_person_writes_what_was_judged(evaluate, photos, tmp_path, monkeypatch):
    folders = two_pairs(photos, tmp_path / "masks")

    def after_one(token):
        real = runner.read_photo

        def read(path):
            if path.name == "1.jpg":
                token.cancel()
            return real(path)

        monkeypatch.setattr(runner, "read_photo", read)

    monkeypatch.setattr("plantseg_gui.cli.evaluate.stop_on_signals", after_one)
    code, figures = evaluate(*folders)
    assert code == 130
    assert (figures["n"], figures["stopped"]) == (1, "stopped by a person")


@pytest.mark.parametrize("minutes", ["-1", "nan", "inf"])
def test_a_time_limit_that_is_none_is_refused(evaluate, photos, tmp_path, capsys, minutes):
    folders = two_pairs(photos, tmp_path / "masks")
    assert evaluate(*folders, "--time-limit", minutes)[0] == 2
    assert "--time-limit" in capsys.readouterr().err


def write_index(folder, rows) -> None:
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "stem", "split", "crop"])
        writer.writerows(rows)


def test_split_of_a_data_folder_by_source(evaluate, tmp_path):
    data = tmp_path / "data"
    for source, stem in (("east", "a"), ("east", "b"), ("west", "a")):
        save_photo(data / source / "images" / f"{stem}.jpg")
        save_mask(data / source / "masks" / f"{stem}.png")
    save_mask(data / "east" / "leaf" / "a.png", share=1.0)
    rows = [["east", "a", "val", ""], ["east", "b", "train", ""], ["west", "a", "val", ""]]
    write_index(data, [*rows, ["west", "gone", "val", ""]])
    code, figures = evaluate("--index", data / "index.csv")
    assert code == 0
    assert figures["n"] == 2
    assert set(figures["sources"]) == {"east", "west"}
    assert figures["sources"]["east"]["n"] == 1
    assert figures["sources"]["east"]["severity"]["leaf"] == "drawn"
    assert figures["images_not_found"] == ["west/gone"]
    assert figures["unmatched_images"] == []
    code, figures = evaluate("--index", data / "index.csv", "--source", "east", "--split", "train")
    assert [row["image"] for row in figures["images"]] == ["east/b"]


def test_severity_error_against_a_drawn_leaf(evaluate, photos, tmp_path):
    save_photo(photos / "a.jpg")
    save_mask(tmp_path / "masks" / "a.png", share=0.25)
    save_mask(tmp_path / "leaf" / "a.png", share=1.0)
    folders = ["--images", photos, "--masks", tmp_path / "masks", "--leaf", tmp_path / "leaf"]
    _, figures = evaluate(*folders)
    row = figures["images"][0]
    assert row["severity_true"] == pytest.approx(25.0)
    error = abs(row["severity_found"] - 25.0)
    assert figures["severity"]["mean_abs_error"] == pytest.approx(error, abs=1e-3)
    assert figures["severity"]["leaf"] == "drawn"


def test_healthy_photo_without_findings_is_null_with_a_reason(evaluate, photos, tmp_path):
    save_photo(photos / "a.jpg")
    save_mask(tmp_path / "masks" / "a.png", share=0.0)
    folders = ["--images", photos, "--masks", tmp_path / "masks"]
    _, figures = evaluate(*folders, "--threshold", "0.9999999")
    assert figures["recall"] is None
    assert figures["precision"] is None
    assert figures["dice_mean"] == 1.0
    assert figures["accuracy"] == figures["accuracy_all_healthy"] == 1.0
    assert "recall" in figures["reason"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ([], "--images"),
        (["--images", "{tmp}/gone", "--masks", "{tmp}"], "gone"),
        (["--images", "{tmp}", "--masks", "{tmp}", "--index", "i.csv"], "--index"),
        (["--index", "{tmp}/gone.csv"], "gone.csv"),
    ],
)
def test_wrong_folders_are_one_line(options, word, evaluate, tmp_path, capsys):
    code, _ = evaluate(*(option.format(tmp=tmp_path) for option in options))
    assert code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert word in lines[0]


def test_json_lines(evaluate, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    save_mask(tmp_path / "masks" / "a.png")
    folders = ["--images", photos, "--masks", tmp_path / "masks"]
    assert evaluate(*folders, "--progress", "json")[0] == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "finished"
    assert events[-1]["done"] == 1


def test_scale_2_is_used_and_recorded(evaluate, photos, tmp_path):
    save_photo(photos / "a.jpg", seed=1)
    save_mask(tmp_path / "masks/a.png")
    folders = "--images", photos, "--masks", tmp_path / "masks", "--mode", "full"
    _, plain = evaluate(*folders)
    assert plain["scale_factor"] == 1
    code, twice = evaluate(*folders, "--scale", "2")
    assert code == 0
    assert twice["scale_factor"] == 2
    assert twice["dice_pooled"] != plain["dice_pooled"]
