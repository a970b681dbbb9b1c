"""A `Prediction` in an HDF5 group. Sizes of the maps are checked by whoever draws them."""

from typing import Any

import h5py
import numpy as np

from plantseg_gui.core.doubt import doubt_of
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import (
    LeafResult,
    Prediction,
    QueryBox,
    ScoredTile,
    TileMode,
    Uncertainty,
)
from plantseg_gui.storage.hdf_fields import (
    BadField,
    put,
    put_json,
    put_ranged,
    put_unit,
    take,
    take_json,
    take_ranged,
    take_unit,
)

_NUMBERS = ("threshold", "disease_probability", "seconds")
_COUNTS = ("height", "width", "tiles_total", "tiles_processed")
_TEXTS = ("model", "device")


def write_prediction(group: h5py.Group, prediction: Prediction) -> None:
    """Store a prediction in an empty group."""
    facts: dict[str, Any] = {
        name: getattr(prediction, name) for name in (*_NUMBERS, *_COUNTS, *_TEXTS)
    }
    facts["mode"] = str(prediction.mode)
    facts["warnings"] = list(prediction.warnings)
    facts["leaf_covered"] = prediction.leaf_covered
    facts["scale"] = prediction.scale
    facts["model_threshold"] = prediction.model_threshold
    facts["leaf_reason"] = prediction.leaf.reason
    facts["doubt"] = prediction.doubt
    put_json(group, "facts", facts)
    put(group, "labels", prediction.labels)
    put_unit(group, "probability", prediction.probability, keep_positive=True)
    put_unit(group, "attention8", prediction.attention[0])
    put_unit(group, "attention16", prediction.attention[1])
    put_unit(group, "channels8", prediction.channels[0])
    put_unit(group, "channels16", prediction.channels[1])
    put_unit(group, "affinity", prediction.affinity)
    put(group, "box_scores", np.array([b.score for b in prediction.boxes], np.float32))
    rects = np.array([b.rect for b in prediction.boxes], np.int32).reshape(-1, 4)
    put(group, "box_rects", rects)
    put(group, "tile_scores", np.array([t.score for t in prediction.tiles], np.float32))
    put(group, "tile_processed", np.array([t.processed for t in prediction.tiles], np.uint8))
    rects = np.array([t.rect for t in prediction.tiles], np.int32).reshape(-1, 4)
    put(group, "tile_rects", rects)
    if prediction.leaf.mask is not None:
        put(group, "leaf", prediction.leaf.mask.astype(np.uint8))
    if prediction.uncertainty is not None:
        put_ranged(group, "variance", prediction.uncertainty.variance)
        put_ranged(group, "energy", prediction.uncertainty.energy)


def read_prediction(group: h5py.Group) -> Prediction:
    """Read what `write_prediction` stored. Raises BadField."""
    facts = take_json(group, "facts")
    if not isinstance(facts, dict):
        raise BadField("the prediction's facts are missing")
    leaf = take(group, "leaf", np.uint8, 2)
    variance, energy = take_ranged(group, "variance"), take_ranged(group, "energy")
    scores = _needed(take(group, "box_scores", np.float32, 1), "box_scores")
    rects = _needed(take(group, "box_rects", np.int32, 2), "box_rects")
    if rects.shape != (len(scores), 4):
        raise BadField("boxes and scores do not match")
    own, doubt = facts.get("model_threshold"), facts.get("doubt")
    probability = _needed(take_unit(group, "probability", 2, np.float32), "probability")
    if doubt is None:  # an older version's
        doubt = doubt_of(probability, None if leaf is None else leaf > 0)
    known: dict[str, Any] = {name: float(facts[name]) for name in _NUMBERS}
    known |= {name: int(facts[name]) for name in _COUNTS}
    known |= {name: str(facts[name]) for name in _TEXTS}
    return Prediction(
        **known,
        mode=TileMode(facts["mode"]),
        leaf_covered=bool(facts.get("leaf_covered", facts["mode"] != TileMode.SINGLE)),
        channels=(_channels(group, "channels8"), _channels(group, "channels16")),
        scale=float(facts.get("scale", 1.0)),
        model_threshold=None if own is None else float(own),
        doubt=None if doubt is None else float(doubt),
        warnings=tuple(str(w) for w in facts.get("warnings", ())),
        labels=_needed(take(group, "labels", np.uint16, 2), "labels"),
        probability=probability,
        attention=(
            _needed(take_unit(group, "attention8", 2, np.float32), "attention8"),
            _needed(take_unit(group, "attention16", 2, np.float32), "attention16"),
        ),
        affinity=_needed(take_unit(group, "affinity", 3, np.float16), "affinity"),
        boxes=tuple(
            QueryBox(float(score), Rect(*(int(v) for v in rect)))
            for score, rect in zip(scores, rects, strict=True)
        ),
        tiles=_tiles(group),
        leaf=LeafResult(
            None if leaf is None else leaf.astype(np.bool_), str(facts.get("leaf_reason", ""))
        ),
        uncertainty=(
            Uncertainty(variance, energy) if variance is not None and energy is not None else None
        ),
    )


def _needed(array: Any, name: str) -> Any:
    """The array, or BadField when it is missing."""
    if array is None:
        raise BadField(f"{name} is missing")
    return array


def _tiles(group: h5py.Group) -> tuple[ScoredTile, ...]:
    """The grid with its scores; empty in files of older versions. Raises BadField."""
    scores = take(group, "tile_scores", np.float32, 1)
    if scores is None:
        return ()
    processed = _needed(take(group, "tile_processed", np.uint8, 1), "tile_processed")
    rects = _needed(take(group, "tile_rects", np.int32, 2), "tile_rects")
    if len(processed) != len(scores) or rects.shape != (len(scores), 4):
        raise BadField("tiles and scores do not match")
    return tuple(
        ScoredTile(Rect(*(int(v) for v in rect)), float(score), bool(done))
        for rect, score, done in zip(rects, scores, processed, strict=True)
    )


def _channels(group: h5py.Group, name: str) -> Any:
    """Channel weights; empty in files of older versions."""
    found = take_unit(group, name, 1, np.float32)
    return np.zeros(0, np.float32) if found is None else found
