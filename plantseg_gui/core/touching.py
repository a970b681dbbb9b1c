"""Touching lesions grouped otherwise than the model did: fewer and larger, or more and smaller.

The mask stays as it is; what changes is which of its pixels make one lesion. Depth = distance to
the outline × affinity (how likely a pixel belongs with its neighbours) has a peak in the middle of
each lesion and a pass where two of them touch. The higher the pass beside the lower of both peaks,
the firmer the bond. A level decides from which bond on parts are one lesion:

    -1  whatever touches is one lesion
     0  as the model says (it goes by its query boxes)
    +1  parts are apart wherever the pass is clearly lower than the peaks

Levels are nested: a higher one only divides further. Lesions that a person touched stay.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.edits import Edit, make_patches, make_touch_patches
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE, LabelImage
from plantseg_gui.core.lesions import count_lesions
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray, Prediction

NAME = "Regroup lesions"
FEWEST, AS_MODEL, MOST = -1.0, 0.0, 1.0
# A pass of this share of the lower peak still parts two lesions at the highest level. Higher ones
# are ripples inside one lesion.
_LAST_PASS = 0.8
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


class Interval(NamedTuple):
    """Counts of lesions: at the lowest level, as they are now, and at the highest level."""

    fewest: int
    now: int
    most: int


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


def untouched_lesions(touching: Touching, labels: LabelArray, touched: BoolArray) -> BoolArray:
    """The model's lesions that are in the labels as the model found them.

    Args:
        touching: Of the prediction.
        labels: [H, W] uint16, the photo's labels now.
        touched: [H, W] bool, the pixels that a person touched.

    Returns:
        [65536] bool, by lesion id.
    """
    lesion = touching.owner[touching.part]
    other = (labels.ravel()[touching.places] != lesion) | touched.ravel()[touching.places]
    size = UNSURE + 1
    same = np.bincount(lesion[other], minlength=size) == 0
    found = np.bincount(lesion, minlength=size)
    same &= (found > 0) & (found == np.bincount(labels.ravel(), minlength=size))
    return same


def count_range(touching: Touching, labels: LabelArray, touched: BoolArray) -> Interval:
    """How many lesions the photo has, and between which numbers the levels can bring it.

    Arguments as `untouched_lesions`.
    """
    free = untouched_lesions(touching, labels, touched)
    now = count_lesions(labels)
    others = now - int(np.count_nonzero(np.bincount(touching.owner, minlength=UNSURE + 1)[free]))
    used = free[touching.owner]

    def at(level: float) -> int:
        return others + len(np.unique(_groups(touching, free, level)[used]))

    return Interval(min(at(FEWEST), now), now, max(at(MOST), now))


def regroup(
    touching: Touching, labels: LabelArray, touched: BoolArray, level: float
) -> Edit | None:
    """Group the lesions that no person touched at another level.

    Where lesions came together, the border that is none any more counts as touched by a person
    from then on: that is what was decided. A lesion that was divided is a person's as a whole, or
    accepting the prediction later would join its parts again.

    Args:
        touching: Of the prediction.
        labels: [H, W] uint16, the photo's labels now.
        touched: [H, W] bool, the pixels that a person touched.
        level: -1 to 1, see the module's text.

    Returns:
        The step, not applied; None when nothing would change.

    Raises:
        ValueError: No lesion ids are left.
    """
    free = untouched_lesions(touching, labels, touched)
    number = _numbers(touching, free, level, labels)
    changed = number != touching.owner
    if not changed.any():
        return None
    pixels = changed[touching.part]
    new = labels.copy()
    new.ravel()[touching.places[pixels]] = number[touching.part[pixels]]
    after = touched | _regrouped_outline(labels, new)
    after.ravel()[touching.places[_divided(touching, number)[touching.part]]] = True
    image = LabelImage(labels)
    return Edit(
        NAME,
        make_patches(image, image.rect, new),
        make_touch_patches(touched, image.rect, after),
    )


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


def _groups(touching: Touching, free: BoolArray, level: float) -> _Ints:
    """The group of each part at a level, by the lowest part of the group."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first, second = touching.owner[touching.pairs].T
    within = first == second
    # Up to the model's level all of a lesion is one, whatever the passes inside it.
    divide = within & free[first] & (level > AS_MODEL)
    joined = np.where(divide, touching.bond >= _LAST_PASS * level, within)
    if level < AS_MODEL:
        joined |= free[first] & free[second] & (touching.bond >= 1.0 + level)
    pairs = touching.pairs[joined]
    count = len(touching.owner)
    # Parts of one lesion that do not touch each other belong together all the same.
    main = np.full(UNSURE + 1, -1, np.int64)
    if level <= AS_MODEL:
        main[touching.owner[::-1]] = np.arange(count)[::-1]
        same = np.stack([np.arange(count), main[touching.owner]], axis=1)
        pairs = np.concatenate([pairs, same])
    links = (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1]))
    _, group = connected_components(coo_matrix(links, shape=(count, count)), directed=False)
    return np.asarray(group, np.int32)


def _numbers(touching: Touching, free: BoolArray, level: float, labels: LabelArray) -> LabelArray:
    """The lesion id of each part at a level.

    The largest part of a group keeps its lesion's id, unless a larger group has it; then a new one.
    """
    number = touching.owner.copy()
    group = _groups(touching, free, level)
    movable = free[touching.owner]
    unused = np.bincount(labels.ravel(), minlength=UNSURE + 1) == 0
    unused[[HEALTHY, UNSURE]] = False
    highest = int(np.flatnonzero(~unused[:UNSURE])[-1])
    ids = np.flatnonzero(unused)
    ids = np.concatenate([ids[ids > highest], ids[ids < highest]])
    taken: set[int] = set()
    given = 0
    seen: set[int] = set()
    for part in np.argsort(-touching.area_px, kind="stable").tolist():
        if not movable[part] or int(group[part]) in seen:
            continue
        seen.add(int(group[part]))
        wanted = int(touching.owner[part])
        if wanted in taken:
            if given == len(ids):
                raise ValueError(f"more than {MAX_LESION_ID} lesions in one photo")
            wanted, given = int(ids[given]), given + 1
        taken.add(wanted)
        number[(group == group[part]) & movable] = wanted
    return number


def _divided(touching: Touching, number: LabelArray) -> BoolArray:
    """Which parts belong to a lesion whose parts have different numbers, [parts] bool."""
    lowest = np.full(UNSURE + 1, UNSURE, np.uint16)
    highest = np.zeros(UNSURE + 1, np.uint16)
    np.minimum.at(lowest, touching.owner, number)
    np.maximum.at(highest, touching.owner, number)
    return np.asarray((lowest != highest)[touching.owner])


def _regrouped_outline(before: LabelArray, after: LabelArray) -> BoolArray:
    """Pixels with a neighbour of which it was decided otherwise whether both are one lesion."""
    found = np.zeros(before.shape, bool)
    lesion = (before != HEALTHY) & (before != UNSURE)
    height, width = before.shape
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = np.s_[dy:, max(0, dx) : width - max(0, -dx)]
        other = (before[here] == before[there]) != (after[here] == after[there])
        other &= lesion[here] & lesion[there]
        found[here] |= other
        found[there] |= other
    # A person's step must leave a trace of the person, or the prediction would fill over it.
    return found if found.any() else before != after
