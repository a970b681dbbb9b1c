"""kill -9 and a real full disk: everything that was acknowledged is there afterwards."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.core.document import Document
from plantseg_gui.storage.project import Project
from tests.storage.conftest import draw_photo
from tests.storage.kill_child import SIZE, opened

if sys.platform == "win32":
    pytest.skip("SIGKILL and RLIMIT_FSIZE are POSIX", allow_module_level=True)

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
import numpy as np
from pathlib import Path
from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.core.document import Document
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


@pytest.fixture(scope="module")
def server():
    """Forks writers: Python starts once."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.kill_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        yield child
        assert child.stdin is not None
        child.stdin.close()
        child.wait(10)


def run_and_kill(server, folder: Path, first: int, after_s: float) -> list[tuple[str, int]]:
    """Start a writer, kill it, and return what it acknowledged."""
    fifo = folder.parent / "out"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    server.stdin.write(f"{folder}\t{first}\t{fifo}\n")
    server.stdin.flush()
    pid = int(server.stdout.readline())
    with fifo.open() as out:
        first_line = out.readline()
        assert first_line == "ready\n", first_line
        time.sleep(after_s)
        with contextlib.suppress(ProcessLookupError):  # it broke down by itself: said below
            os.kill(pid, signal.SIGKILL)
        assert server.stdout.readline() == "gone\n"
        lines = out.read().splitlines(keepends=True)
    assert not any("Traceback" in line for line in lines), lines[-1]
    # The last line may have been cut off by the kill; then it was not acknowledged.
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(photo_id, int(number)) for photo_id, number in whole]


def number_in(document: Document) -> int:
    """The number of the stroke that was painted last."""
    high, low = document.labels.array[0, :2].tolist()
    return high * 60_000 + low


def kill_repeatedly(server, folder: Path, times: int) -> None:
    """Every acknowledged stroke is there, undo and redo lead through exact states, each time."""
    rng = random.Random(1)
    newest: dict[str, int] = {}
    last = 0
    for turn in range(times):
        for photo_id, number in run_and_kill(server, folder, last, rng.uniform(0.0, 0.06)):
            newest[photo_id] = number
            last = number
        project = Project.open_folder(folder)
        assert not project.read_only
        assert project.crashed, turn
        project.scan()
        for photo_id, number in newest.items():
            document = opened(project, photo_id)
            while number_in(document) < number:
                # Killed between its undo and its redo, maybe more than once.
                assert document.redo(), (turn, number)
            labels, found = document.labels.array, number_in(document)
            # A stroke that was written but not acknowledged may be there as well.
            assert number <= found <= last + 3, (turn, found, number, last)
            assert document.lost_steps == 0
            expected = np.random.default_rng(found)
            y, x = int(expected.integers(1, SIZE[0] - 20)), int(expected.integers(0, SIZE[1] - 20))
            height, width = int(expected.integers(2, 20)), int(expected.integers(2, 20))
            painted = expected.integers(0, 9, (height, width))
            assert np.array_equal(labels[y : y + height, x : x + width], painted)
            assert project.photo(photo_id).error == ""
            newest[photo_id] = found
            last = max(last, found)
        project.close()
        # What this process did was not a crash of the writer.
        (project.home / "project.lock").write_text("left by a crash")
    assert len(newest) == 3
    saves = (folder / "plantseg_project" / "arrays").glob("[!.]*.h5")
    assert len(list(saves)) <= 6  # the last and the one before, of three photos


def test_kill_nine(server, folder: Path) -> None:
    kill_repeatedly(server, folder, 200)


@pytest.mark.slow
def test_kill_nine_often(server, folder: Path) -> None:
    kill_repeatedly(server, folder, 10_000)


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


def test_second_process_reads_only_while_the_first_lives(server, folder: Path) -> None:
    fifo = folder.parent / "out"
    os.mkfifo(fifo)
    server.stdin.write(f"{folder}\t0\t{fifo}\n")
    server.stdin.flush()
    pid = int(server.stdout.readline())
    with fifo.open() as out:
        assert out.readline() == "ready\n"
        out.readline()
        reader = Project.open_folder(folder)
        assert reader.read_only
        assert f"process {pid}" in reader.notes[0]
        assert len(reader.photos()) == 3
        reader.close()
        os.kill(pid, signal.SIGKILL)
        server.stdout.readline()
    writer = Project.open_folder(folder)
    assert not writer.read_only
    assert writer.crashed
    writer.close()
