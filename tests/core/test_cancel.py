"""Tokens and deadlines."""

import time

import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken, Deadline


def test_a_deadline_stops_when_its_time_is_over():
    token = Deadline(0.05)
    token.raise_if_cancelled()
    assert not token.expired
    assert token.wait(0.06)
    assert token.expired
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()


def test_a_deadline_stops_when_its_parent_or_itself_is_cancelled():
    parent = CancelToken()
    token = Deadline(None, parent)
    assert not token.cancelled
    parent.cancel()
    assert token.cancelled
    assert not token.expired
    own = Deadline(1000.0, CancelToken())
    own.cancel()
    assert own.cancelled


def test_waiting_ends_at_once_when_the_job_should_stop():
    token = CancelToken()
    assert not token.wait(0.0)
    token.cancel()
    start = time.monotonic()
    assert token.wait(10.0)
    assert time.monotonic() - start < 5
