"""The leaves of the demo project."""

from collections.abc import Iterator
from typing import NamedTuple

from plantseg_gui.core.drawn.draw import DrawnLeaf, draw_leaf


class DemoLeaf(NamedTuple):
    """A demo leaf before it is drawn: cheap to list, seconds to draw."""

    name: str
    seed: int
    shape: str
    lesion_types: tuple[str, ...]
    ground: str

    def draw(self, size: int = 2048) -> DrawnLeaf:
        """Draw it, size × size px."""
        return draw_leaf(
            self.seed,
            size,
            shape=self.shape,
            lesion_types=self.lesion_types,
            healthy=not self.lesion_types,
            ground=self.ground,
        )


_SCENES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("coffee", ("rust",), "paper"),
    ("tomato", ("target-spot",), "soil"),
    ("bean", ("angular-spot",), "paper"),
    ("grape", ("powder",), "foliage"),
    ("maize", ("target-spot",), "blue"),
    ("apple", ("blight",), "paper"),
    ("coffee", ("miner",), "blue"),
    ("wheat", ("rust",), "paper"),
    ("bean", (), "cloth"),
    ("tomato", ("blight", "specks"), "cloth"),
    ("apple", ("specks", "target-spot"), "soil"),
    ("grape", (), "paper"),
)


def demo_list(n: int = 12) -> list[DemoLeaf]:
    """The first n demo leaves: varied, two healthy ones among twelve; no drawing done."""
    leaves = []
    for index in range(n):
        shape, kinds, ground = _SCENES[index % len(_SCENES)]
        what = "-".join(kinds) if kinds else "healthy"
        name = f"demo_{index + 1:02d}_{shape}_{what}"
        leaves.append(DemoLeaf(name, 100 + index, shape, kinds, ground))
    return leaves


def demo_leaves(n: int = 12, size: int = 2048) -> Iterator[tuple[str, DrawnLeaf]]:
    """Draw the demo's leaves one by one: (name, leaf), name without suffix, for a file."""
    for leaf in demo_list(n):
        yield leaf.name, leaf.draw(size)
