"""Round lesions that do not touch, as many as asked for."""

import math

import cv2
import numpy as np


def round_lesions(height: int, width: int, count: int, seed: int = 5) -> np.ndarray:
    """Labels [height, width] uint16 with the ids 1 to `count`, each in a cell of its own."""
    generator = np.random.default_rng(seed)
    labels = np.zeros((height, width), np.uint16)
    columns = max(1, math.ceil(math.sqrt(count * width / height)))
    rows = max(1, math.ceil(count / columns))
    cell_y, cell_x = height / rows, width / columns
    half = min(cell_y, cell_x) / 2
    cells = generator.permutation(rows * columns)[:count]
    for number, cell in enumerate(cells, start=1):
        row, column = divmod(int(cell), columns)
        radius = half * generator.uniform(0.15, 0.6)
        play = half - radius - 2
        y = (row + 0.5) * cell_y + generator.uniform(-1, 1) * play
        x = (column + 0.5) * cell_x + generator.uniform(-1, 1) * play
        cv2.circle(labels, (int(x), int(y)), max(1, int(radius)), number, -1)
    return labels
