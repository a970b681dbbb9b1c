import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.edits import Edit, make_patch, make_patches, make_touch_patches
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.history import History
from plantseg_gui.core.labels import LabelImage

SHAPE = (150, 170)


def fresh(**kwargs):
    labels = LabelImage(np.zeros(SHAPE, np.uint16))
    touched = np.zeros(SHAPE, bool)
    return labels, touched, History(labels, touched=touched, **kwargs)


def fill(rect, value):
    return np.full((rect.height, rect.width), value, np.uint16)


@st.composite
def rects(draw):
    y0 = draw(st.integers(0, SHAPE[0] - 1))
    x0 = draw(st.integers(0, SHAPE[1] - 1))
    y1 = draw(st.integers(y0, min(SHAPE[0], y0 + 60)))
    x1 = draw(st.integers(x0, min(SHAPE[1], x0 + 60)))
    return Rect(y0, x0, y1, x1)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("stroke"), st.lists(st.tuples(rects(), st.integers(0, 4)), max_size=4)),
        st.tuples(st.just("abort"), st.lists(st.tuples(rects(), st.integers(0, 4)), max_size=4)),
        st.tuples(st.just("push"), st.tuples(rects(), st.integers(0, 4))),
        st.tuples(st.just("undo"), st.none()),
        st.tuples(st.just("redo"), st.none()),
    ),
    max_size=12,
)


def play(acts, labels, touched, history):
    for act, what in acts:
        if act in ("stroke", "abort"):
            history.begin("stroke")
            for rect, value in what:
                history.paint(rect, fill(rect, value), fill(rect, 1).astype(bool))
            history.commit() if act == "stroke" else history.abort()
        elif act == "push":
            rect, value = what
            after = touched.copy()
            after[rect.slices] = True
            edit = Edit(
                "push",
                make_patches(labels, rect, fill(rect, value)),
                make_touch_patches(touched, labels.rect, after),
            )
            history.push(edit)
        else:
            getattr(history, act)()


@given(ACTS)
def test_undo_all_gives_the_start_and_redo_all_the_end(acts):
    labels, touched, history = fresh()
    play(acts, labels, touched, history)
    while history.redo():
        pass
    end, end_touched = labels.read(labels.rect), touched.copy()
    steps = 0
    while history.undo():
        steps += 1
    assert not labels.array.any()
    assert not touched.any()
    for _ in range(steps):
        assert history.redo()
    np.testing.assert_array_equal(labels.array, end)
    np.testing.assert_array_equal(touched, end_touched)
    assert not history.can_redo


@given(ACTS, st.integers(0, 3))
def test_compressed_edits_undo_the_same(acts, every):
    labels, touched, history = fresh()
    play(acts, labels, touched, history)
    while history.redo():
        pass
    for index, edit in enumerate(history._undo):
        if index % (every + 1) == 0:
            edit.compact(10**9)
    while history.undo():
        pass
    assert not labels.array.any()
    assert not touched.any()


def test_a_stroke_of_many_dabs_is_one_step():
    labels, _, history = fresh()
    history.begin("paint")
    for x in range(0, 100, 10):
        rect = Rect(5, x, 25, x + 20)
        history.paint(rect, fill(rect, 3))
    edit = history.commit()
    assert edit is not None
    assert history.names == ["paint"]
    assert (labels.array == 3).sum() == 20 * 110
    history.undo()
    assert not labels.array.any()


def test_a_long_thin_stroke_costs_its_own_area():
    labels = LabelImage(np.zeros((2048, 2048), np.uint16))
    history = History(labels)
    history.begin("diagonal")
    for i in range(0, 2040, 4):
        rect = Rect(i, i, i + 5, i + 5)
        history.paint(rect, fill(rect, 1))
    edit = history.commit()
    assert edit is not None
    assert edit.nbytes < 2 * 2 * 2048 * 2048 / 10


def test_a_stroke_that_changes_nothing_is_no_step():
    _, _, history = fresh()
    history.begin("nothing")
    history.paint(Rect(0, 0, 5, 5), fill(Rect(0, 0, 5, 5), 0))
    assert history.commit() is None
    assert not history.can_undo


def test_touching_without_changing_a_label_is_a_step():
    _, touched, history = fresh()
    rect = Rect(0, 0, 5, 5)
    history.begin("wipe healthy leaf")
    history.paint(rect, fill(rect, 0), np.ones((5, 5), bool))
    assert history.commit() is not None
    assert touched.sum() == 25
    history.undo()
    assert not touched.any()


def test_touched_defaults_to_what_changes():
    labels, touched, history = fresh()
    rect = Rect(0, 0, 5, 5)
    values = fill(rect, 0)
    values[2, 2] = 4
    history.begin("dot")
    history.paint(rect, values)
    history.commit()
    np.testing.assert_array_equal(touched, labels.array == 4)


def test_abort_puts_everything_back_and_keeps_redo():
    labels, touched, history = fresh()
    rect = Rect(0, 0, 5, 5)
    history.begin("first")
    history.paint(rect, fill(rect, 1))
    history.commit()
    history.undo()
    history.begin("second")
    history.paint(rect, fill(rect, 2))
    history.abort()
    assert not labels.array.any()
    assert not touched.any()
    assert history.redo_name == "first"
    history.abort()


def test_original_shows_the_labels_before_the_stroke():
    labels, _, history = fresh()
    rect = Rect(100, 100, 140, 160)
    history.begin("first")
    history.paint(rect, fill(rect, 1))
    history.commit()
    history.begin("second")
    history.paint(labels.rect, fill(labels.rect, 2))
    whole = history.original(labels.rect)
    assert (whole[rect.slices] == 1).all()
    assert (whole == 1).sum() == rect.area
    assert (history.original(Rect(90, 90, 101, 101))[-1, -1]) == 1


