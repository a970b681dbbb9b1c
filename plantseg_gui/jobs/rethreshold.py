"""A prediction at another threshold: the lesions are found again in the probability that is there.

No network and no torch: about 80 ms for 2048², so it runs in the pool (`io_pool.run_task`).
"""

from dataclasses import replace

from plantseg_gui.core.results import Prediction


def at_threshold(prediction: Prediction, threshold: float) -> Prediction:
    """The same prediction with a lesion from `threshold` on.

    Args:
        prediction: Its probability, affinity and boxes are used again.
        threshold: Above 0, below 1.

    Raises:
        ValueError: it is not.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"a threshold of {threshold}; it lies between 0 and 1")
    from plantseg_gui.inference.postprocess import lesion_labels

    labels = lesion_labels(
        prediction.probability,
        prediction.height,
        prediction.width,
        threshold,
        affinity=prediction.affinity,
        boxes=prediction.boxes,
    )
    # Handed to another thread: whoever wants to change it copies it.
    labels.flags.writeable = False
    return replace(prediction, labels=labels, threshold=threshold)
