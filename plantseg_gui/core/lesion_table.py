"""The lesions of one photo, measured again only where something changed.

After a stroke those lesions are measured that the stroke's rectangle met: the ones that are in it
now and the ones that were. Each lies inside the rectangle and its old box, so a small crop of the
labels is enough, whatever the size of the photo.
"""

import threading
from collections import deque
from collections.abc import Mapping

import numpy as np

from plantseg_gui.core.doubt import doubt_map
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.lesions import Lesion, measure
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray

_NOWHERE = Rect(0, 0, 0, 0)
# With more rectangles than this the one around them all is looked at.
_RECTS_MOST = 32


class LesionTable:
    """See the module's text.

    `labels_changed` takes no time and belongs to the thread that paints; `update` measures, on any
    thread. What is painted while it runs is measured by the next `update`.
    """

    def __init__(
        self, labels: LabelArray, touched: BoolArray, probability: FloatArray | None = None
    ) -> None:
        """Begin with nothing measured.

        Args:
            labels: [H, W] uint16, looked at anew by each `update`; not copied.
            touched: [H, W] bool, the pixels that a person touched; not copied.
            probability: [h, w] float32 of the network at any scale; None without one.
        """
        self._labels, self._touched = labels, touched
        self._probability = probability
        # Of which probability, and its doubt; written by `update` alone.
        self._doubt: tuple[FloatArray, FloatArray] | None = None
        self._lesions: dict[int, Lesion] = {}
        self._changed: deque[Rect] = deque()
        self._one_at_a_time = threading.Lock()
        self._everything = Rect(0, 0, *labels.shape)
        self.labels_changed(self._everything)

    @property
    def lesions(self) -> Mapping[int, Lesion]:
        """Id → lesion, as of the last `update`; not changed afterwards."""
        return self._lesions

    @property
    def stale(self) -> bool:
        """Whether something changed since the last `update`."""
        return bool(self._changed)

    def labels_changed(self, rect: Rect) -> None:
        """Labels or touched pixels in `rect` changed."""
        if not rect.empty:
            self._changed.append(rect)

    def set_probability(self, probability: FloatArray | None) -> None:
        """The network said something else; every lesion is measured again."""
        if probability is not self._probability:
            self._probability = probability
            self.labels_changed(self._everything)

    def update(self) -> frozenset[int]:
        """Measure what changed.

        Returns:
            Ids of lesions that are new, measured again, or gone.
        """
        with self._one_at_a_time:
            rects = self._take_changed()
            if not rects:
                return frozenset()
            met = self._met(rects)
            measured = self._measure(met, rects)
            kept = {i: lesion for i, lesion in self._lesions.items() if i not in met}
            # A pixel that is painted meanwhile may be read as another lesion's, or nobody's.
            kept.update((lesion.id, lesion) for lesion in measured if lesion.id in met)
            self._lesions = kept
            return frozenset(met)

    def _take_changed(self) -> list[Rect]:
        rects = []
        while self._changed:
            rects.append(self._changed.popleft())
        if len(rects) > _RECTS_MOST:
            return [_around(rects)]
        return list(dict.fromkeys(rects))

    def _met(self, rects: list[Rect]) -> set[int]:
        """The lesions that are in the rectangles now, or were before."""
        present = np.zeros(UNSURE + 1, bool)
        for rect in rects:
            present[self._labels[rect.slices]] = True
        present[[HEALTHY, UNSURE]] = False
        met = set(np.flatnonzero(present).tolist())
        for lesion in self._lesions.values():
            y0, x0, y1, x1 = lesion.box
            for rect in rects:
                if y0 < rect.y1 and rect.y0 < y1 and x0 < rect.x1 and rect.x0 < x1:
                    met.add(lesion.id)
                    break
        return met

    def _measure(self, met: set[int], rects: list[Rect]) -> list[Lesion]:
        if not met:
            return []
        boxes = [self._lesions[i].box for i in met if i in self._lesions]
        ids = np.zeros(UNSURE + 1, bool)
        ids[list(met)] = True
        # Read once: another thread may set another one meanwhile.
        probability = self._probability
        if probability is None:
            self._doubt = None
        elif self._doubt is None or self._doubt[0] is not probability:
            self._doubt = probability, doubt_map(probability)
        return measure(
            self._labels,
            probability,
            doubt=self._doubt[1] if self._doubt is not None else None,
            touched=self._touched,
            within=_around([*rects, *boxes]),
            ids=ids,
        )


def _around(rects: list[Rect]) -> Rect:
    whole = _NOWHERE
    for rect in rects:
        whole = whole.union(rect)
    return whole
