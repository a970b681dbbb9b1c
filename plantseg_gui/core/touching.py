"""Which lesions of a prediction touch, which parts they are made of, and how firmly these hold.

Depth = distance to the outline × affinity (how likely a pixel belongs with its neighbours) has a
peak in the middle of each lesion and a pass where two of them touch. The higher the pass beside the
lower of both peaks, the firmer the bond. `core.regrouping` joins and divides lesions by it.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import FloatArray, LabelArray, Prediction

# Smaller parts, in network px, are never lesions of their own (as in inference.postprocess).
_LEAST_PX = 4
# Peaks nearer to each other than this many network px are one.
_PEAK_SIDE_PX = 5

_Ints = npt.NDArray[np.int32]


class Touching(NamedTuple):
    """The parts that a prediction's lesions are made of, and how firmly parts hold together.

    Attributes:
        places: [n] int64, flat places of all lesion pixels in the photo.
        part: [n] int32, which part each of them belongs to.
        owner: [parts] uint16, the model's lesion that the part lies in.
        area_px: [parts] int64, photo px.
        pairs: [edges, 2] int32, parts that touch.
        bond: [edges] float32, 0 to 1, lower pass to lower peak.
    """

    places: npt.NDArray[np.int64]
    part: _Ints
    owner: LabelArray
    area_px: npt.NDArray[np.int64]
    pairs: _Ints
    bond: FloatArray


def find_touching(prediction: Prediction) -> Touching:
    """Look at the affinity of a prediction; some 100 ms for 2048², once for each prediction."""
    labels, grid = prediction.labels, prediction.probability.shape
    places = np.flatnonzero((labels != HEALTHY) & (labels != UNSURE))
    lesion = labels.ravel()[places]
    small = labels[_steps(grid[0], labels.shape[0])[:, None], _steps(grid[1], labels.shape[1])]
    depth = _depth(small, prediction.affinity)
    parts, owner = _parts(small, depth)
    pairs, bond = _bonds(parts, owner, depth)
    part, owner = _in_photo(parts, owner, places, lesion, labels.shape)
    area_px = np.bincount(part, minlength=len(owner))
    if len(pairs):
        blob = _blob_of_lesion(labels, places, lesion)
        together = blob[owner[pairs[:, 0]]] == blob[owner[pairs[:, 1]]]
        pairs, bond = pairs[together], bond[together]
    return Touching(places, part, owner, area_px, pairs, bond)


def _steps(wanted: int, there: int) -> npt.NDArray[np.int64]:
    """Index of the nearest of `there` px for each of `wanted` px over the same length."""
    return ((np.arange(wanted) + 0.5) * there / wanted).astype(np.int64)


def _depth(small: LabelArray, affinity: npt.NDArray[np.float16]) -> FloatArray:
    """Distance to the outline × mean affinity, [h, w] at network scale; 0 outside lesions."""
    inside = ((small != HEALTHY) & (small != UNSURE)).view(np.uint8)
    framed = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    bond = affinity.astype(np.float32).mean(axis=0)
    size = (small.shape[1], small.shape[0])
    bond = cv2.resize(bond, size, interpolation=cv2.INTER_LINEAR)
    # Never 0 inside: where the head says nothing, distance alone decides.
    return np.asarray(distance * np.maximum(bond, 0.01), np.float32)


def _parts(small: LabelArray, depth: FloatArray) -> tuple[_Ints, LabelArray]:
    """The basin of each peak, cut along the model's lesions.

    Returns:
        [h, w] int32, parts 0, 1, … and -1 outside; and the lesion of each part.
    """
    from skimage.segmentation import watershed  # slow to load

    inside = depth > 0
    window = np.ones((_PEAK_SIDE_PX, _PEAK_SIDE_PX), np.uint8)
    peaks = inside & (depth == cv2.dilate(depth, window))
    _, markers = cv2.connectedComponents(peaks.view(np.uint8), connectivity=8)
    basins = watershed(-depth, markers, mask=inside, connectivity=2)
    places = np.flatnonzero(inside)
    keys = basins.ravel()[places].astype(np.int64) * (UNSURE + 1) + small.ravel()[places]
    distinct, part = np.unique(keys, return_inverse=True)
    parts = np.full(small.shape, -1, np.int32)
    parts.ravel()[places] = part
    return parts, (distinct % (UNSURE + 1)).astype(np.uint16)


def _bonds(parts: _Ints, owner: LabelArray, depth: FloatArray) -> tuple[_Ints, FloatArray]:
    """Which parts touch, over sides and corners, and the highest pass between them."""
    count = len(owner)
    keys, passes = [], []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        height, width = parts.shape
        here = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = np.s_[dy:, max(0, dx) : width - max(0, -dx)]
        a, b = parts[here], parts[there]
        places = np.nonzero((a >= 0) & (b >= 0) & (a != b))
        low = np.minimum(a[places], b[places]).astype(np.int64)
        high = np.maximum(a[places], b[places]).astype(np.int64)
        keys.append(low * count + high)
        passes.append(np.minimum(depth[here][places], depth[there][places]))
    key, height_of_pass = np.concatenate(keys), np.concatenate(passes)
    if not key.size:
        return np.zeros((0, 2), np.int32), np.zeros(0, np.float32)
    distinct, edge = np.unique(key, return_inverse=True)
    highest = np.zeros(len(distinct), np.float32)
    np.maximum.at(highest, edge, height_of_pass)
    pairs = np.stack(np.divmod(distinct, count), axis=1).astype(np.int32)
    inside = parts >= 0
    peak, summit = np.zeros(count, np.float32), np.zeros(UNSURE + 1, np.float32)
    np.maximum.at(peak, parts[inside], depth[inside])
    np.maximum.at(summit, owner, peak)
    # The model's borders seldom run through the passes, so a lesion may hold a slice of the basin
    # next door: between two lesions their own peaks count, not those of such slices.
    apart = owner[pairs[:, 0]] != owner[pairs[:, 1]]
    peaks = np.where(apart[:, None], summit[owner[pairs]], peak[pairs])
    bond = highest / np.maximum(peaks.min(axis=1), 1e-6)
    # A crumb is no lesion of its own: it stays with the firmest of its neighbours.
    crumb = np.bincount(parts[inside], minlength=count) < _LEAST_PX
    bond[crumb[pairs].any(axis=1) & ~apart] = 1.0
    return pairs, np.minimum(bond, 1.0)


def _in_photo(
    parts: _Ints,
    owner: LabelArray,
    places: npt.NDArray[np.int64],
    lesion: LabelArray,
    shape: tuple[int, ...],
) -> tuple[_Ints, LabelArray]:
    """The part of each lesion pixel of the photo; parts of lesions too small for the grid added."""
    nearest = _nearest(parts)
    rows, columns = _steps(shape[0], parts.shape[0]), _steps(shape[1], parts.shape[1])
    y, x = np.divmod(places, shape[1])
    part = nearest[rows[y], columns[x]]
    size = np.bincount(parts[parts >= 0], minlength=len(owner))
    main = np.full(UNSURE + 1, -1, np.int32)
    order = np.argsort(size, kind="stable")
    main[owner[order]] = order  # of several parts the last one written, the largest, stays
    missing = np.setdiff1d(np.unique(lesion), owner)
    main[missing] = len(owner) + np.arange(len(missing))
    owner = np.concatenate([owner, missing]).astype(np.uint16)
    strange = part < 0
    strange |= owner[np.maximum(part, 0)] != lesion
    part[strange] = main[lesion[strange]]
    return part, owner


def _nearest(parts: _Ints) -> _Ints:
    """Every pixel the part that is nearest to it; -1 where there is none at all."""
    inside = parts >= 0
    if not inside.any():
        return parts
    outside = (~inside).view(np.uint8)
    _, index = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_index = np.zeros(int(index.max()) + 1, np.int32)
    of_index[index[inside]] = parts[inside]
    return of_index[index]


def _blob_of_lesion(
    labels: LabelArray, places: npt.NDArray[np.int64], lesion: LabelArray
) -> npt.NDArray[np.int64]:
    """The connected part of the mask that each lesion lies in, [65536]."""
    inside = ((labels != HEALTHY) & (labels != UNSURE)).view(np.uint8)
    _, blobs = cv2.connectedComponents(inside, connectivity=8)
    found = np.zeros(UNSURE + 1, np.int64)
    found[lesion] = blobs.ravel()[places]
    return found
