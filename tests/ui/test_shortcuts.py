"""The table of keys: a person's own over the shipped ones, and no key with two acts."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.ui.acts.table import ACTIONS, menu_paths
from plantseg_gui.ui.shortcuts import (
    CANVAS_KEYS,
    SHORTCUTS,
    canvas_keys,
    checked,
    conflicts,
    in_force,
    is_bare,
    key_text,
    portable,
    refusal,
    shipped_keys,
    with_keys,
)


def test_shipped_keys_are_in_force_unchanged():
    table = in_force({})
    assert {name: keys for name, keys in table.items() if keys} == {
        name: shipped_keys(name) for name in SHORTCUTS
    }


def test_a_key_that_moves_leaves_its_act_and_comes_back_with_restore():
    own = with_keys({}, "fit", ("Ctrl+R",))
    assert in_force(own)["fit"] == ("Ctrl+R",)
    assert in_force(own)["run"] == ()
    assert key_text("run", in_force(own)) == ""
    assert with_keys(own, "fit", shipped_keys("fit")) == {}
    # Between two acts that both have own keys.
    own = with_keys(own, "export", ("Ctrl+R", "F8"))
    assert in_force(own)["fit"] == ()
    assert in_force(own)["export"] == ("Ctrl+R", "F8")


def test_what_was_kept_is_checked_and_the_log_says_what_was_left_out(caplog):
    with caplog.at_level(logging.WARNING):
        own = checked(
            {
                "no such act": ["F8"],
                "fit": ["ctrl+shift+y", "nonsense+key"],
                "reset": ["R"],
                "run": ["Ctrl+Shift+Y"],
                "export": [],
                "zoom_in": ["Space"],
                "redo": list(SHORTCUTS["redo"]),
            }
        )
    assert own == {"fit": ("Ctrl+Shift+Y",), "export": ()}
    told = caplog.text
    for word in ("no such act", "nonsense+key", "pressed by accident", "twice", "Move the photo"):
        assert word in told


def test_bare_keys_and_canvas_keys():
    assert portable("Ctrl+K, nonsense") == portable("nonsense") == ""
    assert portable("ctrl+,") == "Ctrl+,"
    assert is_bare("R")
    assert not is_bare("Shift+R")
    assert is_bare("Delete")
    assert not is_bare("Ctrl+R")
    assert not is_bare("Alt+Shift+R")
    assert "one key alone" in refusal("reset", "R")
    assert refusal("reset", "Ctrl+Alt+R") == ""
    assert refusal("brush", "R") == ""
    for key in ("Space", "Return", "Enter", "Backspace"):
        assert "belongs to the photo" in refusal("brush", key)
    assert len(canvas_keys()) >= 3
    assert set(canvas_keys().values()) <= {what for _, what in CANVAS_KEYS}


def test_no_shipped_key_is_one_that_would_be_refused():
    for name, keys in SHORTCUTS.items():
        for key in keys:
            assert portable(key), (name, key)
            assert not refusal(name, portable(key)), (name, key)


def test_what_takes_work_away_is_marked():
    names = ("reset", "accept", "approve", "unapprove", "delete_masks", "accept_all", "quit")
    for name in (*names, "remove_photos", "empty_removed", "skip", "remove_specks", "shrink"):
        assert ACTIONS[name].destructive


def test_every_act_has_a_place_in_the_menus():
    assert set(menu_paths()) == set(ACTIONS)
    assert menu_paths()["mode_full"] == "Model › Tiles"


keys = st.sampled_from(["Ctrl+R", "F8", "B", "Ctrl+Shift+Z", "Alt+1", "Ctrl+Alt+X"])
steps = st.lists(
    st.tuples(st.sampled_from(sorted(ACTIONS)), st.lists(keys, max_size=2, unique=True)), max_size=8
)


@given(steps)
def test_whatever_is_given_no_key_has_two_acts(given_keys):
    own = {}
    for name, wanted in given_keys:
        own = with_keys(own, name, tuple(wanted))
        table = in_force(own)
        assert conflicts(table) == []
        assert table[name] == tuple(wanted)
    assert all(own[name] != shipped_keys(name) for name in own)
