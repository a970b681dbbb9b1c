import numpy as np
import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.evaluation.compare import compare_paired


def test_a_clear_gain_is_found():
    rng = np.random.default_rng(0)
    first = rng.uniform(0.5, 0.8, size=40)
    second = first + 0.05 + rng.normal(0, 0.01, size=40)
    result = compare_paired(first, second)
    assert result.n == 40
    assert result.mean_difference == pytest.approx(0.05, abs=0.005)
    assert result.interval[0] > 0.04
    assert result.t_p_value is not None
    assert result.t_p_value < 1e-6
    assert result.wilcoxon_p_value is not None
    assert result.wilcoxon_p_value < 1e-6
    assert result.cohens_d is not None
    assert result.cohens_d > 3


def test_noise_is_not_a_gain():
    rng = np.random.default_rng(1)
    first = rng.uniform(size=30)
    result = compare_paired(first, first + rng.normal(0, 0.1, size=30))
    assert result.t_p_value is not None
    assert result.t_p_value > 0.05
    assert result.interval[0] < 0 < result.interval[1]


def test_equal_models_have_no_test():
    result = compare_paired(np.array([0.5, 0.6]), np.array([0.5, 0.6]))
    assert result.mean_difference == 0
    assert (result.t_p_value, result.wilcoxon_p_value, result.cohens_d) == (None, None, None)


def test_constant_gain_has_no_spread_to_test_against():
    result = compare_paired(np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.3, 0.4]))
    assert result.t_p_value is None
    assert result.cohens_d is None


def test_one_image_cannot_be_tested():
    assert compare_paired(np.array([0.1]), np.array([0.3])).t_p_value is None


def test_other_images_are_refused():
    with pytest.raises(InputError, match="3 and 2 images"):
        compare_paired(np.zeros(3), np.zeros(2))
