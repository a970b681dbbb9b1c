"""Figure of `studio.py`: memory during a long day: 10,000 strokes over 300 photos.

Drawn leaves of 1024² in a real project, each with a mask and a prediction; the window goes from
photo to photo with D, paints, takes some strokes back, and saves by itself as it does for a person.
The resident memory is read after each photo.
"""

import random
import statistics
import time
from pathlib import Path
from typing import Any

from _studio import Figure, Options, make_project, open_studio, rest, zigzag
from _window import close, wait

STROKES = 10_000
PHOTOS = 300
WARM_PHOTOS = 30
PHOTO_PX = 1024
LEAVES = 12
MOVES = 6
# So many photos beside each other are one value: what is being saved comes and goes.
SMOOTH = 10
LESIONS = 40


def measure_memory(work: Path, options: Options) -> Figure:
    """Growth of the resident memory after the first photos."""
    import psutil

    photos = max(2 * SMOOTH, round(PHOTOS * options.share))
    # A short run has a short warming-up, and its growth says little.
    warm = min(WARM_PHOTOS, photos // 2)
    folder = work / "photos"
    folder.mkdir()
    _draw_photos(folder, photos)
    make_project(folder, options.lesions or LESIONS)
    window, _ = open_studio(folder)
    process, rng = psutil.Process(), random.Random(8)
    sampled, strokes, began = [], 0, time.monotonic()
    ids = list(window.session.records)
    for number, photo_id in enumerate(ids):
        wanted = round(STROKES / PHOTOS * (number + 1)) - strokes
        strokes += _work_on_photo(window, rng, wanted)
        if number + 1 < len(ids):
            here = photo_id
            window.actions_["next"].trigger()
            wait(lambda here=here: window.session.photo_id not in ("", here))
        sampled.append(process.memory_info().rss / 2**20)
    rest(window)
    figure = growth(sampled, warm)
    figure |= {"strokes": strokes, "photos": len(ids), "warm_photos": warm}
    figure |= {"seconds": round(time.monotonic() - began), "photo_px": PHOTO_PX}
    close(window)
    return figure


def growth(rss_mb: list[float], warm: int) -> Figure:
    """What became of the memory after the first `warm` samples, each smoothed over ten.

    Args:
        rss_mb: Resident memory after each photo, MiB.
        warm: Samples that belong to the warming-up.
    """
    smooth = [statistics.median(rss_mb[n - SMOOTH : n]) for n in range(SMOOTH, len(rss_mb) + 1)]
    base = smooth[warm - SMOOTH]
    after = smooth[warm - SMOOTH :]
    return {
        "growth_percent": round(100 * (max(after) / base - 1), 1),
        "end_percent": round(100 * (after[-1] / base - 1), 1),
        "warm_mb": round(base),
        "end_mb": round(after[-1]),
        "peak_mb": round(max(rss_mb)),
        "rss_mb": [round(value) for value in rss_mb[:: max(1, len(rss_mb) // 30)]],
    }


def _work_on_photo(window: Any, rng: random.Random, strokes: int) -> int:
    """Brush and eraser, of all sizes; every eighth stroke is undone and redone."""
    from _events import drag

    window.canvas.fit()
    for n in range(strokes):
        window.view.set_tool("eraser" if n % 4 == 3 else "brush")
        window.view.set_brush_px(rng.choice((8, 16, 24, 40, 80)))
        half = [(x / 2, y / 2) for x, y in zigzag(rng, MOVES, 60)]
        drag(window.canvas, half)
        if n % 8 == 7:
            window.actions_["undo"].trigger()
            window.actions_["redo"].trigger()
    wait(lambda: window.canvas.overlay_ready)
    return strokes


def _draw_photos(folder: Path, photos: int) -> None:
    """A few drawn leaves, turned and lightened, so that each photo has its own content."""
    import cv2
    import numpy as np

    from plantseg_gui.core.drawn_leaf import draw_leaf

    leaves = [draw_leaf(seed, PHOTO_PX).image[..., ::-1] for seed in range(LEAVES)]
    for n in range(photos):
        turned = np.rot90(leaves[n % LEAVES], n // LEAVES % 4)
        image = cv2.convertScaleAbs(np.ascontiguousarray(turned), alpha=1.0, beta=n // 48)
        path = folder / f"leaf_{n:03d}.jpg"
        cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
