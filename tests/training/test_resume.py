"""A run that is killed goes on as if nothing had happened; real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plantseg_gui.__main__ import main
from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.checkpoint import load_model
from plantseg_gui.training.resume import CHECKPOINT_FILE, load_checkpoint
from tests.training.conftest import NETWORK

ROOT = Path(__file__).resolve().parents[2]


def arguments(folders, out, updates=16):
    network = [
        f
        for k in ("fpn_channels", "queries", "tile_px")
        for f in ("--network", f"{k}={NETWORK[k]}")
    ]
    return [
        *("train", "--images", str(folders / "images"), "--masks", str(folders / "masks")),
        *("--out", str(out), "--updates", str(updates), "--batch", "2", "--threads", "1"),
        *("--encoder", NETWORK["encoder"], *network, "--precision", "fp32"),
        *("--set", "checkpoint_s=0.4", "--progress", "none"),
    ]


def start(args):
    return subprocess.Popen(
        [sys.executable, "-m", "plantseg_gui", *args],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def kill_after(child, ready, timeout=90):
    """Wait until `ready()`, then kill -9."""
    deadline = time.monotonic() + timeout
    try:
        while not ready():
            assert child.poll() is None, "the child ended before it could be killed"
            assert time.monotonic() < deadline, "the child did not get there"
            time.sleep(0.01)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == -signal.SIGKILL


def test_killed_and_resumed_gives_the_same_weights(folders, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_after(
        start([*arguments(folders, killed), "--name", "my-model"]),
        (killed / CHECKPOINT_FILE).exists,
    )
    done = load_checkpoint(killed).state["update"]
    assert 0 < done < 16
    assert main([*arguments(folders, killed), "--resume"]) == 0
    assert load_model(killed / "model").meta.name == "my-model"
    assert main(arguments(folders, whole)) == 0
    weights = "model/weights.safetensors"
    assert (killed / weights).read_bytes() == (whole / weights).read_bytes()
    rows = (killed / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + 16


def test_a_folder_with_a_run_is_not_overwritten(folders, tmp_path, capsys):
    assert main(arguments(folders, tmp_path / "run", updates=2)) == 0
    assert main(arguments(folders, tmp_path / "run", updates=2)) == 2
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_checkpoint_is_said(tmp_path, content):
    (tmp_path / CHECKPOINT_FILE).write_bytes(content)
    with pytest.raises(InputError, match="checkpoint"):
        load_checkpoint(tmp_path)
