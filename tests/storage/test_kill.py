"""kill -9 and a real full disk: everything that was acknowledged is there afterwards."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plantseg_gui.storage.project import Project
from tests.storage.conftest import draw_photo

if sys.platform == "win32":
    pytest.skip("SIGKILL and RLIMIT_FSIZE are POSIX", allow_module_level=True)

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
import numpy as np
from pathlib import Path
from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import Project
project = Project.open_folder(Path(sys.argv[1]))
project.scan()
photo_id = project.photos()[0].photo_id
small = np.full((128, 160), 5, np.uint16)
project.save(photo_id, PhotoArrays(small), status="approved")
noise = np.random.default_rng(0).integers(0, 60_000, (400, 400)).astype(np.uint16)
try:
    project.save(photo_id, PhotoArrays(noise), status="new")
except StorageError as error:
    print(error)
print(project.photo(photo_id).status, int(project.load(photo_id).labels.max()))
project.close()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos."""
    for number in range(3):
        draw_photo(tmp_path / "photos" / f"{number}.png", number, (128, 160))
    return tmp_path / "photos"


def run_and_kill(folder: Path, first: int, after_s: float) -> list[tuple[str, int]]:
    """Start a saving child, kill it, and return what it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.kill_child", str(folder), str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        first_line = child.stdout.readline()
        time.sleep(after_s)
        child.kill()
        lines = child.stdout.read().splitlines(keepends=True)
        errors = child.stderr.read()
    assert first_line == "ready\n", errors
    assert "Traceback" not in errors
    # The last line may have been cut off by the kill; then it was not acknowledged.
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(photo_id, int(number)) for photo_id, number in whole]


def kill_repeatedly(folder: Path, times: int) -> None:
    rng = random.Random(1)
    newest: dict[str, int] = {}
    last = 0
    for turn in range(times):
        for photo_id, number in run_and_kill(folder, last, rng.uniform(0.0, 0.25)):
            newest[photo_id] = number
            last = number
        project = Project.open_folder(folder)
        assert not project.read_only
        assert project.crashed, turn
        project.scan()
        for photo_id, number in newest.items():
            labels = project.load(photo_id).labels
            assert labels is not None
            found = int(labels[0, 0]) * 60_000 + int(labels[0, 1])
            # A save that was made but not acknowledged may be there instead.
            assert found in (number, last + 1, last + 2, last + 3), (turn, found, number, last)
            assert found >= number
            newest[photo_id] = found
            last = max(last, found)
            assert project.photo(photo_id).error == ""
        last = max(last, project.get("last", 0))
        project.close()
    assert len(newest) == 3
    saves = (folder / "plantseg_project" / "arrays").glob("[!.]*.h5")
    assert len(list(saves)) <= 6  # the last and the one before, of three photos


def test_kill_nine(folder: Path) -> None:
    kill_repeatedly(folder, 12)


@pytest.mark.slow
def test_kill_nine_often(folder: Path) -> None:
    kill_repeatedly(folder, 400)


def test_really_full_disk(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "disk is full" in done.stdout
    assert done.stdout.splitlines()[-1] == "approved 5"
    project = Project.open_folder(folder)
    project.scan()
    assert project.load(project.photos()[0].photo_id).labels.max() == 5  # type: ignore[union-attr]
    assert not list(project.arrays_dir.glob(".tmp-*"))
    project.close()


def test_second_process_reads_only_while_the_first_lives(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.kill_child", str(folder), "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.stdout.readline()
        reader = Project.open_folder(folder)
        assert reader.read_only
        assert f"process {child.pid}" in reader.notes[0]
        assert len(reader.photos()) == 3
        reader.close()
        child.kill()
    writer = Project.open_folder(folder)
    assert not writer.read_only
    assert writer.crashed
    writer.close()
