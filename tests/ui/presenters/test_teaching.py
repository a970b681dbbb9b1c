"""The right photos first: the order follows doubt and looks, the rows move only when they may."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from plantseg_gui.core.results import Descriptor
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.ui.panels.order_row import BY_NAME, TEACHING
from plantseg_gui.ui.presenters.teaching import ask_of
from tests.ui.conftest import WAIT_MS, wait_saved


def record(key, folder, **facts):
    known = {"status": "predicted", "doubt": 0.1, "leaf_area_px": 9} | facts
    return PhotoRecord(key, folder / key, key, **known)


def seen(encoder, *values):
    return Descriptor(encoder, np.array(values, np.float16))


def keys(asked):
    return [a.key for a in asked]


def test_only_photos_that_can_be_learned_from_are_asked_for(tmp_path):
    records = [
        record("open", tmp_path),
        record("approved", tmp_path, status="approved"),
        record("corrected", tmp_path, status="corrected"),
        record("test set", tmp_path, keep_out=True),
        record("broken", tmp_path, error="cut off"),
        record("gone", tmp_path, missing=True),
    ]
    assert keys(ask_of(records, {})) == ["open"]


def test_vectors_of_another_encoder_are_not_compared(tmp_path):
    records = [
        record("a", tmp_path, doubt=0.2),
        record("b", tmp_path, doubt=0.1),
        record("old", tmp_path, doubt=0.9),
        record("done", tmp_path, status="approved"),
    ]
    vectors = {
        "a": seen("new", 1, 0),
        "b": seen("new", 0, 1),
        "old": seen("old", 1, 0),
        "done": seen("new", 1, 0),
    }
    # a is like what was learned; old, whatever its doubt, is of another language.
    assert keys(ask_of(records, vectors)) == ["b", "a", "old"]


def test_without_vectors_the_doubt_decides(tmp_path):
    records = [record("less", tmp_path), record("more", tmp_path, doubt=0.3)]
    records.append(record("new", tmp_path, doubt=None, status="new", leaf_area_px=None))
    assert keys(ask_of(records, {})) == ["more", "less", "new"]


@pytest.fixture
def three(make_window, shelf, photo_folder, qtbot):
    """Three photos, each with a doubt of its own that the next model would not have."""
    made = make_window(predict_on_open=False)
    made.start([photo_folder])
    qtbot.waitUntil(lambda: made.session.document is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: made.session.model == shelf, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(made.teaching.asked) == 3 and not made.teaching._working)
    return made


def shown(window):
    return window.photos.shown_ids()


def say_doubts(window, *doubts):
    ids = list(window.session.records)
    for photo_id, doubt in zip(ids, doubts, strict=True):
        found = window.session.records[photo_id]
        changed = replace(found, doubt=doubt, status="predicted", leaf_area_px=9)
        window.session.set_record(changed)
    return ids


def test_the_list_follows_when_asked_and_stays_under_the_hand(three, qtbot):
    first, second, third = ids = say_doubts(three, 0.1, 0.2, 0.3)
    choose(three, TEACHING)
    qtbot.waitUntil(lambda: shown(three) == [third, second, first])
    assert three.photos.list_view.currentIndex().row() == 2  # the photo on screen stays marked
    # A new doubt alone moves no row; the key knows it.
    say_doubts(three, 0.9, 0.2, 0.3)
    qtbot.waitUntil(lambda: keys(three.teaching.asked)[0] == first)
    assert shown(three) == [third, second, first]
    choose(three, TEACHING)
    qtbot.waitUntil(lambda: shown(three) == [first, third, second])
    choose(three, BY_NAME)
    assert shown(three) == ids


def test_another_model_brings_the_order_up_to_date(three, qtbot):
    choose(three, TEACHING)
    first, second, third = say_doubts(three, 0.1, 0.3, 0.2)
    three.session.set_model("the next one")
    qtbot.waitUntil(lambda: shown(three) == [second, third, first])


def test_the_rows_move_once_many_photos_have_been_looked_at_again(three, qtbot, monkeypatch):
    choose(three, TEACHING)
    first, second, third = say_doubts(three, 0.1, 0.3, 0.2)
    busy = [True]
    monkeypatch.setattr(three.teaching, "_predicting", lambda: busy[0])
    three.teaching._timer.setInterval(10)
    three.teaching._on_settled()
    assert shown(three) == [first, second, third]
    busy[0] = False
    qtbot.waitUntil(lambda: shown(three) == [second, third, first])


def test_the_key_leads_from_photo_to_photo_and_says_why(three, qtbot):
    first, second, third = say_doubts(three, 0.1, 0.3, 0.2)
    qtbot.waitUntil(lambda: keys(three.teaching.asked) == [second, third, first])
    said = []
    three.session.said.connect(said.append)
    for wanted in (second, third):
        three.actions_["next_teaching"].trigger()
        qtbot.waitUntil(lambda wanted=wanted: three.session.photo_id == wanted)
    assert "unsure on 30 % of the leaf" in said[0]
    # All were shown: it begins anew, without those that were corrected meanwhile.
    corrected = replace(three.session.records[second], status="corrected")
    three.session.set_record(corrected)
    three.actions_["next_teaching"].trigger()
    qtbot.waitUntil(lambda: three.session.photo_id == first or len(said) > 2)
    assert three.store.wanted in (first, third)
    place = three.photos.model.index(three.photos.model.place(third))
    assert "unsure on 20 % of the leaf" in place.data(Qt.ItemDataRole.ToolTipRole)


def test_what_the_model_sees_is_kept_with_the_photo_and_orders_it(opened, qtbot, ids):
    wait_saved(qtbot, opened)
    first = ids(opened)[0]
    doubt = opened.session.document.prediction.doubt
    assert opened.session.project.photo(first).doubt == doubt > 0
    assert list(opened.session.project.vectors()) == [first]
    qtbot.waitUntil(lambda: "nothing is corrected yet" in opened.teaching.asked[0].reason)
    assert opened.teaching.asked[0].key == first


def choose(window, order):
    box = window.photos.order_row.box
    box.setCurrentIndex(box.findData(order))
    box.activated.emit(box.currentIndex())
