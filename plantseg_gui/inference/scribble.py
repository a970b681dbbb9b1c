"""A small head that learns from scribbles on one photo what the network got wrong there.

It is a Gaussian-process classifier whose prior mean is the network's own logit, solved by Laplace's
approximation on landmarks (Nyström): logit = prior + g, and g is pulled to 0 wherever no stroke
says otherwise. A constant and three kernels add up in g. Two are wide: they compare features alone
(one linearly, one by distance), so that a stroke speaks for the whole photo. The third compares
features and place: strokes count most near themselves. Pseudo-examples all over the photo repeat
the network's own probability, so that one stroke on one side cannot turn the rest; they count less
the more a cell looks like one where a stroke contradicts the network (Rasmussen and Williams 2006,
ch. 2.7, 3.4 and 8.3).
"""

import math
import time
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from plantseg_gui.core.results import FloatArray, Prediction
from plantseg_gui.core.scribbles import ScribbleProposal, ScribbleStroke, impose
from plantseg_gui.inference.calibration import logit, sigmoid
from plantseg_gui.inference.feature_basis import reduce_features
from plantseg_gui.inference.photo_features import PhotoFeatures
from plantseg_gui.inference.postprocess import lesion_labels

# Chosen on photos of `dev` of all sources and, for a crop that the network does not know, on those
# of coffee with a model that was trained without coffee; as they are, and with the network's logits
# raised by 2.5, as of a network that sees lesions everywhere. Features have a total variance of 1,
# places span 0 to 1.
CONSTANT_AMPLITUDE, LINEAR_AMPLITUDE = 2.0, 1.0
# Amplitude, length in features, reach in places.
WIDE = 3.0, 0.7, math.inf
NEAR = 3.0, 1.0, 0.05
PSEUDO_WEIGHT, PSEUDO_LEAST = 20.0, 0.02
PSEUDO_EXAMPLES, ANCHORS = 768, 64
# The network may be sure of what is wrong: its logits count up to here as pseudo-labels.
PSEUDO_LOGIT = 3.0
# Where the prediction had no tile, the network's later word is no lesion yet.
UNSEEN_PROBABILITY = 0.05
CELLS_PER_STROKE, CELLS = 12, 128
# Beyond so many reaches the near kernel is nothing.
_REACHES = 3.5
_CHUNK = 2048
_JITTER = 1e-3
_NEWTON_STEPS, _HALVINGS, _TOLERANCE = 12, 8, 1e-3


