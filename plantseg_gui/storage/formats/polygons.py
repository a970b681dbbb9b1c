"""Label images to polygons that give the very same pixels back.

The outlines run along pixel edges and are drawn in by a quarter of a pixel. So three kinds of
readers see the same lesion: those that ask for pixel centres (this program), those that cut the
numbers off and paint outline and inside (OpenCV, Pillow: labelme, ultralytics, supervision), and
pycocotools. Pixels that touch at a corner only are separate polygons; touching lesions do not
overlap.

For formats without holes a hole is joined to the outline by a bridge, two lines on top of each
other, along one row of the lesion's own pixels; parts of one lesion are joined likewise, as
ultralytics does it, where they are nearest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.results import LabelArray
from plantseg_gui.storage.formats.raster import Ring

INSET_PX = 0.25
# Bridges leave between the drawn-in corner (0.25) and the pixel's centre (0.5).
_BRIDGE_PX = 0.375
# Sides of a pixel: its upper edge is walked to the right, the right one down, the lower one to the
# left, the left one up; the lesion is always on the right-hand side.
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
_CORNER = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
_INWARD = np.array([[0, 1], [-1, 0], [0, -1], [1, 0]]) * INSET_PX

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outline:
    """One connected piece (by edges) of a lesion.

    Attributes:
        label: Lesion id, or 65535 for unsure.
        outer: [n, 2] float64, x and y in px.
        holes: Each [n, 2] float64.
        joined: [n, 2] float64: outer and holes as one polygon with bridges.
    """

    label: int
    outer: Ring
    holes: tuple[Ring, ...]
    joined: Ring

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Outer ring and holes, for even-odd filling."""
        return (self.outer, *self.holes)


def trace(labels: LabelArray) -> dict[int, list[Outline]]:
    """The outlines of all lesions and of the unsure pixels.

    Args:
        labels: [H, W] uint16.

    Returns:
        Label → its pieces, in the order of their first pixel; labels ascending, unsure last.
    """
    edges = _Edges(labels)
    found: dict[int, list[Outline]] = {}
    for outline in edges.outlines():
        found.setdefault(outline.label, []).append(outline)
    return dict(sorted(found.items(), key=lambda item: (item[0] == UNSURE, item[0])))


def join(outlines: list[Outline]) -> Ring:
    """All pieces of a lesion as one polygon [n, 2], holes and pieces joined by bridges."""
    # Here, so that the window does not load scipy when it opens.
    from scipy.spatial import cKDTree

    whole = outlines[0].joined
    for outline in outlines[1:]:
        piece = outline.joined
        distance, near = cKDTree(whole).query(piece)
        there = int(np.argmin(distance))
        here = int(near[there])
        whole = np.concatenate([whole[: here + 1], piece[there:], piece[: there + 1], whole[here:]])
    return whole


