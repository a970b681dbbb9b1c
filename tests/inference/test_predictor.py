"""Photo in, prediction out: modes, order, sizes, determinism."""

import numpy as np
import pytest
import torch

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import Prediction, TileMode, TileUpdate
from plantseg_gui.inference import analysis
from plantseg_gui.inference.calibration import logit, sigmoid
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.inference.stitch import window
from plantseg_gui.nn.checkpoint import LoadedModel
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from tests.inference.helpers import fp32, leaf_photo, load

LEAF = leaf_photo(seed=3, size=320)  # 640 network px, 9 tiles
GREY = np.full((320, 320, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def predictor(tiny_model):
    return Predictor(load(tiny_model), fp32())


@pytest.fixture(scope="module")
def prediction(predictor):
    return predictor.predict(LEAF)


def same(a: Prediction, b: Prediction) -> bool:
    pairs = [
        (a.probability, b.probability),
        (a.attention[0], b.attention[0]),
        (a.attention[1], b.attention[1]),
        (a.affinity, b.affinity),
        (a.labels, b.labels),
    ]
    return (
        all(np.array_equal(x, y) for x, y in pairs)
        and a.boxes == b.boxes
        and a.disease_probability == b.disease_probability
        and a.tiles_processed == b.tiles_processed
    )


def test_everything_comes_out_of_one_run(prediction):
    assert prediction.labels.shape == (320, 320)
    assert prediction.probability.shape == (640, 640)
    assert prediction.attention[0].shape == (80, 80)
    assert prediction.attention[1].shape == (40, 40)
    assert prediction.affinity.shape == (8, 160, 160)
    assert prediction.affinity.dtype == np.float16
    assert 0 < prediction.disease_probability < 1
    assert prediction.labels.any()
    assert prediction.leaf.found
    assert prediction.tiles_total == 9
    assert (prediction.model, prediction.threshold) == ("tiny-test", 0.5)
    assert prediction.seconds > 0
    assert prediction.warnings == ()


def test_the_map_is_the_blend_of_the_tiles_probabilities_not_of_their_logits(tiny_model):
    predictor = Predictor(load(tiny_model, temperature=0.5, bias=-0.3), fp32())
    tiles: dict[tuple[int, int], TileUpdate] = {}
    prediction = predictor.predict(
        LEAF, mode=TileMode.FULL, on_tile=lambda u: tiles.__setitem__((u.rect.y0, u.rect.x0), u)
    )
    total = np.zeros((640, 640), np.float64)
    of_logits = np.zeros((640, 640), np.float64)
    weight = np.zeros((640, 640), np.float64)
    for update in tiles.values():
        part = window(256)[: update.rect.height, : update.rect.width]
        total[update.rect.slices] += part * update.probability
        of_logits[update.rect.slices] += part * logit(update.probability)
        weight[update.rect.slices] += part
    assert np.allclose(prediction.probability, total / weight, atol=1e-5)
    assert np.abs(sigmoid(of_logits / weight) - total / weight).max() > 0.01


def test_arrays_are_given_up_read_only(prediction):
    for array in (prediction.probability, prediction.labels, prediction.attention[0]):
        assert not array.flags.writeable
    assert not prediction.leaf.mask.flags.writeable


def test_same_photo_same_bits_whatever_the_streams(tiny_model, prediction, predictor):
    assert same(predictor.predict(LEAF), prediction)
    assert same(Predictor(load(tiny_model), fp32(1)).predict(LEAF), prediction)


@pytest.mark.parametrize("mode", [TileMode.ADAPTIVE, TileMode.FULL, TileMode.GRID24])
def test_the_order_of_tiles_never_changes_a_bit(predictor, monkeypatch, mode):
    forward: list[int] = []
    wanted = predictor.predict(LEAF, mode=mode, on_tile=lambda u: forward.append(u.rect.y0))
    order = np.random.default_rng(1)
    monkeypatch.setattr(analysis, "by_score", lambda ids, _scores: list(order.permutation(ids)))
    assert same(predictor.predict(LEAF, mode=mode), wanted)


def test_adaptive_that_sees_all_tiles_equals_full(predictor):
    adaptive = predictor.predict(GREY)  # no leaf: all tiles
    full = predictor.predict(GREY, mode=TileMode.FULL)
    assert not adaptive.leaf.found
    assert adaptive.tiles_processed == adaptive.tiles_total == 9
    assert same(adaptive, full)


def test_tile_counts_of_the_modes(predictor):
    wide = leaf_photo(size=640)[:400]  # 640×1024 network px
    counts = {m: predictor.predict(wide, mode=m) for m in TileMode}
    assert counts[TileMode.SINGLE].tiles_processed == 1
    assert counts[TileMode.GRID24].tiles_processed == 24
    assert counts[TileMode.FULL].tiles_processed == counts[TileMode.FULL].tiles_total == 15
    assert 1 <= counts[TileMode.ADAPTIVE].tiles_processed <= 15
    single = counts[TileMode.SINGLE].probability
    assert (single > 0).sum() == 256 * 256
    tiles = counts[TileMode.SINGLE].tiles
    assert len(tiles) == 15
    best = max(tiles, key=lambda tile: tile.score)
    assert [tile for tile in tiles if tile.processed] == [best]
    # Photo px: half the network's here; the processed tile is where the map is not 0.
    rows, columns = np.nonzero(single)
    assert best.rect == (
        rows.min() * 5 // 8,
        columns.min() * 5 // 8,
        rows.max() * 5 // 8 + 1,
        columns.max() * 5 // 8 + 1,
    )
    assert all(tile.processed for tile in counts[TileMode.FULL].tiles)


def corner_leaf() -> np.ndarray:
    """A leaf in one corner of a large plain ground."""
    drawn = draw_leaf(1, 400)  # a grape leaf on blue
    image = np.empty((1024, 1024, 3), np.uint8)
    image[:] = np.median(drawn.image[~drawn.leaf], axis=0)
    image[:400, :400][drawn.leaf] = drawn.image[drawn.leaf]
    return image


def test_background_is_skipped_but_no_part_of_the_leaf(tiny_model):
    # Nothing scores, and lesions start at a probability that is never reached.
    calm = Predictor(load(tiny_model, scorer_threshold=2.0, threshold=0.999999), fp32())
    prediction = calm.predict(corner_leaf())
    assert prediction.leaf.found
    assert prediction.tiles_processed < prediction.tiles_total == 25
    assert (prediction.probability[prediction.leaf.mask] > 0).all()
    assert not prediction.probability[-100:, -100:].any()
    assert not prediction.labels.any()


def test_a_lesion_at_a_tiles_border_brings_the_neighbours(tiny_model):
    calm = Predictor(load(tiny_model, scorer_threshold=2.0, threshold=0.999999), fp32())
    eager = Predictor(load(tiny_model, scorer_threshold=2.0, threshold=0.0001), fp32())
    few = calm.predict(corner_leaf()).tiles_processed
    assert eager.predict(corner_leaf()).tiles_processed == 25 > few


def test_the_scorer_adds_tiles_outside_the_leaf(tiny_model):
    keen = Predictor(load(tiny_model, scorer_threshold=0.0, threshold=0.999999), fp32())
    assert keen.predict(corner_leaf()).tiles_processed == 25


def test_tiles_come_one_by_one_the_most_suspicious_first(tiny_model):
    seen: list[TileUpdate] = []
    steps: list[tuple[int, int]] = []
    predictor = Predictor(load(tiny_model), fp32(1))
    result = predictor.predict(
        LEAF,
        mode=TileMode.FULL,
        on_tile=seen.append,
        progress=lambda d, t, _="": steps.append((d, t)),
    )
    scores = analysis.lay_out(LEAF, TileMode.FULL, predictor._engine, 1.0).scores
    rank = {(0, 192, 384)[i // 3] * 1000 + (0, 192, 384)[i % 3]: s for i, s in enumerate(scores)}
    got = [rank[u.rect.y0 * 1000 + u.rect.x0] for u in seen]
    assert got == sorted(got, reverse=True)
    assert [u.done for u in seen] == list(range(1, 10))
    assert steps == [(d, 9) for d in range(1, 10)]
    assert {u.probability.shape for u in seen} == {(256, 256)}
    assert (seen[0].network_height, seen[0].network_width) == result.probability.shape


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 600), (900, 2), (256, 256), (257, 255)])
@pytest.mark.parametrize("mode", list(TileMode))
def test_any_size(predictor, shape, mode):
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    prediction = predictor.predict(image, mode=mode)
    assert prediction.labels.shape == shape
    assert prediction.tiles_processed >= 1
    if mode is not TileMode.SINGLE:
        assert (prediction.probability > 0).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
    ],
)
def test_what_is_no_photo_is_refused(predictor, array):
    with pytest.raises(InputError, match="shape"):
        predictor.predict(array)


