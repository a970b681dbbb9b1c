"""The choice of t, against masks whose best t is known."""

import numpy as np
import pytest

from plantseg_gui.inference.threshold_sweep import WITHOUT_LESIONS, SweepPhoto, sweep

SIDE = 64


def disc(radius: float) -> np.ndarray:
    """Probability falling from 1 in the middle to 0 at `radius` px and beyond."""
    yy, xx = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return np.clip(1 - np.hypot(yy, xx) / radius, 0, 1).astype(np.float32)


def photo(source: str, best: float, radius: float = 30) -> SweepPhoto:
    """A photo whose truth is exactly its probability above `best`."""
    p = disc(radius)
    return SweepPhoto(source, p, p >= best)


def test_the_known_threshold_is_found_to_a_hundredth():
    for best in (0.12, 0.33, 0.5, 0.78):
        found = sweep(lambda best=best: [photo("a", best - 0.003)])
        assert found.threshold == pytest.approx(best, abs=0.011)
        assert found.f1["a"] > 0.98


def test_sources_weigh_the_same_whatever_their_photos():
    def chosen(few: str, many: str, count: int) -> float:
        return sweep(lambda: [photo(few, 0.2), *[photo(many, 0.6)] * count]).threshold

    assert chosen("few", "many", 1) == chosen("few", "many", 20)
    assert chosen("same", "same", 20) > chosen("few", "many", 20)


def test_healthy_photos_of_a_source_pull_the_threshold_up():
    healthy = SweepPhoto("a", disc(30) * 0.7, np.zeros((SIDE, SIDE), bool))
    alone = sweep(lambda: [photo("a", 0.3)]).threshold
    assert sweep(lambda: [photo("a", 0.3), *[healthy] * 4]).threshold > alone
    assert sweep(lambda: [healthy]) == (WITHOUT_LESIONS, {})


def test_specks_that_are_dropped_from_the_mask_do_not_count():
    """Single wrong pixels up to 0.9 would push t above them; as specks they are never shown."""
    speckled = disc(30)
    speckled[2:-2:4, 2] = 0.9
    speckled[2:-2:4, -2] = 0.9
    truth = disc(30) >= 0.298
    speckled[truth & (speckled > 0.5)] = 0.6
    found = sweep(lambda: [SweepPhoto("a", speckled, truth)])
    assert found.f1["a"] == 1.0
    assert found.threshold < 0.32


def test_resizing_to_the_photos_pixels_counts():
    p = disc(30)
    big = np.kron(p >= 0.4, np.ones((3, 3), bool))
    found = sweep(lambda: [SweepPhoto("a", p, big)])
    assert found.threshold == pytest.approx(0.4, abs=0.03)
    assert found.f1["a"] > 0.97
