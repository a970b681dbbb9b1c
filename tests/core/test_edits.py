import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plantseg_gui.core.edits import (
    BLOCK_PX,
    Edit,
    make_patch,
    make_patches,
    make_touch_patches,
)
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.patches import Patch, TouchPatch

SHAPE = (12, 17)


def image():
    rng = np.random.default_rng(1)
    return LabelImage(rng.integers(0, 5, SHAPE, dtype=np.uint16))


@st.composite
def rects(draw):
    y0 = draw(st.integers(0, SHAPE[0] - 1))
    x0 = draw(st.integers(0, SHAPE[1] - 1))
    return Rect(y0, x0, draw(st.integers(y0 + 1, SHAPE[0])), draw(st.integers(x0 + 1, SHAPE[1])))


@st.composite
def edits(draw):
    patches, touched = [], []
    for rect in draw(st.lists(rects(), max_size=3)):
        shape = (rect.height, rect.width)
        values = hnp.arrays(np.uint16, shape)
        patches.append(Patch(rect, draw(values), draw(values)))
        flags = hnp.arrays(bool, shape)
        touched.append(TouchPatch(rect, draw(flags), draw(flags)))
    return Edit(draw(st.text(max_size=20)), patches, touched)


def assert_same(left: Edit, right: Edit):
    assert left.name == right.name
    for ours, theirs in ((left.patches, right.patches), (left.touched, right.touched)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert a.rect == b.rect
            assert a.before.dtype == b.before.dtype
            np.testing.assert_array_equal(a.before, b.before)
            np.testing.assert_array_equal(a.after, b.after)


@given(edits())
def test_bytes_round_trip(edit):
    assert_same(Edit.from_bytes(edit.to_bytes()), edit)


@given(edits())
def test_compacting_changes_nothing_but_the_size(edit):
    data = edit.to_bytes()
    edit.compact(10**9)
    assert edit.raw_nbytes == 0
    assert edit.compact(10**9) == 0
    assert_same(edit, Edit.from_bytes(data))
    assert edit.to_bytes() == data


def test_apply_then_revert():
    labels = image()
    start = labels.read(labels.rect)
    rect = Rect(2, 3, 6, 9)
    edit = Edit("fill", [make_patch(labels, rect, np.full((4, 6), 9, np.uint16))])
    assert edit.bounds == rect
    np.testing.assert_array_equal(labels.array, start)
    edit.apply(labels)
    assert (labels.read(rect) == 9).all()
    edit.revert(labels)
    np.testing.assert_array_equal(labels.array, start)


def test_overlapping_patches_are_reverted_backwards():
    labels = image()
    start = labels.read(labels.rect)
    rect = Rect(0, 0, 2, 2)
    first = make_patch(labels, rect, np.full((2, 2), 8, np.uint16))
    second = Patch(rect, first.after, np.full((2, 2), 9, np.uint16))
    edit = Edit("twice", [first, second])
    edit.apply(labels)
    edit.revert(labels)
    np.testing.assert_array_equal(labels.array, start)


def test_touched_is_changed_in_place():
    labels, touched = image(), np.zeros(SHAPE, bool)
    after = touched.copy()
    after[3:5, 4:9] = True
    edit = Edit("touch", [], make_touch_patches(touched, labels.rect, after))
    edit.apply(labels, touched)
    np.testing.assert_array_equal(touched, after)
    edit.revert(labels, touched)
    assert not touched.any()
    assert edit.bounds.empty


def test_large_areas_are_cut_into_cropped_blocks():
    labels = LabelImage(np.zeros((3 * BLOCK_PX, 3 * BLOCK_PX), np.uint16))
    after = labels.read(labels.rect)
    after[5, 6] = 1
    after[2 * BLOCK_PX + 1, 2 * BLOCK_PX + 2] = 2
    patches = make_patches(labels, labels.rect, after)
    assert [p.rect.area for p in patches] == [1, 1]
    edit = Edit("two dots", patches)
    edit.apply(labels)
    np.testing.assert_array_equal(labels.array, after)


def test_compact_stops_at_its_limit():
    labels = LabelImage(np.zeros((4 * BLOCK_PX, BLOCK_PX), np.uint16))
    edit = Edit("all", make_patches(labels, labels.rect, np.ones(labels.shape, np.uint16)))
    whole = edit.nbytes
    done = edit.compact(1)
    assert done == whole // 4
    assert edit.raw_nbytes == whole - done
    assert edit.nbytes < whole


def test_new_values_of_another_shape_are_refused():
    labels = image()
    with pytest.raises(ValueError, match="shape"):
        make_patches(labels, labels.rect, np.zeros((2, 2), np.uint16))


@given(st.binary(max_size=60))
def test_noise_is_no_edit(noise):
    with pytest.raises(ValueError, match="edit"):
        Edit.from_bytes(noise)


@given(edits(), st.data())
def test_damaged_bytes_never_do_worse_than_value_error(edit, data):
    good = bytearray(edit.to_bytes())
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(good)))
    for damaged in (bytes(good), bytes(good[:cut])):
        try:
            Edit.from_bytes(damaged)
        except ValueError:
            continue


