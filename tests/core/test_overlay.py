import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE, LabelImage
from plantseg_gui.core.overlay import CHUNK_PX, LAYERS, MAP_LAYERS, OverlayComposer
from plantseg_gui.core.palette import label_table, map_table

# Larger than the working scale in both directions, with chunks that are not full.
SHAPE = (1100, 1300)


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def blobs(shape=SHAPE):
    labels = np.zeros(shape, np.uint16)
    labels[100:300, 200:500] = 1
    labels[480:560, 480:560] = 300
    labels[700:720, :] = UNSURE
    return labels


def full(composer, labels):
    fresh = OverlayComposer(composer.height, composer.width)
    for name, layer in composer._layers.items():
        fresh.set_map(name, layer.values)
        fresh._layers[name] = layer
    fresh._label_layer = composer._label_layer
    fresh._wanted[...] = 1
    fresh._generation = 1
    fresh.compose(fresh.rect, labels)
    return fresh.buffer


def assert_premultiplied(buffer):
    alpha = buffer >> 24
    for shift in (16, 8, 0):
        assert (((buffer >> shift) & 255) <= alpha).all()


def test_the_mask_alone_is_a_table_look_up():
    labels = blobs()
    composer = OverlayComposer(*SHAPE)
    composer.compose(composer.rect, labels)
    np.testing.assert_array_equal(composer.buffer, label_table(0.5)[labels])


def test_the_buffer_keeps_its_memory():
    composer = OverlayComposer(*SHAPE)
    address = composer.buffer.ctypes.data
    composer.set_map("probability", noise((256, 256)))
    composer.set_layer("probability", True, 0.7)
    composer.compose(composer.rect, blobs())
    assert composer.buffer.ctypes.data == address


def test_only_the_rectangle_is_written():
    composer = OverlayComposer(*SHAPE)
    composer.compose(Rect(100, 200, 110, 210), blobs())
    assert np.count_nonzero(composer.buffer) == 100


def test_a_rectangle_is_clipped():
    composer = OverlayComposer(*SHAPE)
    composer.compose(Rect(-50, -50, 5000, 5000), blobs())
    composer.compose(Rect(-50, -50, -10, -10), blobs())
    np.testing.assert_array_equal(composer.buffer, full(composer, blobs()))


def test_a_map_at_the_photos_scale_is_a_table_look_up():
    composer = OverlayComposer(300, 200)
    values = noise((300, 200))
    composer.set_map("variance", values)
    composer.set_layer("variance", True, 0.5)
    composer.compose(composer.rect, np.zeros((300, 200), np.uint16))
    np.testing.assert_array_equal(composer.buffer, map_table("viridis", 0.5)[values])


def test_a_map_lies_where_it_belongs():
    composer = OverlayComposer(*SHAPE)
    values = np.zeros((256, 256), np.uint8)
    values[128:, :128] = 255
    composer.set_map("probability", values)
    composer.set_layer("probability", True, 1.0)
    composer.compose(composer.rect, np.zeros(SHAPE, np.uint16))
    alpha = composer.buffer >> 24
    assert (alpha[560:, :640] == 255).all()
    assert not alpha[:540].any()
    assert not alpha[:, 665:].any()


def test_layers_stack_in_their_order():
    composer = OverlayComposer(64, 64)
    for name in ("attention1", "probability"):
        composer.set_map(name, np.full((64, 64), 255, np.uint8))
        composer.set_layer(name, True, 1.0)
    labels = np.zeros((64, 64), np.uint16)
    composer.compose(composer.rect, labels)
    assert (composer.buffer == map_table("magma", 1.0)[255]).all()
    composer.set_layer("probability", False, 1.0)
    composer.compose(composer.rect, labels)
    assert (composer.buffer == map_table("viridis", 1.0)[255]).all()


def test_the_mask_lies_over_the_maps():
    composer = OverlayComposer(64, 64)
    composer.set_map("probability", np.full((64, 64), 255, np.uint8))
    composer.set_layer("probability", True, 1.0)
    composer.set_layer("mask", True, 1.0)
    labels = np.zeros((64, 64), np.uint16)
    labels[:32] = 1
    composer.compose(composer.rect, labels)
    assert (composer.buffer[:32] == label_table(1.0)[1]).all()
    assert (composer.buffer[32:] == map_table("magma", 1.0)[255]).all()
    composer.set_layer("mask", False, 1.0)
    composer.compose(composer.rect, labels)
    assert (composer.buffer == map_table("magma", 1.0)[255]).all()


def test_mask_style():
    composer = OverlayComposer(*SHAPE)
    composer.set_mask_style("instances", selected=300)
    composer.compose(composer.rect, blobs())
    expected = label_table(0.5, "instances", selected=300)[blobs()]
    np.testing.assert_array_equal(composer.buffer, expected)


def test_taking_maps_away_leaves_the_mask():
    composer = OverlayComposer(*SHAPE)
    composer.set_map("energy", noise((64, 64)))
    composer.set_layer("energy", True, 0.5)
    composer.compose(composer.rect, blobs())
    composer.set_map("energy", None)
    composer.compose(composer.rect, blobs())
    np.testing.assert_array_equal(composer.buffer, label_table(0.5)[blobs()])


def test_stale_chunks():
    composer = OverlayComposer(*SHAPE)
    assert composer.stale_chunks(composer.rect) == []
    composer.set_map("energy", noise((64, 64)))
    assert composer.stale_chunks(composer.rect) == []
    composer.set_layer("energy", True, 0.5)
    assert len(composer.stale_chunks(composer.rect)) == 9
    composer.compose_under(Rect(0, 0, 10, 10))
    assert len(composer.stale_chunks(composer.rect)) == 8
    assert composer.stale_chunks(Rect(0, 0, CHUNK_PX, CHUNK_PX)) == []
    composer.compose_under(composer.rect)
    assert composer.stale_chunks(composer.rect) == []


