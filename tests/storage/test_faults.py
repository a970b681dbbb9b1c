"""Every write, sync, truncation and rename fails once, one after the other.

The calls of Python and of SQLite alike are made to fail by a small preloaded library. Whatever
fails: afterwards the project opens, and every acknowledged stroke is in it.
"""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.core.document import Document
from plantseg_gui.storage.project import Project
from tests.storage.conftest import draw_photo
from tests.storage.faults.worker import STROKES
from tests.storage.kill_child import SIZE, opened, stroke

HERE = Path(__file__).parent
COMPILER = shutil.which("cc") or shutil.which("gcc")
FAST = 12

if sys.platform != "linux":
    pytest.skip("the preloaded library is for Linux, not Windows or macOS", allow_module_level=True)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """The preloaded library, compiled."""
    if COMPILER is None:
        pytest.skip("needs a C compiler (on Debian: apt install gcc libc6-dev)")
    target = tmp_path_factory.mktemp("faults") / "faults.so"
    source = HERE / "faults" / "faults.c"
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def work(library: Path, folder: Path, at: int, **settings: int) -> tuple[list[list[str]], int]:
    """Let the worker run with call number `at` failing; its lines, and how many calls it made."""
    count = folder.parent / "count"
    environment = os.environ | {
        "LD_PRELOAD": str(library),
        "FAULT_DIR": str(folder),
        "FAULT_AT": str(at),
        "FAULT_ERRNO": str(settings.get("number", errno.EIO)),
        "FAULT_LASTS": str(settings.get("lasts", 0)),
        "FAULT_TORN": str(settings.get("torn", 0)),
        "FAULT_COUNT": str(count),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.faults.worker", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return [line.split() for line in done.stdout.splitlines()], int(count.read_text())


def expected_labels(numbers: dict[int, bool]) -> np.ndarray:
    """What a photo's mask is after the strokes that were acknowledged."""
    document = Document("photo", np.zeros((*SIZE, 3), np.uint8))
    for number, undone in numbers.items():
        stroke(document, number)
        if undone:
            document.undo()
    return document.labels.array


def check(folder: Path, lines: list[list[str]]) -> None:
    """The project opens, and holds what was acknowledged."""
    acknowledged: dict[str, dict[int, bool]] = {}
    for line in lines:
        if line[0] == "acknowledged":
            acknowledged.setdefault(line[1], {})[int(line[2])] = line[3] == "True"
    project = Project.open_folder(folder)
    assert not project.read_only
    project.scan()
    assert len(project.photos()) == 2
    for photo_id, numbers in acknowledged.items():
        document = opened(project, photo_id)
        assert document.lost_steps == 0
        last = max(numbers)
        # A stroke that failed is written together with the next one of its photo: the worker says
        # the last number alone. One whose commit was called failed may be there all the same.
        possible = [
            expected_labels({n: n % 6 == 0 for n in range(1, end + 1) if n % 2 == last % 2})
            for end in range(last, STROKES + 1, 2)
        ]
        found = document.labels.array
        assert any(np.array_equal(found, labels) for labels in possible), numbers
        assert np.array_equal(project.load(photo_id).labels, document.labels.array)
    # It can be worked on.
    document = opened(project, project.photos()[0].photo_id)
    stroke(document, 999)
    project.close()


def try_all(library: Path, tmp_path: Path, points: int, **settings: int) -> None:
    fresh = tmp_path / "fresh"
    for number in range(2):
        draw_photo(fresh / f"{number}.png", number, (128, 160))
    _, calls = work(library, fresh, 0)
    assert calls > 100
    used = tmp_path / "used"
    step = max(1, calls // points)
    for at in range(1, calls + 1, step):
        shutil.rmtree(used, ignore_errors=True)
        used.mkdir()
        for photo in fresh.glob("*.png"):
            shutil.copy2(photo, used / photo.name)
        lines, _ = work(library, used, at, **settings)
        check(used, lines)


def test_one_failing_call(library, tmp_path: Path) -> None:
    try_all(library, tmp_path, FAST, torn=1)


def test_a_drive_that_is_gone_from_some_call_on(library, tmp_path: Path) -> None:
    try_all(library, tmp_path, FAST, number=errno.ENOSPC, lasts=1)


@pytest.mark.slow
@pytest.mark.parametrize("torn", [0, 1])
@pytest.mark.parametrize("lasts", [0, 1])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_every_single_call(library, tmp_path: Path, number, lasts, torn) -> None:
    try_all(library, tmp_path, 10_000, number=number, lasts=lasts, torn=torn)
