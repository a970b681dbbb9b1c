"""Writes what a model knows beside its weights, as `plantseg train` does for a new one.

python benchmarks/known_means.py MODEL_FOLDER SOURCE,SOURCE [--data ../shared/data]

Three means for each source of its training data, each of some 30 to 150 photos (core.scope).
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from _report import ROOT
from _retraining import Photos

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch


def main() -> None:
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.training.known import write_known
    from plantseg_gui.training.photo_cache import THUMB_PX

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("sources")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    arguments = parser.parse_args()

    def thumb(path: Path) -> np.ndarray:
        photo = read_photo(path)
        share = THUMB_PX / max(photo.shape[:2])
        size = (max(1, round(photo.shape[1] * share)), max(1, round(photo.shape[0] * share)))
        return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))

    thumbs = {
        source: [
            thumb(next((folder / "images").glob(f"{stem}.*")))
            for folder, stem in Photos.of_split(arguments.data, (source,), "train", 0).stems
        ]
        for source in arguments.sources.split(",")
    }
    counts = {source: len(pictures) for source, pictures in thumbs.items()}
    print(json.dumps({"written": write_known(arguments.model, thumbs), "photos": counts}))


if __name__ == "__main__":
    main()
