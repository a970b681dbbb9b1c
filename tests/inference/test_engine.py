"""The ladder with real faults: the network raises, or gives what is not a number."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from plantseg_gui.core.errors import DeviceError, MemoryLimitError, NumericError
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.inference.device import CUDA_BATCH, DevicePolicy, cpu_policy
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.faults import Fault
from plantseg_gui.inference.predictor import Predictor
from tests.inference.helpers import failing, fp32, leaf_photo, load

IMAGE = leaf_photo(size=192)


def out_of_memory() -> BaseException:
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")


def test_out_of_memory_goes_on_one_tile_at_a_time_with_the_same_result(tiny_model):
    wanted = Predictor(load(tiny_model), fp32()).predict(IMAGE)
    model = load(tiny_model)
    said: list[str] = []
    with failing(model.network, 0, out_of_memory) as left:
        predictor = Predictor(model, fp32())
        left[0] = 1
        got = predictor.predict(IMAGE, notify=said.append)
    assert np.array_equal(got.probability, wanted.probability)
    assert (
        got.warnings == tuple(said) == ("Memory ran out: tiles are now processed one at a time.",)
    )
    assert got.device == "cpu, fp32, 1 thread"
    again = predictor.predict(IMAGE)  # stays on the safer rung, and says nothing new
    assert again.warnings == ()


def test_two_tiles_that_fail_together_are_one_step(tiny_model):
    model = load(tiny_model)
    with failing(model.network, 0, out_of_memory) as left:
        predictor = Predictor(model, fp32())
        left[0] = 2
        prediction = predictor.predict(IMAGE)
    assert prediction.tiles_processed == prediction.tiles_total


def lost() -> BaseException:
    return RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")


@pytest.mark.parametrize(("error", "times"), [(out_of_memory, 2), (lost, 1)])
@pytest.mark.parametrize("mode", ["adaptive", "single"])
def test_safe_mode_is_the_last_rung_and_looks_at_every_tile(tiny_model, error, times, mode):
    wanted = Predictor(load(tiny_model), fp32(1)).predict(IMAGE, mode="full")
    model = load(tiny_model, scorer_threshold=2.0)
    said: list[str] = []
    with failing(model.network, 0, error) as left:
        predictor = Predictor(model, fp32(2))
        for step in range(times):
            left[0] = 1
            prediction = predictor.predict(IMAGE, mode=mode, notify=said.append)
            assert prediction.device.endswith("safe mode") == (step == times - 1)
    assert "safe mode is on (slow: CPU, fp32, every tile, one by one)." in said[-1]
    assert prediction.mode == "full"
    assert prediction.tiles_processed == prediction.tiles_total == wanted.tiles_total
    assert np.allclose(prediction.probability, wanted.probability, atol=1e-3)
    again = predictor.predict(IMAGE, mode=mode)
    assert again.mode == "full"
    assert again.warnings == ()
    with pytest.raises(DeviceError, match="not measured in safe mode"):
        predictor.uncertainty(IMAGE, again)


def test_falling_into_safe_mode_ends_the_second_pass(tiny_model):
    model = load(tiny_model)
    with failing(model.network, 0, lost) as left:
        predictor = Predictor(model, fp32(1))
        prediction = predictor.predict(IMAGE)
        left[0] = 1
        with pytest.raises(DeviceError, match="not measured in safe mode"):
            predictor.uncertainty(IMAGE, prediction)


def test_memory_beyond_its_limit_makes_the_batch_smaller_before_anything_fails(tiny_model):
    wanted = Predictor(load(tiny_model), fp32(1)).predict(IMAGE)
    tight = MemoryLimits(ram_limit_free=1 << 60)
    prediction = Predictor(load(tiny_model), fp32(2), limits=tight).predict(IMAGE)
    assert prediction.warnings == ("Memory is nearly full: tiles are now processed one at a time.",)
    assert prediction.device == "cpu, fp32, 1 thread"  # never safe mode, as long as nothing fails
    assert np.array_equal(prediction.probability, wanted.probability)


def test_short_memory_is_said_once(tiny_model):
    predictor = Predictor(load(tiny_model), fp32(2), limits=MemoryLimits(ram_warn_free=1 << 60))
    first = predictor.predict(IMAGE)
    assert len(first.warnings) == 1
    assert "Memory is getting short" in first.warnings[0]
    assert first.device == "cpu, fp32, 2 threads"
    assert predictor.predict(IMAGE).warnings == ()


def test_a_card_beyond_its_limit_halves_its_batch(tiny_model, monkeypatch):
    """The card's part of the decision; no card is needed for that."""
    card = DevicePolicy(torch.device("cuda"), torch.float32, batch=CUDA_BATCH, check=False)
    engine = TileEngine(load(tiny_model), card, MemoryLimits(gpu_limit=1 << 30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 2 << 30)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    seen = []
    while engine.under_pressure(seen.append):
        seen.append(engine.step_down(Fault.PRESSURE))
    assert [s.split(": ")[1].split()[-4:-3] for s in seen[:3]] == [["4"], ["2"], ["1"]]
    assert seen[3] == "The graphics card is beyond its memory limit: continued on the CPU."
    assert len(seen) == 4
    assert engine.rung.device.type == "cpu"
    assert not engine.safe_mode


def test_no_memory_at_all_is_said_plainly(tiny_model):
    model = load(tiny_model)
    with failing(model.network, 0, MemoryError) as left:
        predictor = Predictor(model, fp32())
        left[0] = 10**6
        with pytest.raises(MemoryLimitError, match="not enough memory"):
            predictor.predict(IMAGE)
        left[0] = 0
        assert predictor.predict(IMAGE).tiles_processed > 0  # the predictor can be used again


def test_a_programming_error_is_not_hidden(tiny_model):
    model = load(tiny_model)
    with failing(model.network, 0, lambda: RuntimeError("shapes do not fit")) as left:
        predictor = Predictor(model, fp32())
        left[0] = 1
        with pytest.raises(RuntimeError, match="shapes do not fit"):
            predictor.predict(IMAGE)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card here")
@pytest.mark.parametrize("check", [True, False])
def test_a_card_that_is_gone_is_replaced_by_the_cpu(tiny_model, check):
    gone = DevicePolicy(torch.device("cuda"), torch.float16, batch=CUDA_BATCH, check=check)
    wanted = Predictor(load(tiny_model), fp32()).predict(IMAGE)
    prediction = Predictor(load(tiny_model), gone).predict(IMAGE)
    assert prediction.device.startswith("cpu, fp32")
    assert np.array_equal(prediction.probability, wanted.probability)
    assert prediction.warnings == ("The graphics card stopped answering: continued on the CPU.",)


def test_out_of_memory_during_the_check_leaves_no_rung_unchecked(tiny_model, monkeypatch):
    policy = replace(cpu_policy("on"), streams=2, check=True)
    checked: list[int] = []
    proven = TileEngine._proven

    def watched(engine, model):
        left[0] = 0 if checked else 1
        checked.append(engine.level)
        return proven(engine, model)

    monkeypatch.setattr(TileEngine, "_proven", watched)
    model = load(tiny_model)
    with failing(model.network, 0, out_of_memory) as left:
        engine = TileEngine(model, policy)
    assert checked == [0, 1]
    assert engine.start_notes == ["Memory ran out: tiles are now processed one at a time."]


class Poison:
    """Turns the first `times` segmentation outputs into NaN."""

    def __init__(self, network: torch.nn.Module, times: int) -> None:
        self.left = times
        network.segmentation.register_forward_hook(self)

    def __call__(self, _module, _inputs, output):
        if self.left > 0:
            self.left -= 1
            return output * float("nan")
        return output

    def __deepcopy__(self, _memo):
        return self  # copies of the network share the count


def test_what_is_not_finite_is_repeated_in_fp32(tiny_model):
    wanted = Predictor(load(tiny_model), fp32()).predict(IMAGE)
    model = load(tiny_model)
    poison = Poison(model.network, 0)
    predictor = Predictor(model, fp32())
    poison.left = 1
    prediction = predictor.predict(IMAGE)
    assert poison.left == 0
    assert np.allclose(prediction.probability, wanted.probability, atol=1e-3)
    assert prediction.warnings == ("A tile's output was not finite: it was repeated in float32.",)


def test_not_finite_in_fp32_either_is_an_error(tiny_model):
    model = load(tiny_model)
    poison = Poison(model.network, 0)
    predictor = Predictor(model, fp32())
    poison.left = 10**6
    with pytest.raises(NumericError, match="not finite"):
        predictor.predict(IMAGE)


def test_bf16_repeats_in_fp32_and_goes_on_in_bf16(tiny_model):
    model = load(tiny_model)
    poison = Poison(model.network, 0)
    engine = TileEngine(model, replace(cpu_policy("on"), streams=1))
    poison.left = 1
    tile = IMAGE[:256, :256][None]
    outputs, repeated = engine.forward(tile)
    assert repeated == 1
    assert outputs[0].finite
    assert engine.forward(tile)[1] == 0
    assert engine.rung.dtype is torch.bfloat16


def test_skipping_heads_changes_nothing_else(tiny_model):
    engine = TileEngine(load(tiny_model), fp32(1))
    tile = IMAGE[:256, :256][None]
    whole, light = engine.forward(tile)[0][0], engine.forward(tile, all_heads=False)[0][0]
    assert np.array_equal(whole.logits, light.logits)
    assert whole.affinity is not None
    assert light.affinity is None
    assert len(light.boxes) == 0
