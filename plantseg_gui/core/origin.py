"""Where each pixel's label comes from: a person, or the model."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import BoolArray, LabelArray

OriginArray = npt.NDArray[np.uint8]


class Origin(IntEnum):
    """Of one pixel.

    NOTHING: healthy, and nobody touched it.
    LESION_BY_PERSON: painted, or taken over from the model.
    HEALTHY_BY_PERSON: touched, and left or made healthy.
    LESION_BY_MODEL: lesion that nobody touched.
    UNSURE: only a person can be unsure.
    """

    NOTHING = 0
    LESION_BY_PERSON = 1
    HEALTHY_BY_PERSON = 2
    LESION_BY_MODEL = 3
    UNSURE = 4


def _by_label(healthy: Origin, lesion: Origin) -> OriginArray:
    table = np.full(UNSURE + 1, lesion, dtype=np.uint8)
    table[HEALTHY], table[UNSURE] = healthy, Origin.UNSURE
    return table


_UNTOUCHED = _by_label(Origin.NOTHING, Origin.LESION_BY_MODEL)
_TOUCHED = _by_label(Origin.HEALTHY_BY_PERSON, Origin.LESION_BY_PERSON)


def origin_map(labels: LabelArray, touched: BoolArray) -> OriginArray:
    """The origin of every pixel.

    Args:
        labels: [h, w] uint16.
        touched: [h, w] bool, the pixels that a person touched.

    Returns:
        [h, w] uint8, values of `Origin`.
    """
    found = _UNTOUCHED[labels]
    np.copyto(found, _TOUCHED[labels], where=touched)
    return found


def origin_at(label: int, touched: bool) -> Origin:
    """The origin of one pixel with this label."""
    return Origin((_TOUCHED if touched else _UNTOUCHED)[label])
