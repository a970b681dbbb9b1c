"""What the eye sees of a photo: tables, channels, white balance."""

import numpy as np
import pytest

from plantseg_gui.core.display_tables import (
    NO_GAINS,
    Adjustment,
    Channel,
    adjusted,
    display_table,
    grey_point_gains,
    grey_world_gains,
)

PHOTO = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def test_neutral_changes_nothing():
    assert Adjustment().neutral
    assert np.array_equal(display_table(Adjustment()), np.tile(np.arange(256), (3, 1)))
    assert np.array_equal(adjusted(PHOTO, Adjustment()), PHOTO)


@pytest.mark.parametrize(
    ("how", "darks", "lights"),
    [
        (Adjustment(brightness=50), (50, 114), (200, 255)),
        (Adjustment(brightness=-50), (50, 0), (200, 136)),
        (Adjustment(contrast=50), (100, 72), (150, 172)),
        (Adjustment(contrast=-50), (100, 114), (150, 139)),
        (Adjustment(gamma=2.0), (64, 128), (255, 255)),
        (Adjustment(gains=(2.0, 2.0, 2.0)), (60, 120), (200, 255)),
    ],
)
def test_each_control_does_what_its_name_says(how, darks, lights):
    table = display_table(how)
    assert table.shape == (3, 256)
    for value, wanted in (darks, lights):
        assert abs(int(table[1, value]) - wanted) <= 1
    assert (np.diff(table.astype(int), axis=1) >= 0).all()


def test_the_photo_is_never_changed():
    before = PHOTO.copy()
    for channel in Channel:
        shown = adjusted(PHOTO, Adjustment(30, 20, 1.5, (1.2, 1.0, 0.8), channel))
        assert (shown.shape, shown.dtype) == (PHOTO.shape, np.uint8)
        assert not np.shares_memory(shown, PHOTO)
    assert np.array_equal(PHOTO, before)


def test_single_channels_are_grey():
    for number, channel in enumerate((Channel.RED, Channel.GREEN, Channel.BLUE)):
        shown = adjusted(PHOTO, Adjustment(channel=channel))
        assert all(np.array_equal(shown[..., n], PHOTO[..., number]) for n in range(3))
    # Lab a: green dark, grey in the middle, red light; far colours are cut off, not mirrored.
    ends = np.array([[(0, 255, 0), (128, 128, 128), (255, 0, 0)]], np.uint8)
    shown = adjusted(ends, Adjustment(channel=Channel.LAB_A))[0, :, 0]
    assert (int(shown[0]), int(shown[2])) == (0, 255)
    assert abs(int(shown[1]) - 128) <= 3


def test_white_balance():
    tinted = np.full((30, 30, 3), (180, 120, 90), np.uint8)
    for gains in (grey_point_gains(tinted, 0, 29), grey_world_gains(tinted)):
        shown = adjusted(tinted, Adjustment(gains=gains))[0, 0]
        assert np.ptp(shown.astype(int)) <= 1
        assert abs(int(shown[0]) - 130) <= 1
    assert grey_world_gains(np.zeros((5, 5, 3), np.uint8)) == NO_GAINS
    # Blown-out sky does not count.
    tinted[:20] = 255
    assert grey_world_gains(tinted) == grey_point_gains(tinted, 25, 5)
