"""Leaves drawn by code: the door to `plantseg_gui.core.drawn`."""

from plantseg_gui.core.drawn.demo import DemoLeaf, demo_leaves, demo_list
from plantseg_gui.core.drawn.draw import DrawnLeaf, draw_leaf
from plantseg_gui.core.drawn.ground import GROUNDS
from plantseg_gui.core.drawn.lesions import LESION_TYPES
from plantseg_gui.core.drawn.shapes import SHAPES

__all__ = [
    "GROUNDS",
    "LESION_TYPES",
    "SHAPES",
    "DemoLeaf",
    "DrawnLeaf",
    "demo_leaves",
    "demo_list",
    "draw_leaf",
]
