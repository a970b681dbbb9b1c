"""Figures of `studio.py`: undo, fill, wand and smart click, by real mouse events in the window."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _studio import Figure, Options, Painted, breathe, open_studio, photo_folder, summary, zigzag
from _window import close, predicted, wait

# Diameter of the brush, moves and px of each move: from a dot to a scribble all over the photo.
STROKES = ((6, 0, 0), (24, 8, 20), (24, 60, 60), (100, 30, 90), (400, 10, 150), (400, 80, 300))
STROKES_BETWEEN_FILLS = 18
RINGS_PX = (10, 25, 60, 120, 250, 450, 700)
SPOTS = 40
CLICKS = 40
MARGIN_PX = 20
# Where a ring may be drawn.
BORDER_PX, SPOT_PX, TRIES = 20, 4, 1000


def measure_undo(work: Path, options: Options) -> Figure:
    """Undo all and redo all, twice: strokes of all sizes, and three steps that set every pixel.

    The older ones have been compressed by then, as in a long session.
    """
    window, painted = open_studio(photo_folder(work, options, 1))
    rng, history = random.Random(3), window.session.document.history
    kinds: list[str] = []
    for fill in range(3):
        # What a fill made lesion, strokes can only erase.
        tool = "eraser" if fill == 1 else "brush"
        for n in range(STROKES_BETWEEN_FILLS):
            size, moves, step = STROKES[n % len(STROKES)]
            _stroke(window, tool, size, zigzag(rng, moves, step))
            kinds += [f"brush_{size}"] * (len(history.names) - len(kinds))
        _whole_photo(window, away=fill == 1)
        kinds += ["whole_photo"] * (len(history.names) - len(kinds))
    taken: dict[str, list[float]] = {}
    acts: list[float] = []
    for _ in range(2):
        for name, order in (("undo", kinds[::-1]), ("redo", kinds)):
            for kind in order:
                ms, act_ms = _timed(painted, window.actions_[name].trigger)
                taken.setdefault(kind, []).append(ms)
                acts.append(act_ms)
    left = len(history.names)
    close(window)
    every = [ms for group in taken.values() for ms in group]
    figure = summary(every) | {"act_worst_ms": round(max(acts), 1), "steps": len(kinds)}
    if left != len(kinds) or "whole_photo" not in kinds:
        figure["error"] = f"{left} steps after redoing all {len(kinds)}"
    for kind, group in taken.items():
        figure[f"{kind}_worst_ms"] = round(max(group), 1)
    return figure


def measure_fill(work: Path, options: Options) -> Figure:
    """A ring is drawn, the pointer goes inside, a click fills it; from 20 to 1400 px across."""
    from _events import LEFT, NONE, PRESS, RELEASE, mouse

    window, painted = open_studio(photo_folder(work, options, 1))
    canvas, document = window.canvas, window.session.document
    previews, fills, rng = [], [], random.Random(5)
    for radius in RINGS_PX * 2:
        centre = _healthy_place(window, rng, radius)
        _stroke(window, "brush", 8, _ring(centre, radius))
        window.view.set_tool("fill")
        at = _screen(window, *centre)
        previews.append(_hover_ms(painted, at, NONE))
        breathe()
        mouse(canvas, PRESS, at, LEFT)
        before = document.revision
        fills.append(painted.until_painted_ms(lambda at=at: mouse(canvas, RELEASE, at, LEFT)))
        if document.revision == before:
            raise RuntimeError(f"a ring of {radius} px was not filled")
        for _ in range(2):
            window.actions_["undo"].trigger()
        breathe()
    close(window)
    return summary(fills) | summary(previews, "preview")


def measure_wand(work: Path, options: Options) -> Figure:
    """The wand's preview under the moving pointer, and with Shift + wheel for the tolerance."""
    from _events import NONE, SHIFT, wheel

    from plantseg_gui.ui.tools.wand import CONTIGUOUS, TOLERANCE

    window, painted = open_studio(photo_folder(work, options, 1))
    window.view.set_tool("wand")
    rng, first = random.Random(4), 0.0
    taken: dict[str, list[float]] = {"contiguous": [], "whole": []}
    for name, contiguous in (("contiguous", True), ("whole", False)):
        window.view.set_option(CONTIGUOUS, contiguous)
        for _ in range(SPOTS):
            window.view.set_option(TOLERANCE, TOLERANCE.default)
            at = _screen(window, rng.uniform(20, 2028), rng.uniform(20, 2028))
            ms = _hover_ms(painted, at, NONE)
            if not first:
                first = ms  # the colours of the whole photo are converted now
            else:
                taken[name].append(ms)
            for turn in (120, 120, -120):
                breathe()
                taken[name].append(
                    painted.until_painted_ms(
                        lambda at=at, turn=turn: wheel(window.canvas, at, turn, SHIFT)
                    )
                )
    close(window)
    every = taken["contiguous"] + taken["whole"]
    return {
        **summary(every),
        "first_ms": round(first, 1),
        **summary(taken["contiguous"], "contiguous"),
        **summary(taken["whole"], "whole"),
    }


