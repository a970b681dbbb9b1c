"""The numbers of a photo as it stands."""

from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.core.results import Diagnosis, LabelArray, LeafResult, Prediction, RgbArray
from plantseg_gui.core.severity import diagnose


def measure(
    labels: LabelArray,
    prediction: Prediction | None,
    image: RgbArray | None,
    leaf: LeafResult | None = None,
) -> Diagnosis:
    """Severity, lesions and disease presence.

    Args:
        labels: [H, W] uint16.
        prediction: Gives the disease probability, and the leaf.
        image: [H, W, 3] uint8, in which a leaf is looked for where none is known.
        leaf: Found before, where there is no prediction.
    """
    if prediction is not None:
        leaf = prediction.leaf
    if leaf is None:
        leaf = (
            find_leaf(image) if image is not None else LeafResult(None, "No leaf was looked for.")
        )
    disease = prediction.disease_probability if prediction is not None else None
    return diagnose(labels, leaf, disease)
