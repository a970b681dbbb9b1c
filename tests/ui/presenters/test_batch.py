"""Acts on several photos: one step each, human work is never overwritten, one undo for all."""

import numpy as np
import pytest

from plantseg_gui.ui.presenters import batch as batch_module
from plantseg_gui.ui.presenters import predict_all as predict_module
from tests.ui.conftest import paint, wait_photo, wait_saved


@pytest.fixture
def ready(make_window, shelf, photo_folder, qtbot, monkeypatch):
    """A window whose first photo has a prediction; questions are answered with yes."""
    window = make_window()
    answers = []

    def yes(_window, _title, text, details, buttons, *_):
        answers.append(f"{text} {details}")
        return next(iter(buttons))

    monkeypatch.setattr(batch_module, "ask", yes)
    monkeypatch.setattr(predict_module, "ask", yes)
    window.start([photo_folder])
    qtbot.waitUntil(
        lambda: (
            window.session.document is not None
            and window.session.document.prediction is not None
            and not window.segment.running
        ),
        timeout=60_000,
    )
    window.answers = answers
    return window


def statuses(window):
    return sorted(r.status for r in window.session.project.photos())


def predict_all(qtbot, window):
    window.predict_all.ask()
    qtbot.waitUntil(lambda: not window.predict_all.running, timeout=60_000)
    wait_saved(qtbot, window)


def labels(window, photo_id):
    found = window.session.project.load(photo_id).labels
    return np.zeros(1) if found is None else found


def run_act(qtbot, window, name):
    window.actions_[name].trigger()
    qtbot.waitUntil(lambda: not window.batch.running, timeout=30_000)
    wait_saved(qtbot, window)


def test_predict_all_leaves_corrected_masks_alone(ready, qtbot, ids):
    first, second, third = ids(ready)
    ready.session.keep(predict_on_open=False)
    ready.store.show(second)
    wait_photo(qtbot, ready, second)
    paint(ready, (60, 60), (60, 90))
    wait_saved(qtbot, ready)
    drawn = labels(ready, second).copy()
    ready.store.show(first)
    wait_photo(qtbot, ready, first)
    predict_all(qtbot, ready)
    assert "1 photo(s) that you corrected" in ready.answers[-1]
    assert statuses(ready) == ["corrected", "predicted", "predicted"]
    assert (labels(ready, second) == drawn).all()
    assert ready.session.project.load(third).prediction is not None


def test_predict_all_is_taken_back_in_one_step(ready, qtbot, ids):
    predict_all(qtbot, ready)
    assert statuses(ready) == ["predicted"] * 3
    run_act(qtbot, ready, "undo_batch")
    assert statuses(ready) == ["new", "new", "predicted"]
    assert not ready.actions_["undo_batch"].isEnabled()


def test_accept_all_is_one_step_on_open_and_closed_photos(ready, qtbot, ids):
    predict_all(qtbot, ready)
    before = {i: labels(ready, i).copy() for i in ids(ready)}
    run_act(qtbot, ready, "accept_all")
    changed = [i for i in ids(ready) if before[i].any()]
    records = {r.photo_id: r.status for r in ready.session.project.photos()}
    assert {records[i] for i in changed} <= {"corrected"}
    run_act(qtbot, ready, "undo_batch")
    assert statuses(ready) == ["predicted"] * 3
    for photo_id in ids(ready):
        assert (labels(ready, photo_id) == before[photo_id]).all()


def test_deleted_masks_come_back_also_after_a_restart(ready, qtbot, ids, make_window, photo_folder):
    predict_all(qtbot, ready)
    before = {i: labels(ready, i).copy() for i in ids(ready)}
    assert any(mask.any() for mask in before.values())
    run_act(qtbot, ready, "delete_masks")
    assert not any(labels(ready, i).any() for i in ids(ready))
    ready.close()
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    run_act(qtbot, window, "undo_batch")
    for photo_id in ids(window):
        assert (labels(window, photo_id) == before[photo_id]).all()


def test_what_was_changed_since_stays(ready, qtbot, ids):
    predict_all(qtbot, ready)
    run_act(qtbot, ready, "delete_masks")
    photo = ready.session.photo_id
    paint(ready, (60, 60), (60, 90))
    drawn = ready.session.document.labels.array.copy()
    run_act(qtbot, ready, "undo_batch")
    assert (labels(ready, photo) == drawn).all()


def test_undo_of_one_photo_asks_whether_all_are_meant(ready, qtbot, ids):
    predict_all(qtbot, ready)
    for photo in ids(ready)[:2]:
        ready.store.show(photo)
        wait_photo(qtbot, ready, photo)
        paint(ready, (60, 60), (60, 90))
    wait_saved(qtbot, ready)
    before = {i: labels(ready, i).copy() for i in ids(ready)}
    run_act(qtbot, ready, "delete_masks")
    assert not ready.session.document.labels.array.any()
    ready.correct.undo()  # answered with the first choice: on all
    qtbot.waitUntil(lambda: not ready.batch.running, timeout=30_000)
    wait_saved(qtbot, ready)
    assert "Take it back on all of them?" in ready.answers[-1]
    for photo_id in ids(ready):
        assert (labels(ready, photo_id) == before[photo_id]).all()


def test_a_photo_that_cannot_be_read_is_named_and_the_rest_is_done(ready, qtbot, ids):
    bad = ready.session.records[ids(ready)[2]]
    bad.path.write_bytes(b"no photo")
    predict_all(qtbot, ready)
    assert bad.path.name in ready.stage.notice.text
    assert statuses(ready).count("predicted") == 2


def test_a_photo_opened_while_an_act_runs_is_changed_in_memory(ready, qtbot, ids):
    predict_all(qtbot, ready)
    third = ids(ready)[2]
    before = {i: labels(ready, i).copy() for i in ids(ready)}
    ready.session.keep(predict_on_open=False)
    ready.batch.run("Delete masks", ids(ready), batch_module.delete_mask)
    ready.store.show(third)  # its turn comes last
    wait_photo(qtbot, ready, third)
    qtbot.waitUntil(lambda: not ready.batch.running, timeout=30_000)
    assert not ready.session.document.labels.array.any()
    paint(ready, (60, 60), (60, 90))
    ready.session.document.undo()
    wait_saved(qtbot, ready)
    assert before[third].any()
    assert not labels(ready, third).any()
    assert ready.session.document.history.next_undo.batch
