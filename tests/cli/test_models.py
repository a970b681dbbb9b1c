import json

from plantseg_gui.__main__ import main
from plantseg_gui.storage.models import add_version, set_default
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
