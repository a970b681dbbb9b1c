import threading

import pytest
from PySide6.QtCore import QObject

from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.jobs import io_pool
from plantseg_gui.jobs.io_pool import ImmediatePool, run_task, set_default_pool, wait_for_tasks


@pytest.fixture
def immediate():
    set_default_pool(ImmediatePool())
    yield
    set_default_pool(None)


def test_the_work_runs_elsewhere_and_the_callback_here(qtbot):
    where = []
    run_task(threading.get_ident, on_done=lambda r: where.append((r, threading.get_ident())))
    qtbot.waitUntil(lambda: where != [])
    worker, receiver = where[0]
    assert receiver == threading.get_ident()
    assert worker != receiver
    assert not io_pool._alive


def test_errors_become_app_errors(qtbot):
    errors = []

    def broken():
        raise OSError(28, "No space left on device", "a.h5")

    run_task(broken, on_error=errors.append, doing="saving a.jpg")
    qtbot.waitUntil(lambda: errors != [])
    assert isinstance(errors[0], StorageError)
    assert "a.h5" in errors[0].what
    assert "saving a.jpg" in errors[0].what


def test_many_tasks_all_arrive(qtbot):
    got = []
    for n in range(200):
        run_task(lambda n=n: n * n, on_done=got.append)
    qtbot.waitUntil(lambda: len(got) == 200)
    assert sorted(got) == [n * n for n in range(200)]


def test_a_dropped_task_does_not_run_and_does_not_call_back(qtbot):
    gate, ran, got = threading.Event(), [], []
    blockers = [run_task(lambda: gate.wait(5)) for _ in range(io_pool.THREADS)]
    task = run_task(lambda: ran.append(1), on_done=got.append)
    task.drop()
    gate.set()
    qtbot.waitUntil(lambda: not io_pool._alive)
    assert wait_for_tasks()
    assert ran == []
    assert got == []
    assert len(blockers) == io_pool.THREADS


def test_urgent_tasks_overtake(qtbot):
    gate, order = threading.Event(), []
    for _ in range(io_pool.THREADS):
        run_task(lambda: gate.wait(5))
    for n in range(4):
        run_task(lambda n=n: n, on_done=order.append)
    run_task(lambda: "photo", on_done=order.append, priority=10)
    gate.set()
    qtbot.waitUntil(lambda: len(order) == 5)
    assert "photo" in order[:2]


class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.got = []

    def take(self, result):
        self.got.append(result)


def test_a_deleted_receiver_is_skipped(qtbot):
    gate, receiver = threading.Event(), Receiver()
    run_task(lambda: gate.wait(5), on_done=receiver.take)
    receiver.deleteLater()
    qtbot.wait(10)
    gate.set()
    qtbot.waitUntil(lambda: not io_pool._alive)
    assert receiver.got == []


@pytest.mark.usefixtures("immediate")
def test_the_immediate_pool_calls_back_inside_the_call(qtbot):
    got, errors = [], []
    run_task(lambda: 7, on_done=got.append)
    run_task(lambda: 1 // 0, on_error=errors.append)
    assert got == [7]
    assert isinstance(errors[0], AppError)