def test_a_new_edit_forgets_what_was_undone():
    _, _, history = fresh()
    rect = Rect(0, 0, 5, 5)
    for value in (1, 2):
        history.begin(f"fill {value}")
        history.paint(rect, fill(rect, value))
        history.commit()
        history.undo()
    assert history.redo_name == "fill 2"
    assert not history.can_undo


def test_names_and_signal():
    _, _, history = fresh()
    heard = []
    history.changed.connect(lambda: heard.append((history.undo_name, history.redo_name)))
    rect = Rect(0, 0, 5, 5)
    history.begin("fill")
    history.paint(rect, fill(rect, 1))
    history.commit()
    history.undo()
    history.redo()
    assert heard == [("fill", ""), ("", "fill"), ("fill", "")]


def test_an_open_stroke_blocks_everything_else():
    labels, _, history = fresh()
    rect = Rect(0, 0, 5, 5)
    history.begin("first")
    history.paint(rect, fill(rect, 1))
    history.commit()
    history.begin("second")
    assert not history.can_undo
    assert history.undo() is None
    assert history.redo() is None
    with pytest.raises(RuntimeError, match="'second' is still open"):
        history.begin("third")
    with pytest.raises(RuntimeError, match="still open"):
        history.push(Edit("push", [make_patch(labels, rect, fill(rect, 2))]))


def test_painting_needs_an_open_stroke():
    _, _, history = fresh()
    with pytest.raises(RuntimeError, match="begin"):
        history.paint(Rect(0, 0, 1, 1), fill(Rect(0, 0, 1, 1), 1))
    with pytest.raises(RuntimeError, match="begin"):
        history.commit()


def test_painting_outside_changes_nothing():
    labels, touched, history = fresh()
    history.begin("outside")
    rect = Rect(-2, 0, 2, 2)
    with pytest.raises(ValueError, match="outside"):
        history.paint(rect, fill(rect, 1), np.ones((4, 2), bool))
    history.abort()
    assert not touched.any()
    assert not labels.array.any()


def test_the_budget_is_in_bytes_and_drops_the_oldest():
    rng = np.random.default_rng(0)
    labels, _, history = fresh(budget_bytes=400_000)
    for step in range(40):
        # Noise does not compress, so each step costs about 2 × 50 kB.
        values = rng.integers(0, 60000, labels.shape, dtype=np.uint16)
        history.begin(f"noise {step}")
        history.paint(labels.rect, values)
        history.commit()
        assert history.nbytes <= 400_000
    assert history.undo_name == "noise 39"
    assert 1 < len(history.names) < 40


def test_small_steps_are_never_dropped_by_count():
    labels, _, history = fresh(budget_bytes=2**20)
    for step in range(3000):
        rect = Rect(step % 100, step % 150, step % 100 + 2, step % 150 + 2)
        history.begin(str(step))
        history.paint(rect, fill(rect, 1 + step % 7))
        history.commit()
    assert len(history.names) == 3000
    while history.undo():
        pass
    assert not labels.array.any()


def test_the_newest_step_stays_even_above_the_budget():
    labels, _, history = fresh(budget_bytes=10)
    history.begin("noise")
    values = np.random.default_rng(0).integers(0, 60000, labels.shape, dtype=np.uint16)
    history.paint(labels.rect, values)
    history.commit()
    assert history.can_undo


def test_older_steps_are_compressed():
    labels, _, history = fresh()
    for step in range(30):
        history.begin(str(step))
        history.paint(labels.rect, fill(labels.rect, step + 1))
        history.commit()
    packed = [edit.raw_nbytes == 0 for edit in history._undo]
    assert packed == [True] * 10 + [False] * 20


def test_compressing_is_put_off_when_it_takes_long():
    rng = np.random.default_rng(0)
    labels = LabelImage(np.zeros((1024, 1024), np.uint16))
    history = History(labels)
    for step in range(24):
        # Noise is the slowest to compress: 4 MiB of it take longer than one commit may spend.
        values = rng.integers(0, 60000, labels.shape, dtype=np.uint16)
        history.push(Edit(str(step), make_patches(labels, labels.rect, values)))
    assert sum(edit.raw_nbytes for edit in history._undo) > 64 * 2**20
    final = labels.read(labels.rect)
    while history.undo():
        pass
    assert not labels.array.any()
    while history.redo():
        pass
    np.testing.assert_array_equal(labels.array, final)


def test_touched_of_another_shape_is_refused():
    labels = LabelImage(np.zeros(SHAPE, np.uint16))
    with pytest.raises(ValueError, match="touched"):
        History(labels, touched=np.zeros((2, 2), bool))


def test_a_smaller_budget_drops_the_oldest_and_keeps_the_newest():
    labels = LabelImage(np.zeros((256, 256), np.uint16))
    history = History(labels)
    noise = np.random.default_rng(1)
    for number in range(6):
        history.begin(f"stroke {number}")
        history.paint(Rect(0, 0, 256, 256), noise.integers(0, 9000, (256, 256)).astype(np.uint16))
        history.commit()
    full = history.nbytes
    history.set_budget(full // 2)
    assert history.nbytes <= full // 2
    history.set_budget(0)
    assert history.can_undo
    assert history.next_undo.name == "stroke 5"
    history.undo()
    assert not history.can_undo
    with pytest.raises(ValueError, match="-1 bytes"):
        history.set_budget(-1)
