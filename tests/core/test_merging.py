import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plantseg_gui.core.labels import MAX_LESION_ID, UNSURE
from plantseg_gui.core.merging import Merge

SMALL = hnp.arrays(np.uint16, (6, 7), elements=hnp.from_dtype(np.dtype(np.uint16), max_value=4))


def merge_labels(current, incoming, *, keep):
    """The whole result at once."""
    merged = current.copy()
    for patch in Merge(current, incoming, keep).patches():
        np.testing.assert_array_equal(patch.before, current[patch.rect.slices])
        merged[patch.rect.slices] = patch.after
    return merged


def row(*values):
    return np.array([values], np.uint16)


def keep(*flags):
    return np.array([flags], bool)


def test_nothing_kept_gives_the_incoming_labels():
    incoming = row(0, 5, 5, UNSURE)
    merged = merge_labels(row(1, 1, 1, 1), incoming, keep=keep(0, 0, 0, 0))
    np.testing.assert_array_equal(merged, incoming)


def test_an_incoming_lesion_joins_the_kept_one_it_overlaps_most():
    merged = merge_labels(row(7, 8, 8, 0, 0), row(3, 3, 3, 3, 0), keep=keep(1, 1, 1, 0, 0))
    np.testing.assert_array_equal(merged, row(7, 8, 8, 8, 0))


def test_a_clashing_id_is_renumbered():
    merged = merge_labels(row(2, 0, 0, 0), row(0, 0, 2, 1), keep=keep(1, 0, 0, 0))
    np.testing.assert_array_equal(merged, row(2, 0, 3, 1))


def test_erased_pixels_stay_erased_and_the_rest_keeps_its_id():
    merged = merge_labels(row(0, 5, 5), row(5, 5, 5), keep=keep(1, 0, 0))
    np.testing.assert_array_equal(merged, row(0, 5, 5))


def test_unsure_is_kept_and_never_joined():
    merged = merge_labels(row(UNSURE, 0, 0), row(1, 1, UNSURE), keep=keep(1, 0, 0))
    np.testing.assert_array_equal(merged, row(UNSURE, 1, UNSURE))


def test_free_ids_below_are_used_when_none_is_left_above():
    merged = merge_labels(row(MAX_LESION_ID, 0), row(0, MAX_LESION_ID), keep=keep(1, 0))
    np.testing.assert_array_equal(merged, row(MAX_LESION_ID, 1))


def test_too_many_lesions():
    # Every id is in use in the kept upper half, and again below it.
    ids = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
    current = np.concatenate([ids, ids])
    kept = np.zeros(current.shape, bool)
    kept[:256] = True
    with pytest.raises(ValueError, match="65534"):
        merge_labels(current, current[::-1].copy(), keep=kept)


@given(SMALL, SMALL, hnp.arrays(bool, (6, 7)))
def test_kept_pixels_stay_and_other_lesions_stay_whole(current, incoming, kept):
    merged = merge_labels(current, incoming, keep=kept)
    np.testing.assert_array_equal(merged[kept], current[kept])
    outside = ~kept
    np.testing.assert_array_equal(merged[outside] == 0, incoming[outside] == 0)
    for lesion in np.unique(incoming[outside]):
        assert len(np.unique(merged[outside & (incoming == lesion)])) == 1
    # A lesion outside shares its id with a kept one only where it overlapped it.
    for lesion in set(np.unique(merged[outside])) & set(np.unique(current[kept])) - {0}:
        theirs = np.unique(incoming[outside & (merged == lesion)])
        for label in theirs:
            assert ((incoming == label) & kept & (current == lesion)).any()


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5), st.booleans())
def test_block_by_block_is_the_definition(seed, share, ragged):
    """Against the plain way: count every overlap on the whole photo."""
    random = np.random.default_rng(seed)
    height, width = (300, 530) if ragged else (256, 512)
    coarse = (-(-height // 12), -(-width // 12))

    def scattered(ids):
        values = random.choice(ids, coarse).astype(np.uint16)
        return np.kron(values, np.ones((12, 12), np.uint16))[:height, :width]

    current = scattered([0, 0, 0, 1, 2, 3, 9, UNSURE])
    incoming = np.roll(scattered([0, 0, 0, 1, 2, 4, 8, UNSURE]), 5, axis=1)
    kept = random.random((height, width)) < share
    merged = merge_labels(current, incoming, keep=kept)
    np.testing.assert_array_equal(merged[kept], current[kept])
    used = set(np.unique(current[kept])) - {0, UNSURE}
    for theirs in set(np.unique(incoming[~kept])) - {0, UNSURE}:
        overlap = {
            ours: int(((incoming == theirs) & (current == ours) & kept).sum()) for ours in used
        }
        got = set(np.unique(merged[(incoming == theirs) & ~kept]))
        assert len(got) == 1
        best = max(overlap.values(), default=0)
        if best:
            assert overlap[got.pop()] == best
        elif theirs in used:
            assert not got & (used | set(np.unique(incoming)))
        else:
            assert got == {theirs}
