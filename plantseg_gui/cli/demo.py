"""Leaves drawn for a try of the command line, with their exact masks."""

from pathlib import Path

from plantseg_gui.cli.terminal import Reporter
from plantseg_gui.core.drawn_leaf import demo_list
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_mask

_LEAVES = 4


def draw_demo(out: Path, reporter: Reporter) -> Path:
    """Draw the demo's leaves below `out`; returns the folder of the photos.

    Raises:
        StorageError: they cannot be written.
    """
    photos, masks = out / "demo_photos", out / "demo_masks"
    leaves = demo_list(_LEAVES)
    for number, leaf in enumerate(leaves):
        reporter.progress(number, len(leaves), "drawing leaves")
        drawn = leaf.draw()
        write_mask(masks / f"{leaf.name}.png", drawn.labels > 0)
        write_png(photos / f"{leaf.name}.png", drawn.image)
    reporter.finish()
    reporter.result(
        f"drew {len(leaves)} leaves; to judge the model on them: "
        f"plantseg evaluate --images {photos} --masks {masks} --out demo.json"
    )
    return photos
