"""The ladder of fallbacks: what is tried next when memory or the graphics card fails.

Its last rung is *safe mode* (specification 6): processor, float32, one tile at a time in one
thread, the weights as they were loaded, every tile of the photo (`full`) and no test-time
augmentation.
"""

from dataclasses import dataclass

import torch

from plantseg_gui.core.errors import AppError, DeviceError, MemoryLimitError
from plantseg_gui.inference.device import DevicePolicy, cpu_policy, describe
from plantseg_gui.inference.faults import Fault

_CARD_CAUSE = {
    Fault.MEMORY: "ran out of memory",
    Fault.PRESSURE: "is beyond its memory limit",
    Fault.DEVICE: "stopped answering",
}
_SAFE_CAUSE = {
    Fault.MEMORY: "Memory ran out",
    Fault.PRESSURE: "Memory is nearly full",
    Fault.DEVICE: "The processor's neural library failed",
}


@dataclass(frozen=True)
class Rung:
    """One way to run the network; see `DevicePolicy` for the fields."""

    device: torch.device
    dtype: torch.dtype
    streams: int
    stream_threads: int
    batch: int
    safe: bool = False

    @property
    def label(self) -> str:
        """For the person, for instance "cpu, bf16, 2 threads"."""
        text = describe(self.device, self.dtype, self.streams * self.stream_threads)
        return f"{text}, safe mode" if self.safe else text


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
    rungs.append(safe_rung())
    return rungs


def safe_rung() -> Rung:
    """The last rung; also how a single tile is repeated."""
    return Rung(torch.device("cpu"), torch.float32, 1, 1, 1, safe=True)


def next_rung(rungs: list[Rung], current: int, fault: Fault) -> int:
    """The rung to go on with after a fault.

    Raises:
        MemoryLimitError: even the last rung has too little memory.
        DeviceError: the device failed and there is no other.
    """
    if fault is Fault.DEVICE:
        on_cpu = [i for i, rung in enumerate(rungs) if i > current and rung.device.type == "cpu"]
        if not on_cpu:
            raise DeviceError("The processor's neural library failed.", "Start the program again.")
        # Where the processor itself failed, another number of tiles at a time will not help.
        return on_cpu[0] if rungs[current].device.type != "cpu" else on_cpu[-1]
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
    if after.safe:
        return f"{_SAFE_CAUSE[fault]}: safe mode is on (slow: CPU, fp32, every tile, one by one)."
    if after.device.type != before.device.type:
        return f"The graphics card {_CARD_CAUSE[fault]}: continued on the CPU."
    if before.batch > after.batch:
        how = f"tiles are now processed {after.batch} at a time"
        return f"The graphics card {_CARD_CAUSE[fault]}: {how}."
    cause = "Memory is nearly full" if fault is Fault.PRESSURE else "Memory ran out"
    return f"{cause}: tiles are now processed one at a time."


def no_uncertainty() -> AppError:
    """What is said when the second pass is asked for in safe mode."""
    return DeviceError(
        "The uncertainty is not measured in safe mode.",
        "Start the program again to leave safe mode.",
    )
