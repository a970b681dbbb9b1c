"""Limits of memory: warned of once, then acted upon; set by the environment."""

import psutil
import pytest
import torch

from plantseg_gui.core.memory_limits import GIB, MemoryLimits
from plantseg_gui.inference.memory import MemoryWatch, Shortage, peak_memory

CPU = torch.device("cpu")
PLENTY, NOTHING = 1 << 60, 0


def test_it_warns_once_and_then_acts():
    said: list[str] = []
    calm = MemoryLimits(ram_warn_free=NOTHING, ram_limit_free=NOTHING)
    assert MemoryWatch(calm).shortage(CPU, said.append) is None
    assert said == []
    watch = MemoryWatch(MemoryLimits(ram_warn_free=PLENTY, ram_limit_free=NOTHING))
    assert watch.shortage(CPU, said.append) is None
    assert watch.shortage(CPU, said.append) is None
    assert len(said) == 1
    assert "RAM" in said[0]
    tight = MemoryWatch(MemoryLimits(ram_limit_free=PLENTY))
    assert tight.shortage(CPU, said.append) is Shortage.RAM
    assert len(said) == 1


def test_a_cards_memory_counts_on_a_card_only(monkeypatch):
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 11 * GIB)
    said: list[str] = []
    watch = MemoryWatch(MemoryLimits(ram_warn_free=NOTHING, ram_limit_free=NOTHING))
    assert watch.shortage(CPU, said.append) is None
    assert said == []
    assert watch.shortage(torch.device("cuda"), said.append) is None
    assert "11.0 GiB of GPU memory" in said[0]
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 13 * GIB)
    assert watch.shortage(torch.device("cuda"), said.append) is Shortage.GPU


def test_limits_come_from_the_environment(monkeypatch):
    default = MemoryLimits()
    assert (default.gpu_warn, default.gpu_limit) == (10 * GIB, 12 * GIB)
    monkeypatch.setenv("PLANTSEG_GPU_LIMIT_GB", "6.5")
    monkeypatch.setenv("PLANTSEG_RAM_LIMIT_FREE_GB", "2")
    for name, nonsense in (("GPU_WARN", "much"), ("RAM_WARN_FREE", "nan")):
        monkeypatch.setenv(f"PLANTSEG_{name}_GB", nonsense)
    limits = MemoryLimits.from_environment()
    assert limits.gpu_limit == 6.5 * GIB
    assert limits.ram_limit_free == 2 * GIB
    assert (limits.gpu_warn, limits.ram_warn_free) == (default.gpu_warn, default.ram_warn_free)
    monkeypatch.setenv("PLANTSEG_RAM_LIMIT_FREE_GB", str(1 << 19))
    assert MemoryWatch().shortage(CPU, lambda _text: None) is Shortage.RAM


def test_peak_memory_is_this_processs():
    used = psutil.Process().memory_info().rss / 2**20
    assert peak_memory(CPU)["ram"] == pytest.approx(used, rel=0.5)
