"""`plantseg ask`: names photos to correct, leaves out what is corrected, writes nothing."""

import json
import shutil

import pytest

from plantseg_gui.__main__ import main
from tests.cli.conftest import save_photo


@pytest.fixture
def ask(tiny_model, photos, capsys):
    """Run `ask` on the folder `photos` with the tiny model."""

    def run(*arguments):
        fixed = ["--model", str(tiny_model), "--device", "cpu", "--progress", "none"]
        code = main(["ask", str(photos), *map(str, arguments), *fixed])
        return code, capsys.readouterr()

    return run


def test_photos_are_named_with_their_reasons_and_nothing_is_written(ask, photos):
    for seed in range(3):
        save_photo(photos / f"leaf{seed}.png", seed=seed)
    before = sorted(photos.rglob("*"))
    code, said = ask("--k", 2)
    assert code == 0
    lines = said.out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("1. leaf")
    assert "of the leaf; nothing is corrected yet" in lines[0]
    assert sorted(photos.rglob("*")) == before


def test_what_is_corrected_is_not_asked_for(ask, photos, tmp_path):
    for seed in range(3):
        save_photo(photos / f"leaf{seed}.png", seed=seed)
    done = photos / "done"
    done.mkdir()
    shutil.move(photos / "leaf0.png", done)
    (photos / "broken.png").write_bytes(b"no photo")
    code, said = ask("--labelled", done, "--json")
    assert code == 1  # the broken one was named
    assert "broken.png" in said.err
    asked = json.loads(said.out)["photos"]
    assert sorted(row["file"] for row in asked) == [
        str(photos / "leaf1.png"),
        str(photos / "leaf2.png"),
    ]
    assert all(0 <= row["doubt"] <= 1 and "you have corrected" in row["reason"] for row in asked)


def test_wrong_usage(ask, photos, tmp_path):
    assert ask("--k", 0)[0] == 2
    assert ask("--labelled", tmp_path / "nowhere")[0] == 2
    code, said = ask()
    assert code == 1
    assert "holds no photo" in said.err