class ScribbleHead:
    """What scribbles on one photo can teach. Building it reduces the features, about 0.1 s.

    Args:
        features: Of the photo.
        prediction: What the person sees; None: the probability that came with the features.
        threshold: Used without a prediction.
    """

    def __init__(
        self, features: PhotoFeatures, prediction: Prediction | None, threshold: float
    ) -> None:
        self._size = features.height, features.width
        self._prediction = prediction
        self._threshold = threshold if prediction is None else prediction.threshold
        self._probability = _prior(features, prediction)
        rows, columns = features.features.shape[1:]
        self._cells = rows, columns
        self._looks = reduce_features(features.features)
        self._table = _table(self._looks, rows, columns)
        coarse = cv2.resize(self._probability, (columns, rows), interpolation=cv2.INTER_AREA)
        # 0 is the threshold: what is above is lesion.
        shift = logit(np.array([self._threshold], np.float32))[0]
        self._margin = torch.from_numpy((logit(coarse) - shift).ravel())
        self._examples, self._anchors = self._spread()

    def fit(self, strokes: Sequence[ScribbleStroke]) -> ScribbleProposal:
        """Learn from all strokes of the photo, in the order in which they were drawn."""
        begun = time.perf_counter()
        with torch.inference_mode():
            change = self._change(strokes) if strokes else None
        probability = self._probability
        if change is not None:
            fine = cv2.resize(
                change.reshape(self._cells).numpy(),
                probability.shape[::-1],
                interpolation=cv2.INTER_LINEAR,
            )
            probability = sigmoid(logit(probability) + fine)
        seconds = time.perf_counter() - begun
        made = self._prediction
        labels = lesion_labels(
            probability,
            *self._size,
            self._threshold,
            affinity=None if made is None else made.affinity,
            boxes=() if made is None else made.boxes,
        )
        impose(labels, tuple(strokes))
        return ScribbleProposal(labels, len(strokes), seconds)

    def _change(self, strokes: Sequence[ScribbleStroke]) -> Tensor:
        """G of every cell, [cells] float32."""
        cells, truth = self._stroked(strokes)
        wide = torch.cat([cells, self._anchors]).unique()
        near = cells.unique()
        rows = torch.cat([cells, self._examples])
        held = self._margin[self._examples].clamp(-PSEUDO_LOGIT, PSEUDO_LOGIT)
        offset = torch.cat([self._margin[cells], held])
        wanted = torch.cat([truth, held.sigmoid()])
        weight = torch.cat([torch.ones(len(cells)), self._trust(cells, truth)])
        kernels = [_Kernel(self._table[wide], WIDE), _Kernel(self._table[near], NEAR)]
        design = torch.cat(
            [
                *(k.design(self._table[rows]) for k in kernels),
                LINEAR_AMPLITUDE * self._looks[rows],
                torch.full((len(rows), 1), CONSTANT_AMPLITUDE),
            ],
            1,
        )
        weights = _newton(design, offset, wanted, weight)
        parts = weights.split([len(wide), len(near), self._looks.shape[1], 1])
        change = self._looks @ (LINEAR_AMPLITUDE * parts[2]) + CONSTANT_AMPLITUDE * parts[3]
        everywhere = torch.arange(len(change))
        for kernel, part, cells in zip(
            kernels, parts[:2], (everywhere, self._around(near)), strict=True
        ):
            solved = kernel.solve(part)
            for some in cells.split(_CHUNK):
                change[some] += kernel(self._table[some]) @ solved
        return change

    def _trust(self, cells: Tensor, truth: Tensor) -> Tensor:
        """Weight of each pseudo-example."""
        share = PSEUDO_WEIGHT / len(self._examples)
        surprise = (truth - self._margin[cells].sigmoid()).abs()
        alike = _Kernel(self._table[cells], WIDE)(self._table[self._examples])
        return share * (1 - (alike * surprise).amax(1)).clamp_min(PSEUDO_LEAST)

    def _around(self, cells: Tensor) -> Tensor:
        """The cells that the near kernel reaches from `cells`."""
        reach = int(_REACHES * NEAR[2] * max(self._cells)) + 1
        marked = np.zeros(self._cells, np.uint8)
        marked.ravel()[cells.numpy()] = 1
        box = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        return torch.from_numpy(np.flatnonzero(cv2.dilate(marked, box)))

    def _stroked(self, strokes: Sequence[ScribbleStroke]) -> tuple[Tensor, Tensor]:
        """Cells that were stroked and what each is (1 lesion, 0 healthy); later strokes win."""
        most = max(4, min(CELLS_PER_STROKE, CELLS // len(strokes)))
        rows, columns = self._cells
        said: dict[int, float] = {}
        for stroke in strokes:
            ys, xs = np.nonzero(stroke.mask)
            y = (ys + stroke.rect.y0) * rows // self._size[0]
            x = (xs + stroke.rect.x0) * columns // self._size[1]
            cells = np.unique(y * columns + x)
            if len(cells) > most:
                cells = cells[np.linspace(0, len(cells) - 1, most).astype(np.int64)]
            said.update(dict.fromkeys(cells.tolist(), float(stroke.lesion)))
        return torch.tensor(list(said)), torch.tensor(list(said.values()))

    def _spread(self) -> tuple[Tensor, Tensor]:
        """Cells of the pseudo-examples, and landmarks, half of each predicted lesion if it can."""
        draw = torch.Generator().manual_seed(0)
        sides = [s.nonzero()[:, 0] for s in (self._margin >= 0, self._margin < 0)]
        mixed = [side[torch.randperm(len(side), generator=draw)] for side in sides]
        examples = torch.cat([side[: PSEUDO_EXAMPLES // 2] for side in mixed])
        return examples, torch.cat([side[: ANCHORS // 2] for side in mixed])


def _prior(features: PhotoFeatures, prediction: Prediction | None) -> FloatArray:
    """[h, w] float32: the prediction, and where it looked at no tile the later run, held low."""
    if prediction is None or prediction.probability.shape != features.probability.shape:
        return features.probability
    later = np.minimum(features.probability, np.float32(UNSEEN_PROBABILITY))
    return np.where(prediction.probability > 0, prediction.probability, later)


def _table(looks: Tensor, rows: int, columns: int) -> Tensor:
    """What kernels need of each cell: features, place, half the squared length of both, and 1."""
    place = torch.stack(
        torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"), -1
    )
    places = place.reshape(-1, 2).float() / max(rows, columns)
    halves = [0.5 * v.square().sum(1, keepdim=True) for v in (looks, places)]
    return torch.cat([looks, places, *halves, torch.ones(len(looks), 1)], 1)


class _Kernel:
    """amplitude² · exp(−|Δfeatures|² / 2·length² − |Δplace|² / 2·reach²) to some landmarks.

    The whole exponent is one matrix product of rows of `_table` and a matrix made here.

    Args:
        landmarks: Rows of `_table`.
        shape: Amplitude, length, reach.
    """

    def __init__(self, landmarks: Tensor, shape: tuple[float, float, float]) -> None:
        amplitude, length, reach = shape
        self._amplitude = amplitude
        looks, places, half_looks, half_places, one = landmarks.split(
            [landmarks.shape[1] - 5, 2, 1, 1, 1], 1
        )
        by_looks, by_place = length**-2, reach**-2
        self._other = torch.cat(
            [
                looks * by_looks,
                places * by_place,
                -by_looks * one,
                -by_place * one,
                -by_looks * half_looks - by_place * half_places,
            ],
            1,
        ).T.contiguous()
        own = self(landmarks)
        # As much on the diagonal as float32 needs.
        self._root = torch.linalg.cholesky(own + _JITTER * torch.eye(len(own)))

    def __call__(self, rows: Tensor) -> Tensor:
        """[n, landmarks] for n rows of `_table`, without the amplitude."""
        return (rows @ self._other).exp_()

    def design(self, rows: Tensor) -> Tensor:
        """Inputs [n, landmarks] whose weights have a ridge of 1."""
        inputs = torch.linalg.solve_triangular(self._root, self(rows).T, upper=False).T
        return self._amplitude * inputs

    def solve(self, weights: Tensor) -> Tensor:
        """Weights of `design` as weights of the kernel itself."""
        solved = torch.linalg.solve_triangular(self._root.T, weights[:, None], upper=True)[:, 0]
        return self._amplitude * solved


def _newton(design: Tensor, offset: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Weights of a logistic regression with offsets, soft labels and a ridge of 1."""
    weights = torch.zeros(design.shape[1])
    identity = torch.eye(len(weights))

    def loss(at: Tensor) -> float:
        logits = offset + design @ at
        each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        return float((weight * each).sum() + 0.5 * at.square().sum())

    before = loss(weights)
    for _ in range(_NEWTON_STEPS):
        probability = (offset + design @ weights).sigmoid()
        slope = design.T @ (weight * (probability - wanted)) + weights
        bend = (weight * probability * (1 - probability)).clamp_min(1e-9)
        root = torch.linalg.cholesky(design.T @ (design * bend[:, None]) + identity)
        step = torch.cholesky_solve(slope[:, None], root)[:, 0]
        after = loss(weights - step)
        for _ in range(_HALVINGS):
            if after <= before:
                break
            step = step / 2
            after = loss(weights - step)
        weights = weights - step
        if before - after < _TOLERANCE * abs(before):
            break
        before = after
    return weights
