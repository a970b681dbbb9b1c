"""What a retrained version will be for (`core.scope`), while it is made and judged."""

from collections.abc import Collection, Sequence

import numpy as np

from plantseg_gui.core.scope import Scope, Vectors, make_scope
from plantseg_gui.inference.signature import drawn_centre, signature
from plantseg_gui.nn.checkpoint import LoadedModel


class OwnScope:
    """The scopes of a run.

    Args:
        base: The model that it starts from.
        signatures: [n, d] of the photos that are learned from, in their order.
        like: [m, d] of further photos that the version shall be for; may be empty.
    """

    def __init__(self, base: LoadedModel, signatures: Vectors, like: Vectors) -> None:
        self._base = base
        self._signatures, self._like = signatures, like
        self._centre = base.scope.centre if base.scope else drawn_centre(root_of(base).network)

    @property
    def outside(self) -> LoadedModel:
        """The model for other photos: the one that no retraining has changed."""
        return root_of(self._base)

    def made(self, without: Collection[int] = ()) -> Scope:
        """The scope of a version that learned from all photos but some.

        Args:
            without: Numbers of the photos that it did not learn from.
        """
        kept = [s for i, s in enumerate(self._signatures) if i not in set(without)]
        return make_scope(np.array([*kept, *self._like]), self._centre, self._base.scope)


def root_of(base: LoadedModel) -> LoadedModel:
    """The model at the root of a line of retrained versions."""
    return base.outside if base.outside is not None else base


def signatures_of(base: LoadedModel, thumbs: Sequence[np.ndarray]) -> Vectors:
    """[n, d] of photos, by their small pictures."""
    network = root_of(base).network
    return np.array([signature(network, thumb) for thumb in thumbs], np.float32)
