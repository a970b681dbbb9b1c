import json
import threading

import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage import atomic
from plantseg_gui.storage.models import (
    add_version,
    default_model,
    go_back,
    list_models,
    new_version_name,
    previous_default,
    set_default,
)
from plantseg_gui.storage.shelf_record import (
    Shelf,
    read_shelf,
    set_notes,
    set_star,
    shelf_path,
    update_shelf,
)
from tests.helpers.model_folders import make_model


@pytest.fixture
def versions(shelf, tmp_path):
    """The shipped "leaf", and two versions of it."""
    run = make_model(tmp_path / "run", parent="leaf")
    return [add_version(run, "leaf-v2").name, add_version(run, "leaf-v3", candidate=True).name]


def test_words_stay_and_touch_no_model_folder(versions, shelf):
    before = {p: p.read_bytes() for r in list_models() for p in r.folder.iterdir()}
    set_star("leaf", True)  # a shipped model: its folder cannot be written to
    set_notes("leaf-v2", " good on wet leaves\n")
    assert read_shelf().entry("leaf").starred
    assert read_shelf().entry("leaf-v2").notes == "good on wet leaves"
    set_star("leaf", False)
    assert not read_shelf().entry("leaf").starred
    assert {p: p.read_bytes() for r in list_models() for p in r.folder.iterdir()} == before
    with pytest.raises(InputError, match="characters"):
        set_notes("leaf", "x" * 30_000)


def test_a_candidate_is_kept_without_being_used(versions):
    assert read_shelf().entry("leaf-v3").candidate
    assert not read_shelf().entry("leaf-v2").candidate
    assert default_model() == "leaf"
    set_default("leaf-v3")
    assert default_model() == "leaf-v3"
    assert not read_shelf().entry("leaf-v3").candidate


def test_going_back_walks_through_what_was_in_use(versions):
    assert previous_default() == ""
    with pytest.raises(InputError, match="No other version"):
        go_back()
    for name in ("leaf-v2", "leaf-v2", "leaf-v3"):
        set_default(name)
    assert [go_back(), default_model()] == ["leaf-v2", "leaf-v2"]
    assert [go_back(), default_model()] == ["leaf", "leaf"]
    assert previous_default() == ""


def test_going_back_passes_over_what_is_damaged(versions):
    set_default("leaf-v2")
    set_default("leaf-v3")
    folder = next(r.folder for r in list_models() if r.name == "leaf-v2")
    (folder / "config.json").write_text("{")
    assert go_back() == "leaf"


def test_names_of_deleted_versions_and_absent_parents_are_not_given_again(versions, tmp_path):
    update_shelf(lambda s: s.without("leaf-v4", "ab"))
    add_version(make_model(tmp_path / "other", parent="leaf-v5"), "else")
    assert new_version_name("leaf") == "leaf-v6"
    run = make_model(tmp_path / "again")
    assert add_version(run, "leaf-v4").name == "leaf-v6"
    assert add_version(run, "leaf-v5").name == "leaf-v7"


def test_a_new_version_inherits_no_words(versions, tmp_path):
    update_shelf(lambda s: s.with_entry("new", s.entry("leaf-v3")))
    add_version(make_model(tmp_path / "n"), "new")
    assert not read_shelf().entry("new").candidate


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"format": 99, "models": {}}',
        '{"format": 1, "models": {"a": {"starred": "yes"}}, "before": [3], "gone": []}',
        '{"format": 1, "models": 7, "before": {}, "gone": {"a": 1}}',
    ],
)
def test_damage_stops_nothing_and_is_kept(shelf, text):
    shelf_path().parent.mkdir(parents=True)
    shelf_path().write_text(text)
    assert read_shelf().entry("leaf").starred is False
    set_star("leaf", True)
    assert read_shelf().entry("leaf").starred
    (copy,) = shelf_path().parent.glob("shelf.damaged-*.json")
    assert copy.read_text() == text


def test_what_is_sound_in_a_damaged_record_stays(shelf):
    shelf_path().parent.mkdir(parents=True)
    models = {"a": {"title": "A", "starred": 1}, "b": 3}
    shelf_path().write_text(json.dumps({"format": 1, "models": models, "before": ["x", 1]}))
    found = read_shelf()
    assert (found.entry("a").title, found.entry("a").starred, found.before) == ("A", False, ("x",))


def test_a_full_disk_leaves_the_record(shelf, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    set_star("leaf", True)
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            set_star("leaf", False)
    assert read_shelf().entry("leaf").starred


def test_writers_at_the_same_time_lose_nothing(shelf):
    def star(first: int) -> None:
        for number in range(first, first + 10):
            set_star(f"m{number}", True)

    threads = [threading.Thread(target=star, args=(10 * t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(e.starred for e in read_shelf().entries.values()) == 40


def test_the_list_of_what_was_in_use_is_bounded():
    shelf = Shelf()
    for number in range(200):
        shelf = shelf.chosen(f"m{number + 1}", f"m{number}")
    assert len(shelf.before) == 50
    assert shelf.before[-1] == "m199"
