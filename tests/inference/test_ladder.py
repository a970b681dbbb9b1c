"""The order of fallbacks, the graphics card's part included (no card is needed for that)."""

from dataclasses import replace

import pytest
import torch

from plantseg_gui.core.errors import DeviceError, MemoryLimitError
from plantseg_gui.inference.device import DevicePolicy
from plantseg_gui.inference.faults import Fault
from plantseg_gui.inference.ladder import explain, next_rung, rungs_of
from tests.inference.helpers import fp32

CUDA = DevicePolicy(torch.device("cuda"), torch.bfloat16, batch=8)


def test_card_halves_its_batch_then_the_cpu_takes_over_in_fp32():
    rungs = rungs_of(CUDA, torch.bfloat16)
    card = [r for r in rungs if r.device.type == "cuda"]
    rest = rungs[len(card) :]
    assert [r.batch for r in card] == [8, 4, 2, 1]
    assert {r.device.type for r in rest} == {"cpu"}
    assert {r.dtype for r in rest} == {torch.float32}
    assert [r.safe for r in rest] == [False] * (len(rest) - 1) + [True]


def test_cpu_goes_down_to_one_tile_at_a_time_then_to_safe_mode_and_then_says_so():
    rungs = rungs_of(replace(fp32(4), stream_threads=2), torch.bfloat16)
    assert [(r.streams, r.stream_threads, r.safe) for r in rungs] == [
        (4, 2, False),
        (1, 2, False),
        (1, 1, True),
    ]
    assert [r.dtype for r in rungs] == [torch.bfloat16, torch.bfloat16, torch.float32]
    assert rungs[2].label == "cpu, fp32, 1 thread, safe mode"
    assert next_rung(rungs, 0, Fault.MEMORY) == 1
    assert next_rung(rungs, 1, Fault.MEMORY) == 2
    with pytest.raises(MemoryLimitError, match="not enough memory"):
        next_rung(rungs, 2, Fault.MEMORY)


def test_a_lost_card_is_not_tried_again():
    rungs = rungs_of(CUDA, torch.bfloat16)
    after = next_rung(rungs, 0, Fault.DEVICE)
    assert rungs[after].device.type == "cpu"
    safe = next_rung(rungs, after, Fault.DEVICE)
    assert rungs[safe].safe
    with pytest.raises(DeviceError):
        next_rung(rungs, safe, Fault.DEVICE)


def test_every_step_has_its_own_sentence():
    rungs = rungs_of(CUDA, torch.bfloat16)
    assert "4 at a time" in explain(rungs[0], rungs[1], Fault.MEMORY)
    assert "ran out of memory: continued on the CPU" in explain(rungs[3], rungs[4], Fault.MEMORY)
    assert "stopped answering" in explain(rungs[0], rungs[4], Fault.DEVICE)
    assert "limit: tiles are now processed 2" in explain(rungs[1], rungs[2], Fault.PRESSURE)
    two, one, safe = rungs_of(fp32(), torch.float32)
    assert explain(two, one, Fault.MEMORY).startswith("Memory ran out: tiles")
    assert explain(two, one, Fault.PRESSURE).startswith("Memory is nearly full: tiles")
    assert "Memory ran out: safe mode" in explain(one, safe, Fault.MEMORY)
    assert "library failed: safe mode" in explain(one, safe, Fault.DEVICE)
