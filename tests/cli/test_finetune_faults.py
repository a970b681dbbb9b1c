"""Faults are put into a real retraining: what is cured, what is said, what is left behind."""

import errno
import threading

import pytest
import torch

from plantseg_gui.__main__ import main
from plantseg_gui.cli import finetune as command
from plantseg_gui.core.stall import StallWatch
from plantseg_gui.nn.checkpoint import load_model
from plantseg_gui.storage.atomic import storage_error
from plantseg_gui.training import (
    control,
    finetune_session,
    learner,
    model_out,
    resume,
    run_env,
)
from plantseg_gui.training import protocol as p
from plantseg_gui.training.resume import CHECKPOINT_FILE, load_checkpoint
from tests.cli.test_finetune import events_of, window_job
from tests.training.conftest import small_model

__all__ = ["small_model"]

UPDATES = 12


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(finetune_session, "FIRST_WAIT_S", 0.0)
    monkeypatch.setattr(run_env, "INSIST_WAITS_S", (0.0, 0.0))


@pytest.fixture
def run_dir(tmp_path, small_model):
    """Of a job of two photos."""
    return window_job(tmp_path, small_model, UPDATES, count=2)


def retrain(run_dir, *more):
    job = str(run_dir / "job.json")
    return main(["finetune", "--threads", "1", "--progress", "none", "--job", job, *more])


def warnings_of(run_dir):
    return [e.text for e in events_of(run_dir) if isinstance(e, p.Warning_)]


def has_model(run_dir):
    return (run_dir / "model" / "config.json").exists()


@pytest.fixture
def on_update(monkeypatch):
    """on_update(act): `act(learner, number)` before each update of the weights but the trial's."""

    def use(act):
        real = learner.Learner.update

        def update(self, number, get_batch):
            if self.config.updates == UPDATES:
                act(self, number)
            return real(self, number, get_batch)

        monkeypatch.setattr(learner.Learner, "update", update)

    return use


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_out_of_memory_halves_the_batch_and_the_run_finishes(run_dir, on_update, error):
    sizes = []

    def act(made, number):
        if number >= 3 and made.batch > 2:
            raise error
        sizes.append((made.batch, made.accumulate))

    on_update(act)
    assert retrain(run_dir) == 0
    assert sizes == [(8, 1)] * 3 + [(2, 4)] * (UPDATES - 3)
    assert any("Out of memory: the batch is now 2" in text for text in warnings_of(run_dir))
    assert load_model(run_dir / "model").meta.training["updates"] == UPDATES


def test_memory_that_never_suffices_ends_in_safe_mode(run_dir, on_update):
    failures = iter(range(8))

    def act(made, number):
        if next(failures, None) is not None:
            raise MemoryError
        assert (made.batch, made.accumulate) == (1, 8)
        assert torch.get_num_threads() == 1

    on_update(act)
    assert retrain(run_dir) == 0
    said = " ".join(warnings_of(run_dir))
    for words in ("half the batch", "one crop at a time", "in safe mode"):
        assert words in said
    assert has_model(run_dir)


def test_memory_that_fails_in_safe_mode_too_is_told(run_dir, on_update):
    def act(made, number):
        raise MemoryError

    on_update(act)
    assert retrain(run_dir, "--save-memory", "3") != 0
    error = events_of(run_dir)[-1]
    assert (type(error), error.category) == (p.Error, "memory")
    assert "Close other programs" in error.do
    assert not has_model(run_dir)


def poison(made):
    with torch.no_grad():
        made.network.segmentation.logit.bias.fill_(float("nan"))


def test_one_loss_that_is_no_number_is_discarded(run_dir, on_update):
    spoilt = []

    def act(made, number):
        if number == 5 and not spoilt:
            spoilt.append(made.network.segmentation.logit.bias.detach().clone())
            poison(made)
        elif number == 6:
            with torch.no_grad():
                made.network.segmentation.logit.bias.copy_(spoilt[0])

    on_update(act)
    assert retrain(run_dir) == 0
    assert [t for t in warnings_of(run_dir) if "discarded" in t] == [
        "Update 6 was discarded: its loss was not finite."
    ]
    last = events_of(run_dir)[-1]
    assert last.results["discarded_updates"] == 1
    assert has_model(run_dir)


def test_a_loss_that_is_never_a_number_is_told_and_never_tried_the_same_again(run_dir, on_update):
    on_update(lambda made, number: poison(made))
    assert retrain(run_dir) != 0
    error = events_of(run_dir)[-1]
    assert (type(error), error.category) == (p.Error, "numeric")
    assert error.do
    assert any("smaller steps" in text for text in warnings_of(run_dir))
    assert not any("goes on" in text for text in warnings_of(run_dir))
    assert not has_model(run_dir)


def full_disk(path):
    cause = OSError(errno.ENOSPC, "No space left on device")
    error = storage_error(cause, path)
    error.__cause__ = cause
    return error


