import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.training.augment import augment, sample_rng
from plantseg_gui.training.crops import CropPlace, choose_place, cut, keep_inside
from plantseg_gui.training.photo_cache import make_photo
from tests.training.conftest import spotted


def photo(seed=0, size=96, **options):
    image, mask = spotted(seed, size)
    return make_photo("own", "p", image, mask, **options)


PHOTO = photo()


@given(st.floats(0, 96), st.floats(0, 96), st.floats(1, 300), st.sampled_from([32, 64]))
def test_any_place_gives_a_tile_of_the_right_size(y, x, side, tile):
    place = CropPlace(keep_inside(y, side, 96), keep_inside(x, side, 96), side)
    crop = cut(PHOTO, place, tile)
    assert crop.image.shape == (tile, tile, 3)
    assert crop.mask.shape == crop.valid.shape == crop.instances.shape == (tile, tile)
    assert set(np.unique(crop.mask)) <= {0, 1}
    assert not (crop.instances[crop.mask == 0]).any()


def test_an_uncut_scale_gives_the_photos_own_pixels():
    whole = photo()
    crop = cut(whole, CropPlace(48, 48, 64), 64)
    assert np.array_equal(crop.image, whole.image[16:80, 16:80])
    assert np.array_equal(crop.mask > 0, whole.mask[16:80, 16:80] >= 128)
    assert crop.valid.all()
    assert crop.complete


def test_what_lies_outside_is_mirrored_and_not_valid():
    crop = cut(photo(), CropPlace(0, 48, 64), 64)
    assert not crop.valid[:32].any()
    assert crop.valid[32:].all()
    assert crop.image[:32].any()


def test_places_on_a_lesion_show_one():
    whole = photo()
    for index in range(30):
        place = choose_place(
            whole, sample_rng(1, 0, index), tile_px=64, on_lesion=True, scale=(0.7, 1.4)
        )
        assert cut(whole, place, 64).mask.any()


def test_unsure_pixels_are_left_out():
    image, _ = spotted(0)
    labels = np.zeros((96, 96), np.uint16)
    labels[20:40, 20:40] = 3
    labels[50:90, 50:90] = UNSURE
    whole = make_photo("own", "p", image, None, labels=labels)
    crop = cut(whole, CropPlace(48, 48, 96), 96)
    assert not crop.valid[50:90, 50:90].any()
    assert set(np.unique(crop.instances)) == {0, 3}
    assert not crop.complete


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_augmenting_turns_all_parts_alike_and_is_repeatable(strength):
    crop = cut(photo(), CropPlace(48, 48, 64), 64)
    crop.image[...] = crop.mask[..., None] * 255
    a, b = (augment(crop, sample_rng(1, 2, 3), strength) for _ in range(2))
    assert np.array_equal(a.image, b.image)
    assert np.array_equal(a.mask > 0, a.instances > 0)
    if not strength:
        assert a.mask.sum() == crop.mask.sum()
        assert np.array_equal(a.image[..., 0] > 0, a.mask > 0)


def test_a_tilted_crop_keeps_photo_and_labels_together(monkeypatch):
    monkeypatch.setattr("plantseg_gui.training.augment._TILT_CHANCE", 1.0)
    monkeypatch.setattr(
        "plantseg_gui.training.augment._photometric", lambda image, _rng, _strength: image
    )
    crop = cut(photo(), CropPlace(48, 48, 64), 64)
    crop.image[...] = crop.mask[..., None] * 255
    tilted = [augment(crop, sample_rng(1, 0, index), 1.0) for index in range(20)]
    for one in tilted:
        seen = one.image[..., 0] >= 128
        both, either = seen & (one.mask > 0), seen | (one.mask > 0)
        assert both.sum() >= 0.85 * either.sum()
        assert one.valid.all()
    assert any(one.mask.sum() != crop.mask.sum() for one in tilted)


def test_samples_differ_by_seed_epoch_and_index():
    draws = {
        float(sample_rng(*key).random()) for key in ((1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1))
    }
    assert len(draws) == 4
