import json

import pytest

from plantseg_gui.__main__ import main
from plantseg_gui.storage.models import add_version, set_default
from tests.helpers.model_folders import make_model
from tests.helpers.tiny_model import TINY_NAME


def test_list_marks_the_default(tiny_model, capsys):
    add_version(tiny_model)
    set_default(TINY_NAME)
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(f"* {TINY_NAME}")]


def test_list_as_json(tiny_model, capsys):
    add_version(tiny_model)
    assert main(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    row = next(row for row in rows if row["name"] == TINY_NAME)
    assert row["shipped"] is False
    assert row["damaged"] is None


def test_list_names_a_damaged_model_and_goes_on(tiny_model, capsys, plantseg_home):
    add_version(tiny_model)
    folder = plantseg_home / "models" / "broken"
    folder.mkdir()
    (folder / "config.json").write_text("{", encoding="utf-8")
    assert main(["models", "list"]) == 0
    shown = capsys.readouterr().out
    assert "broken" in shown
    assert "damaged" in shown
    assert TINY_NAME in shown


def test_show_by_name_and_by_folder(tiny_model, capsys, monkeypatch):
    add_version(tiny_model)
    monkeypatch.chdir(tiny_model)
    for name in (TINY_NAME, str(tiny_model), "."):
        assert main(["models", "show", name]) == 0
        shown = capsys.readouterr().out
        assert "tf_efficientnet_lite0" in shown
        assert "Random weights, for tests." in shown


def test_show_as_json(tiny_model, capsys):
    assert main(["models", "show", str(tiny_model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["network"]["fpn_channels"] == 32


def test_unknown_model_names_the_known_ones(tiny_model, capsys):
    add_version(tiny_model)
    assert main(["models", "show", "nothing-of-the-kind"]) == 2
    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 1
    assert "nothing-of-the-kind" in shown
    assert TINY_NAME in shown


@pytest.fixture
def shelf(plantseg_home, monkeypatch):
    """Shipped "leaf"; "leaf-v2" and "leaf-v3" retrained from it."""
    folder = plantseg_home / "shipped"
    make_model(folder / "leaf")
    monkeypatch.setattr("plantseg_gui.storage.models.models_dir", lambda: folder)
    for name in ("leaf-v2", "leaf-v3"):
        told = {"retraining": {"dice_before": 0.5, "dice_after": 0.61}}
        changes = {"parent": "leaf", "figures": told, "training": {"photos": 4}}
        add_version(make_model(plantseg_home / "runs" / name, **changes), name)


def models(capsys, *arguments):
    code = main(["models", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_words_about_versions_are_shown(shelf, capsys):
    assert models(capsys, "rename", "leaf-v2", "Wet coffee")[0] == 0
    assert models(capsys, "star", "wet COFFEE")[0] == 0
    assert models(capsys, "note", "leaf-v2", "careful with rain")[0] == 0
    _, tree, _ = models(capsys, "tree")
    assert tree.splitlines() == [
        "leaf  (in use)",
        "   ★ leaf-v2 “Wet coffee”  (kept, 4 photos, Dice 0.50 → 0.61)",
        "   leaf-v3  (kept, 4 photos, Dice 0.50 → 0.61)",
    ]
    assert "careful with rain" in models(capsys, "show", "leaf-v2")[1]
    row = json.loads(models(capsys, "list", "--json")[1])[1]
    assert (row["title"], row["starred"], row["depth"]) == ("Wet coffee", True, 1)
    assert models(capsys, "unstar", "leaf-v2")[0] == 0
    assert "★" not in models(capsys, "tree")[1]
    code, _, error = models(capsys, "rename", "leaf-v3", "Wet coffee")
    assert (code, len(error.splitlines())) == (2, 1)


def test_use_and_back(shelf, capsys):
    models(capsys, "use", "leaf-v2")
    models(capsys, "use", "leaf-v3")
    assert models(capsys, "back")[1] == "In use: leaf-v2\n"
    assert models(capsys, "back")[1] == "In use: leaf\n"
    code, _, error = models(capsys, "back")
    assert (code, "No other version" in error) == (2, True)


def test_export_prune_import(shelf, capsys, tmp_path):
    file = tmp_path / "v2.zip"
    assert models(capsys, "export", "leaf-v2", file)[0] == 0
    _, plan, _ = models(capsys, "prune")
    assert "came with the program" in plan
    assert "leaf-v2, leaf-v3" in plan.splitlines()[-1]
    assert models(capsys, "prune", "leaf", "leaf-v2")[0] == 2
    assert "leaf-v2" in models(capsys, "list")[1]
    assert "freed" in models(capsys, "prune", "leaf-v2")[1]
    assert "leaf-v2" not in models(capsys, "list")[1]
    assert models(capsys, "import", file, "--candidate")[1] == "On the shelf as leaf-v2\n"
    assert "candidate" in models(capsys, "tree")[1]
    assert models(capsys, "import", tmp_path / "gone.zip")[0] == 2
