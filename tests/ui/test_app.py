import subprocess
import sys

import pytest

from plantseg_gui.ui.app import make_application

HEAVY = ("torch", "torchvision", "timm", "scipy", "skimage", "matplotlib")
CODE = f"""
import sys
import plantseg_gui.ui.app
found = sorted(set({HEAVY!r}) & set(sys.modules))
print(found)
sys.exit(bool(found))
"""


def test_window_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("qapp")
def test_application_is_named_and_single():
    app = make_application()
    assert app.applicationName() == "PlantSeg-Next Studio"
    assert make_application() is app
