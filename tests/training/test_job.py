import json
from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.job import MOST_LIKE, check_minutes, folder_job, read_job, some_of

PHOTO = {"image": "a.jpg", "labels": "a.png", "touched": None, "approved": True, "photo_id": "x"}


def write(tmp_path, **changes):
    job = {"photos": [PHOTO], "base": "/b", "out": "model", "minutes": 2} | changes
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    return path


def test_a_windows_job(tmp_path):
    job = read_job(write(tmp_path, name="leaf-v2"))
    assert job.run_dir == tmp_path
    assert job.out == tmp_path / "model"
    assert job.window
    assert (job.minutes, job.name, job.approved) == (2.0, "leaf-v2", 1)
    photo = job.photos[0]
    assert photo.image == tmp_path / "a.jpg"
    assert photo.numbered
    assert photo.touched is None


def test_approved_must_be_said(tmp_path):
    job = read_job(write(tmp_path, photos=[PHOTO | {"approved": "no"}]))
    assert job.approved == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"photos": None},
        {"photos": ["a"]},
        {"photos": [{"image": "a.jpg"}]},
        {"photos": [PHOTO | {"touched": 7}]},
        {"base": None},
        {"out": ""},
        {"minutes": "long"},
        {"minutes": -1},
        {"minutes": True},
        {"updates": 1.5},
        {"recipe": [1]},
    ],
    ids=str,
)
def test_a_broken_job_is_said(tmp_path, changes):
    with pytest.raises(InputError):
        read_job(write(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 10_000])
def test_a_file_that_is_no_job_is_said(tmp_path, text):
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(InputError):
        read_job(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_job(tmp_path / "none.json")


def test_not_a_number_is_no_length_of_time():
    with pytest.raises(InputError):
        check_minutes(float("nan"))


def test_on_the_command_line_every_photo_is_approved(tmp_path):
    job = folder_job([("a", tmp_path / "a.jpg", tmp_path / "a.png")], tmp_path, tmp_path / "out")
    assert job.approved == 1
    assert job.run_dir == tmp_path / "out" / "run"
    assert not job.window


def test_of_many_other_photos_some_are_looked_at_evenly_spread():
    photos = [Path(f"{n:04d}.jpg") for n in range(1000)]
    some = some_of(photos)
    assert len(some) == MOST_LIKE
    assert (some[0], some[-1]) == (photos[0], photos[-42])
    assert some_of(photos[:3]) == tuple(photos[:3])
    assert some_of([]) == ()
