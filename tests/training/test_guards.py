import time

import psutil
import pytest
import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.training.guards import (
    LossWatch,
    MemoryLimits,
    MemoryWatch,
    Pace,
    StallWatch,
    peak_memory,
)
from plantseg_gui.training.safe_update import SafeUpdater

CPU = torch.device("cpu")
PLENTY, NOTHING = 1 << 60, 0


def test_it_warns_once_and_then_acts():
    said = []
    MemoryWatch(CPU, MemoryLimits(ram_warn_free=NOTHING, ram_limit_free=NOTHING), said.append)
    watch = MemoryWatch(
        CPU, MemoryLimits(ram_warn_free=PLENTY, ram_limit_free=NOTHING), said.append
    )
    assert not watch.over_limit()
    assert not watch.over_limit()
    assert len(said) == 1
    assert "RAM" in said[0]
    tight = MemoryWatch(CPU, MemoryLimits(ram_limit_free=PLENTY), said.append)
    assert tight.over_limit()
    assert len(said) == 1


def test_peak_memory_is_this_processs():
    used = psutil.Process().memory_info().rss / 2**20
    assert peak_memory(CPU)["ram"] == pytest.approx(used, rel=0.5)


class Hungry:
    """A learner that takes only batches up to `fits`."""

    def __init__(self, fits, error):
        self.batch, self.accumulate, self.fits, self.error = 8, 1, fits, error

    def update(self, number, get_batch):
        if self.batch > self.fits:
            raise self.error
        return number

    def shrink_batch(self):
        if self.batch == 1:
            return False
        self.batch //= 2
        self.accumulate *= 2
        return True


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")],
)
def test_out_of_memory_halves_the_batch_and_keeps_the_effective_one(error):
    said = []
    learner = Hungry(2, error)
    watch = MemoryWatch(CPU, MemoryLimits(ram_limit_free=NOTHING), said.append)
    assert SafeUpdater(learner, watch, said.append).update(5, lambda *_: None) == 5
    assert (learner.batch, learner.accumulate) == (2, 4)
    assert len(said) == 2


def test_not_even_one_tile_is_said_and_other_faults_go_through():
    watch = MemoryWatch(CPU, MemoryLimits(ram_limit_free=NOTHING), lambda text: None)
    with pytest.raises(MemoryLimitError, match="one tile"):
        SafeUpdater(Hungry(0, MemoryError()), watch, lambda text: None).update(5, None)
    with pytest.raises(RuntimeError, match="shape"):
        SafeUpdater(Hungry(0, RuntimeError("shape")), watch, lambda text: None).update(5, None)


def test_little_free_memory_shrinks_the_batch_before_anything_breaks():
    said = []
    learner = Hungry(8, MemoryError())
    watch = MemoryWatch(CPU, MemoryLimits(ram_limit_free=PLENTY), said.append)
    SafeUpdater(learner, watch, said.append).update(0, lambda *_: None)
    assert learner.batch == 4


def test_a_stall_is_told_once():
    said = []
    watch = StallWatch(said.append, least_s=0.05)
    try:
        deadline = time.monotonic() + 5
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert len(said) == 1
        watch.beat()
    finally:
        watch.close()


def test_pace_follows_slowly():
    pace = Pace()
    pace.add(1.0)
    pace.add(3.0)
    assert pace.seconds == pytest.approx(2.0)
    assert pace.left(5) == pytest.approx(10.0)
    assert pace.left(-1) == 0


def test_a_loss_that_rises_is_noticed_and_one_that_falls_is_not():
    watch = LossWatch()
    for _ in range(30):
        watch.add(0.5)
    assert not watch.astray
    watch = LossWatch(watch.losses)
    for _ in range(LossWatch.LAST):
        watch.add(0.7)
    assert watch.astray
    short = LossWatch([0.1] * 6)
    short.add(9.0)
    assert not short.astray
    lost = LossWatch([0.1] * 6 + [float("nan")] * 8)
    assert lost.astray
