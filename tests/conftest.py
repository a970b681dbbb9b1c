"""Fixtures for all tests. Set before Qt loads: tests never need a screen."""

import os
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Several workers: each, and each process that it starts, has one core.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from tests.helpers.tiny_model import tiny_model

__all__ = ["tiny_model"]

ROOT = Path(__file__).resolve().parents[1]
# A deadline would fail tests on a busy machine; speed is measured in benchmarks/.
settings.register_profile("plantseg", deadline=None)
settings.load_profile("plantseg")

_LEAK_WAIT_MS = 2000


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos that lies beside the checkout, or in it."""
    for folder in (ROOT.parent / "shared" / "data", ROOT / "shared" / "data"):
        if (folder / "index.csv").is_file():
            return folder
    pytest.skip(f"no photos: {ROOT.parent / 'shared' / 'data'} is not there")


@pytest.fixture(autouse=True)
def plantseg_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Path:
    """A user's folder of its own for every test: settings, shelf of models, logs."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PLANTSEG_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_leaked_threads(request: pytest.FixtureRequest, monkeypatch: Any) -> Iterator[None]:
    """Fail a test that leaves a QThread running: destroying one aborts the whole run.

    Threads are noted as they start, because looking for them among all objects costs 50 ms a test.
    """
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        yield
        return
    started: list[weakref.ref[Any]] = []
    start = core.QThread.start

    def noting_start(thread: Any, *args: Any) -> None:
        started.append(weakref.ref(thread))
        start(thread, *args)

    monkeypatch.setattr(core.QThread, "start", noting_start)
    yield
    leaked = [thread for thread in (ref() for ref in started) if _runs(thread)]
    for thread in leaked:
        thread.requestInterruption()
        thread.quit()
        thread.wait(_LEAK_WAIT_MS)
    if leaked:
        names = ", ".join(t.objectName() or type(t).__name__ for t in leaked)
        pytest.fail(f"{request.node.name} left QThreads running: {names}")


def _runs(thread: Any) -> bool:
    if thread is None:
        return False
    try:
        return bool(thread.isRunning())
    except RuntimeError:  # the C++ half is gone
        return False
