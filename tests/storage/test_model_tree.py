import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.model_tree import State, find, list_versions, set_title
from plantseg_gui.storage.models import add_version
from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.storage.shelf_record import ShelfEntry, update_shelf
from tests.helpers.model_folders import make_model


def lines(current=""):
    return [(v.depth, v.name, str(v.state)) for v in list_versions(current)]


def add(name, parent, created="", **changes):
    make_model(user_models_dir() / name, parent=parent, created=created, **changes)


def test_children_stand_under_their_parents_oldest_first(shelf):
    add("leaf-v3", "leaf", "2026-02-01")
    add("leaf-v2", "leaf", "2026-03-01")
    add("leaf-v4", "leaf-v3", "2026-02-02")
    add("from-afar", "a model that is not here")
    (user_models_dir() / "leaf-v4" / "weights.safetensors").write_bytes(b"")
    update_shelf(lambda s: s.with_entry("leaf-v2", ShelfEntry(candidate=True)))
    assert lines("leaf-v3") == [
        (0, "leaf", "shipped"),
        (1, "leaf-v3", "in use"),
        (1, "leaf-v2", "candidate"),
        (0, "from-afar", "kept"),
        (0, "leaf-v4", "damaged"),
    ]
    assert find(list_versions(""), "from-afar").record.meta.parent == "a model that is not here"


def test_versions_that_come_from_themselves_are_all_listed(shelf):
    add("self", "self")
    add("a", "b")
    add("b", "a")
    assert sorted(name for _, name, _ in lines()) == ["a", "b", "leaf", "self"]


def test_a_parent_that_shares_only_its_name_is_none(shelf):
    add("leaf-v2", "leaf")
    assert lines()[1][0] == 1
    stranger = ShelfEntry(parent_elsewhere=True, parent_sha256="1")
    update_shelf(lambda s: s.with_entry("leaf-v2", stranger))
    assert lines()[1][0] == 0


def test_a_long_line_of_versions_is_no_trouble(shelf):
    for number in range(120):
        add(f"v{number}", f"v{number - 1}" if number else "leaf", f"2026-{number:03}")
    assert [v.depth for v in list_versions("")] == list(range(121))


def test_figures_are_read_and_rubbish_is_not(shelf):
    told = {"retraining": {"dice_before": 0.5, "dice_after": 0.75}}
    add("good", "leaf", figures=told, training={"photos": 6})
    add("bad", "leaf", figures={"retraining": {"dice_before": "x"}}, training={"photos": True})
    good, bad = (find(list_versions(""), name) for name in ("good", "bad"))
    assert (good.dice, good.photos) == ((0.5, 0.75), 6)
    assert (bad.dice, bad.photos) == (None, None)


def test_a_title_names_a_version_and_its_name_stays(shelf, tmp_path):
    child = add_version(make_model(tmp_path / "run", parent="leaf"), "leaf-v2")
    set_title("leaf", "  Coffee,\nspring ")
    set_title("leaf-v2", "Coffee, summer")
    root, below = list_versions("leaf")
    assert (root.title, root.name, root.state) == ("Coffee, spring", "leaf", State.IN_USE)
    assert (below.parent, below.record.folder) == ("leaf", child.folder)
    assert find([root, below], "coffee, SUMMER") is below
    set_title("leaf", "")
    assert list_versions("")[0].title == "leaf"


@pytest.mark.parametrize("title", ["leaf-v2", "Other", "x" * 81, "a\x07b"])
def test_titles_that_would_confuse(shelf, tmp_path, title):
    run = make_model(tmp_path / "run", parent="leaf")
    add_version(run, "leaf-v2")
    add_version(run, "leaf-v3")
    set_title("leaf-v3", "other")
    with pytest.raises(InputError):
        set_title("leaf", title)
    with pytest.raises(InputError, match="no version 'gone'"):
        set_title("gone", "x")
