from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.errors import AppError, ErrorCategory, InputError
from plantseg_gui.jobs.bridge import Throttle, as_app_error, connect_queued, give_up


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_throttle_lets_first_last_and_one_per_interval_through():
    said, clock = [], Clock()
    throttle = Throttle(lambda *a: said.append(a), interval_s=0.05, clock=clock)
    for done in range(1, 101):
        clock.now += 0.01
        throttle(done, 100)
    assert said[0] == (1, 100, "")
    assert said[-1] == (100, 100, "")
    assert 18 <= len(said) <= 22


def test_throttle_never_swallows_a_new_text():
    said = []
    throttle = Throttle(lambda *a: said.append(a), clock=lambda: 0.0)
    throttle(1, 9, "one")
    throttle(2, 9, "one")
    throttle(3, 9, "two")
    assert [s[0] for s in said] == [1, 3]


@dataclass(frozen=True)
class Inner:
    array: np.ndarray


@dataclass(frozen=True)
class Outer:
    inner: Inner
    pair: tuple
    name: str = "x"


def test_give_up_reaches_every_array():
    a, b, c = (np.zeros(3) for _ in range(3))
    give_up(Outer(Inner(a), (b, Inner(c))))
    assert not any(x.flags.writeable for x in (a, b, c))


def test_connect_refuses_what_would_run_in_the_worker(qtbot):
    class Sender(QObject):
        said = Signal(int)

    sender = Sender()
    with pytest.raises(TypeError, match="worker"):
        connect_queued({sender.said: lambda n: None})


def test_app_errors_pass_and_others_get_words(caplog):
    known = InputError("a", "b")
    assert as_app_error(known, "x") is known
    error = as_app_error(KeyError("boxes"), "finding lesions")
    assert type(error) is AppError
    assert error.category is ErrorCategory.BUG
    assert "finding lesions" in error.what
    assert "KeyError" in error.what
    assert "diagnostic report" in error.do
    assert "KeyError" in caplog.text
    assert as_app_error(OSError(5, "I/O error", "/x/y.png"), "reading").category == "storage"
