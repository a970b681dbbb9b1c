import json
import os
import signal
import subprocess
import sys

import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.model_prune import plan_prune, prune
from plantseg_gui.storage.models import add_version, default_model, list_models, set_default
from plantseg_gui.storage.paths import user_data_dir, user_models_dir
from plantseg_gui.storage.shelf_record import read_shelf, set_notes, set_star
from tests.helpers.model_folders import make_model


@pytest.fixture
def versions(shelf, tmp_path):
    """leaf (shipped) → leaf-v2 → leaf-v3 (in use), leaf-v4, leaf-v5 (candidate)."""
    for name, parent in (("leaf-v2", "leaf"), ("leaf-v3", "leaf-v2"), ("leaf-v4", "leaf")):
        add_version(make_model(tmp_path / name, parent=parent, content=b"x" * 1000), name)
    add_version(make_model(tmp_path / "leaf-v5", parent="leaf"), "leaf-v5", candidate=True)
    set_default("leaf-v3")
    return shelf


def rows(**made):
    return {row.version.name: row for row in plan_prune("leaf-v3", made or None).rows}


def test_what_may_go_and_what_speaks_against_it(versions):
    set_star("leaf-v4", True)
    found = rows()
    assert "came with the program" in found["leaf"].blocked
    assert "in use" in found["leaf-v3"].blocked
    assert "star" in found["leaf-v4"].blocked
    assert "1 version was retrained from it" in found["leaf-v2"].warning
    assert "candidate" in found["leaf-v5"].warning
    set_star("leaf-v4", False)
    assert rows()["leaf-v4"].suggested
    made = plan_prune("leaf-v3", {"leaf-v4": 3}).rows
    assert "prediction of 3 photos" in next(r for r in made if r.version.name == "leaf-v4").warning
    (user_data_dir() / "current_run.json").write_text(json.dumps({"base": "leaf-v4"}))
    assert "training" in rows()["leaf-v4"].blocked


def test_pruning_frees_what_was_said_and_children_keep_working(versions):
    before = {r.name: r for r in list_models()}
    plan = plan_prune("leaf-v3")
    set_notes("leaf-v4", "words")
    freed = prune(["leaf-v2", "leaf-v4"], "leaf-v3")
    assert freed == plan.frees(["leaf-v2", "leaf-v4"]) > 2000
    left = {r.name: r for r in list_models()}
    assert set(left) == {"leaf", "leaf-v3", "leaf-v5"}
    assert left["leaf-v3"] == before["leaf-v3"]
    assert default_model() == "leaf-v3"
    assert read_shelf().entry("leaf-v4").notes == ""
    assert set(read_shelf().gone) == {"leaf-v2", "leaf-v4"}
    names = {p.name for p in user_models_dir().iterdir() if p.is_dir()}
    assert names == {"leaf-v3", "leaf-v5"}


@pytest.mark.parametrize("name", ["leaf", "leaf-v3", "nothing"])
def test_one_that_cannot_go_stops_all(versions, name):
    with pytest.raises(InputError, match="cannot be deleted"):
        prune(["leaf-v4", name], "leaf-v3")
    assert "leaf-v4" in {r.name for r in list_models()}


def test_a_link_to_elsewhere_is_left_alone(versions, tmp_path):
    elsewhere = make_model(tmp_path / "elsewhere")
    (user_models_dir() / "linked").symlink_to(elsewhere)
    row = rows()["linked"]
    assert (row.size_bytes, "link" in row.blocked) == (0, True)


def test_a_damaged_twin_of_a_shipped_model_goes_alone(versions):
    make_model(user_models_dir() / "leaf")
    set_star("leaf", False)
    set_notes("leaf", "words on the shipped one")
    prune(["leaf"], "leaf-v3")
    assert [r.shipped for r in list_models() if r.name == "leaf"] == [True]
    assert read_shelf().entry("leaf").notes == "words on the shipped one"
    assert "leaf" not in read_shelf().gone


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from plantseg_gui.storage import model_prune, models
models.models_dir = lambda: Path(sys.argv[1])
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(*{"rename": (os, "rename", die), "delete": (shutil, "rmtree", die)}[sys.argv[2]])
model_prune.prune(["leaf-v4"], "leaf-v3")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(("moment", "listed"), [("rename", True), ("delete", False)])
def test_killed_while_deleting(versions, moment, listed):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(versions), moment], env=os.environ, check=False
    )
    assert done.returncode == -signal.SIGKILL
    found = [r for r in list_models() if r.name == "leaf-v4"]
    assert bool(found) is listed
    assert not any(r.damaged for r in list_models())
    plan = plan_prune("leaf-v3")
    assert (len(plan.leftovers) == 1) is not listed
    assert prune([], "leaf-v3") == plan.leftover_bytes
    assert not plan_prune("leaf-v3").leftovers


def test_only_old_temporary_folders_are_leftovers(versions):
    old, new = (user_models_dir() / f".tmp-{n}" for n in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
        (folder / "weights.safetensors").write_bytes(b"1" * 500)
    os.utime(old, (1, 1))
    plan = plan_prune("leaf-v3")
    assert plan.leftovers == (old,)
    assert plan.frees([]) == 500
    assert prune([], "leaf-v3") == 500
    assert (old.exists(), new.exists()) == (False, True)
