"""Arrays over the same photo at another scale."""

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import BoolArray


def steps(wanted: int, there: int) -> npt.NDArray[np.int64]:
    """For each of `wanted` px the one of `there` px over the same length, [wanted] int64."""
    return np.arange(wanted) * there // wanted


def resampled(mask: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """A mask [H, W] bool at another size, nearest pixel."""
    rows, columns = (steps(w, t) for w, t in zip(shape, mask.shape, strict=True))
    sampled: BoolArray = mask[rows[:, None], columns]
    return sampled
