"""Two kinds of tissue that the features tell apart; the network takes them wrongly."""

import numpy as np
import pytest

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.scribbles import ScribbleStroke
from plantseg_gui.inference.feature_basis import DIRECTIONS, reduce_features
from plantseg_gui.inference.photo_features import PhotoFeatures
from plantseg_gui.inference.scribble import ScribbleHead

SIDE = 128
SPOTS = [(12, 12), (12, 80), (60, 40), (88, 88), (96, 12)]


def scene(*, missed=(), invented=()):
    """Five spots 16 px wide; some are missed, and of healthy squares some are taken for spots."""
    generator = np.random.default_rng(4)
    kind = np.zeros((SIDE, SIDE), int)
    for y, x in SPOTS:
        kind[y : y + 16, x : x + 16] = 1
    squares = [(36, 100), (112, 60), (40, 4)]
    for y, x in squares:
        kind[y : y + 12, x : x + 12] = 2
    probability = np.full((SIDE, SIDE), 0.03, np.float32)
    probability[kind == 1] = 0.9
    for number in missed:
        y, x = SPOTS[number]
        probability[y : y + 16, x : x + 16] = 0.15
    for number in invented:
        y, x = squares[number]
        probability[y : y + 12, x : x + 12] = 0.8
    means = generator.normal(size=(3, 40))
    cells = kind[2::4, 2::4]
    features = means[cells] + 0.15 * generator.normal(size=(*cells.shape, 40))
    features = np.ascontiguousarray(features.transpose(2, 0, 1)).astype(np.float16)
    return PhotoFeatures("m", SIDE, SIDE, 1.0, features, probability), kind == 1


def stroke(y, x, *, lesion, side=6):
    return ScribbleStroke(Rect(y, x, y + side, x + side), np.ones((side, side), bool), lesion)


def dice(found, truth):
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


def test_without_strokes_it_is_the_prediction():
    photo, _ = scene(missed=[1])
    found = ScribbleHead(photo, None, 0.4).fit([]).labels > 0
    assert np.array_equal(found, photo.probability >= 0.4)


def test_one_stroke_on_a_missed_lesion_finds_the_other_missed_ones():
    photo, truth = scene(missed=[1, 3, 4])
    head = ScribbleHead(photo, None, 0.4)
    before = dice(photo.probability >= 0.4, truth)
    proposal = head.fit([stroke(15, 85, lesion=True)])
    assert before < 0.6
    assert dice(proposal.labels > 0, truth) > 0.85
    assert proposal.strokes == 1


def test_one_healthy_stroke_takes_like_places_away_but_no_lesion():
    photo, truth = scene(invented=[0, 1, 2])
    head = ScribbleHead(photo, None, 0.4)
    proposal = head.fit([stroke(39, 103, lesion=False)])
    assert dice(proposal.labels > 0, truth) > 0.95


@pytest.mark.parametrize("lesion", [True, False])
def test_a_one_sided_stroke_where_the_network_is_right_changes_little(lesion):
    photo, truth = scene()
    at = (15, 15) if lesion else (75, 75)
    found = ScribbleHead(photo, None, 0.4).fit([stroke(*at, lesion=lesion)]).labels > 0
    assert dice(found, truth) > 0.97


def test_pixels_of_strokes_are_what_the_person_said_and_later_strokes_win():
    photo, _ = scene()
    said = [
        stroke(14, 14, lesion=False),
        stroke(70, 80, lesion=True, side=2),
        stroke(16, 16, lesion=True, side=2),
    ]
    labels = ScribbleHead(photo, None, 0.4).fit(said).labels
    assert (labels[70:72, 80:82] > 0).all()
    assert (labels[16:18, 16:18] > 0).all()
    assert labels[14, 14] == labels[19, 19] == 0


def test_features_of_a_photo_are_reduced_to_unit_variance():
    generator = np.random.default_rng(0)
    loud = generator.normal(size=(100, 30, 50)) * np.linspace(1, 900, 100)[:, None, None]
    reduced = reduce_features(loud.astype(np.float16))
    assert tuple(reduced.shape) == (1500, DIRECTIONS)
    assert float(reduced.square().sum(1).mean()) == pytest.approx(1.0, abs=1e-3)
    constant = reduce_features(np.ones((8, 4, 4), np.float16))
    assert bool(constant.isfinite().all())
