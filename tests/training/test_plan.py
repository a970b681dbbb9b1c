import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.training import plan as plans
from plantseg_gui.training.gate import Method
from plantseg_gui.training.plan import LEAST_UPDATES, Costs, RunPlan, make_plan
from plantseg_gui.training.recipe import Recipe, minutes_to_spend

COSTS = Costs(update_s=0.4, fold_update_s=0.3, view_s=0.02, tile_s=0.03)
RECIPE = Recipe()


class Photos:
    """As much of `Prepared` as a plan looks at."""

    def __init__(self, count, folds=0):
        self.training = [None] * count
        self.held_out = []
        self.folds = list(range(folds))
        self.method = Method.LEAVE_ONE_OUT if folds else Method.TOO_FEW
        self.shown = None


@pytest.fixture(autouse=True)
def no_tiles(monkeypatch):
    monkeypatch.setattr(plans, "_tiles", lambda photos: 10)


def test_the_estimate_keeps_to_the_time_with_and_without_folds():
    for folds in (0, 3):
        found = make_plan(Photos(3, folds), RECIPE, COSTS, 40.0)
        assert found.estimated_s <= 41
        assert found.estimated_s >= 35 or found.updates == RECIPE.useful_updates(3)
        assert found.folds == folds
        assert (found.fold_updates > 0) == (folds > 0)
        assert found.total == found.updates + folds * found.fold_updates


def test_a_slow_machine_gets_a_few_updates_anyway_and_a_fast_one_not_too_many():
    slow = Costs(30.0, 25.0, 1.0, 1.0)
    assert make_plan(Photos(3), RECIPE, slow, 40.0).updates == LEAST_UPDATES
    assert make_plan(Photos(3), RECIPE, slow, -5.0).updates == LEAST_UPDATES
    fast = Costs(1e-3, 1e-3, 1e-4, 1e-4)
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
    assert minutes_to_spend(3, 0.0, window=True) == pytest.approx(1.0)
    assert minutes_to_spend(3, 5.0, window=True) == pytest.approx(1.0)
    assert minutes_to_spend(3, 0.2, window=True) == pytest.approx(0.2)
    assert minutes_to_spend(3, 5.0, window=False) == pytest.approx(5.0)
    assert minutes_to_spend(40, 60.0, window=True) == pytest.approx(5.0)
    assert minutes_to_spend(40, 3.0, window=True) == pytest.approx(3.0)


def test_many_folds_leave_most_of_the_time_to_the_model_that_is_kept():
    found = make_plan(Photos(5, 5), RECIPE, COSTS, 60.0)
    assert found.folds * found.fold_updates <= 1.5 * found.updates
