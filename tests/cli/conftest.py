import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.__main__ import main


@pytest.fixture
def photos(tmp_path) -> Path:
    """An empty folder for photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def leaf_pixels(height: int = 96, width: int = 128, seed: int = 0) -> np.ndarray:
    """A green ellipse with brown spots on a light ground, [height, width, 3] uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    inside = ((y - height / 2) / (0.4 * height)) ** 2 + ((x - width / 2) / (0.45 * width)) ** 2 < 1
    pixels = np.full((height, width, 3), (225, 225, 220), np.int16)
    pixels[inside] = (60, 130, 50)
    for _ in range(4):
        cy, cx = rng.uniform(0.35, 0.65) * height, rng.uniform(0.3, 0.7) * width
        spot = (y - cy) ** 2 + (x - cx) ** 2 < (0.06 * height) ** 2
        pixels[spot & inside] = (120, 80, 30)
    pixels += rng.integers(-6, 7, pixels.shape, dtype=np.int16)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def save_photo(path: Path, height: int = 96, width: int = 128, seed: int = 0, **options) -> Path:
    """Write a small leaf photo in the format that the name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(leaf_pixels(height, width, seed)).save(path, **options)
    return path


def read_result(path: Path) -> dict:
    """A result JSON; not-a-number in it is an error."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in {path}")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.fixture
def predict(tiny_model, tmp_path):
    """Run `predict`; returns the exit code."""

    def run(*paths: Path, model: Path | None = None, out: Path | None = None) -> int:
        given = [str(path) for path in paths]
        options = ["--model", str(model or tiny_model), "--device", "cpu", "--mode", "single"]
        return main(["predict", *given, "--out", str(out or tmp_path / "out"), *options])

    return run


def one_line_about(capsys, *words: str) -> str:
    """The only line on standard error; it holds all the words."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in lines[0]
    return lines[0]
