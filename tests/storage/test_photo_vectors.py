import sqlite3
from dataclasses import replace

import numpy as np

from plantseg_gui.core.doubt import doubt_of
from plantseg_gui.core.results import Descriptor
from plantseg_gui.storage.arrays import PhotoArrays, decode, encode
from plantseg_gui.storage.project import Project
from tests.storage.conftest import id_of, make_prediction, open_scanned


def described(encoder="e1", seed=0, doubt=0.25):
    vector = np.random.default_rng(seed).random(352).astype(np.float16)
    return replace(make_prediction(), doubt=doubt, descriptor=Descriptor(encoder, vector))


def save(project: Project, name, prediction):
    arrays = PhotoArrays(prediction.labels, prediction.labels > 9, prediction)
    return project.save(id_of(project, name), arrays, status="predicted")


def test_doubt_and_vector_are_there_the_next_time(photo_folder):
    project = open_scanned(photo_folder)
    assert project.vectors() == {}
    prediction = described()
    assert save(project, "a.png", prediction).doubt == 0.25
    project.close()
    again = open_scanned(photo_folder)
    found = again.vectors()
    assert list(found) == [id_of(again, "a.png")]
    assert found[id_of(again, "a.png")].encoder == "e1"
    np.testing.assert_array_equal(found[id_of(again, "a.png")].vector, prediction.descriptor.vector)
    assert again.photo(id_of(again, "a.png")).doubt == 0.25
    again.close()


def test_a_save_of_a_prediction_that_was_read_keeps_the_vector_and_a_new_one_replaces_it(
    photo_folder,
):
    project = open_scanned(photo_folder)
    key = id_of(project, "a.png")
    save(project, "a.png", described())
    read = project.load(key).prediction
    assert read.descriptor is None
    assert save(project, "a.png", read).doubt == 0.25
    assert project.vectors()[key].encoder == "e1"
    save(project, "a.png", described("e2", 1, 0.5))
    assert project.vectors()[key].encoder == "e2"
    assert project.photo(key).doubt == 0.5
    project.close()


def test_a_damaged_vector_is_as_if_it_were_not_there(photo_folder):
    project = open_scanned(photo_folder)
    save(project, "a.png", described())
    save(project, "b.png", described())
    database = project.home / "project.sqlite"
    project.close()
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE photo_vectors SET vector = zeroblob(7) WHERE photo_id ="
            " (SELECT photo_id FROM photos WHERE path = 'a.png')"
        )
    connection.close()
    again = open_scanned(photo_folder)
    assert list(again.vectors()) == [id_of(again, "b.png")]
    again.close()


def test_a_project_that_nobody_asked_has_no_such_table(photo_folder):
    project = open_scanned(photo_folder)
    save(project, "a.png", make_prediction())
    database = project.home / "project.sqlite"
    project.close()
    with sqlite3.connect(database) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "photo_vectors" not in names


def test_a_file_of_an_older_version_gets_its_doubt_from_its_map(tmp_path):
    prediction = make_prediction()  # without doubt, as older versions wrote it
    arrays = decode(encode(PhotoArrays(prediction=prediction)), tmp_path)
    wanted = doubt_of(prediction.probability, prediction.leaf.mask)
    assert abs(arrays.prediction.doubt - wanted) < 0.01
