"""Small real objects for tests of the core."""

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.results import LabelArray, LeafResult, Prediction, TileMode


def make_prediction(labels: LabelArray, *, model: str = "test", probability=None) -> Prediction:
    """A prediction that found `labels`, [H, W] uint16."""
    height, width = labels.shape
    if probability is None:
        probability = np.where(labels > 0, 0.9, 0.1).astype(np.float32)
    return Prediction(
        model=model,
        height=height,
        width=width,
        probability=probability,
        attention=(np.zeros((8, 8), np.float32), np.zeros((4, 4), np.float32)),
        affinity=np.zeros((8, 4, 4), np.float16),
        boxes=(),
        labels=labels,
        leaf=LeafResult(np.ones((height, width), bool)),
        threshold=0.5,
        disease_probability=0.9,
        tiles_total=1,
        tiles_processed=1,
        seconds=0.1,
        mode=TileMode.SINGLE,
        device="cpu",
    )


def make_document(height: int = 64, width: int = 96, labels: LabelArray | None = None) -> Document:
    """A grey photo, with `labels` when given."""
    image = np.full((height, width, 3), 128, np.uint8)
    return Document("photo", image, labels)


def two_lesions(height: int = 64, width: int = 96) -> LabelArray:
    """Lesion 1 at rows 10–20, columns 10–30; lesion 2 at rows 40–50, columns 50–80."""
    labels = np.zeros((height, width), np.uint16)
    labels[10:20, 10:30] = 1
    labels[40:50, 50:80] = 2
    return labels
