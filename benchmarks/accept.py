"""What one Accept or Reset costs the UI thread: 2048², after many strokes, ms of wall time.

python benchmarks/accept.py [--size 2048] [--strokes 40] [--runs 15]
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np
from _report import report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--strokes", type=int, default=40)
    parser.add_argument("--runs", type=int, default=15)
    report(measure(parser.parse_args()))


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    from plantseg_gui.core.drawn_leaf import draw_leaf

    leaf = draw_leaf(3, arguments.size)
    accepts, resets = [], []
    for seed in range(arguments.runs):
        document = corrected(leaf.image, leaf.labels.astype(np.uint16), arguments.strokes, seed)
        for act, times in (
            (document.accept_prediction, accepts),
            (document.reset_to_prediction, resets),
        ):
            start = time.perf_counter()
            done = act()
            times.append(1000 * (time.perf_counter() - start))
            assert done is not None
    return {
        "benchmark": "accept",
        "accept_ms": statistics.median(accepts),
        "accept_ms_max": max(accepts),
        "reset_ms": statistics.median(resets),
        "reset_ms_max": max(resets),
    }


def corrected(image: Any, labels: Any, strokes: int, seed: int) -> Any:
    """A document with strokes all over it, and a newer prediction with other ids beside them."""
    from plantseg_gui.core.document import Document
    from plantseg_gui.core.geometry import Rect
    from tests.helpers.builders import make_prediction

    document = Document("photo", image)
    document.set_prediction(make_prediction(labels.copy()))
    random = np.random.default_rng(seed)
    size = labels.shape[0]
    for number in range(strokes):
        y, x = (int(v) for v in random.integers(0, size - 120, 2))
        rect = Rect(y, x, y + 20, x + 120)
        document.history.begin("Brush")
        value = document.labels.next_id() if number % 2 else 0
        values = np.full((20, 120), value, np.uint16)
        document.history.paint(rect, values, np.ones((20, 120), bool))
        document.history.commit()
    newer = np.roll(labels, 7, axis=0)
    newer = np.where(newer > 0, newer.astype(np.int64) * 7 % 60000 + 1, 0).astype(np.uint16)
    document.set_prediction(make_prediction(newer))
    return document


if __name__ == "__main__":
    main()