def test_a_full_disk_at_a_checkpoint_does_not_end_the_run(run_dir, monkeypatch):
    real, calls = resume.save_file, []

    def save_file(*args, **kwargs):
        calls.append(1)
        if len(calls) <= 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*args, **kwargs)

    monkeypatch.setattr(resume, "save_file", save_file)
    # A checkpoint after every update.
    job = (run_dir / "job.json").read_text().replace('"checkpoint_s": 0.2', '"checkpoint_s": 0.0')
    (run_dir / "job.json").write_text(job)
    assert retrain(run_dir) == 0
    full = [text for text in warnings_of(run_dir) if "the disk is full" in text]
    assert len(full) == 1
    assert "The training goes on" in full[0]
    assert "The checkpoint could be saved now." in warnings_of(run_dir)
    assert has_model(run_dir)


def test_a_disk_that_stays_full_leaves_no_half_model_and_a_run_that_can_go_on(run_dir, monkeypatch):
    real = model_out.write_bytes

    def write_bytes(path, data):
        if path.name == "config.json":
            raise full_disk(path)
        real(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(model_out, "write_bytes", write_bytes)
        assert retrain(run_dir) != 0
    assert sum("tried again" in text for text in warnings_of(run_dir)) == 2
    error = events_of(run_dir)[-1]
    assert (type(error), error.category) == (p.Error, "storage")
    assert "Free some space" in error.do
    assert not has_model(run_dir)
    assert load_checkpoint(run_dir).state["update"] == UPDATES
    assert retrain(run_dir, "--resume") == 0
    assert has_model(run_dir)


def test_a_full_disk_keeps_events_until_there_is_room(run_dir, monkeypatch):
    from plantseg_gui.training.run_store import RunStore

    class Full:
        """A file that takes five bytes, then has no room, then has."""

        def __init__(self, file):
            self.file, self.calls = file, 0

        def write(self, data):
            self.calls += 1
            if self.calls == 1:
                return self.file.write(data[:5])
            if self.calls <= 3:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(data)

        def close(self):
            self.file.close()

    with RunStore(run_dir, []) as store:
        store._events = Full(store._events)
        for number in range(3):
            store.emit(p.Stage(f"\udc80{number}"))
    assert [e.text for e in events_of(run_dir)] == ["\udc800", "\udc801", "\udc802"]


def test_a_run_folder_that_cannot_be_written_is_one_plain_line(run_dir, capsys):
    (run_dir / p.EVENTS_FILE).mkdir()
    assert retrain(run_dir) != 0
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert p.EVENTS_FILE in said[0]


def test_a_standstill_is_said(run_dir, on_update, monkeypatch):
    told = threading.Event()

    class Quick(StallWatch):
        def __init__(self, on_stall):
            def tell(seconds):
                on_stall(seconds)
                told.set()

            super().__init__(tell, least_s=0.05)

    monkeypatch.setattr(command, "StallWatch", Quick)
    on_update(lambda made, number: number != 4 or told.wait(20))
    assert retrain(run_dir) == 0
    assert told.is_set()
    assert any("No progress for" in text for text in warnings_of(run_dir))


def test_a_run_that_is_too_slow_ends_within_its_limit(run_dir, on_update, monkeypatch):
    monkeypatch.setattr(finetune_session, "_limit_s", lambda *_: 0.01)
    made = []
    on_update(lambda _, number: made.append(number))
    assert retrain(run_dir) == 0
    assert len(made) < UPDATES
    assert isinstance(events_of(run_dir)[-1], p.Finished)
    assert sum("goes slower than measured" in text for text in warnings_of(run_dir)) == 1
    assert has_model(run_dir)


def test_a_window_that_is_gone_leaves_a_checkpoint_and_no_process(run_dir, on_update, monkeypatch):
    gone = []
    monkeypatch.setattr(control.WindowWatch, "gone", lambda self: bool(gone))
    on_update(lambda made, number: number == 6 and gone.append(1))
    assert retrain(run_dir) == 0
    last = events_of(run_dir)[-1]
    assert isinstance(last, p.Stopped)
    assert last.results["window_gone"] is True
    assert has_model(run_dir)
    gone.clear()
    assert load_checkpoint(run_dir).state["update"] == 7
    # And what was saved can be judged and kept without training on.
    on_update(lambda made, number: pytest.fail("no update was wanted"))
    assert retrain(run_dir, "--resume", "--finish") == 0
    last = events_of(run_dir)[-1]
    assert (type(last), last.update) == (p.Stopped, 7)
    assert load_model(run_dir / "model").meta.training["stopped"]


def test_two_photos_are_shown_in_fixed_places_with_throughput_and_memory(run_dir):
    assert retrain(run_dir) == 0
    events = events_of(run_dir)
    previews = [e for e in events if isinstance(e, p.Preview)]
    assert {e.place for e in previews} == {0, 1}
    photos = {(e.place, e.photo_id) for e in previews}
    assert len(photos) == 2
    assert {e.place for e in previews if e.update == 0} == {0, 1}
    steps = [e for e in events if isinstance(e, p.Step)]
    assert all(e.crops_per_s > 0 and e.memory_mib > 50 for e in steps)
    assert not (run_dir / CHECKPOINT_FILE).exists()
