"""Two versions on the same photos, from the command line."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.__main__ import main
from tests.cli.conftest import save_photo
from tests.cli.test_evaluate import save_mask
from tests.helpers.tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def other_model(tmp_path_factory):
    """Another tiny network."""
    return write_tiny_model(tmp_path_factory.mktemp("other") / "other", name="other", seed=3)


@pytest.fixture
def pairs(photos, tmp_path):
    """Three photos with masks."""
    for number in range(3):
        save_photo(photos / f"{number}.jpg", seed=number)
        save_mask(tmp_path / "masks" / f"{number}.png", share=0.2 + 0.2 * number)
    return ["--images", str(photos), "--masks", str(tmp_path / "masks")]


def compare(capsys, *arguments):
    code = main(["models", "compare", *map(str, arguments), "--device", "cpu"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_both_figures_are_those_that_evaluate_gives(
    tiny_model, other_model, pairs, tmp_path, capsys
):
    code, out, _ = compare(capsys, tiny_model, other_model, *pairs, "--json")
    found = json.loads(out)
    assert (code, found["n"], found["partial"]) == (0, 3, False)
    for side, model in (("first", tiny_model), ("second", other_model)):
        file = tmp_path / f"{side}.json"
        main(["evaluate", *pairs, "--out", str(file), "--model", str(model), "--device", "cpu"])
        alone = json.loads(file.read_text())
        for name in ("dice_pooled", "dice_mean", "recall"):
            assert found[side][name] == alone[name]
        dice = {row["image"]: row["dice"] for row in alone["images"]}
        assert {row["image"]: row[f"dice_{side}"] for row in found["images"]} == dice
    changes = [row["change"] for row in found["images"]]
    assert changes == sorted(changes)
    assert any(changes)
    low, high = found["change"]["interval"]
    assert low <= found["change"]["mean"] <= high
    assert found["change"]["mean"] == pytest.approx(np.mean(changes), abs=1e-5)
    assert "other" in found["sentence"]


def test_a_version_is_the_same_as_itself(tiny_model, pairs, capsys):
    code, out, _ = compare(capsys, tiny_model, tiny_model, *pairs)
    assert code == 0
    assert "+0.000" in out
    assert "about the same" in out.splitlines()[-1]


def test_unsure_pixels_of_label_images_are_not_judged(tiny_model, photos, tmp_path, capsys):
    save_photo(photos / "a.png")
    labels = np.zeros((96, 128), np.uint16)
    labels[:48], labels[48:] = 3, 65535
    Image.fromarray(labels).save(tmp_path / "a.png")
    row = {"name": "a", "image": str(photos / "a.png"), "mask": "a.png", "labels": True}
    (tmp_path / "pairs.json").write_text(json.dumps([row, row | {"name": "b", "image": "gone"}]))
    options = ["--pairs", tmp_path / "pairs.json", "--json"]
    _, out, err = compare(capsys, tiny_model, tiny_model, *options)
    found = json.loads(out)
    assert "b is in the list but was not found" in err
    # Half of the photo is left out, the other half is lesion: nothing healthy is left.
    assert found["first"]["accuracy_all_healthy"] == 0.0
    assert found["images"][0]["severity_true"] in (None, 100.0)


def test_a_photo_that_cannot_be_read_is_told_and_left_out_of_both(
    tiny_model, pairs, photos, capsys
):
    (photos / "1.jpg").write_bytes(b"no photo")
    code, out, err = compare(capsys, tiny_model, tiny_model, *pairs, "--json")
    found = json.loads(out)
    assert (code, found["n"], [row["image"] for row in found["failed"]]) == (1, 2, ["1.jpg"])
    assert len([line for line in err.splitlines() if "1.jpg" in line]) == 1


def test_json_lines_for_the_window(tiny_model, pairs, capsys):
    _, out, _ = compare(capsys, tiny_model, tiny_model, *pairs, "--progress", "json")
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events].count("photo") == 3
    assert events[-1]["event"] == "comparison"
    assert events[-1]["first"]["name"] == tiny_model.name


WAITS = """
from plantseg_gui.cli.stopping import stop_when_input_ends
from plantseg_gui.core.cancel import CancelToken
token = CancelToken()
stop_when_input_ends(token)
print(token.wait(0.2), flush=True)
print(token.wait(60))
"""


def test_a_closed_input_asks_to_stop():
    child = subprocess.Popen(
        [sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "False\n"
    out, _ = child.communicate(timeout=60)
    assert (out, child.returncode) == ("True\n", 0)


def test_what_was_judged_in_the_time_limit_is_told(tiny_model, pairs, capsys):
    options = ["--time-limit", "0.000001", "--json"]
    code, out, err = compare(capsys, tiny_model, tiny_model, *pairs, *options)
    found = json.loads(out)
    assert (code, found["n"], found["stopped"]) == (1, 0, "time limit")
    assert found["sentence"] == "No photo was judged by both versions."
    assert "0 of 3 photos" in err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--json", "--progress", "json", "--images", "x", "--masks", "x"], "--json"),
        ([], "--images"),
        (["--pairs", "gone.json"], "gone.json"),
        (["--pairs", "gone.json", "--index", "i.csv"], "--pairs"),
    ],
)
def test_wrong_options_are_one_line(tiny_model, capsys, options, word):
    code, _, err = compare(capsys, tiny_model, tiny_model, *options)
    assert (code, len(err.splitlines()), word in err) == (2, 1, True)
