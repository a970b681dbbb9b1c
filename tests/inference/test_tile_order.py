"""Tiles that ended at the same moment are handed over in the order in which they were asked for."""

from types import SimpleNamespace

import numpy as np

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.inference.tile_run import TileRun


class Engine:
    """One stream that answers at once, each tile by its number."""

    rung = SimpleNamespace(batch=1, streams=1, stream_threads=1)
    level = 0

    def under_pressure(self, report):
        return False

    def forward(self, tiles, *, all_heads, features):
        return [int(tiles[0, 0])], 0


def test_those_that_ended_together_keep_their_order():
    order = [5, 1, 4, 0, 3]
    with TileRun(
        Engine(), lambda index: np.full(1, index), CancelToken(), report=lambda _: None
    ) as run:
        run.add(order)
        run._pool.shutdown(wait=True)  # all have ended before the first is asked for
        assert [index for index, _ in run] == order
