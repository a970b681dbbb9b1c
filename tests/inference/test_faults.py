"""Which faults another way of running can cure."""

import pytest
import torch

from plantseg_gui.inference.faults import Fault, classify


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (MemoryError(), Fault.MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), Fault.MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), Fault.MEMORY),
        (RuntimeError("CUDA error: unspecified launch failure"), Fault.DEVICE),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), Fault.DEVICE),
        (RuntimeError("Found no NVIDIA driver on your system."), Fault.DEVICE),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (ValueError("out of memory"), None),
    ],
)
def test_faults_are_told_apart(error, fault):
    assert classify(error) is fault


def test_a_real_refused_allocation_is_a_memory_fault():
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert classify(caught.value) is Fault.MEMORY
