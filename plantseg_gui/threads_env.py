"""Thread settings that must stand in the environment before torch is loaded.

Import this module first: the OpenMP runtime reads the variables once, when torch's library is
loaded. Waiting threads then sleep instead of spinning; with the default, another job on the same
cores made one tile take 2.9 s instead of 0.3 s (design/facts.md 2b). Values that the person has set
are kept. Standard library only.

Inference threads keep the normal priority. Measured with a 10 ms heartbeat beside a 2048² photo on
two busy cores: late by 11.5 ms at the 95th percentile, 10.0 at nice 5, 8.4 at nice 10, far from the
100 ms that a person feels; and threads of low priority stand behind every other busy program, which
is the fault that the settings below keep away.
"""

import os

SETTINGS = {
    "OMP_WAIT_POLICY": "PASSIVE",  # GNU and LLVM OpenMP
    "GOMP_SPINCOUNT": "0",  # GNU: no spinning at all before sleep
    "KMP_BLOCKTIME": "0",  # LLVM/Intel: the same, in ms
}


def apply_thread_settings() -> None:
    """Put the settings into the environment where the person has not set them."""
    for key, value in SETTINGS.items():
        os.environ.setdefault(key, value)


apply_thread_settings()
