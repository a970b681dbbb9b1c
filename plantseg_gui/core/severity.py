"""From a label image to the numbers for a person: severity, areas, count."""

import numpy as np

from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.lesions import count_lesions
from plantseg_gui.core.results import Diagnosis, LabelArray, LeafResult

NO_LEAF = "No leaf was found in this photo."
ALL_UNSURE = "The whole leaf is marked as unsure."
PARTLY_SEEN = "The model looked at a part of the leaf only: choose another tile mode."
NO_PREDICTION = "No model has looked at this photo yet."


def diagnose(
    labels: LabelArray,
    leaf: LeafResult,
    disease_probability: float | None,
    *,
    leaf_covered: bool = True,
) -> Diagnosis:
    """Work the numbers out; unsure pixels count neither as lesion nor as leaf.

    With a leaf, lesion area and count are of what lies inside the leaf, so that severity is exactly
    lesion area / leaf area · 100 and never above 100, and specks on the ground are no lesions.
    Without a leaf they are of all lesion pixels, and there is no severity: it is never guessed.

    Args:
        labels: [H, W] uint16.
        leaf: The leaf area, of the same size.
        disease_probability: 0 to 1; None without a prediction.
        leaf_covered: Whether the whole leaf was looked at (`Prediction.leaf_covered`, or a person);
            otherwise there is no severity, and lesion area and count are of the part that was.

    Raises:
        ValueError: Leaf and labels differ in size.
    """
    reasons = [] if disease_probability is not None else [NO_PREDICTION]
    lesion = (labels != HEALTHY) & (labels != UNSURE)
    leaf_area_px = None
    severity_pct = None
    if leaf.mask is None:
        reasons.insert(0, leaf.reason or NO_LEAF)
    else:
        if leaf.mask.shape != labels.shape:
            raise ValueError(f"the leaf has shape {leaf.mask.shape}; labels have {labels.shape}")
        sure_leaf = leaf.mask & (labels != UNSURE)
        leaf_area_px = int(np.count_nonzero(sure_leaf))
        lesion &= sure_leaf
    lesion_area_px = int(np.count_nonzero(lesion))
    if not leaf_covered:
        reasons.insert(0, PARTLY_SEEN)
    elif leaf_area_px:
        severity_pct = 100.0 * lesion_area_px / leaf_area_px
    elif leaf_area_px == 0:
        reasons.insert(0, ALL_UNSURE)
    return Diagnosis(
        disease_probability=disease_probability,
        severity_pct=severity_pct,
        leaf_area_px=leaf_area_px,
        lesion_area_px=lesion_area_px,
        lesion_count=count_lesions(labels[lesion]),
        reason=" ".join(reasons),
    )
