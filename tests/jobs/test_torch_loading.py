"""In a process of its own: the test process must not depend on whether torch is loaded."""

import subprocess
import sys

SCRIPT = """
import gc, sys, threading
from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.jobs import inference_service, torch_loading
assert "torch" not in sys.modules, "the service loads torch too early"
token = CancelToken()
token.cancel()
try:
    torch_loading.load_torch(token)
except Cancelled:
    pass
assert "torch" not in sys.modules, "cancelled, yet it went on"
assert gc.isenabled()
before = sys.getswitchinterval()
thread = threading.Thread(target=torch_loading.load_torch, args=(CancelToken(),))
thread.start()
thread.join()
assert all(name in sys.modules for name in ("torch", "torchvision", "timm"))
assert gc.isenabled() and sys.getswitchinterval() == before
import torch
assert float(torch.ones(3).sum()) == 3.0
"""


def test_torch_loads_in_a_thread_and_leaves_the_interpreter_as_it_was():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "leak" not in done.stderr
