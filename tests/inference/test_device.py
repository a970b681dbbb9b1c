"""Choice of device, number format and threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from plantseg_gui.core.errors import DeviceError, InputError
from plantseg_gui.inference.device import cpu_has_bf16, cpu_threads, pick_device, set_thread_policy

ROOT = Path(__file__).resolve().parents[2]


def test_unknown_device_is_named():
    with pytest.raises(InputError, match="tpu"):
        pick_device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card here")
def test_cuda_without_a_card_says_so_and_auto_takes_the_cpu():
    with pytest.raises(DeviceError, match="graphics card"):
        pick_device("cuda")
    assert pick_device("auto").device.type == "cpu"


def test_cpu_runs_one_tile_per_core():
    policy = pick_device("cpu", bf16="off")
    assert policy.dtype is torch.float32
    assert policy.batch == 1
    assert policy.streams * policy.stream_threads <= max(1, os.cpu_count() or 1)
    assert policy.label.startswith("cpu, fp32, ")


def test_bf16_only_where_the_cpu_has_it():
    wanted = torch.bfloat16 if cpu_has_bf16() else torch.float32
    assert pick_device("cpu").dtype is wanted
    assert pick_device("cpu").check
    assert not pick_device("cpu", bf16="on").check


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="needs Linux's /proc/cpuinfo")
def test_bf16_detection_agrees_with_the_system():
    text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    assert cpu_has_bf16() == ("avx512_bf16" in text or "amx_bf16" in text)


def test_thread_policy_is_in_force_in_a_fresh_process():
    code = (
        "from plantseg_gui.inference.device import *; import torch;"
        "print(set_thread_policy(1), torch.get_num_threads(), cpu_threads(),"
        " pick_device('cpu').streams, set_thread_policy(3), cpu_threads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == ["1", "1", "1", "1", "3", "3"]


def test_thread_count_does_not_forget():
    assert set_thread_policy() == cpu_threads()
