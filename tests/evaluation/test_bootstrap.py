import numpy as np
import pytest

from plantseg_gui.evaluation import bootstrap
from plantseg_gui.evaluation.bootstrap import mean_interval, metric_intervals
from plantseg_gui.evaluation.metrics import METRICS, summarise


def some_counts(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 1000, size=(n, 4))


def test_interval_holds_the_figure():
    counts = some_counts(40)
    figures = summarise(counts)
    for name, (low, high) in metric_intervals(counts, replicates=500).items():
        assert low < figures[name] < high, name


def test_same_seed_same_interval_other_seed_another():
    counts = some_counts(10)
    assert metric_intervals(counts, seed=3) == metric_intervals(counts, seed=3)
    assert metric_intervals(counts, seed=3) != metric_intervals(counts, seed=4)


def test_memory_chunks_do_not_change_the_result(monkeypatch):
    counts = some_counts(9)
    whole = metric_intervals(counts, replicates=101)
    monkeypatch.setattr(bootstrap, "_CHUNK_CELLS", 27)
    pieces = metric_intervals(counts, replicates=101)
    for name, interval in whole.items():
        assert pieces[name] == pytest.approx(interval), name


def test_agrees_with_scipy_on_a_mean():
    from scipy import stats

    values = np.random.default_rng(1).normal(size=60)
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=9999, rng=np.random.default_rng(2)
    ).confidence_interval
    ours = mean_interval(values, replicates=9999)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_one_image_gives_a_point():
    for name, (low, high) in metric_intervals(np.array([[5, 1, 1, 5]])).items():
        assert low == high, name


def test_undefined_metric_stays_undefined():
    intervals = metric_intervals(np.array([[0, 0, 0, 5], [0, 0, 0, 7]]))
    assert np.isnan(intervals["precision"]).all()
    assert intervals["accuracy"] == (1.0, 1.0)


def test_nothing_to_resample():
    assert set(metric_intervals(np.zeros((0, 4), np.int64))) == set(METRICS)
    assert np.isnan(mean_interval(np.zeros(0))).all()


def test_more_images_narrow_the_interval():
    counts = some_counts(8)
    few = metric_intervals(counts)["dice_pooled"]
    many = metric_intervals(np.repeat(counts, 30, axis=0))["dice_pooled"]
    assert many[1] - many[0] < 0.4 * (few[1] - few[0])
