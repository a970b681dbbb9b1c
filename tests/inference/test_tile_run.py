"""Tiles on their way: order, growth, cancelling, threads that end."""

import threading

import numpy as np
import pytest
import torch

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.tile_run import TileRun
from tests.inference.helpers import fp32, leaf_photo, load

PHOTO = leaf_photo(size=256)


@pytest.fixture(scope="module")
def engine(tiny_model):
    return TileEngine(load(tiny_model), fp32(2))


def tile_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("tiles")]


def test_tiles_may_be_added_while_results_come(engine):
    token = CancelToken()
    with TileRun(engine, lambda _i: PHOTO, token, Reporter()) as run:
        run.add([3, 1])
        seen = []
        for index, _output in run:
            seen.append(index)
            run.add([7, 3])
        assert sorted(seen) == [1, 3, 7]
        assert run.planned == 3


def test_one_stream_keeps_the_order(tiny_model):
    engine = TileEngine(load(tiny_model), fp32(1))
    with TileRun(engine, lambda _i: PHOTO, CancelToken(), Reporter()) as run:
        run.add([5, 2, 9])
        assert [index for index, _ in run] == [5, 2, 9]


def test_cancelling_stops_between_tiles_and_leaves_no_thread(engine):
    token = CancelToken()
    loaded: list[int] = []

    def load_tile(index: int) -> np.ndarray:
        loaded.append(index)
        return PHOTO

    def work() -> None:
        with TileRun(engine, load_tile, token, Reporter()) as run:
            run.add(range(200))
            for _ in run:
                token.cancel()

    with pytest.raises(Cancelled):
        work()
    assert len(loaded) < 50
    assert not tile_threads()


def test_an_error_in_the_caller_ends_the_threads(engine):
    def work() -> None:
        with TileRun(engine, lambda _i: PHOTO, CancelToken(), Reporter()) as run:
            run.add(range(4))
            for _ in run:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not tile_threads()


def test_the_streams_thread_count_does_not_leak(engine):
    before = torch.get_num_threads()
    with TileRun(engine, lambda _i: PHOTO, CancelToken(), Reporter()) as run:
        run.add([0])
        list(run)
    assert torch.get_num_threads() == before
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert found == [before]


def test_reporter_says_each_thing_once():
    said: list[str] = []
    report = Reporter(said.append)
    report("a")
    report("b")
    report("a")
    assert said == report.sentences == ["a", "b"]
