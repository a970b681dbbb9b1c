"""Label images and the ways of each format that several tests need."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from plantseg_gui.storage.formats.annotation import Annotation, Entry, WriteOptions
from plantseg_gui.storage.formats.registry import FORMATS, read_all, write

UNSURE = 65535
# Formats (with options) in which lesions and unsure pixels come back exactly.
EXACT = {
    "png-labels": WriteOptions(),
    "png-palette": WriteOptions(),
    "coco": WriteOptions(),
    "coco polygons": WriteOptions(polygons=True),
    "yolo": WriteOptions(),
    "labelme": WriteOptions(),
    "labelme masks": WriteOptions(masks=True),
    "anylabeling": WriteOptions(),
    "isat": WriteOptions(),
    "cellpose": WriteOptions(),
    "hdf5": WriteOptions(),
}


def renumbered(labels: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """The same lesions numbered 1, 2, 3 … in the order of their numbers."""
    table = np.zeros(UNSURE + 1, np.uint16)
    ids = [i for i in np.unique(labels) if i not in (0, UNSURE)]
    table[ids] = np.arange(1, len(ids) + 1)
    table[UNSURE] = UNSURE
    return table[labels]


def there_and_back(key: str, labels: npt.NDArray[np.uint16], folder: Path) -> Annotation:
    """Write one photo and read it again."""
    write(key.split()[0], [Annotation("a.png", labels)], folder, EXACT[key])
    found = [entry for entry in read_all(folder, key.split()[0]) if isinstance(entry, Entry)]
    assert len(found) == 1
    height, width = labels.shape
    assert not found[0].sized or (found[0].width, found[0].height) == (width, height)
    return found[0].decode(width, height)


def label_images() -> st.SearchStrategy[npt.NDArray[np.uint16]]:
    """Small label images full of holes, single pixels, touching and scattered lesions."""
    values = st.sampled_from([0, 0, 1, 1, 2, 3, UNSURE])
    shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
    return st_np.arrays(np.uint16, shapes, elements=values).map(renumbered)


def ring(size: int = 9) -> npt.NDArray[np.uint16]:
    """A lesion with a hole, another lesion in the hole, and a single pixel beside."""
    labels = np.zeros((size, size + 3), np.uint16)
    labels[1 : size - 1, 1 : size - 1] = 1
    labels[3 : size - 3, 3 : size - 3] = 0
    labels[size // 2, size // 2] = 2
    labels[0, size + 2] = 3
    labels[size - 1, : size // 2] = UNSURE
    return labels


assert set(FORMATS) >= {key.split()[0] for key in EXACT}