def measure_smart_click(work: Path, options: Options) -> Figure:
    """After a real prediction: a press until the lesion is lit, a release until it is painted."""
    import numpy as np
    from _events import LEFT, PRESS, RELEASE, mouse

    from plantseg_gui.ui.tools.registry import TOOLS

    if "smart_click" not in TOOLS:
        return {"missing": "this checkout has no smart click"}
    window, painted = open_studio(photo_folder(work, options, 1))
    window.segment.run()
    wait(lambda: predicted(window))
    canvas, document = window.canvas, window.session.document
    window.view.set_tool("smart_click")
    places = np.argwhere(document.prediction.probability > 0.5)
    rng = np.random.default_rng(7)
    height, width = document.prediction.probability.shape
    if not len(places):
        places = rng.integers(0, min(height, width), (CLICKS, 2))
    found, painting, nothing = [], [], 0
    for row, column in places[rng.integers(0, len(places), CLICKS)]:
        x, y = column * document.width / width, row * document.height / height
        at = _screen(window, x, y)
        breathe()
        found.append(painted.until_painted_ms(lambda at=at: mouse(canvas, PRESS, at, LEFT)))
        before = document.revision
        painting.append(painted.until_painted_ms(lambda at=at: mouse(canvas, RELEASE, at, LEFT)))
        if document.revision == before:
            nothing += 1
        else:
            window.actions_["undo"].trigger()
        breathe()
    close(window)
    return summary(found) | summary(painting, "release") | {"changed_nothing": nothing}


def _stroke(window: Any, tool: str, size: int, points: list[tuple[float, float]]) -> None:
    from _events import drag

    window.view.set_tool(tool)
    window.view.set_brush_px(size)
    drag(window.canvas, points)
    breathe()


def _whole_photo(window: Any, *, away: bool) -> None:
    """A rectangle over the whole photo becomes lesion, or healthy."""
    from _events import ALT, PLAIN, drag

    document = window.session.document
    window.view.set_tool("rectangle")
    corners = [(-MARGIN_PX, -MARGIN_PX), (document.width + MARGIN_PX, document.height + MARGIN_PX)]
    drag(window.canvas, corners, ALT if away else PLAIN)
    breathe()


def _timed(painted: Painted, act: Callable[[], object]) -> tuple[float, float]:
    """Until painted, and the act's call alone."""
    act_ms = 0.0

    def timed() -> None:
        nonlocal act_ms
        began = time.perf_counter()
        act()
        act_ms = 1000 * (time.perf_counter() - began)

    ms = painted.until_painted_ms(timed)
    breathe()
    return ms, act_ms


def _hover_ms(painted: Painted, at: Any, none: Any) -> float:
    from _events import MOVE, mouse

    breathe()
    return painted.until_painted_ms(lambda: mouse(painted.window.canvas, MOVE, at, none))


def _screen(window: Any, x: float, y: float) -> Any:
    from PySide6.QtCore import QPointF

    return window.canvas.navigation.to_screen(QPointF(x, y))


def _ring(centre: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    from math import cos, sin, tau

    x, y = centre
    points = max(24, int(radius / 4))
    return [
        (x + radius * cos(tau * n / points), y + radius * sin(tau * n / points))
        for n in range(points + 1)
    ]


def _healthy_place(window: Any, rng: random.Random, radius: int) -> tuple[float, float]:
    """The middle (x, y) of a healthy spot, so far from the borders that a ring fits."""
    document = window.session.document
    low, labels = radius + BORDER_PX, document.labels.array
    for _ in range(TRIES):
        x, y = rng.randint(low, document.width - low), rng.randint(low, document.height - low)
        if not labels[y - SPOT_PX : y + SPOT_PX, x - SPOT_PX : x + SPOT_PX].any():
            return x, y
    raise RuntimeError(f"no place for a ring of {radius} px")
