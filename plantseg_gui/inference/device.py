"""Which device, which number format and how many threads a network runs with."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from plantseg_gui.core.errors import DeviceError, InputError
from plantseg_gui.threads_env import apply_thread_settings

MAX_STREAMS = 8
CUDA_BATCH = 8
_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
_thread_count: int | None = None
_found_threads: int | None = None


@dataclass(frozen=True)
class DevicePolicy:
    """How to run a network.

    Attributes:
        device: Where.
        dtype: Number format to try; below float32 it is used only after a check gave the same mask.
        channels_last: Memory layout of weights and input.
        label: For the person, for instance "cpu, bf16, 2 threads".
        streams: Tiles in work at the same time, each in its own Python thread.
        stream_threads: torch threads within one stream.
        batch: Tiles per forward pass.
        check: Whether `dtype` must first prove itself against float32.
    """

    device: torch.device
    dtype: torch.dtype
    channels_last: bool = True
    label: str = ""
    streams: int = 1
    stream_threads: int = 1
    batch: int = 1
    check: bool = True


def set_thread_policy(threads: int | None = None) -> int:
    """Fix how many CPU threads torch and the tile streams use in this process.

    Args:
        threads: None = what is in force; 0 = what torch found when it was loaded (physical cores,
            or OMP_NUM_THREADS where it is set).

    Returns:
        The number in force.
    """
    global _thread_count, _found_threads
    apply_thread_settings()
    if _found_threads is None:
        _found_threads = cpu_threads()
    if threads is None:
        threads = cpu_threads()
    elif threads == 0:
        threads = _found_threads
    _thread_count = max(1, threads)
    torch.set_num_threads(_thread_count)
    return _thread_count


def cpu_threads() -> int:
    """Threads that inference may use.

    Remembered at the first call: torch keeps the number per thread *and* hands the last one set to
    every new thread, so that a later question could get a tile stream's answer (1).
    """
    global _thread_count
    if _thread_count is None:
        _thread_count = max(1, torch.get_num_threads())
    return _thread_count


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AVX512-bf16 or AMX)."""
    flags = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    probes = [getattr(torch.cpu, name, None) for name in flags]
    if any(probe is not None for probe in probes):
        return any(bool(probe()) for probe in probes if probe is not None)
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "avx512_bf16" in text or "amx_bf16" in text


def graphics_card() -> str:
    """Name and memory of the CUDA card that would be used; empty where there is none."""
    try:
        if not torch.cuda.is_available():
            return ""
        card = torch.cuda.get_device_properties(torch.cuda.current_device())
    except (RuntimeError, AssertionError):
        return ""  # a driver that does not fit counts as no card
    return f"{card.name}, {card.total_memory / 2**30:.0f} GB"


def describe(device: torch.device, dtype: torch.dtype, threads: int) -> str:
    """The label of a device for the person."""
    name = _NAMES.get(dtype, str(dtype))
    if device.type == "cpu":
        return f"cpu, {name}, {threads} thread{'s' if threads != 1 else ''}"
    return f"{device.type}, {name}"


def pick_device(name: str = "auto", *, bf16: str = "check") -> DevicePolicy:
    """Choose device, number format and threads.

    On a CPU each tile runs in one thread and as many tiles run at a time as there are cores: two
    streams of one thread took 22 ms a tile, one stream of two threads 36 ms (bf16, 2 cores).

    Args:
        name: "auto", "cpu" or "cuda".
        bf16: "check" = where the CPU has it and it proves itself; "on" = unchecked; "off".

    Raises:
        InputError: no such name.
        DeviceError: "cuda" was asked for and there is none.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"There is no device {name!r}.", "Use auto, cpu or cuda.")
    has_cuda = name != "cpu" and torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise DeviceError("No usable CUDA graphics card was found.", "Choose auto or cpu.")
    if has_cuda:
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        device = torch.device("cuda")
        return DevicePolicy(
            device, dtype, label=describe(device, dtype, 1), batch=CUDA_BATCH, check=bf16 != "on"
        )
    return cpu_policy(bf16)


def cpu_policy(bf16: str = "check") -> DevicePolicy:
    """The policy of a run on the CPU; see `pick_device`."""
    threads = min(cpu_threads(), os.cpu_count() or 1)
    streams = min(threads, MAX_STREAMS)
    wanted = bf16 == "on" or (bf16 == "check" and cpu_has_bf16())
    dtype = torch.bfloat16 if wanted else torch.float32
    device = torch.device("cpu")
    return DevicePolicy(
        device,
        dtype,
        label=describe(device, dtype, threads),
        streams=streams,
        stream_threads=max(1, threads // streams),
        check=bf16 != "on",
    )
