"""The arithmetic of calibration, against numbers that are known."""

import numpy as np
import pytest

from plantseg_gui.inference.calibration_fit import (
    BINS,
    LogitHistogram,
    best_threshold,
    f1_by_edge,
    fit_pixels,
    fit_presence,
    scorer_threshold,
)


def sampled(n: int, temperature: float, bias: float, seed: int = 0, spread: float = 4.0):
    """Logits whose truth follows sigmoid(logit / temperature + bias)."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, spread, n)
    return z, random.random(n) < 1 / (1 + np.exp(-(z / temperature + bias)))


def histogram(z, truth) -> LogitHistogram:
    made = LogitHistogram()
    made.add(z, truth)
    return made


def test_known_temperature_and_bias_are_found_again():
    z, truth = sampled(400_000, 2.5, -1.2)
    found = fit_pixels({"a": histogram(z, truth)})
    assert found.temperature == pytest.approx(2.5, rel=0.03)
    assert found.bias == pytest.approx(-1.2, abs=0.05)


def test_sources_weigh_the_same_whatever_their_pixels():
    few = histogram(*sampled(40_000, 1.0, 0.0, seed=1))
    many = histogram(*sampled(400_000, 1.0, -2.0, seed=2))
    both = fit_pixels({"few": few, "many": many}).bias
    alone = fit_pixels({"a": histogram(*sampled(400_000, 1.0, -2.0, seed=2))}).bias
    assert alone == pytest.approx(-2, abs=0.1)
    assert both == pytest.approx(-1, abs=0.25)


def test_shares_and_weights_count_as_many_pixels_do():
    z = np.array([1.0, 1.0, 1.0, 1.0, -3.0, -3.0])
    truth = np.array([True, True, True, False, False, False])
    parts = LogitHistogram()
    parts.add(np.array([1.0, -3.0]), np.array([0.75, 0.0]), np.array([4.0, 2.0]))
    assert np.array_equal(parts.counts, histogram(z, truth).counts)


def test_nothing_to_learn_from_one_class():
    z = np.linspace(-5, 5, 100)
    assert fit_pixels({"a": histogram(z, np.zeros(100, bool))}) == (1.0, 0.0)
    assert fit_presence(z, np.ones(100, bool)) == (1.0, 0.0)


def test_separable_presence_stays_finite():
    z = np.array([-3.0, -2.0, 2.0, 3.0])
    found = fit_presence(z, z > 0)
    assert 0.05 <= found.temperature <= 20
    p = 1 / (1 + np.exp(-(z / found.temperature + found.bias)))
    assert ((p > 0.5) == (z > 0)).all()
    assert p.max() < 0.95  # four photos prove little


def test_f1_against_a_count_by_hand():
    random = np.random.default_rng(3)
    z = random.normal(0, 3, 5000)
    truth = random.random(5000) < 0.3
    curve = f1_by_edge(histogram(z, truth).counts)
    for edge, index in ((-2.0, 900), (1.5, 1075)):
        found = z >= edge - 1e-9
        tp, fp, fn = (found & truth).sum(), (found & ~truth).sum(), (~found & truth).sum()
        assert curve[index] == pytest.approx(2 * tp / (2 * tp + fp + fn), abs=2e-3)
    assert len(curve) == BINS


def test_threshold_is_the_best_for_the_mean_of_the_sources():
    sources = {
        "a": histogram(*sampled(100_000, 1.0, 0.5, seed=4)),
        "b": histogram(*sampled(1_000, 1.0, -1.0, seed=5)),
        "healthy": histogram(np.full(1000, -8.0), np.zeros(1000, bool)),
    }
    scaling = fit_pixels(sources)
    threshold, f1 = best_threshold(sources, scaling)
    assert set(f1) == {"a", "b"}
    mean = np.mean([f1_by_edge(sources[k].counts) for k in ("a", "b")], axis=0)
    assert np.mean(list(f1.values())) == pytest.approx(mean.max())
    assert 0.01 <= threshold <= 0.99


def test_without_lesions_the_threshold_is_one_half():
    only = {"a": histogram(np.full(10, -3.0), np.zeros(10, bool))}
    assert best_threshold(only, fit_pixels(only)) == (0.5, {})


def test_scorer_threshold_is_the_largest_that_keeps_995_of_1000():
    scores = {0.9: 900, 0.5: 94, 0.3: 1, 0.1: 5}
    assert scorer_threshold(scores, 0.2) == 0.3
    assert scorer_threshold({0.9: 900, 0.5: 94, 0.3: 0.9, 0.1: 5.1}, 0.2) == 0.1
    assert scorer_threshold({}, 0.2) == 0.2