@pytest.mark.parametrize("unpacked_bytes", [15, 17, 10**6])
def test_a_patch_that_unpacks_to_another_size_is_refused(unpacked_bytes):
    body = zlib.compress(bytes(unpacked_bytes))
    entry = {"rect": [0, 0, 2, 2], "touch": False, "size": len(body)}
    head = json.dumps({"name": "bomb", "patches": [entry]}).encode()
    with pytest.raises(ValueError, match="16 bytes"):
        Edit.from_bytes(b"PSE1" + struct.pack("<I", len(head)) + head + body)


def edit_of(entries, body=b"", name='"x"'):
    head = b'{"name": %s, "patches": %s}' % (name.encode(), entries)
    return b"PSE1" + struct.pack("<I", len(head)) + head + body


@pytest.mark.parametrize(
    "data",
    [
        edit_of(b'[{"rect": [0, 0, Infinity, 2], "touch": false, "size": 1}]'),
        edit_of(b'[{"rect": [-3, 0, -1, 2], "touch": true, "size": 1}]'),
        edit_of(b'[{"rect": [0, 0, 2, 99999999999999999999], "touch": true, "size": 1}]'),
        edit_of(b'[{"rect": [0, 0, 2, 2], "touch": false, "size": 1e999}]'),
        edit_of(b"[]", name="[" * 100_000),
    ],
)
def test_absurd_heads_are_no_edit(data):
    with pytest.raises(ValueError, match=r"edit|neither a place nor a size"):
        Edit.from_bytes(data, check=False)


def test_damage_found_late_is_a_value_error_too():
    edit = Edit.from_bytes(
        edit_of(b'[{"rect": [0, 0, 2, 2], "touch": false, "size": 4}]', b"\xff\xff\xff\xff"),
        check=False,
    )
    with pytest.raises(ValueError, match="a patch is damaged"):
        edit.apply(image())


def test_an_edit_of_another_image_writes_nothing():
    labels, touched = image(), np.zeros(SHAPE, bool)
    inside, outside = Rect(0, 0, 2, 2), Rect(0, 0, 40_000, 40_000)
    ones, flags = np.ones((2, 2), np.uint16), np.ones((2, 2), bool)
    good = Edit("x", [Patch(inside, ones, ones)], [TouchPatch(inside, ~flags, flags)])
    # Would be gigabytes, were it unpacked.
    bad = edit_of(
        json.dumps([{"rect": outside, "touch": False, "size": 0}]).encode(),
    )
    both = Edit.from_bytes(bad, check=False).after(good)
    before = labels.array.copy()
    for act in (both.apply, both.revert):
        with pytest.raises(ValueError, match="outside"):
            act(labels, touched)
    assert np.array_equal(labels.array, before)
    assert not touched.any()
