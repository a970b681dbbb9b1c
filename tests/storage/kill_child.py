"""Saves without end and says after each save what is on the disk; its parent kills it."""

import sys
from pathlib import Path

import numpy as np

from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import Project


def main() -> None:
    """Arguments: folder, first number, and optionally the largest file in bytes."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    project = Project.open_folder(folder)
    assert not project.read_only
    project.scan()
    ids = [record.photo_id for record in project.photos()]
    print("ready", flush=True)
    rng = np.random.default_rng(number)
    while True:
        number += 1
        photo_id = ids[number % len(ids)]
        labels = rng.integers(0, 4, (128, 160)).astype(np.uint16)
        labels[0, :2] = divmod(number, 60_000)
        project.save(photo_id, PhotoArrays(labels, labels > 2), status="corrected")
        project.set("last", number)
        print(photo_id, number, flush=True)


if __name__ == "__main__":
    main()
