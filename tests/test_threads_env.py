"""Thread settings reach the environment before torch, and never override the person's own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def printed(code: str, **extra: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"} | extra
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_waiting_threads_sleep_and_only_the_standard_library_is_loaded():
    code = (
        "import sys, os; import plantseg_gui.threads_env;"
        "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules, 'numpy' in sys.modules)"
    )
    assert printed(code) == "PASSIVE False False"


def test_what_the_person_has_set_is_kept():
    code = "import plantseg_gui.threads_env, os; print(os.environ['OMP_WAIT_POLICY'])"
    assert printed(code, OMP_WAIT_POLICY="ACTIVE") == "ACTIVE"
