"""A busy file is tried again, later each time; any other fault is told at once."""

import errno

import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage.atomic import storage_error
from plantseg_gui.storage.patience import ATTEMPTS, is_transient, patiently


class Busy:
    """Fails so many times with one error, then gives its result."""

    def __init__(self, times: int, error: BaseException) -> None:
        self.left, self.error = times, error

    def __call__(self) -> str:
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return "read"


def wrapped(number: int, path) -> StorageError:
    """As the readers of files raise it."""
    try:
        raise OSError(number, "busy")
    except OSError as error:
        told = storage_error(error, path, "read")
        told.__cause__ = error
        return told


def test_a_busy_file_is_tried_again_and_the_waits_double(tmp_path):
    for error in (OSError(errno.EBUSY, "busy"), wrapped(errno.ETIMEDOUT, tmp_path)):
        waits: list[float] = []
        assert patiently(Busy(3, error), waits.append) == "read"
        assert waits == [0.05, 0.1, 0.2]


def test_it_gives_up_with_the_files_own_error():
    waits: list[float] = []
    with pytest.raises(OSError, match="busy"):
        patiently(Busy(99, OSError(errno.EBUSY, "busy")), waits.append)
    assert len(waits) == ATTEMPTS - 1


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "gone"),
        PermissionError(errno.EACCES, "no"),
        OSError(errno.ENOSPC, "full"),
        InputError("damaged"),
    ],
)
def test_what_time_does_not_mend_is_told_at_once(error):
    waits: list[float] = []
    with pytest.raises(type(error)):
        patiently(Busy(1, error), waits.append)
    assert waits == []


def test_the_wait_may_stop_it():
    class Stop(Exception):
        pass

    def stop(_seconds: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        patiently(Busy(1, OSError(errno.EBUSY, "busy")), stop)


def test_on_windows_a_file_that_another_program_holds_is_busy(monkeypatch):
    held = PermissionError(errno.EACCES, "held")
    assert not is_transient(held)
    monkeypatch.setattr("os.name", "nt")
    assert is_transient(held)
    assert not is_transient(FileNotFoundError(errno.ENOENT, "gone"))
