"""What a retrained version will be for (`core.scope`), while it is made and judged."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from plantseg_gui.core.scope import Known, Scope, Vectors, known_means, make_scope
from plantseg_gui.inference.signature import drawn_centre, signature
from plantseg_gui.nn.checkpoint import LoadedModel
from plantseg_gui.nn.network import PlantSegNet

MEANS_PER_SOURCE = 3
# Below that a mean would be of a few photos only.
LEAST_PHOTOS = 30


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
        known = base.known
        self._known = base.scope.known if base.scope else known.means if known else None
        self._centre = (
            base.scope.centre
            if base.scope
            else known.centre
            if known
            else drawn_centre(root_of(base).network)
        )

    @property
    def outside(self) -> LoadedModel:
        """The model for other photos: the one that no retraining has changed."""
        return root_of(self._base)

    def made(self, without: Collection[int] = ()) -> Scope:
        """The scope of a version that learned from all photos but some.

        Args:
            without: Numbers of the photos that it did not learn from.
        """
        kept = [s for i, s in enumerate(self._signatures) if i not in without]
        return make_scope(
            np.array([*kept, *self._like]), self._centre, self._base.scope, self._known
        )


def known_of(network: PlantSegNet, thumbs: Mapping[str, Sequence[np.ndarray]]) -> Known | None:
    """What a network will know that is trained on photos, by source.

    Args:
        network: Trained, in eval mode.
        thumbs: Source → small pictures of its training photos.

    Returns:
        None where no source has enough photos for a mean.
    """
    centre = drawn_centre(network)
    means = [
        known_means(np.array([signature(network, t) for t in pictures]), centre, MEANS_PER_SOURCE)
        for pictures in thumbs.values()
        if len(pictures) >= LEAST_PHOTOS
    ]
    return Known(centre, np.concatenate(means)) if means else None


def root_of(base: LoadedModel) -> LoadedModel:
    """The model at the root of a line of retrained versions."""
    return base.outside if base.outside is not None else base


def signatures_of(base: LoadedModel, thumbs: Sequence[np.ndarray]) -> Vectors:
    """[n, d] of photos, by their small pictures."""
    network = root_of(base).network
    return np.array([signature(network, thumb) for thumb in thumbs], np.float32)
