"""Batches are the same whoever prepares them: threads, processes, in one go or after a restart."""

import numpy as np
import pytest
import torch

from plantseg_gui.nn.losses.targets import lesion_boxes
from plantseg_gui.training.dataset import BatchFeed, CropSampler, Sampling, can_fork
from plantseg_gui.training.photo_cache import make_photo


def _sampler():
    rng = np.random.default_rng(5)
    photos = []
    for number in range(3):
        image = rng.integers(0, 255, (300, 260, 3), dtype=np.uint8)
        mask = np.zeros((300, 260), np.bool_)
        mask[40 + 30 * number : 90 + 30 * number, 50:120] = True
        photos.append(make_photo("own", f"{number}.png", image, mask))
    return CropSampler(photos, Sampling(1, 64, {"own": 1.0}, 0.6, (0.6, 1.6), 1.0))


@pytest.mark.parametrize("processes", [False, True])
def test_batches_do_not_depend_on_who_prepares_them(processes):
    if processes and not can_fork():
        pytest.skip("processes are forked on Linux alone")
    sampler = _sampler()
    feed = BatchFeed(sampler, 2, processes=processes)
    try:
        # In order, then from another place with another size, as after a smaller batch.
        for first, size in [(0, 4), (4, 4), (8, 4), (12, 2), (14, 2), (40, 4)]:
            found, wanted = feed.get(first, size), sampler.batch(first, size)
            assert torch.equal(found.images, wanted.images)
            assert torch.equal(found.targets.mask, wanted.targets.mask)
            assert torch.equal(found.thumbs, wanted.thumbs)
    finally:
        feed.close()


def test_boxes_come_with_the_batch():
    targets = _sampler().batch(0, 8).targets
    assert targets.boxes is not None
    again = lesion_boxes(targets.instances, targets.valid)
    for mine, fresh in zip(targets.boxes, again, strict=True):
        assert np.array_equal(mine.wanted, fresh.wanted)
        assert np.array_equal(mine.ignored, fresh.ignored)
    assert any(len(tile.wanted) for tile in targets.boxes)
