"""Where memory is short, a retraining gets smaller until it fits, and says so."""

from types import SimpleNamespace

import pytest
import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.training import trial_step
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.trial_step import Costs, measure_fitting

COSTS = Costs(0.4, 0.3, 0.5, 0.02, 0.03, 800_000, 900.0)
PREPARED = SimpleNamespace(precision=SimpleNamespace(device=torch.device("cpu")))


@pytest.fixture
def said():
    return []


@pytest.fixture
def env(said):
    return SimpleNamespace(warn=said.append)


def fits_from(monkeypatch, fits):
    """The trial step runs out of memory unless `fits` says that the recipe is small enough."""

    def measure(prepared, recipe, env):
        if not fits(recipe):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 bytes")
        return COSTS

    monkeypatch.setattr(trial_step, "measure", measure)


def test_what_fits_is_left_alone(monkeypatch, env, said):
    fits_from(monkeypatch, lambda recipe: True)
    assert measure_fitting(PREPARED, Recipe(), env) == (COSTS, Recipe(), [])
    assert not said


def test_a_smaller_batch_keeps_the_effective_one(monkeypatch, env, said):
    fits_from(monkeypatch, lambda recipe: recipe.batch <= 2)
    _, recipe, changes = measure_fitting(PREPARED, Recipe(batch=8), env)
    assert (recipe.batch, recipe.accumulate) == (2, 4)
    assert said == changes
    assert "2 crops at a time, 4 times per update" in changes[-1]


def test_then_smaller_parts_then_the_encoder_then_the_mask_alone(monkeypatch, env):
    fits_from(monkeypatch, lambda recipe: recipe.aux_every == 0)
    _, recipe, changes = measure_fitting(PREPARED, Recipe(batch=2), env)
    assert recipe.batch * recipe.accumulate == 2
    assert recipe.window == trial_step.SMALLEST_WINDOW
    assert recipe.unfreeze == "none"
    assert len(changes) == 4


def test_what_never_fits_is_said_and_other_faults_are_not_hidden(monkeypatch, env):
    fits_from(monkeypatch, lambda recipe: False)
    with pytest.raises(MemoryLimitError, match="does not fit into memory"):
        measure_fitting(PREPARED, Recipe(), env)

    def broken(*_):
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(trial_step, "measure", broken)
    with pytest.raises(RuntimeError, match="sizes"):
        measure_fitting(PREPARED, Recipe(), env)
