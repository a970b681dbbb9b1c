import pytest

from plantseg_gui.jobs.job_model import JobModel


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def model(qtbot, clock):
    return JobModel(clock=clock)


def test_a_job_from_start_to_end(model, clock, qtbot):
    changes = []
    model.changed.connect(lambda: changes.append(len(model.jobs)))
    number = model.add("Finding lesions")
    assert model.jobs[0].fraction is None
    clock.now += 4
    model.update(number, 4, 12, "Finding lesions in a.jpg")
    job = model.jobs[0]
    assert (job.text, job.fraction, job.eta_s) == ("Finding lesions in a.jpg", 4 / 12, 8.0)
    model.remove(number)
    assert model.jobs == []
    assert changes == [1, 1, 0]


def test_no_time_left_is_guessed_in_the_first_second(model, clock):
    number = model.add("x")
    clock.now += 0.5
    model.update(number, 1, 100)
    assert model.jobs[0].eta_s is None
    model.update(number, 1, 100, eta_s=42.0)
    assert model.jobs[0].eta_s == 42.0


def test_cancel_asks_once_and_stays_until_the_end(model, clock):
    asked = []
    number = model.add("Retraining", on_cancel=lambda: asked.append(1))
    model.cancel(number)
    model.cancel(number)
    assert asked == [1]
    clock.now += 5
    model.update(number, 1, 2, "Step 1")
    assert model.jobs[0].text == "Stopping: Retraining"
    assert model.jobs[0].eta_s is None
    model.remove(number)
    model.update(number, 2, 2)
    model.cancel(number)
    assert model.jobs == []


def test_a_job_that_cannot_be_stopped(model):
    number = model.add("Saving")
    model.cancel(number)
    assert not model.jobs[0].cancelling
