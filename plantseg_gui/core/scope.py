"""What a retrained version is for: the photos that are like those that it learned from.

A network that learns a new crop from a few photos unlearns others. A version therefore keeps the
weights of the model that it came from beside its own, and a photo that is unlike all that it
learned from is looked at with those: what was known before is not changed by a single bit there.

How alike photos are is told by one look of the encoder at the photo, 256 px long: mean and spread
of each channel of stride 16, each half of length 1, minus the same of drawn leaves (which takes
away what all leaves have in common), of length 1; the distance is 1 - cosine. A photo is inside
when it is no farther from the nearest photo learned from than those are from each other, and
nearer to it than to what the first model of the line knew: a few means (k-means, three of each
source of its training data, of some 30 to 150 photos each).

Measured on 200 photos of coffee, field, field_small and rice, with 3, 10 and 20 random photos of
one source learned from and means of the other sources: 92 % of the source's other photos are
inside, and 0.5 % of the other sources'. Without the means 93 and 9 %; without the drawn leaves, or
with features of other strides, the sources are told apart less well.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

SLACK = 1.3
# Where too few photos tell how far they lie apart; the median of three random photos of a source
# is 0.2 to 0.5.
USUAL_RADIUS = 0.35
# Where no means are known, however different the photos are: 86 % inside, and 2 % of the others.
LARGEST_RADIUS = 0.4
_FEW = 5
_MANY_QUANTILE = 0.9
MOST_ANCHORS = 512
MOST_MEANS = 256
# Fewer photos make no mean that is shipped: it would say too much of each.
LEAST_OF_A_MEAN = 8
_STOP = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-6)


@dataclass(frozen=True)
class Known:
    """What a model knew from its training.

    Attributes:
        centre: [d] float32, mean signature of drawn leaves.
        means: [m, d] float32 of length 1, of its training photos minus the centre.
    """

    centre: Vectors
    means: Vectors


@dataclass(frozen=True)
class Scope:
    """See the module's text.

    Attributes:
        anchors: [n, d] float32 of length 1, the photos learned from.
        centre: [d] float32, what is subtracted from a photo's signature.
        radius: Largest distance to the nearest anchor.
        known: [m, d] float32 of length 1, what the model outside knew; m may be 0.
    """

    anchors: Vectors
    centre: Vectors
    radius: float
    known: Vectors

    def distance(self, signature: Vectors) -> float:
        """Distance of a photo, by its signature [d], to the nearest anchor, 0 to 2."""
        return float(1 - (self.anchors @ unit(signature - self.centre)).max())

    def holds(self, signature: Vectors) -> bool:
        """Whether the version is for a photo."""
        distance = self.distance(signature)
        if distance > self.radius or not len(self.known):
            return distance <= self.radius
        return distance <= _nearest(unit(signature - self.centre)[None], self.known)[0]


def make_scope(
    signatures: Vectors, centre: Vectors, before: Scope | None = None, known: Vectors | None = None
) -> Scope:
    """The scope of a version.

    Args:
        signatures: [n, d] of the photos that it learned from, or that a person says it is for.
        centre: [d], mean signature of drawn leaves.
        before: Of the version that it was retrained from: what that one is for, this one is for.
        known: [m, d], see `Scope`. Where most of the photos are of what was known already, it does
            not count: then the person teaches the model more of the same.
    """
    new = np.stack([unit(s - centre) for s in signatures])
    means = np.zeros((0, len(centre)), np.float32) if known is None else known
    if len(means) and not _are_new(new, means):
        means = means[:0]
    radius = SLACK * _spread(new)
    if not len(means):
        radius = min(LARGEST_RADIUS, radius)
    if before is not None:
        if not len(before.known):
            means = means[:0]
        new = np.concatenate([before.anchors, new])
        radius = max(radius, before.radius)
    if len(new) > MOST_ANCHORS:
        new = new[np.linspace(0, len(new) - 1, MOST_ANCHORS).astype(np.int64)]
    return Scope(new.astype(np.float32), centre.astype(np.float32), radius, means)


def known_means(signatures: Vectors, centre: Vectors, count: int, seed: int = 1) -> Vectors:
    """Means [m, d] of length 1 of one source's photos; m is `count` or a little less.

    Args:
        signatures: [n, d] of the photos.
        centre: [d].
        count: Clusters of k-means.
        seed: Of its start.
    """
    vectors = np.stack([unit(s - centre) for s in signatures])
    cv2.setRNGSeed(seed)
    labels = np.zeros((len(vectors), 1), np.int32)
    _, numbers, _ = cv2.kmeans(
        vectors, min(count, len(vectors)), labels, _STOP, 3, cv2.KMEANS_PP_CENTERS
    )
    groups = [vectors[numbers[:, 0] == k] for k in range(count)]
    return np.stack([unit(g.mean(axis=0)) for g in groups if len(g) >= LEAST_OF_A_MEAN])


def unit(vector: Vectors) -> Vectors:
    """The vector with length 1; zeros stay zeros."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, np.float32)


def _are_new(vectors: Vectors, means: Vectors) -> bool:
    """Whether most photos are nearer to another one of them than to what was known."""
    if len(vectors) < 2:
        return True
    distances = 1 - vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(distances.min(axis=1) <= _nearest(vectors, means))) >= 0.5


def _nearest(vectors: Vectors, means: Vectors) -> Vectors:
    """Distance of each vector to the nearest mean."""
    return np.asarray((1 - vectors @ means.T).min(axis=1), np.float32)


def _spread(vectors: Vectors) -> float:
    """How far a photo lies from the nearest other one, at most; of many, for 9 in 10."""
    if len(vectors) < 2:
        return USUAL_RADIUS / SLACK
    distances = 1 - vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    nearest = distances.min(axis=1)
    wide = nearest.max() if len(nearest) <= _FEW else np.quantile(nearest, _MANY_QUANTILE)
    few = len(vectors) == 2
    return max(float(wide), USUAL_RADIUS / SLACK / 2 if few else 0.0)
