"""What an expert can choose, and that the defaults are those of the training."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.training.recipe import UNFREEZE as LEARNS
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.ui.dialogs.retrain_choices import RANGES, UNFREEZE, Choices

CHANGED = Choices(
    base="leaf-v2",
    left_out=("a", "b"),
    own_test_only=True,
    held_out_share=0.4,
    minutes=15.0,
    updates=200,
    batch=2,
    lr=1e-3,
    new_share=0.5,
    unfreeze="late",
    precision="bf16",
    threads=3,
    device="cpu",
    seed=7,
    scale_low=0.8,
    scale_high=1.2,
)


@pytest.mark.parametrize(
    "key",
    ["batch", "lr", "new_share", "unfreeze", "held_out_share", "precision", "seed", "scale_low",
     "scale_high"],
)  # fmt: skip
def test_defaults_are_those_of_the_recipe(key):
    assert getattr(Choices(), key) == getattr(Recipe(), key)


def test_what_can_learn_is_what_the_training_knows():
    assert tuple(UNFREEZE) == LEARNS


def test_only_what_differs_goes_into_the_job():
    assert Choices().recipe == {}
    assert Choices().to_json() == {}
    assert CHANGED.recipe == {
        "batch": 2,
        "lr": 1e-3,
        "new_share": 0.5,
        "unfreeze": "late",
        "precision": "bf16",
        "seed": 7,
        "scale_low": 0.8,
        "scale_high": 1.2,
        "held_out_share": 0.0,  # the test set alone
    }
    assert Choices(held_out_share=0.4).recipe == {"held_out_share": 0.4}
    Recipe.from_dict(CHANGED.recipe)


def test_choices_are_read_back():
    assert Choices.from_json(CHANGED.to_json()) == CHANGED


@given(
    st.dictionaries(
        st.sampled_from([f.name for f in fields(Choices)]),
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    )
)
def test_whatever_is_stored_gives_allowed_choices(stored):
    made = Choices.from_json(stored)
    for key, (low, high) in RANGES.items():
        assert low <= getattr(made, key) <= high
    assert made.scale_low <= made.scale_high
    assert Choices.from_json(made.to_json()) == made