class _Edges:
    """Pixel edges between a lesion and what is not of it, linked to rings.

    Arrays over the edges, sorted by pixel and side: `key` (4 · pixel + side), `side`, `label`;
    over the corners (edges before which the walk turns), ring after ring in walking order:
    `corners` (edge numbers), and `ring_starts`.
    """

    def __init__(self, labels: LabelArray) -> None:
        self.height, self.width = labels.shape
        padded = np.pad(labels, 1)
        flat = padded.reshape(-1)
        stride = self.width + 2
        self.stride = stride
        forward = np.array([1, stride, -1, -stride])
        outward = np.array([-stride, 1, stride, -1])
        inner = padded[1:-1, 1:-1]
        around = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
        keys = []
        for side, neighbour in enumerate(around):
            y, x = np.divmod(np.flatnonzero((inner != 0) & (inner != neighbour)), self.width)
            keys.append(4 * ((y + 1) * stride + x + 1) + side)
        self.key: IntArray = np.sort(np.concatenate(keys))
        pixel, self.side = np.divmod(self.key, 4)
        self.label = flat[pixel]
        ahead = pixel + forward[self.side]
        beside = ahead + outward[self.side]
        turn_right = flat[ahead] != self.label
        straight = ~turn_right & (flat[beside] != self.label)
        # Right: the same pixel's next side. Straight: the pixel ahead. Left: the one beyond it.
        following = np.where(turn_right, pixel, np.where(straight, ahead, beside)) * 4
        following += np.where(
            turn_right, (self.side + 1) % 4, np.where(straight, self.side, (self.side - 1) % 4)
        )
        self.next: IntArray = np.searchsorted(self.key, following)
        self.y, self.x = np.divmod(pixel, stride)
        self.y -= 1
        self.x -= 1
        self._link(straight)

    def _link(self, straight: npt.NDArray[np.bool_]) -> None:
        """Walk all rings from corner to corner."""
        count = len(self.key)
        is_corner = np.ones(count, np.bool_)
        is_corner[self.next[straight]] = False
        # The last edge of each straight run, found by doubling the stride of the walk.
        last = np.where(straight, self.next, np.arange(count))
        while True:
            further = last[last]
            if np.array_equal(further, last):
                break
            last = further
        after = self.next[last]
        walk = after.tolist()
        seen = (~is_corner).tolist()
        self.corners: list[int] = []
        self.ring_starts: list[int] = []
        for first in np.flatnonzero(is_corner).tolist():
            if seen[first]:
                continue
            self.ring_starts.append(len(self.corners))
            edge = first
            while not seen[edge]:
                seen[edge] = True
                self.corners.append(edge)
                edge = walk[edge]
        # For every edge: the place in `corners` of its straight run.
        corners = np.array(self.corners, np.int64)
        by_last = np.full(count, -1, np.int64)
        by_last[last[corners]] = np.arange(len(corners))
        self.run_of = by_last[last]

    def outlines(self) -> Iterator[Outline]:
        """All pieces, in the order of their first pixel."""
        if not len(self.key):
            return
        corners = np.array(self.corners)
        starts = np.array(self.ring_starts)
        ends = np.append(starts[1:], len(corners))
        ring_of = np.repeat(np.arange(len(starts)), ends - starts)
        previous = np.arange(-1, len(corners) - 1)
        previous[starts] = ends - 1
        side = self.side[corners]
        place = np.stack([self.x[corners], self.y[corners]], axis=1) + _CORNER[side]
        points = place + _INWARD[side] + _INWARD[side[previous]]
        # A ring begins at its first pixel's first side: the upper one of an outline; the first
        # pixel of a hole's ring lies above the hole and has it below.
        is_hole = side[starts] != _TOP
        parent, bridges = self._hang(ring_of, is_hole)
        members: dict[int, list[int]] = {int(r): [] for r in np.flatnonzero(~is_hole)}
        for hole in np.flatnonzero(is_hole).tolist():
            path = [hole]
            while is_hole[path[-1]]:
                path.append(parent[path[-1]])
            parent.update(dict.fromkeys(path[:-1], path[-1]))
            members[path[-1]].append(hole)
        rings = np.split(points, starts[1:])
        walker = _Walker(points, starts.tolist(), ends.tolist(), bridges)
        for outer, holes in members.items():
            joined = walker.joined(outer) if holes else rings[outer]
            label = int(self.label[corners[starts[outer]]])
            yield Outline(label, rings[outer], tuple(rings[h] for h in holes), joined)

    def _hang(
        self, ring_of: IntArray, is_hole: npt.NDArray[np.bool_]
    ) -> tuple[dict[int, int], dict[int, list[tuple[float, Ring, int]]]]:
        """Tie each hole to the ring at the left end of the row beside its leftmost edge.

        Returns:
            Hole → ring that it hangs on; place in `corners` of a straight run → what hangs on it:
            (row, the bridge's two ends [2, 2], place in `corners` of the hole's own run).
        """
        left = np.flatnonzero(self.side == _LEFT)
        left_pixels = self.key[left] // 4
        right = np.flatnonzero(self.side == _RIGHT)
        right = right[is_hole[ring_of[self.run_of[right]]]]
        ring = ring_of[self.run_of[right]]
        order = np.lexsort((self.x[right], ring))
        chosen = right[order[np.append(True, np.diff(ring[order]) != 0)]] if len(right) else right
        # The pixels from there to the next left edge are of the same lesion without a gap.
        ends = left[np.searchsorted(left_pixels, self.key[chosen] // 4, side="right") - 1]
        parent: dict[int, int] = {}
        bridges: dict[int, list[tuple[float, Ring, int]]] = {}
        for edge, end in zip(chosen.tolist(), ends.tolist(), strict=True):
            run, own = int(self.run_of[end]), int(self.run_of[edge])
            parent[int(ring_of[own])] = int(ring_of[run])
            y = float(self.y[edge]) + _BRIDGE_PX
            span = np.array([[self.x[end] + INSET_PX, y], [self.x[edge] + 1 - INSET_PX, y]])
            bridges.setdefault(run, []).append((y, span, own))
        return parent, bridges


class _Walker:
    """Walks rings with the bridges that hang on them."""

    def __init__(
        self,
        points: Ring,
        starts: list[int],
        ends: list[int],
        bridges: dict[int, list[tuple[float, Ring, int]]],
    ) -> None:
        self._points = points
        self._starts = starts
        self._ends = ends
        self._bridges = {run: sorted(hung, key=lambda b: -b[0]) for run, hung in bridges.items()}
        self._ring_at = np.repeat(np.arange(len(starts)), np.subtract(ends, starts))

    def joined(self, ring: int) -> Ring:
        """A ring with everything that hangs on it as one polygon [n, 2]."""
        out: list[Ring] = []
        # Own stack instead of recursion: a thousand holes in a row hang on one another.
        stack = [self._walk(range(self._starts[ring], self._ends[ring]), None)]
        while stack:
            for piece in stack[-1]:
                if isinstance(piece, int):
                    start, end = self._bounds(piece)
                    order = [*range(piece + 1, end), *range(start, piece + 1)]
                    stack.append(self._walk(order, piece))
                    break
                out.append(piece)
            else:
                stack.pop()
        return np.concatenate(out)

    def _bounds(self, corner: int) -> tuple[int, int]:
        ring = int(self._ring_at[corner])
        return self._starts[ring], self._ends[ring]

    def _walk(self, order: "range | list[int]", entry: int | None) -> Iterator[Ring | int]:
        """Points of a ring; a number where the hole of that run is to be walked.

        The lesion is left of a hole's entry run, whose bridge begins and ends there; other
        bridges hang on left edges, which are walked upwards.
        """
        for run in order:
            yield self._points[run : run + 1]
            if run == entry:
                continue
            for _, span, own in self._bridges.get(run, ()):
                yield span
                yield own
                yield span[::-1]
