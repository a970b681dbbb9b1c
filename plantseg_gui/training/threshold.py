"""The thresholds of a retrained model: the base's, moved only as far as the photos bear."""

from collections.abc import Sequence

import numpy as np

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import logit
from plantseg_gui.inference.calibration_fit import (
    LogitHistogram,
    Scaling,
    best_threshold,
    bin_edges,
    f1_by_edge,
    scorer_threshold,
)
from plantseg_gui.inference.selection import tile_scores
from plantseg_gui.inference.tiles import make_grid
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.finetune_prepare import LookedPhoto
from plantseg_gui.training.photo_maps import lesion_probability
from plantseg_gui.training.precision import Precision

# The probabilities are calibrated already.
CALIBRATED = Scaling(1.0, 0.0)
# Measured on recoloured photos of `train`: where three photos wanted t moved by 0.1 or more, others
# lost 0.04 Dice by following them.
FARTHEST = 0.1
# On photos that were trained on every threshold looks good; a small gain there says nothing.
LEAST_GAIN = 0.01


def choose_threshold(
    network: PlantSegNet, photos: Sequence[LookedPhoto], precision: Precision, meta: ModelMeta
) -> float:
    """The probability t of the best mean Dice on the training photos, near the base's.

    Args:
        network: Retrained.
        photos: Trained on; those without lesions or tiles say nothing about t.
        precision: Of the run.
        meta: Of the base model: its calibration stays.

    Returns:
        Within ±0.1 of the base's t, or that t where another one gains less than 0.01 Dice.
    """
    histograms: dict[str, LogitHistogram] = {}
    for photo in photos:
        if photo.tiles is not None and photo.labelled.photo.diseased:
            probability = lesion_probability(network, photo.tiles, precision, meta)
            histogram = LogitHistogram()
            valid = photo.tiles.valid
            histogram.add(logit(probability[valid]), photo.tiles.truth[valid])
            histograms[photo.photo_id] = histogram
    if not histograms:
        return meta.threshold
    best, _ = best_threshold(histograms, CALIBRATED)
    wanted = min(meta.threshold + FARTHEST, max(meta.threshold - FARTHEST, best))
    wanted = min(0.95, max(0.05, wanted))
    gain = _mean_f1(histograms, wanted) - _mean_f1(histograms, meta.threshold)
    return wanted if gain >= LEAST_GAIN else meta.threshold


def _mean_f1(histograms: dict[str, LogitHistogram], threshold: float) -> float:
    place = int(np.searchsorted(bin_edges(), logit(np.array([threshold], np.float32))[0]))
    curves = [f1_by_edge(h.counts) for h in histograms.values() if h.counts[1].any()]
    if not curves:
        return 0.0
    return float(np.mean([c[min(place, len(c) - 1)] for c in curves]))


def lowered_scorer_threshold(
    network: PlantSegNet, photos: Sequence[LookedPhoto], meta: ModelMeta
) -> float:
    """The tile score that keeps 99.5 % of these photos' lesions; never above the base's.

    The scorer itself does not learn, so on a new crop its scores may be too low for the base's
    threshold, and `adaptive` would pass over lesions outside of what it takes for the leaf.
    """
    best_scores: dict[float, float] = {}
    for photo in photos:
        if photo.tiles is None or not photo.tiles.truth.any():
            continue
        tiles = photo.tiles
        grid = make_grid(tiles.height, tiles.width, network.config.tile_px)
        scores = tile_scores(_score_map(network, photo), grid)
        best = np.zeros((tiles.height, tiles.width), np.float32)
        for index in range(len(grid)):
            part = best[grid.valid(index).slices]
            np.maximum(part, np.float32(scores[index]), out=part)
        values, counts = np.unique(best[tiles.truth & tiles.valid], return_counts=True)
        for value, count in zip(values, counts, strict=True):
            best_scores[float(value)] = best_scores.get(float(value), 0.0) + float(count)
    if not best_scores:
        return meta.scorer_threshold
    return min(meta.scorer_threshold, scorer_threshold(best_scores, meta.scorer_threshold))


def _score_map(network: PlantSegNet, photo: LookedPhoto) -> np.ndarray:
    import torch

    thumb = photo.labelled.photo.thumb
    rgb = torch.from_numpy(np.ascontiguousarray(thumb)).permute(2, 0, 1)[None]
    device = network.mean.device
    with torch.no_grad():
        found = network.scorer(network.normalise(rgb.to(device))).float().sigmoid()
    return np.asarray(found[0, 0].cpu().numpy(), np.float32)
