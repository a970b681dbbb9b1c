import numpy as np
import pytest
import torch

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.training.decoder_learner import MASK_TERMS, DecoderLearner
from plantseg_gui.training.feature_cache import CachePhoto, build_cache, views_wanted
from plantseg_gui.training.photo_cache import make_photo
from plantseg_gui.training.photo_maps import (
    FrozenEncoder,
    encode_photo,
    lesion_logits,
    lesion_probability,
)
from plantseg_gui.training.precision import Precision
from plantseg_gui.training.recipe import Recipe, default_minutes
from plantseg_gui.training.reminders import draw_reminders
from tests.training.conftest import TILE, small_network, spotted

FP32 = Precision(torch.device("cpu"), torch.float32)
RECIPE = Recipe(batch=2, whole=2)
NONE = np.zeros((0, 2), np.int32)


def cache_of(count=8, network=None, valid=None, seed=1):
    photos = [
        CachePhoto(make_photo("own", f"p{k}", *spotted(k), valid=valid), NONE) for k in range(2)
    ]
    encoder = FrozenEncoder(network or small_network(), FP32)
    return build_cache(photos, encoder, count, Recipe(batch=2, whole=2, seed=seed), TILE)


def test_features_are_the_networks_own():
    network = small_network()
    cache = cache_of(network=network)
    photo = encode_photo(
        FrozenEncoder(network, FP32), make_photo("own", "p", *spotted(1, TILE // 2)), TILE
    )
    with torch.no_grad():
        rgb = torch.from_numpy(photo.image).permute(2, 0, 1)[None]
        whole = network(network.normalise(rgb)).segmentation[0, 0].numpy()
    meta = ModelMeta("m", {}, temperature=2.0, bias=0.5)
    probability = lesion_probability(network, photo, FP32, meta)
    assert np.abs(probability - to_probability(whole, meta)).max() < 0.005
    assert len(cache) == 8
    assert 0 < cache.lesion_share < 1


def test_batches_are_the_same_each_time_and_go_through_all_crops():
    feed, again = cache_of().feed(1), cache_of().feed(1)
    a, b = feed(0, 8), again(0, 8)
    assert all(torch.equal(x, y) for x, y in zip(a.features, b.features, strict=True))
    assert torch.equal(a.targets.mask, b.targets.mask)
    crops = {tuple(f.flatten().tolist()) for f in a.features[3]}
    assert len(crops) == 8
    assert not torch.equal(feed(8, 8).targets.mask, a.targets.mask)
    other = cache_of().feed(2)(0, 8)
    assert not torch.equal(other.targets.mask, a.targets.mask)


def test_a_fold_never_sees_the_photo_that_it_leaves_out():
    cache = cache_of(12)
    feed = cache.feed(1, without=[0])
    allowed = {
        tuple(cache.batch(np.array([k])).features[3].flatten().tolist())
        for k in np.flatnonzero(cache.owner == 1)
    }
    seen = {tuple(f.flatten().tolist()) for f in feed(0, 40).features[3]}
    assert seen == allowed


def test_crops_of_a_corrected_photo_lie_where_it_was_touched():
    valid = np.zeros((96, 96), bool)
    valid[:12, :12] = True
    cache = cache_of(16, valid=valid)
    batch = cache.batch(np.arange(16))
    assert (batch.targets.valid.sum((1, 2, 3)) > 0).all()
    assert not batch.complete.any()


def test_more_is_cached_for_longer_runs_and_every_photo_has_its_share():
    assert views_wanted(100, RECIPE, 3) > views_wanted(20, RECIPE, 1)
    assert np.bincount(cache_of(9).owner).tolist() == [5, 4]


def learner(cache, network, aux_every=2, updates=12, **more):
    return DecoderLearner(
        RECIPE.train_config(updates),
        network,
        FP32,
        lesion_share=cache.lesion_share,
        aux_every=aux_every,
        **more,
    )


def test_only_the_decoder_learns_and_normalisations_stay():
    network = small_network()
    cache = cache_of(network=network)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    model = learner(cache, network, updates=32)
    losses = [model.mask_loss(model.update(k, cache.feed(1)).terms) for k in range(32)]
    after = network.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert not [k for k in changed if k.startswith(("encoder.", "scorer."))]
    assert not [k for k in changed if "running" in k or "num_batches" in k]
    for part in ("laterals", "fpn", "segmentation", "region", "affinity", "query"):
        assert [k for k in changed if k.startswith(part)], part
    assert np.mean(losses[-8:]) < np.mean(losses[:8])


def test_updates_between_leave_the_other_heads_alone():
    network = small_network()
    cache = cache_of(network=network)
    model = learner(cache, network, aux_every=0)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    report = model.update(0, cache.feed(1))
    assert set(report.terms) == set(MASK_TERMS)
    changed = {k for k, v in network.state_dict().items() if not torch.equal(before[k], v)}
    assert not [k for k in changed if k.startswith(("affinity", "query"))]


def test_a_resumed_learner_goes_on_with_the_same_weights():
    cache = cache_of()
    results = []
    for stop_at in (None, 3):
        model = learner(cache, small_network())
        for number in range(6):
            if number == stop_at:
                tensors = {k: v.clone() for k, v in model.tensors().items()}
                assert not [k for k in tensors if "/encoder." in k]
                state = model.state()
                model = learner(cache, small_network())
                model.load(tensors, state)
            model.update(number, cache.feed(1))
        results.append({k: v.clone() for k, v in model.average.network.state_dict().items()})
    assert all(torch.equal(results[0][k], results[1][k]) for k in results[0])


def test_what_nobody_looked_at_teaches_nothing_about_queries_and_presence():
    valid = np.zeros((96, 96), bool)
    valid[:9, :9] = True
    network = small_network()
    cache = cache_of(4, network=network, valid=valid)
    healthy = cache.batch(np.arange(4))
    healthy.targets.mask.zero_()
    model = learner(cache, network, aux_every=1)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    # Without weight decay an unlearned weight stays as it is to the last bit.
    for group in model.optimiser.param_groups:
        group["weight_decay"] = 0.0
    model.update(0, lambda first, size: healthy)
    changed = {k for k, v in network.state_dict().items() if not torch.equal(before[k], v)}
    assert [k for k in changed if k.startswith("segmentation")]
    assert not [k for k in changed if k.startswith(("query", "region"))]


@pytest.mark.parametrize(("photos", "minutes"), [(1, 0.75), (3, 0.75), (10, 2.0), (500, 2.0)])
def test_time_by_the_number_of_photos(photos, minutes):
    assert default_minutes(photos) == pytest.approx(minutes)
    assert default_minutes(3) <= default_minutes(6) <= default_minutes(10)


def test_a_recipe_survives_its_dict_and_ignores_what_it_does_not_know():
    assert Recipe.from_dict(RECIPE.to_dict() | {"colour": 1}) == RECIPE


def test_the_other_heads_do_not_pull_at_the_pyramid():
    results = []
    for aux_every in (0, 1):
        network = small_network()
        cache = cache_of(network=network)
        model = learner(cache, network, aux_every=aux_every)
        model.update(0, cache.feed(1))
        results.append({k: v.clone() for k, v in network.state_dict().items()})
    alike = [k for k in results[0] if k.startswith(("laterals", "fpn", "segmentation"))]
    assert all(torch.allclose(results[0][k], results[1][k], atol=1e-6) for k in alike)
    assert not torch.equal(results[0]["query.box.weight"], results[1]["query.box.weight"])


def test_windows_are_parts_of_the_crops_and_like_lesions():
    batch = cache_of(12).batch(np.arange(12))
    torch.manual_seed(0)
    parts = batch.windows(0.5)
    assert [f.shape[-1] for f in parts.features] == [8, 4, 2, 1]
    assert parts.targets.mask.shape == (12, 1, 32, 32)
    for k in range(12):
        # The window's coarsest cell is one of the crop's four, and all maps are cut there.
        cell = parts.features[3][k, :, 0, 0]
        whole = batch.features[3][k]
        y, x = next(
            (y, x) for y in (0, 1) for x in (0, 1) if torch.equal(whole[:, y, x], cell)
        )  # fmt: skip
        for maps, cut in ((batch.features[0], parts.features[0]),
                          (batch.targets.mask, parts.targets.mask),
                          (batch.targets.valid, parts.targets.valid)):  # fmt: skip
            half = maps.shape[-1] // 2
            there = maps[k, :, y * half : (y + 1) * half, x * half : (x + 1) * half]
            assert torch.equal(there, cut[k])
    drawn = torch.stack([batch.windows(0.5).targets.mask.mean() for _ in range(20)]).mean()
    assert drawn > batch.targets.mask.mean()


def test_late_blocks_learn_from_their_turn_on_and_a_look_runs_them():
    network = small_network()
    cache = cache_of(network=network)
    model = learner(cache, network, late_from=2, updates=8)
    encoder = FrozenEncoder(network, FP32)
    photo = encode_photo(encoder, make_photo("own", "p", *spotted(5)), TILE)
    before = {k: v.clone() for k, v in network.state_dict().items() if k.startswith("encoder.")}

    def changed():
        return {k for k, v in before.items() if not torch.equal(v, network.state_dict()[k])}

    for number in range(2):
        model.update(number, cache.feed(1))
    assert not changed()
    for number in range(2, 6):
        model.update(number, cache.feed(1))
    late = {f"encoder.body.blocks.{k}." for k in range(3, 7)}
    assert changed()
    assert all(k.startswith(tuple(late)) for k in changed())
    assert not [k for k in changed() if "running" in k]
    assert model.average.network.learned_late
    meta = ModelMeta("m", {})
    looked = lesion_probability(model.average.network, photo, FP32, meta)
    model.average.network.learned_late = False
    without = lesion_probability(model.average.network, photo, FP32, meta)
    assert np.abs(looked - without).max() > 1e-6
    # Its whole state goes into the checkpoint, and a resumed learner goes on with it.
    again = learner(cache, small_network(), late_from=2, updates=8)
    tensors, state = {k: v.clone() for k, v in model.tensors().items()}, model.state()
    again.load(tensors, state)
    assert again.average.network.learned_late
    for one in (model, again):
        one.update(6, cache.feed(1))
    mine, theirs = network.state_dict(), again.network.state_dict()
    assert all(torch.equal(mine[k], theirs[k]) for k in mine)


def test_reminders_hold_the_network_to_the_base_model():
    network = small_network()
    encoder = FrozenEncoder(network, FP32)
    reminders = draw_reminders(network, encoder, 8)
    assert len(reminders) == 8
    assert reminders.truth.any()
    meta = ModelMeta("m", {})
    assert 0 <= reminders.dice(network, encoder, meta) <= 1
    drift = []
    for weight in (0.0, 20.0):
        copy = small_network()
        cache = cache_of(network=copy)
        model = learner(cache, copy, aux_every=0, updates=24, reminders=reminders, remind=weight)
        for number in range(24):
            model.update(number, cache.feed(1))
        logits = lesion_logits(copy.eval(), reminders.features, FP32)
        drift.append(float((logits.sigmoid() - reminders.teacher.sigmoid()).abs().mean()))
    assert drift[1] < drift[0]


def test_the_last_layer_can_learn_alone():
    network = small_network()
    cache = cache_of(network=network)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    model = learner(cache, network, head_only=True)
    model.update(0, cache.feed(1))
    changed = {k for k, v in network.state_dict().items() if not torch.equal(before[k], v)}
    assert changed == {"segmentation.logit.weight", "segmentation.logit.bias"}