def test_a_tile_makes_only_its_own_chunks_stale():
    composer = OverlayComposer(2048, 2048)
    composer.set_layer("preview", True, 0.5)
    whole = composer.update_map("preview", Rect(0, 0, 9, 9), noise((9, 9)), (1024, 1024))
    assert len(composer.stale_chunks(composer.rect)) == 16
    composer.compose_under(composer.rect)
    area = composer.update_map("preview", Rect(0, 0, 100, 100), noise((100, 100)), (1024, 1024))
    assert area.y1 <= 210
    assert composer.stale_chunks(composer.rect) == [Rect(0, 0, 512, 512)]
    assert whole == composer.rect


@pytest.mark.parametrize("size", [(2048, 2048), (900, 1300), (100, 80)])
def test_tiles_one_by_one_give_the_whole_map(size):
    shape = (256, 256)
    values = noise(shape)
    composer, expected = OverlayComposer(*size), OverlayComposer(*size)
    for one in (composer, expected):
        one.set_layer("preview", True, 0.5)
    expected.set_map("preview", np.kron(values[::64, ::64], np.ones((64, 64), np.uint8)))
    labels = np.zeros(size, np.uint16)
    for y in range(0, 256, 64):
        for x in range(0, 256, 64):
            tile = np.full((64, 64), values[y, x], np.uint8)
            area = composer.update_map("preview", Rect(y, x, y + 64, x + 64), tile, shape)
            composer.compose(area, labels)
    np.testing.assert_array_equal(composer.buffer, full(composer, labels))
    expected.compose(expected.rect, labels)
    assert np.mean(composer.buffer != expected.buffer) < 0.06


def test_wrong_values_and_names_are_refused():
    composer = OverlayComposer(*SHAPE)
    with pytest.raises(ValueError, match=r"'smell'; there are .*mask"):
        composer.set_layer("smell", True, 0.5)
    with pytest.raises(ValueError, match="smell"):
        composer.set_map("smell", None)
    with pytest.raises(ValueError, match="uint8"):
        composer.set_map("energy", np.zeros((4, 4), np.float32))
    with pytest.raises(ValueError, match="does not fit"):
        composer.update_map("energy", Rect(0, 0, 9, 9), noise((4, 4)), (100, 100))


def test_extreme_shapes():
    for shape in ((1, 1), (1, 3000), (3000, 1), (513, 511)):
        composer = OverlayComposer(*shape)
        for name in MAP_LAYERS:
            composer.set_map(name, noise((7, 5)))
            composer.set_layer(name, True, 0.5)
        composer.compose(composer.rect, np.ones(shape, np.uint16))
        assert_premultiplied(composer.buffer)


RECTS = st.tuples(st.integers(0, 1099), st.integers(0, 1299), st.integers(1, 500))
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), RECTS, st.sampled_from([0, 1, 2, 9, UNSURE])),
        st.tuples(
            st.just("layer"),
            st.sampled_from(LAYERS),
            st.tuples(st.booleans(), st.sampled_from([0.0, 0.3, 1.0])),
        ),
        st.tuples(st.just("map"), st.sampled_from(MAP_LAYERS), st.sampled_from([32, 300, 1024])),
        st.tuples(st.just("tile"), st.sampled_from(MAP_LAYERS), RECTS),
        st.tuples(st.just("style"), st.sampled_from(["single", "instances"]), st.none()),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25)
@given(ACTS)
def test_composing_bit_by_bit_gives_what_composing_at_once_gives(acts):
    labels, composer = LabelImage(blobs()), OverlayComposer(*SHAPE)
    labels.changed.connect(lambda rect: composer.compose(rect, labels.array))
    composer.compose(composer.rect, labels.array)
    for act, what, how in acts:
        if act == "write":
            rect = Rect(what[0], what[1], what[0] + what[2], what[1] + what[2]).clip(*SHAPE)
            labels.write(rect, np.full((rect.height, rect.width), how, np.uint16))
            continue
        if act == "tile":
            rect = Rect(how[0], how[1], how[0] + how[2], how[1] + how[2]).clip(*SHAPE)
            area = composer.update_map(what, rect, noise((rect.height, rect.width)), SHAPE)
            if composer._layers[what].visible:
                composer.compose(area, labels.array)
            continue
        if act == "layer":
            composer.set_layer(what, *how)
        elif act == "map":
            composer.set_map(what, noise((how, how)))
        else:
            composer.set_mask_style(what)
        # As the window does it: the maps in pieces, then the view.
        for chunk in composer.stale_chunks(composer.rect):
            composer.compose_under(chunk)
        composer.compose(composer.rect, labels.array)
    np.testing.assert_array_equal(composer.buffer, full(composer, labels.array))
    assert_premultiplied(composer.buffer)


def test_maps_may_be_composed_on_another_thread_while_sliders_move():
    composer, labels = OverlayComposer(*SHAPE), blobs()
    for name in MAP_LAYERS:
        composer.set_map(name, noise((128, 128)))
    stop = threading.Event()

    def work():
        while not stop.is_set():
            composer.compose_under(composer.rect)

    thread = threading.Thread(target=work)
    thread.start()
    rng = np.random.default_rng(0)
    for step in range(60):
        composer.set_layer(MAP_LAYERS[step % 7], bool(rng.integers(2)), float(rng.random()))
        composer.compose(Rect(0, 0, 600, 600), labels)
    stop.set()
    thread.join()
    composer.compose(composer.rect, labels)
    np.testing.assert_array_equal(composer.buffer, full(composer, labels))