def test_cancelled_between_tiles(predictor):
    token = CancelToken()
    seen: list[TileUpdate] = []

    def stop(update: TileUpdate) -> None:
        seen.append(update)
        token.cancel()

    with pytest.raises(Cancelled):
        predictor.predict(LEAF, token=token, on_tile=stop)
    assert len(seen) == 1
    with pytest.raises(Cancelled):
        predictor.predict(LEAF, token=token)


def test_threshold_and_calibration_decide_the_mask(tiny_model, prediction, predictor):
    strict = predictor.predict(LEAF, threshold=0.9)
    assert strict.threshold == 0.9
    assert 0 <= (strict.labels > 0).sum() < (prediction.labels > 0).sum()
    assert np.array_equal(strict.probability, prediction.probability)
    cooler = Predictor(load(tiny_model, bias=-3.0), fp32()).predict(LEAF)
    assert (cooler.probability <= prediction.probability).all()
    assert cooler.probability.mean() < prediction.probability.mean()


def test_tiny_lesions_ask_for_twice_the_scale(predictor):
    small = leaf_photo(size=128)
    assert predictor.predict(small).probability.shape == (256, 256)
    assert predictor.predict(small, scale_factor=2.0).probability.shape == (512, 512)


@pytest.mark.parametrize("generation", ["initial", "september", "october"])
def test_older_generations_run_as_well(generation):
    config = NetworkConfig.for_generation(
        generation, encoder="tf_efficientnet_lite0", fpn_channels=32
    )
    torch.manual_seed(0)
    network = build_network(config)
    model = LoadedModel(network, ModelMeta(generation, network.config.to_dict()))
    prediction = Predictor(model, fp32()).predict(leaf_photo(size=64))
    assert prediction.probability.shape == (128, 128)
    assert prediction.attention[0].shape == (16, 16)
    assert prediction.affinity.shape == (8, 32, 32)
    if generation != "october":
        assert prediction.boxes == ()
        assert not prediction.attention[0].any()
