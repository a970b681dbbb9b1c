import pytest

from plantseg_gui.cli.map_names import needs_uncertainty, parse_map_names
from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.map_files import MAP_NAMES


def test_mask_is_always_among_the_maps():
    assert parse_map_names("leaf, probability") == ("mask", "probability", "leaf")
    assert parse_map_names("") == ("mask",)
    assert parse_map_names(",".join(MAP_NAMES)) == MAP_NAMES


def test_unknown_map_names_the_known_ones():
    with pytest.raises(InputError, match=r"'lief'.*mask,probability"):
        parse_map_names("lief")


def test_second_pass_only_where_it_is_asked_for():
    assert not needs_uncertainty(("mask", "attention"))
    assert needs_uncertainty(("mask", "energy"))
