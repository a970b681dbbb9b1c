import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.training import plan as plans
from plantseg_gui.training.gate_split import Method, Split
from plantseg_gui.training.plan import LEAST_UPDATES, RunPlan, make_plan
from plantseg_gui.training.recipe import Recipe, minutes_to_spend
from plantseg_gui.training.trial_step import Costs

COSTS = Costs(
    update_s=0.4, fold_update_s=0.3, late_update_s=0.5, view_s=0.02, tile_s=0.03,
    view_bytes=800_000, memory_mib=900.0,
)  # fmt: skip
RECIPE = Recipe()


class Photos:
    """As much of `Prepared` as a plan looks at."""

    def __init__(self, count, folds=0):
        self.training = [None] * count
        self.held_out = []
        method = Method.LEAVE_ONE_OUT if folds else Method.TOO_FEW
        self.split = Split(list(range(count)), [], [[k] for k in range(folds)], method)
        self.shown = None


@pytest.fixture(autouse=True)
def no_tiles(monkeypatch):
    monkeypatch.setattr(plans, "_tiles", lambda photos: 10)


def test_the_estimate_keeps_to_the_time_with_and_without_folds():
    for folds in (0, 3):
        found = make_plan(Photos(3, folds), RECIPE, COSTS, 40.0)
        model_s = found.estimated_s - found.folds_s
        assert model_s <= 41
        assert model_s >= 35 or found.updates == RECIPE.useful_updates(3)
        assert found.folds == folds
        assert (found.fold_updates > 0) == (folds > 0)
        assert found.total == found.updates + folds * found.fold_updates


def test_a_slow_machine_gets_a_few_updates_anyway_and_a_fast_one_not_too_many():
    slow = Costs(30.0, 25.0, 40.0, 1.0, 1.0, 800_000, 900.0)
    assert make_plan(Photos(3), RECIPE, slow, 40.0).updates == LEAST_UPDATES
    assert make_plan(Photos(3), RECIPE, slow, -5.0).updates == LEAST_UPDATES
    fast = Costs(1e-3, 1e-3, 2e-3, 1e-4, 1e-4, 800_000, 900.0)
    few = make_plan(Photos(3), RECIPE, fast, 3600.0).updates
    many = make_plan(Photos(60), RECIPE, fast, 3600.0).updates
    assert few == RECIPE.useful_updates(3) < many <= RECIPE.most_updates


def test_a_fixed_number_of_updates_is_kept():
    assert make_plan(Photos(3), RECIPE, COSTS, 40.0, updates=7).updates == 7


def test_a_plan_survives_its_dict_and_a_damaged_one_is_said():
    found = make_plan(Photos(3), RECIPE, COSTS, 40.0)
    assert RunPlan.from_dict(found.to_dict()) == found
    with pytest.raises(InputError, match="damaged"):
        RunPlan.from_dict({"updates": 1})


def test_a_windows_limit_is_a_limit_and_a_wish_is_a_wish():
    assert minutes_to_spend(3, 0.0, window=True) == pytest.approx(0.75)
    assert minutes_to_spend(3, 5.0, window=True) == pytest.approx(0.75)
    assert minutes_to_spend(3, 0.2, window=True) == pytest.approx(0.2)
    assert minutes_to_spend(3, 5.0, window=False) == pytest.approx(5.0)
    assert minutes_to_spend(40, 60.0, window=True) == pytest.approx(5.0)
    assert minutes_to_spend(40, 3.0, window=True) == pytest.approx(3.0)


def test_many_folds_leave_most_of_the_time_to_the_model_that_is_kept():
    found = make_plan(Photos(5, 5), RECIPE, COSTS, 60.0)
    assert found.folds * found.fold_updates <= 1.5 * found.updates


def test_late_blocks_learn_where_there_is_time_for_it():
    fast = Costs(1e-3, 1e-3, 2e-3, 1e-4, 1e-4, 800_000, 900.0)
    assert make_plan(Photos(3), RECIPE, fast, 600.0).late
    assert not make_plan(Photos(3), RECIPE, COSTS, 20.0).late
    assert make_plan(Photos(3), Recipe(unfreeze="late"), COSTS, 20.0).late
    assert not make_plan(Photos(3), Recipe(unfreeze="none"), fast, 600.0).late


def test_no_more_crops_are_cached_than_memory_holds(monkeypatch):
    plenty = make_plan(Photos(3), RECIPE, COSTS, 600.0).views
    huge = Costs(0.4, 0.3, 0.5, 0.02, 0.03, 80_000_000, 900.0)
    assert make_plan(Photos(3), RECIPE, huge, 600.0).views < plenty
