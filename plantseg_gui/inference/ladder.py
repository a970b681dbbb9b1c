"""The ladder of fallbacks: what is tried next when memory or the graphics card fails."""

from dataclasses import dataclass

import torch

from plantseg_gui.core.errors import AppError, DeviceError, MemoryLimitError
from plantseg_gui.inference.device import DevicePolicy, cpu_policy
from plantseg_gui.inference.faults import Fault


@dataclass(frozen=True)
class Rung:
    """One way to run the network; see `DevicePolicy` for the fields."""

    device: torch.device
    dtype: torch.dtype
    streams: int
    stream_threads: int
    batch: int


def rungs_of(policy: DevicePolicy, dtype: torch.dtype) -> list[Rung]:
    """From the fastest way to the safest.

    Args:
        policy: The wanted way.
        dtype: Number format after its check.
    """
    first = Rung(policy.device, dtype, policy.streams, policy.stream_threads, policy.batch)
    rungs = [first]
    if policy.device.type != "cpu":
        batch = policy.batch // 2
        while batch >= 1:
            rungs.append(Rung(policy.device, dtype, 1, 1, batch))
            batch //= 2
        cpu = cpu_policy("off")
        first = Rung(cpu.device, torch.float32, cpu.streams, cpu.stream_threads, 1)
        rungs.append(first)
    if first.streams > 1:
        # As many torch threads per tile as before: another number would change the last bits.
        rungs.append(Rung(first.device, first.dtype, 1, first.stream_threads, 1))
    return rungs


def next_rung(rungs: list[Rung], current: int, fault: Fault) -> int:
    """The rung to go on with after a fault.

    Raises:
        MemoryLimitError: even the last rung has too little memory.
        DeviceError: the device failed and there is no other.
    """
    if fault is Fault.DEVICE:
        on_cpu = [i for i, rung in enumerate(rungs) if i > current and rung.device.type == "cpu"]
        if rungs[current].device.type == "cpu" or not on_cpu:
            raise DeviceError("The processor's neural library failed.", "Start the program again.")
        return on_cpu[0]
    if current + 1 >= len(rungs):
        raise out_of_memory()
    return current + 1


def out_of_memory() -> AppError:
    """What is said when nothing smaller is left to try."""
    return MemoryLimitError(
        "There is not enough memory to analyse this photo, even one tile at a time.",
        "Close other programs and try again.",
    )


def explain(before: Rung, after: Rung, fault: Fault) -> str:
    """One sentence for the status bar and the prediction's warnings."""
    if after.device.type != before.device.type:
        cause = "ran out of memory" if fault is Fault.MEMORY else "stopped answering"
        return f"The graphics card {cause}: continued on the CPU."
    if before.batch > after.batch:
        return (
            f"The graphics card ran out of memory: tiles are now processed {after.batch} at a time."
        )
    return "Memory ran out: tiles are now processed one at a time."
