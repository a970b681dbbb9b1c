import pytest
import torch

from plantseg_gui.core.errors import MemoryLimitError
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.inference.memory import MemoryWatch
from plantseg_gui.training.guards import LossWatch, Pace
from plantseg_gui.training.precision import Precision
from plantseg_gui.training.safe_update import SafeUpdater

CPU = torch.device("cpu")
PLENTY, NOTHING = 1 << 60, 0


class Hungry:
    """A learner that takes only batches up to `fits`."""

    def __init__(self, fits, error):
        self.batch, self.accumulate, self.fits, self.error = 8, 1, fits, error
        self.precision = Precision(CPU, torch.float32)

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
    watch = MemoryWatch(MemoryLimits(ram_limit_free=NOTHING))
    assert SafeUpdater(learner, watch, said.append).update(5, lambda *_: None) == 5
    assert (learner.batch, learner.accumulate) == (2, 4)
    assert len(said) == 2


def test_not_even_one_tile_is_said_and_other_faults_go_through():
    watch = MemoryWatch(MemoryLimits(ram_limit_free=NOTHING))
    with pytest.raises(MemoryLimitError, match="one tile"):
        SafeUpdater(Hungry(0, MemoryError()), watch, lambda text: None).update(5, None)
    with pytest.raises(RuntimeError, match="shape"):
        SafeUpdater(Hungry(0, RuntimeError("shape")), watch, lambda text: None).update(5, None)


def test_little_free_memory_shrinks_the_batch_before_anything_breaks():
    said = []
    learner = Hungry(8, MemoryError())
    watch = MemoryWatch(MemoryLimits(ram_limit_free=PLENTY))
    SafeUpdater(learner, watch, said.append).update(0, lambda *_: None)
    assert learner.batch == 4


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
    assert not LossWatch([0.05] * 6 + [0.12] * 8).astray
    assert LossWatch([0.05] * 6 + [0.2] * 8).astray
    short = LossWatch([0.1] * 6)
    short.add(9.0)
    assert not short.astray
    lost = LossWatch([0.1] * 6 + [float("nan")] * 8)
    assert lost.astray
