"""Earlier masks, made again from the history's steps."""

import numpy as np
import pytest

from plantseg_gui.core.edits import Edit, make_patch
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.history import History
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.revisions import labels_after


def painted(count):
    """A history of `count` overlapping steps, and the labels after each of them."""
    labels = LabelImage(np.zeros((40, 40), np.uint16))
    history = History(labels)
    states = [labels.array.copy()]
    for n in range(1, count + 1):
        history.begin(f"step {n}")
        history.paint(Rect(n, 0, n + 8, 30), np.full((8, 30), n, np.uint16))
        history.commit()
        states.append(labels.array.copy())
    return labels, history, states


def test_every_revision_before_and_after_undo():
    labels, history, states = painted(6)
    for taken_back in range(3):
        steps = history.steps
        assert (len(steps.edits), steps.done) == (6, 6 - taken_back)
        for count, state in enumerate(states):
            assert np.array_equal(labels_after(labels.array, steps, count), state)
        history.undo()
    with pytest.raises(ValueError, match="7 of 6"):
        labels_after(labels.array, history.steps, 7)


def test_what_lies_loosely_on_top_belongs_to_no_earlier_revision():
    labels, history, states = painted(2)
    history.undo()
    history.lay(Edit("New prediction", [make_patch(labels, Rect(0, 0, 5, 5), np.full((5, 5), 9))]))
    steps = history.steps
    assert np.array_equal(labels_after(labels.array, steps, 1), labels.array)
    assert np.array_equal(labels_after(labels.array, steps, 0), states[0])
    assert np.array_equal(labels_after(labels.array, steps, 2), states[2])


def test_steps_know_when_they_were_made_and_how_many_were_let_go(monkeypatch):
    monkeypatch.setattr("plantseg_gui.core.edits.time.time", lambda: 1234.5)
    _, history, _ = painted(3)
    edit = history.steps.edits[-1]
    assert edit.at == 1234
    assert Edit.from_bytes(edit.to_bytes()).at == 1234
    assert history.forgotten == 0
    history.set_budget(0)
    assert (len(history.steps.edits), history.forgotten) == (1, 2)


def test_a_step_of_an_older_version_has_no_time():
    old = Edit("old", (), at=0).to_bytes().replace(b', "at": 0', b"")
    data = old[:4] + (int.from_bytes(old[4:8], "little") - 9).to_bytes(4, "little") + old[8:]
    assert Edit.from_bytes(data).at == 0
    bad = Edit("bad", (), at=7).to_bytes().replace(b'"at": 7', b'"at":-7')
    with pytest.raises(ValueError, match="time"):
        Edit.from_bytes(bad)
