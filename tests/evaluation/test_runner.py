"""Evaluation that is stopped, runs out of time, stands still or meets busy files."""

import errno
import time

import numpy as np
import pytest

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.evaluation import runner
from plantseg_gui.evaluation.runner import Stopped, evaluate_pairs
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_mask
from plantseg_gui.storage.pairs import Pair
from tests.inference.helpers import failing, fp32, load


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    made = []
    for number in range(3):
        leaf = draw_leaf(number, 96)
        image, mask = folder / f"{number}.png", folder / f"{number}_mask.png"
        write_png(image, leaf.image)
        write_mask(mask, leaf.labels > 0)
        made.append(Pair(str(number), image, mask))
    return made


@pytest.fixture(scope="module")
def predictor(tiny_model):
    return Predictor(load(tiny_model), fp32(1))


def test_all_photos_are_judged_and_nothing_is_said(predictor, pairs):
    said: list[str] = []
    result = evaluate_pairs(predictor, pairs, notify=said.append, time_limit_s=3600.0)
    assert (len(result.records), result.planned, result.left) == (3, 3, 0)
    assert result.stopped is None
    assert said == []
    assert {r.device for r in result.records} == {"cpu, fp32, 1 thread"}


def test_when_the_time_is_over_what_was_judged_is_kept(predictor, pairs):
    limit = 30.0

    def slow(done: int, _total: int, _text: str = "") -> None:
        if done == 2:
            later = time.monotonic() + limit
            monkey.setattr(time, "monotonic", lambda: later)

    with pytest.MonkeyPatch.context() as monkey:
        result = evaluate_pairs(predictor, pairs, progress=slow, time_limit_s=limit)
    assert result.stopped is Stopped.TIME
    assert [r.name for r in result.records] == ["0", "1"]
    assert result.left == 1


def test_no_time_at_all_judges_nothing_and_says_why(predictor, pairs):
    result = evaluate_pairs(predictor, pairs, time_limit_s=0.0)
    assert result.stopped is Stopped.TIME
    assert result.records == []


def test_a_person_may_stop_it_within_a_photo(predictor, pairs):
    token = CancelToken()

    def stop(done: int, _total: int, _text: str = "") -> None:
        if done == 1:
            token.cancel()

    result = evaluate_pairs(predictor, pairs, token=token, progress=stop)
    assert result.stopped is Stopped.ASKED
    assert len(result.records) == 1


def test_a_standstill_is_said(predictor, pairs, monkeypatch):
    real = runner.read_photo

    def slow(path):
        deadline = time.monotonic() + 10
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        return real(path)

    said: list[str] = []
    monkeypatch.setattr(runner, "read_photo", slow)
    result = evaluate_pairs(predictor, pairs[:1], notify=said.append, stall_s=0.1)
    assert len(result.records) == 1
    assert said[0].startswith("No progress for")


def test_a_busy_photo_is_tried_again_and_a_missing_one_is_not(predictor, pairs, monkeypatch):
    real, calls = runner.read_photo, []

    def busy(path):
        calls.append(path)
        if len(calls) < 3:
            raise StorageError(f"{path} is busy.") from OSError(errno.EBUSY, "busy")
        return real(path)

    monkeypatch.setattr(runner, "read_photo", busy)
    assert len(evaluate_pairs(predictor, pairs[:1]).records) == 1
    assert len(calls) == 3
    monkeypatch.undo()
    gone = Pair("gone", pairs[0].image.with_name("gone.png"), pairs[0].mask)
    result = evaluate_pairs(predictor, [gone, pairs[0]])
    assert [name for name, _ in result.failed] == ["gone"]
    assert len(result.records) == 1


def test_out_of_memory_outside_of_the_network_costs_one_photo(predictor, pairs, monkeypatch):
    real = runner.read_photo

    def greedy(path):
        if path == pairs[0].image:
            raise MemoryError
        return real(path)

    monkeypatch.setattr(runner, "read_photo", greedy)
    result = evaluate_pairs(predictor, pairs)
    assert "out of memory" in result.failed[0][1]
    assert len(result.records) == 2


def test_fallbacks_are_said_once_and_the_photos_name_what_they_ran_on(tiny_model, pairs):
    model = load(tiny_model)
    said: list[str] = []

    def fail_at_the_second(done: int, _total: int, _text: str = "") -> None:
        left[0] = int(done == 1)

    with failing(model.network, 0, MemoryError) as left:
        predictor = Predictor(model, fp32(2))
        result = evaluate_pairs(predictor, pairs, notify=said.append, progress=fail_at_the_second)
    assert [r.device for r in result.records] == [
        "cpu, fp32, 2 threads",
        "cpu, fp32, 1 thread",
        "cpu, fp32, 1 thread",
    ]
    assert said == ["Memory ran out: tiles are now processed one at a time."]


def test_little_memory_makes_the_tile_batch_smaller(tiny_model, pairs):
    said: list[str] = []
    predictor = Predictor(load(tiny_model), fp32(2), limits=MemoryLimits(ram_limit_free=1 << 60))
    result = evaluate_pairs(predictor, pairs, notify=said.append)
    assert said == ["Memory is nearly full: tiles are now processed one at a time."]
    assert len(result.records) == 3
    assert np.all([r.counts.sum() == 96 * 96 for r in result.records])
