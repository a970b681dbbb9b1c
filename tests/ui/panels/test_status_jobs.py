import pytest

from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.ui.panels.status_jobs import StatusJobs


@pytest.fixture
def made(qtbot):
    jobs = JobModel()
    bar = StatusJobs(jobs)
    qtbot.addWidget(bar)
    bar.show()
    return jobs, bar


def test_job_appears_shows_its_time_and_goes(made, qtbot):
    jobs, bar = made
    stopped = []
    job = jobs.add("Finding lesions", lambda: stopped.append(1))
    qtbot.waitUntil(lambda: len(bar._rows) == 1)
    jobs.update(job, 3, 10, eta_s=8.2)
    row = bar._rows[job]
    assert row._eta.text() == "8 s left"
    row._button.click()
    assert stopped == [1]
    assert not row._button.isEnabled()
    assert "Stopping" in row._text.text()
    jobs.remove(job)
    assert not bar._rows


def test_short_job_does_not_flash(made, qtbot):
    jobs, bar = made
    jobs.remove(jobs.add("Quick"))
    qtbot.wait(400)
    assert not bar._rows


def test_job_without_cancel_has_no_button(made, qtbot):
    jobs, bar = made
    job = jobs.add("Opening")
    qtbot.waitUntil(lambda: job in bar._rows)
    assert bar._rows[job]._button.isHidden()


def test_message_pointer_zoom_and_saved(made):
    _, bar = made
    bar.say("Saved.")
    assert bar.message == "Saved."
    bar.show_pointer(12, 7)
    assert bar._pointer.text() == "y 12  x 7"
    width = bar._pixel.width()
    bar.show_pointer(12, 7, "lesion 3, by you")
    assert bar._pixel.whole == "lesion 3, by you"
    assert bar._pixel.width() == width
    assert not bar._pixel.geometry().intersects(bar._pointer.geometry())
    assert not bar._pixel.geometry().intersects(bar._zoom.geometry())
    bar.show_pointer(-1, -1)
    assert bar._pointer.text() == ""
    assert bar._pixel.whole == ""
    bar.show_zoom(0.333)
    assert bar._zoom.text() == "33 %"
    bar.show_saved("Not saved", "The disk is full.", bad=True)
    assert bar._saved.toolTip() == "The disk is full."
    assert bar._saved.property("role") == "danger"


def test_the_bar_is_as_high_with_a_job_as_without(made, qtbot):
    jobs, bar = made
    before = bar.sizeHint().height()
    jobs.add("Finding lesions", lambda: None)
    qtbot.waitUntil(lambda: len(bar._rows) == 1)
    qtbot.wait(0)
    assert bar.sizeHint().height() == before
