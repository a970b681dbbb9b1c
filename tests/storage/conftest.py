"""Files for the storage tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import (
    LeafResult,
    Prediction,
    QueryBox,
    ScoredTile,
    TileMode,
    Uncertainty,
)
from plantseg_gui.storage import models
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import Project
from tests.helpers.model_folders import make_model


def draw_photo(path: Path, seed: int = 0, size: tuple[int, int] = (24, 32)) -> Path:
    """A small photo whose content depends on the seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    """A folder with a.png, b.png and sub/a.png, all different."""
    folder = tmp_path / "photos"
    draw_photo(folder / "a.png", 1)
    draw_photo(folder / "b.png", 2)
    draw_photo(folder / "sub" / "a.png", 3)
    return folder


def make_prediction(
    height: int = 24, width: int = 32, seed: int = 0, *, uncertain: bool = True
) -> Prediction:
    """A prediction of the right shapes with random content."""
    rng = np.random.default_rng(seed)
    h, w = 2 * height, 2 * width

    def unit(*shape: int) -> np.ndarray:
        return rng.random(shape, dtype=np.float32)

    return Prediction(
        model="november",
        height=height,
        width=width,
        probability=unit(h, w),
        attention=(unit(h // 8, w // 8), unit(h // 16, w // 16)),
        affinity=unit(8, h // 4, w // 4).astype(np.float16),
        boxes=(QueryBox(0.75, Rect(1, 2, 5, 9)), QueryBox(0.5, Rect(0, 0, 3, 3))),
        labels=rng.integers(0, 4, (height, width)).astype(np.uint16),
        leaf=LeafResult(rng.random((height, width)) > 0.5),
        threshold=0.41,
        disease_probability=0.93,
        tiles_total=6,
        tiles_processed=4,
        seconds=1.25,
        mode=TileMode.ADAPTIVE,
        device="cpu, fp32, 1 thread",
        uncertainty=Uncertainty(unit(h, w) * 1e-5, -40 * unit(h, w)) if uncertain else None,
        warnings=("smaller tile batch",),
        tiles=(ScoredTile(Rect(0, 0, 9, 9), 0.75, True), ScoredTile(Rect(0, 7, 9, 16), 0.5, False)),
    )


@pytest.fixture
def arrays_of() -> Callable[[int], PhotoArrays]:
    """Makes arrays of a 24 × 32 photo whose every label is the given number."""

    def make(number: int) -> PhotoArrays:
        labels = np.full((24, 32), number, np.uint16)
        return PhotoArrays(labels, labels > 1, None)

    return make


def open_scanned(folder: Path) -> Project:
    project = Project.open_folder(folder)
    project.scan()
    return project


def id_of(project: Project, name: str) -> str:
    return next(r.photo_id for r in project.photos() if r.name == name)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf of shipped models with one model, "leaf"."""
    folder = tmp_path / "shipped"
    make_model(folder / "leaf")
    monkeypatch.setattr(models, "models_dir", lambda: folder)
    return folder
