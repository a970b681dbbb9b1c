"""A standstill is told once."""

import time

from plantseg_gui.core.stall import StallWatch


def test_a_stall_is_told_once():
    said = []
    watch = StallWatch(said.append, least_s=0.05)
    try:
        deadline = time.monotonic() + 5
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert len(said) == 1
        watch.beat()
    finally:
        watch.close()
