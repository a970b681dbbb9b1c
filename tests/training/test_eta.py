import pytest

from plantseg_gui.training.eta import RunEta


def test_the_dear_updates_ahead_are_counted_while_the_encoder_is_frozen():
    eta = RunEta(100, 20, set(), free_ratio=2.0)
    for number in range(10):
        eta.add_update(number, 1.0)
    assert eta.left(10) == pytest.approx(10 * 1.0 + 80 * 2.0)


def test_after_the_change_only_the_dear_ones_count():
    eta = RunEta(100, 20, set(), free_ratio=2.0)
    for number in range(20):
        eta.add_update(number, 1.0)
    eta.add_update(20, 5.0)
    assert eta.left(21) == pytest.approx(79 * 5.0)
    assert eta.seconds_per_update == pytest.approx(5.0)


def test_evaluations_ahead_are_counted_once_one_was_measured():
    eta = RunEta(100, 0, {50, 100})
    eta.add_update(0, 1.0)
    assert eta.left(1) == pytest.approx(99)
    eta.add_evaluation(7.0)
    assert eta.left(50) == pytest.approx(50 + 7)
    assert eta.left(100) == 0
